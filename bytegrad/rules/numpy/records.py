"""Elements of arrays of records: an `np.void`, or an `np.record`, shows the memory of its array, as a view does.

A field that is read is a number of that memory, or a part of it; a field that is written is a store into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bytegrad.runtime.array_fields import as_array, has_fields
from bytegrad.runtime.array_items import LOADS, STORES, item_record, store
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.iteration import PAIRS
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.registry import Resolver, register
from bytegrad.runtime.steps import Record, Step, after, done
from bytegrad.runtime.tangent import ZERO


def _name(element: Any, key: Any) -> Any:
    return element.dtype.names[key] if isinstance(key, (int, np.integer)) else key


def load(ctx: Any, element: Any, key: Any) -> Step:
    """Resolve ``element[key]``."""
    if not has_fields(element):
        return call_opaque(ctx, np.void.__getitem__, (element, key), {})
    y = element[key]
    return _read(ctx, y, as_array(element)[_name(element, key)], (np.void.__getitem__, (element, key)))


def _read(ctx: Any, y: Any, field: Any, call: tuple[Any, tuple[Any, ...]]) -> Step:
    """The step of a `call` that gave `y`, which is what `field` has or another view of it."""
    if isinstance(y, (np.ndarray, np.void)):
        return done(None, y) if np.may_share_memory(_memory(y), field) else call_opaque(ctx, *call, {})
    record = item_record(ctx, y, field, ())
    return done(None if record is None else (_reverse_read, record, len(call[1])), y)


def _memory(y: Any) -> Any:
    return as_array(y) if isinstance(y, np.void) else y


def _reverse_read(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, n = record
    inner[0](ctx, inner, y_bar)
    return (ZERO,) * n


def put(ctx: Any, element: Any, key: Any, value: Any, active: bool = True) -> Step:
    """Resolve ``element[key] = value``."""
    if not has_fields(element):
        return call_opaque(ctx, np.void.__setitem__, (element, key, value), {})
    element.dtype[key]  # raises what the assignment would
    return store(ctx, as_array(element)[_name(element, key)], (), value, active)


def pairs(ctx: Any, element: Any) -> Step:
    """The items of a loop over `element`, with their records."""
    return done(None, zip(_records(ctx, element), element, strict=False))


def _records(ctx: Any, element: Any) -> Iterator[Record]:
    for name in element.dtype.names:
        y = element[name]
        shown = isinstance(y, (np.ndarray, np.void)) or not has_fields(element)
        record = None if shown else item_record(ctx, y, as_array(element)[name], ())
        yield None if record is None else (_reverse_read, record, 1)


def _getfield(ctx: Any, element: Any, dtype: Any, offset: Any = 0) -> Step:
    """``element.getfield(dtype, offset)``, which is how attributes of an `np.record` are read."""
    if not isinstance(element, np.void) or not has_fields(element):
        return NotImplemented
    call = (np.void.getfield, (element, dtype, offset))
    return _read(ctx, element.getfield(dtype, offset), as_array(element).getfield(dtype, offset), call)


def _setfield(ctx: Any, element: Any, value: Any, dtype: Any, offset: Any = 0) -> Step:
    """``element.setfield(value, dtype, offset)``, which is how attributes of an `np.record` are set."""
    if not isinstance(element, np.void) or not has_fields(element):
        return NotImplemented
    field = as_array(element).getfield(dtype, offset)
    return after(store(ctx, field, (), value), lambda record: (_reverse_set, record))


def _reverse_set(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (ZERO, inner[0](ctx, inner, y_bar)[2], ZERO, ZERO)


def _as_python(name: str) -> Resolver:
    """The rule of a method that gives the fields as a tuple: that of the array."""

    def resolve_method(ctx: Any, element: Any, *args: Any) -> Step:
        if not isinstance(element, np.void) or not has_fields(element):
            return NotImplemented
        return resolve(ctx, getattr(np.ndarray, name), (as_array(element), *args), {})

    return Resolver(resolve_method)


for _kind in (np.void, np.record):
    PAIRS[_kind] = pairs
LOADS[np.void], STORES[np.void] = load, put
register(np.void.__getitem__, Resolver(load))
register(np.void.__setitem__, Resolver(put))
register(np.void.getfield, Resolver(_getfield))
register(np.void.setfield, Resolver(_setfield))
for _method in ("item", "tolist"):
    register(getattr(np.void, _method), _as_python(_method))

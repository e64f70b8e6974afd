"""Views of dicts, read-only proxies, and the records of what loops over containers give.

A view knows its dict: `gc.get_referents` tells it of those of C, which name it nowhere else (`view.mapping` is only a
proxy).
"""

from __future__ import annotations

import gc
import types
from array import array
from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import repeat
from typing import Any

from bytegrad.rules.declare import non_differentiable, polyfill, resolver
from bytegrad.rules.polyfills import builtins
from bytegrad.runtime import mirrors
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.iteration import follow, index_records, make_iterator
from bytegrad.runtime.key_slots import KeySlot
from bytegrad.runtime.mirrors import reverse_item
from bytegrad.runtime.tangent import ZERO, split

KEYS: tuple[Any, ...] = (type({}.keys()), type(OrderedDict().keys()))
VALUES: tuple[Any, ...] = (type({}.values()), type(OrderedDict().values()))
ITEMS: tuple[Any, ...] = (type({}.items()), type(OrderedDict().items()))
_FACES = (*KEYS, *VALUES, *ITEMS, types.MappingProxyType)


def dict_of(view: Any) -> Any:
    """The dict that a view or proxy of C shows; None for anything else."""
    if type(view) not in _FACES:
        return None
    found = gc.get_referents(view)[0]
    return found if isinstance(found, dict) else None


# --- records -------------------------------------------------------------------------------------

_WITHOUT_SLOT = frozenset({str, bytes, bool, type(None), type, types.FunctionType})
Records = Iterator[Any]


def _keys(mapping: Any) -> Iterator[Any]:
    """The keys in the order of the dict, past an `__iter__` of its class."""
    return OrderedDict.__iter__(mapping) if isinstance(mapping, OrderedDict) else dict.__iter__(mapping)


def key_records(mapping: Any) -> Records:
    """Of a dict's keys: those that are numbers have a slot of their own."""
    if set(map(type, _keys(mapping))) <= _WITHOUT_SLOT:
        return repeat(None)
    return zip(repeat(reverse_item), repeat(mapping), map(KeySlot, _keys(mapping)))


def value_records(mapping: Any) -> Records:
    return zip(repeat(reverse_item), repeat(mapping), _keys(mapping))


def item_records(mapping: Any) -> Records:
    return zip(repeat(reverse_entry), repeat(mapping), _keys(mapping))


def reverse_entry(ctx: Context, record: Any, entry_bar: Any) -> tuple[Any, ...]:
    """A pair of key and value."""
    _, mapping, key = record
    if entry_bar is not ZERO:
        shadow = ctx.shadow(mapping)
        key_bar, value_bar = split(ctx, entry_bar, 2)
        shadow.add(KeySlot(key), key_bar)
        shadow.add(key, value_bar)
    return (ZERO,)


def element_records(elements: Any) -> Records:
    """Of a set's elements, each of which is its own slot."""
    kind = set if isinstance(elements, set) else frozenset
    if set(map(type, kind.__iter__(elements))) <= _WITHOUT_SLOT:
        return repeat(None)
    return zip(repeat(reverse_item), repeat(elements), kind.__iter__(elements))


def _of_face(records: Any) -> Any:
    def face_records(view: Any) -> Records | None:
        mapping = dict_of(view)
        return None if mapping is None else records(mapping)

    return face_records


_RECORDS: dict[Any, Any] = {
    dict: key_records,
    OrderedDict: key_records,
    **{kind: _of_face(key_records) for kind in (*KEYS, types.MappingProxyType)},
    **{kind: _of_face(value_records) for kind in VALUES},
    **{kind: _of_face(item_records) for kind in ITEMS},
    set: element_records,
    frozenset: element_records,
    deque: index_records,
    array: index_records,
}
mirrors.RECORDS.update(_RECORDS)


def records_in(kind: Any, source: Any) -> Records | None:
    """The records of the items of `source`, as those of a `kind`, in its order; None if they are not known."""
    found: Records | None = _RECORDS[kind](source)
    return found


# --- iterators that are asked for by name ----------------------------------------------------------


def _declare_iter(kind: Any, method: Any) -> None:
    @resolver(method)
    def iter_resolver(ctx: Context, /, *args: Any) -> Any:
        """`container.__iter__()`, of a class that may have another one."""
        if len(args) != 1 or not issubclass(type(args[0]), kind):
            return NotImplemented
        if type(args[0]).__iter__ is method:
            return make_iterator(ctx, args, None)
        return follow(ctx, method(args[0]), _RECORDS[kind](args[0]))


_kind: Any
for _kind in _RECORDS:
    _declare_iter(_kind, _kind.__iter__)


def _declare_next(kind: Any) -> None:
    @polyfill(kind.__next__)
    def next_polyfill(self: Any, /) -> Any:
        return next(self)


_SOURCES: tuple[Any, ...] = ([], (), {}, set(), deque(), OrderedDict(), {}.values(), {}.items())
for _kind in {*[type(iter(source)) for source in _SOURCES], types.GeneratorType}:
    _declare_next(_kind)


def view_reversed(self: Any, /) -> Any:
    """Of a dict too, of its keys."""
    return builtins.reversed_view(self, len(self))


for _kind in (dict, OrderedDict, *KEYS, *VALUES, *ITEMS):
    polyfill(_kind.__reversed__)(view_reversed)


@resolver(next)
def next_or_default(ctx: Context, /, *args: Any) -> Any:
    """`next(iterator, default)` is a polyfill's."""
    return resolve(ctx, builtins.next_default, args, {}) if len(args) == 2 else NotImplemented


# --- read-only proxies -----------------------------------------------------------------------------


def _declare_proxy(name: str) -> None:
    """A method of a proxy is that of what it shows."""

    @resolver(getattr(types.MappingProxyType, name))
    def proxy_resolver(ctx: Context, /, proxy: Any, *args: Any, **kwargs: Any) -> Any:
        mapping = gc.get_referents(proxy)[0]
        return resolve(ctx, getattr(type(mapping), name), (mapping, *args), kwargs)


for _name in ("get", "items", "keys", "values", "copy", "__getitem__", "__reversed__", "__or__"):
    _declare_proxy(_name)
non_differentiable(types.MappingProxyType.__len__, types.MappingProxyType.__contains__)

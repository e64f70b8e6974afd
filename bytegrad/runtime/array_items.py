"""Subscripts, attributes and iteration of arrays.

What is a view has no record: it shares the shadow.  A number read out of an array adds to its place there, and a
store takes the cotangent of the place for what was stored.
"""

from __future__ import annotations

from array import array as typed_array
from collections import deque
from collections.abc import Iterator
from itertools import count, repeat
from operator import setitem
from types import FunctionType
from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.array_memory import address, content, plain_copy
from bytegrad.runtime.array_shadows import Numberless, gather_at
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.fitting import holds_twice
from bytegrad.runtime.operands import SCALARS, NumberSink, SequenceSink, array_source, capture, sink_of, source_of
from bytegrad.runtime.registry import Resolver, register
from bytegrad.runtime.steps import Step, after, done
from bytegrad.runtime.tangent import ZERO, Poison, TupleBar

ndarray = np.ndarray

ELEMENT, BASIC, MASK, PLACES = range(4)
"""Kinds of subscripts: one element, a view, each element at most once, elements that may come repeatedly."""
_PLAIN = (int, slice, type(None), type(...), str)


def kind_of(array: Any, key: Any) -> int:
    """Which kind of subscript `key` is for `array`."""
    kind = type(key)
    if kind is int or (isinstance(key, np.integer) and kind is not np.bool_):
        return ELEMENT if array.ndim == 1 else BASIC
    if kind is tuple:
        kinds = {type(item) for item in key}
        if kinds <= {int}:
            return ELEMENT if len(key) == array.ndim else BASIC
        if all(issubclass(k, (np.integer, *_PLAIN)) and k is not bool for k in kinds):
            single = len(key) == array.ndim and all(issubclass(k, (int, np.integer)) for k in kinds)
            return ELEMENT if single else BASIC
        lists = [item for item in key if not isinstance(item, (np.integer, *_PLAIN)) or isinstance(item, bool)]
        return MASK if len(lists) == 1 and np.asarray(lists[0]).dtype.kind == "b" else PLACES
    if kind in _PLAIN or isinstance(key, slice):
        return BASIC
    return MASK if kind is bool or np.asarray(key).dtype.kind == "b" else PLACES


def frozen(arrays: Any, key: Any, target: Any = None) -> Any:
    """`key` as it is now, whatever becomes of the lists and arrays in it, of which `target` may be one."""
    if isinstance(key, tuple):
        return tuple([frozen(arrays, item, target) for item in key])
    if isinstance(key, ndarray):
        if target is not None and arrays.root(key) is arrays.root(target):
            return plain_copy(key)  # the log and the record look into it when it has been written
        capture(arrays, key)
    elif isinstance(key, (list, deque, typed_array, memoryview)):
        key = np.array(key)
        return key if key.size else key.astype(int)
    return key


# reading ----------------------------------------------------------------------------------------------------


def load(ctx: Any, array: Any, key: Any) -> Step:
    """Resolve ``array[key]``, by the method that arrays have: a subclass may have one of its own."""
    y = array[key] if type(array) is ndarray else ndarray.__getitem__(array, key)
    return done(item_record(ctx, y, array, key), y)


def item_record(ctx: Any, y: Any, array: Any, key: Any) -> Any:
    """The record of ``y = array[key]``."""
    arrays = ctx.arrays
    if not isinstance(y, ndarray):
        part = arrays.shadows.get(id(array)) if array.base is None else arrays.part(array)
        return None if part is None or y is None else (reverse_element, part, key, 2)
    base = y.base
    if base is array or (base is not None and base is array.base):
        return None
    kind = kind_of(array, key)
    part = arrays.part(array) if kind > BASIC else None
    source = None if part is None else array_source(arrays, y, (array,))
    if source is None:
        return None
    once = kind != PLACES
    return (_reverse_gather, part, frozen(arrays, key), once, source, arrays.position)


def reverse_element(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """One element was read: its place in the shadow grows."""
    _, part, key, n = record
    if y_bar is not ZERO:
        if isinstance(y_bar, Poison):
            part.absorb(ctx, y_bar)
        else:
            window = part.window(ctx.arrays)
            if type(y_bar) is tuple:
                y_bar = TupleBar(y_bar)
            if window.dtype.kind not in "cO" and isinstance(y_bar, (complex, np.complexfloating)):
                y_bar = y_bar.real
            window[key] += y_bar
    return (ZERO,) * n


def _reverse_gather(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Elements were copied: what the copy gathered goes back to their places."""
    _, part, key, once, source, mark = record
    y_bar = source.take(ctx)
    if y_bar is None:
        return (ZERO, ZERO)
    if isinstance(y_bar, Poison):
        part.absorb(ctx, y_bar)
        return (ZERO, ZERO)
    arrays = ctx.arrays
    if arrays.position > mark:
        arrays.undo_to(mark)
    window = np.zeros(part.shape, part.dtype) if part.overlaps else part.window(arrays)
    if once and window.dtype.kind != "V":
        window[key] += y_bar
    else:
        gather_at(window, key, y_bar)
    if part.overlaps:
        part.absorb(ctx, window)
    return (ZERO, ZERO)


def scalar_load(ctx: Any, scalar: Any, key: Any) -> Step:
    """Resolve ``scalar[()]``, ``scalar[None]`` or the like for one of numpy's scalars: a copy of it."""
    y = scalar[key]
    sink = sink_of(ctx, scalar)
    source = None if sink is None else source_of(ctx, y, ())
    return done(None if source is None else (_reverse_scalar, sink, source), y)


def _reverse_scalar(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, sink, source = record
    y_bar = source.take(ctx, y_bar)
    return (ZERO if y_bar is None else sink.absorb(ctx, y_bar), ZERO)


# writing ----------------------------------------------------------------------------------------------------


def store(ctx: Any, array: Any, key: Any, value: Any, active: bool = True) -> Step:
    """Resolve ``array[key] = value``, by the method that arrays have.

    Unless `active`, a number that is stored carries nothing.
    """
    write: Any = setitem if type(array) is ndarray else ndarray.__setitem__
    arrays = ctx.arrays
    sink = sink_of(ctx, value) if active or isinstance(value, ndarray) else None
    part = arrays.part(array)
    captured = arrays.is_captured(array)
    if part is None and sink is None and not captured:
        return (write, (array, key, value), _stored)
    kind = kind_of(array, key)
    if kind == BASIC and write is not setitem and key not in _WHOLE and has_own_parts(type(array)):
        from bytegrad.runtime.dispatch import resolve

        return resolve(ctx, _store_in_part, (array, key, value), {})
    if kind == BASIC and type(value) is ndarray and _is_itself(array.view(ndarray), key, value):
        return (write, (array, key, value), _stored)
    key = frozen(arrays, key, array)
    old = content(array.view(ndarray), key) if captured else None
    write(array, key, value)
    if captured:
        arrays.save(array, key, old)
    written = array.dtype if array.dtype.kind != "V" or type(key) is not str else array.dtype[key]
    if sink is not None and array.dtype.kind == "O" and kind == ELEMENT and not _by_value(sink):
        sink = None
        if part is None:
            arrays.activate(array)  # what is computed with the object is looked at
    elif sink is not None and written.kind in "iub" and loses(value):
        sink = None
    if part is None:
        part = arrays.activate(array) if sink is not None else None
        if part is None:
            return done(None, None)
    return done((_reverse_store, part, key, kind, sink, arrays.position), None)


_WHOLE: tuple[Any, ...] = (..., (...,), ())
"""Subscripts of the whole array, for which it is not asked."""


def has_own_parts(kind: type) -> bool:
    """Whether a class of arrays says itself, in Python, what its parts are: loops and numpy ask it, too."""
    return type(lookup(kind, "__getitem__")) is FunctionType


def _store_in_part(array: Any, key: Any, value: Any) -> None:
    """What numpy does for a subclass: it asks that for the part, which need be no view."""
    ndarray.__setitem__(array[key], ..., value)


def _by_value(sink: Any) -> bool:
    """Whether an element of an array of objects has its cotangent in that of the array: numbers and tuples."""
    return isinstance(sink, NumberSink) or (isinstance(sink, SequenceSink) and issubclass(type(sink.sequence), tuple))


def refuse_overlap(part: Any, region: Any = None) -> None:
    """Raise UnsupportedError for a write into a view some of whose elements are the same memory.

    Of a view that is written in a `region` only, the elements of that count.
    """
    if part.overlaps and (region is None or holds_twice(region)):
        raise UnsupportedError(
            "cannot differentiate a write through a view whose elements overlap in memory",
            fixes="write into an array of its own, or element by element",
        )


def _stored(_: Any) -> Step:
    return done(None, None)


def loses(value: Any) -> bool:
    """Whether conversion to integers makes `value` piecewise constant."""
    return np.asarray(value).dtype.kind not in "iub"


def _is_itself(array: Any, key: Any, value: Any) -> bool:
    """Whether ``array[key] = value`` writes memory onto itself, as it does after ``array[key] += ...``."""
    if value.base is None or value.size == 0:
        return False
    target = array[key]
    return bool(
        type(target) is ndarray
        and address(target) == address(value)
        and target.strides == value.strides
        and target.shape == value.shape
        and target.dtype == value.dtype
    )


def _reverse_store(ctx: Any, record: Any, _: Any) -> tuple[Any, ...]:
    """Elements were overwritten: what was stored gets their cotangents, and what was there before gets none."""
    _, part, key, kind, sink, mark = record
    arrays = ctx.arrays
    if not part.present(arrays):
        return (ZERO, ZERO, ZERO)
    if arrays.poisons and (poison := part.poison(arrays)) is not None:
        return (ZERO, ZERO, ZERO if sink is None else sink.absorb(ctx, poison))
    if isinstance(part, Numberless):
        return (ZERO, ZERO, ZERO if sink is None else sink.absorb(ctx, Poison(UnsupportedError(_NARROW))))
    if arrays.position > mark and kind > BASIC:
        arrays.undo_to(mark)
    window = part.window(arrays)
    if part.overlaps and kind != ELEMENT:
        refuse_overlap(part, window[key] if kind == BASIC else None)
    bar = content(window, key)
    window[key] = 0 if window.dtype.kind != "V" else np.zeros((), window[key].dtype)
    if sink is None:
        return (ZERO, ZERO, ZERO)
    if isinstance(bar, (ndarray, np.void)) and bar.dtype.kind == "V" and not bar.dtype.names:
        raise UnsupportedError(_NARROW)
    if isinstance(bar, TupleBar) or (window.dtype.kind == "O" and isinstance(sink, SequenceSink) and kind == ELEMENT):
        return (ZERO, ZERO, sink.absorb(ctx, bar) if isinstance(bar, TupleBar) else ZERO)
    if kind == PLACES:
        bar = np.where(_last_writes(window.shape, key, bar.shape), bar, 0)
    shape = getattr(sink, "shape", ())
    if len(shape) > np.ndim(bar) and bar.dtype.kind != "V":
        bar = np.reshape(bar, (1,) * (len(shape) - np.ndim(bar)) + np.shape(bar))
    return (ZERO, ZERO, sink.absorb(ctx, bar, type(bar) is ndarray and bar.base is None))


_NARROW = "integers in records, of another size than floats, cannot be differentiated"


def _last_writes(shape: tuple[int, ...], key: Any, region: tuple[int, ...]) -> Any:
    """Which of the elements of a fancy store were not overwritten by a later one of the same store."""
    numbers = np.arange(int(np.prod(region))).reshape(region)
    places = np.empty(shape, np.intp)
    places[key] = numbers
    return places[key] == numbers


# iteration --------------------------------------------------------------------------------------------------


def pairs(ctx: Any, array: Any) -> Step:
    """The items of a loop over `array`, with their records: rows are views."""
    return done(None, zip(records(ctx, array), array, strict=False))


def records(ctx: Any, array: Any) -> Any:
    """The records of the items of `array`, in order."""
    if array.ndim != 1:
        return repeat(None)
    part = ctx.arrays.part(array)
    if part is None:
        return _later_records(ctx, array)
    return zip(repeat(reverse_element), repeat(part), count(), repeat(1), strict=False)


def _later_records(ctx: Any, array: Any) -> Iterator[Any]:
    """As `records`, of an array that has no cotangent yet: it may get one before all its items are taken."""
    for index in count():
        part = ctx.arrays.part(array)
        yield None if part is None else (reverse_element, part, index, 1)


def flat_pairs(ctx: Any, flat: Any) -> Step:
    """The items of a loop over ``array.flat``."""
    return done(None, zip(map(_flat_record, repeat(ctx), repeat(flat)), flat, strict=False))


def _flat_record(ctx: Any, flat: Any) -> Any:
    part = ctx.arrays.part(flat.base)
    return None if part is None else (reverse_flat, part, flat.index, 1)


def reverse_flat(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """One element was read by its number."""
    _, part, index, n = record
    if y_bar is not ZERO:
        if isinstance(y_bar, Poison):
            part.absorb(ctx, y_bar)
        else:
            part.window(ctx.arrays).flat[index] += TupleBar(y_bar) if type(y_bar) is tuple else y_bar
    return (ZERO,) * n


def flat_next(ctx: Any, flat: Any) -> Step:
    """Resolve ``next(array.flat)``."""
    record = _flat_record(ctx, flat)
    return done(record, next(flat))


def flat_load(ctx: Any, flat: Any, key: Any) -> Step:
    """Resolve ``array.flat[key]``."""
    array = flat.base
    y = flat[key]
    part = ctx.arrays.part(array)
    if part is None:
        return done(None, y)
    if not isinstance(y, ndarray):
        return done((reverse_flat, part, key, 2), y)
    numbers = np.arange(array.size)[key]
    source = array_source(ctx.arrays, y, (array,))
    if source is None:
        return done(None, y)
    return done((_reverse_flat_gather, part, numbers, source), y)


def _reverse_flat_gather(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, part, numbers, source = record
    y_bar = source.take(ctx)
    if isinstance(y_bar, Poison):
        part.absorb(ctx, y_bar)
    elif y_bar is not None:
        bar = np.zeros(part.shape, part.dtype)
        np.add.at(bar.reshape(-1), numbers, y_bar)
        part.absorb(ctx, bar)
    return (ZERO, ZERO)


def flat_store(ctx: Any, flat: Any, key: Any, value: Any, active: bool = True) -> Step:
    """Resolve ``array.flat[key] = value``: what is too long is cut, what is too short repeated."""
    from bytegrad.runtime.array_changes import mutate

    return mutate(ctx, setitem, (flat, key, value), {}, _flat_rule, flat.base)


def _flat_rule(flat: Any, key: Any, value: Any) -> Any:
    array = flat.base
    numbers = np.arange(1, np.size(value) + 1).reshape(np.shape(value))
    sources = np.zeros(array.shape, np.intp)
    sources.flat[key] = numbers
    new = array.copy()
    new.flat[key] = value

    def flat_pullback(new_bar: Any) -> tuple[Any, ...]:
        value_bar = np.zeros(numbers.size + 1, new_bar.dtype)
        np.add.at(value_bar, sources.ravel(), new_bar.ravel())
        return np.where(sources == 0, new_bar, 0), None, value_bar[1:].reshape(numbers.shape)

    return new, flat_pullback


# attributes -------------------------------------------------------------------------------------------------


def set_attribute(ctx: Any, array: Any, name: str, value: Any) -> Step | None:
    """Resolve ``array.name = value`` where this writes elements or changes how they are seen."""
    if name == "shape":
        ctx.arrays.reshaped(array, value)
        return done(None, None)
    same = name == "dtype" and array.dtype == value
    if name in ("strides", "dtype", "data") and not same and ctx.arrays.shadow(array) is not None:
        raise UnsupportedError(
            f"the {name} of an array that depends on a differentiated argument is set in place",
            fixes="make another array of the same memory, with view or numpy.lib.stride_tricks.as_strided",
        )
    if name in ("real", "imag", "flat"):
        target = getattr(array.view(ndarray), name)
        step = flat_store(ctx, target, slice(None), value) if name == "flat" else store(ctx, target, ..., value)
        return after(step, lambda record: (_reverse_set, record))
    return None


def _reverse_set(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (ZERO, inner[0](ctx, inner, y_bar)[2])


LOADS: dict[type, Any] = {ndarray: load, np.flatiter: flat_load, **dict.fromkeys(SCALARS, scalar_load)}
STORES: dict[type, Any] = {ndarray: store, np.flatiter: flat_store}

register(np.ndarray.__getitem__, Resolver(load))
register(np.ndarray.__setitem__, Resolver(store))

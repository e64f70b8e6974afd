"""Where the cotangents of a call's operands go, and where those of its results come from.

Both are decided when the call is made.  A *sink* takes the cotangent of one operand: arrays and containers keep it
by identity, numbers hand it back to be carried by value.  An operand that cannot have one, or that does not depend
on a differentiated argument, has no sink (None).  A *source* gives the cotangent of a result.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from sys import getrefcount
from typing import Any

import numpy as np

from bytegrad.runtime.array_fields import as_array, has_fields, of_record
from bytegrad.runtime.arrays import Arrays
from bytegrad.runtime.fitting import cotangent_dtype, unbroadcast
from bytegrad.runtime.sources import BY_VALUE, ObjectSource, SequenceSource
from bytegrad.runtime.tangent import ZERO, Poison, TupleBar, is_number

ndarray = np.ndarray


# numbers ----------------------------------------------------------------------------------------------------


class NumberSink:
    """Hands the cotangent of a number back, as the kind of number that cotangents of its type are."""

    __slots__ = ("real", "to")

    def __init__(self, to: Callable[[Any], Any], real: bool) -> None:
        self.to, self.real = to, real

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """The cotangent as a number; what broadcasting spread is summed."""
        if isinstance(bar, Poison):
            return bar
        if isinstance(bar, ndarray):
            bar = np.add.reduce(bar, axis=None) if bar.shape else bar[()]
        if self.real and isinstance(bar, complex | np.complexfloating):
            bar = bar.real
        return self.to(bar)


def _same(bar: Any) -> Any:
    return bar


_FLOAT = NumberSink(float, True)
_NUMBERS: dict[type, NumberSink | None] = {
    float: _FLOAT,
    int: _FLOAT,
    complex: NumberSink(complex, False),
    Fraction: NumberSink(_same, True),
    Decimal: NumberSink(_same, True),
}


def _at_least(kind: type) -> Callable[[Any], Any]:
    """A function that makes a number one of the type `kind`, unless it is more precise: see `wider`."""
    dtype = np.dtype(kind)

    def to_kind(bar: Any) -> Any:
        own = getattr(bar, "dtype", None)
        precise = own is not None and own.kind == dtype.kind and own.itemsize > dtype.itemsize
        return bar if precise else kind(bar)

    return to_kind


def _number_sink(kind: type) -> NumberSink | None:
    """The sink of numbers of the type `kind`."""
    if issubclass(kind, np.generic):
        dtype = cotangent_dtype(np.dtype(kind))
        made = None if dtype is None else NumberSink(_at_least(dtype.type), dtype.kind != "c")
    else:
        made = NumberSink(_same, False)
    _NUMBERS[kind] = made
    return made


NUMBER_SINKS: dict[type, Any] = {float: _FLOAT, int: _FLOAT, np.float64: _number_sink(np.float64)}
"""The sinks of the numbers that are met most."""

SCALARS = frozenset(kind for kind in np.sctypeDict.values() if issubclass(kind, (np.number, np.bool_))) - {
    np.timedelta64
}
"""numpy's types of numbers."""

# containers and other objects -------------------------------------------------------------------------------


class SequenceSink:
    """Deals the cotangent of a list or tuple out to its items, as they were when the call was made."""

    __slots__ = ("items", "sequence")

    def __init__(self, sequence: Any, items: list[Any]) -> None:
        self.sequence, self.items = sequence, items

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """A tuple of what the items' sinks hand back; for a list, this goes to its shadow."""
        if isinstance(bar, Poison):
            bars: Any = (bar,) * len(self.items)
        elif isinstance(bar, TupleBar):
            bars = bar.bars
        elif isinstance(bar, (ndarray, np.void)) and bar.dtype.names:
            bars = of_record(self.sequence, bar)
        elif isinstance(bar, ndarray):
            shape = self.shape
            bars = bar if bar.shape == shape else unbroadcast(bar, shape)
        else:
            bars = bar
        carried = [
            ZERO if sink is None or part is None or part is ZERO else sink.absorb(ctx, part)
            for sink, part in zip(self.items, bars, strict=True)
        ]
        if isinstance(self.sequence, tuple):
            return tuple(carried)
        shadow = ctx.shadow(self.sequence)
        for index, part in enumerate(carried):
            shadow.add(index, part)
        return ZERO

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array that numpy makes of the sequence."""
        first = next((sink for sink in self.items if sink is not None), None)
        if isinstance(first, (NumberSink, ObjectSink)) or first is None:
            return (len(self.items),)
        return (len(self.items), *first.shape)


class ObjectSink:
    """Leaves it to the context how the cotangent is kept."""

    __slots__ = ("primal",)

    def __init__(self, primal: Any) -> None:
        self.primal = primal

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """What the context carries by value."""
        return ctx.absorb(self.primal, bar)


# sinks by type ----------------------------------------------------------------------------------------------


def _array_sink(ctx: Any, array: Any) -> Any:
    if array.base is None:
        return ctx.arrays.shadows.get(id(array))
    return ctx.arrays.part(array)


def _record_sink(ctx: Any, record: Any) -> Any:
    return ctx.arrays.part(as_array(record)) if has_fields(record) else None


def _sequence_sink(ctx: Any, sequence: Any, within: tuple[int, ...] = ()) -> Any:
    """That of a list or tuple, by its items; `within` are the ids of those that it is in."""
    if id(sequence) in within:
        return ObjectSink(sequence)
    around = (*within, id(sequence))
    items = [
        _sequence_sink(ctx, item, around) if issubclass(type(item), (list, tuple)) else sink_of(ctx, item)
        for item in sequence
    ]
    for item in items:
        if item is not None:
            return SequenceSink(sequence, items)
    return None


def _inert(ctx: Any, value: Any) -> None:
    return None


def _float_sink(ctx: Any, value: Any) -> Any:
    return _FLOAT


class TextSink:
    """Leads to where a text or bytes came from: numbers that are read out of them may matter."""

    __slots__ = ("text",)

    def __init__(self, text: str | bytes) -> None:
        self.text = text

    def absorb(self, ctx: Any, bar: Any, fresh: bool = False) -> Any:
        """The cotangent itself, to be carried by value."""
        ctx.texts.note(self.text)
        return bar


def _text_sink(ctx: Any, value: Any) -> Any:
    return TextSink(value)


SINKS: dict[type, Callable[[Any, Any], Any]] = {
    **dict.fromkeys((bytes, np.bytes_, np.str_), _text_sink),
    ndarray: _array_sink,
    **dict.fromkeys((np.void, np.record), _record_sink),
    float: _float_sink,
    int: _float_sink,
    list: _sequence_sink,
    tuple: _sequence_sink,
    **dict.fromkeys(
        (str, bool, type(None), type, type(...), range, slice, type(len), type(np), np.dtype, type(np._NoValue)),
        _inert,
    ),
    np.bool_: _inert,
}


def sink_of(ctx: Any, value: Any) -> Any:
    """The sink of an operand; None if nothing can flow to it."""
    make = SINKS.get(type(value))
    return make(ctx, value) if make is not None else _other_sink(ctx, value)


def _other_sink(ctx: Any, value: Any) -> Any:
    if issubclass(type(value), ndarray):
        return _array_sink(ctx, value)
    if is_number(value) or issubclass(type(value), np.generic):
        kind = type(value)
        return _NUMBERS[kind] if kind in _NUMBERS else _number_sink(kind)
    if issubclass(type(value), (list, tuple)):
        return _sequence_sink(ctx, value)
    if issubclass(type(value), (type, np.dtype)):
        return None
    return ObjectSink(value)


# sources ----------------------------------------------------------------------------------------------------


def source_of(ctx: Any, result: Any, operands: Any) -> Any:
    """Make `result` active, and say where its cotangent will be; None if it has none of its own.

    It has none if it carries none, or shares the memory of one of `operands`.
    """
    kind = type(result)
    if kind is ndarray:
        arrays = ctx.arrays
        if result.base is None and id(result) not in arrays.shadows and not is_among(result, operands):
            dtype = cotangent_dtype(result.dtype)
            return None if dtype is None else arrays.add(result, dtype)
        return array_source(arrays, result, operands)
    if kind is float or kind is np.float64:
        return BY_VALUE
    if kind in SINKS and SINKS[kind] is _inert:
        return None
    if issubclass(type(result), ndarray):
        return array_source(ctx.arrays, result, operands)
    if is_number(result):
        return BY_VALUE
    if issubclass(type(result), np.void) and has_fields(result):
        return array_source(ctx.arrays, as_array(result), operands)
    if issubclass(type(result), np.generic):
        return None
    if issubclass(type(result), (list, tuple)):
        return _sequence_source(ctx, result, operands)
    if issubclass(type(result), _SHARED):
        return None
    return ObjectSource(ctx, result)


_SHARED = (type, types.ModuleType)
"""What a call hands out and does not make: the cotangents of its attributes are not the call's."""


def _sequence_source(ctx: Any, result: Any, operands: Any) -> Any:
    """The sources of the items; those that share memory with one another are found fresh before one is active."""
    arrays = ctx.arrays
    fresh = [issubclass(type(item), ndarray) and _is_fresh(arrays, item, operands) for item in result]
    items = [
        arrays.activate(item) if is_fresh else source_of(ctx, item, operands)
        for item, is_fresh in zip(result, fresh, strict=True)
    ]
    return SequenceSource(result, items) if any(item is not None for item in items) else None


def array_source(arrays: Arrays, result: Any, operands: Any) -> Any:
    """The shadow or region of a fresh array; None if it is not fresh."""
    return arrays.activate(result) if _is_fresh(arrays, result, operands) else None


def _is_fresh(arrays: Arrays, result: Any, operands: Any) -> bool:
    """Whether the memory of `result` is neither active nor that of an operand."""
    if result.base is not None or id(result) in arrays.shadows:
        root = arrays.root(result)
        return id(root) not in arrays.shadows and not _lent(arrays, root, operands)
    return not is_among(result, operands)


def is_among(result: Any, operands: Any) -> bool:
    """Whether `result` is one of `operands` itself."""
    return any(operand is result for operand in operands)


def _lent(arrays: Arrays, root: Any, operands: Any) -> bool:
    """Whether the memory of `root` is that of an operand, at any depth."""
    for operand in operands:
        if issubclass(type(operand), ndarray):
            if arrays.root(operand) is root:
                return True
        elif issubclass(type(operand), (list, tuple)) and _lent(arrays, root, operand):
            return True
    return False


# captures ---------------------------------------------------------------------------------------------------


def capture(arrays: Arrays, value: Any) -> None:
    """Note that a record needs the content of every array in `value`."""
    if issubclass(type(value), ndarray):
        arrays.capture(value)
    elif issubclass(type(value), (list, tuple)):
        for item in value:
            capture(arrays, item)
    elif issubclass(type(value), dict):
        for item in value.values():
            capture(arrays, item)


def capture_closure(arrays: Arrays, function: Any, everything: Any, depth: int = 0) -> None:
    """Note what a pullback holds in its closure; `everything` there is, if that cannot be seen."""
    cells = getattr(function, "__closure__", everything)
    if cells is everything or depth > _DEEPEST or function.__defaults__:
        capture(arrays, everything)
        return
    for cell in cells or ():
        try:
            held = cell.cell_contents
        except ValueError:
            continue
        kind = type(held)
        if kind is ndarray:
            arrays.capture(held)
        elif kind in (list, tuple, dict):
            capture(arrays, held)
        elif hasattr(held, "__closure__"):
            capture_closure(arrays, held, everything, depth + 1)
        elif kind not in SINKS and not issubclass(type(held), (type, np.ufunc, np.generic)):
            capture(arrays, everything)


_DEEPEST = 4

# delivery ---------------------------------------------------------------------------------------------------


def _alone() -> int:
    """The reference count that an array in a tuple shows if nobody else has it."""
    bars = (np.empty(1),)
    bar = bars[0]
    return getrefcount(bar)


_ALONE = _alone()


def deliver(ctx: Any, sinks: Any, bars: Any) -> tuple[Any, ...]:
    """Hand each of `bars` to its sink; what is carried by value comes back."""
    carried = []
    for index, sink in enumerate(sinks):
        if sink is None:
            carried.append(ZERO)
            continue
        bar = bars[index]
        if bar is None:
            carried.append(ZERO)
        else:
            fresh = getrefcount(bar) == _ALONE and type(bar) is ndarray and bar.base is None
            carried.append(sink.absorb(ctx, bar, fresh))
    return tuple(carried)

"""Calls of numpy's functions that emitted code makes itself: their records, and how those are reversed.

This is `rule_calls` for the common case: plain arrays of real or complex floating numbers, and settings.  A *kernel*
says of the value of such a call what its pullback is; what it declines goes by the rule of the function, in the
long way.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from sys import getrefcount
from types import MethodDescriptorType
from typing import Any, NamedTuple

import numpy as np

from bytegrad.runtime import registry
from bytegrad.runtime.elementwise import OWN
from bytegrad.runtime.operands import NUMBER_SINKS, deliver
from bytegrad.runtime.tangent import ZERO, Poison

ndarray = np.ndarray
Recorder = Callable[..., Any]
SETTINGS: frozenset[type] = frozenset((int, bool, str, tuple, type(None)))
"""Types of arguments by which emitted code knows that they are no operands."""
OPERANDS: frozenset[type] = frozenset((ndarray,))
SEQUENCES: frozenset[type] = frozenset((list, tuple))
NUMBERS: frozenset[type] = frozenset((float, int, np.float64))


class Kernel(NamedTuple):
    """How a function is differentiated of which the first `operands` arguments are arrays.

    ``make(y, wants, *args)`` gives the pullback of the value `y`, from its cotangent to those of the operands, and
    the arrays into which the pullback looks; or NotImplemented.  `wants` says which operands are active.  Without it,
    the value is a view.
    """

    make: Callable[..., Any] | None
    operands: int
    names: tuple[str, ...]
    """Of the parameters, the operands first."""
    by_position: int
    """How many arguments may be passed by position."""
    accepts: tuple[frozenset[type], ...]
    """The types of operands."""
    of_sequence: bool = False
    """Whether the only operand is a list or tuple of arrays; `wants` and the cotangents are those of its items."""


class Short(NamedTuple):
    """What emitted code needs for a call: what makes the record, and the types of arguments for which it is made.

    `fits`, if there is one, is asked about the first argument.
    """

    record: Recorder
    accepts: tuple[frozenset[type], ...]
    fits: Callable[[Any], bool] | None


KERNELS: dict[Any, Kernel] = {}
"""By function; by name, of methods of arrays."""


def kernel(
    *targets: Any, count: int = 1, numbers: tuple[int, ...] = (), of_sequence: bool = False
) -> Callable[[Any], Any]:
    """Declare the kernel of functions and, by name, of methods; numbers may stand at the places `numbers`."""

    def declare(make: Any) -> Any:
        parameters = [*inspect.signature(make).parameters.values()][2:]
        names = tuple([parameter.name for parameter in parameters])
        by_position = sum([parameter.kind is not parameter.KEYWORD_ONLY for parameter in parameters])
        accepts = tuple([OPERANDS | NUMBERS if place in numbers else OPERANDS for place in range(count)])
        for target in targets:
            KERNELS[target] = Kernel(
                make, count, names, by_position, (SEQUENCES,) if of_sequence else accepts, of_sequence
            )
        return make

    return declare


def gives_view(*targets: Any, names: tuple[str, ...] = ()) -> None:
    """Declare that functions of an array, or its methods, give a view of it, or else are declined."""
    for target in targets:
        KERNELS[target] = Kernel(None, 1, names, _ANY, (OPERANDS,))


_ANY = 8


PLAIN_ATTRIBUTES: set[str] = {"T", "mT"}
"""Attributes of arrays that are views of them, or constants."""


def has_no_record(name: str) -> bool:
    """Whether reading the attribute `name` of an array leaves no record: it is a method, a constant or a view."""
    return name in PLAIN_ATTRIBUTES or type(getattr(ndarray, name, None)) is MethodDescriptorType


def short(target: Any, passed: int, keywords: tuple[str, ...], ahead: int) -> Short | None:
    """The short way of a call of `target`, a function or the name of a method, with so many arguments.

    The last of them are passed by name.  The record has `ahead` more cotangents, which are absent, in front.
    """
    try:
        known = KERNELS.get(target)
    except TypeError:
        return None
    if known is None or not _is_numpys_own(target):
        return None
    by_position = passed - len(keywords)
    if not known.operands <= by_position <= known.by_position or any([name not in known.names for name in keywords]):
        return None
    accepts = (*known.accepts, *(SETTINGS,) * (passed - known.operands))
    zeros = ((ZERO,) * ahead, (ZERO,) * (passed - known.operands))
    return Short(_recorder(known, keywords, by_position, zeros), accepts, are_arrays if known.of_sequence else None)


def are_arrays(items: Any) -> bool:
    """Whether a list or tuple holds plain arrays."""
    for item in items:  # noqa: SIM110 - this is what takes the time
        if type(item) is not ndarray:
            return False
    return True


def _is_numpys_own(target: Any) -> bool:
    """Whether the first rule for a function is the library's."""
    if isinstance(target, str):
        target = getattr(ndarray, target)
    rules = registry.lookup(np.matmul if target is operator.matmul else target)
    function = getattr(rules[0], "rule", getattr(rules[0], "resolve", None)) if rules else None
    return getattr(function, "__module__", "").startswith("bytegrad.rules.numpy")


def _recorder(known: Kernel, keywords: tuple[str, ...], by_position: int, zeros: Any) -> Recorder:
    if known.make is None:
        return _record_view
    make: Any = known.make
    if keywords:
        plain = known.make

        def make(y: Any, wants: Any, *args: Any) -> Any:
            return plain(y, wants, *args[:by_position], **dict(zip(keywords, args[by_position:], strict=True)))

    if known.of_sequence:
        return _of_several(make, None, zeros)
    if known.operands == 1:
        return _of_one(make, zeros)
    return _of_two(make, zeros) if known.operands == _PAIR else _of_several(make, known.operands, zeros)


_PAIR = 2


def _record_view(ctx: Any, y: Any, array: Any, *settings: Any) -> Any:
    """A view has the shadow of the array, and no record."""
    arrays = ctx.arrays
    if arrays.shadow(array) is None or arrays.root(y) is arrays.root(array):
        return None
    return NotImplemented


def _of_one(make: Any, zeros: tuple[Any, Any]) -> Recorder:
    """The recorder of functions of one array.

    Here and below each number of arrays is spelled out: a loop over one or two would cost as much as what it does.
    """

    def record(ctx: Any, y: Any, array: Any, *settings: Any) -> Any:
        arrays = ctx.arrays
        sink = arrays.shadows.get(id(array)) if array.base is None else arrays.part(array)
        if sink is None:
            return None
        if array.dtype.kind not in "fc" or ctx.checks is not None:
            return NotImplemented
        made = make(y, (True,), array, *settings)
        if made is NotImplemented:
            return NotImplemented
        pullback, looks = made
        shadow = None
        if type(y) is ndarray:
            if y.base is not None or y.dtype.kind not in "fc":
                return NotImplemented
            shadow = arrays.add(y, y.dtype)
        for value in looks:
            if type(value) is ndarray:
                arrays.capture(value)
        return (_reverse_one, shadow, arrays.position, sink, pullback, zeros, y.dtype.kind == "f")

    return record


def _reverse_one(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, shadow, mark, sink, pullback, (ahead, behind), real = record
    if shadow is not None:
        y_bar = shadow.take(ctx)
    if y_bar is None or y_bar is ZERO:
        return (*ahead, ZERO, *behind)
    arrays = ctx.arrays
    if arrays.position > mark:
        arrays.undo_to(mark)
    if type(y_bar) is Poison:
        return (*ahead, sink.absorb(ctx, y_bar), *behind)
    if real and shadow is None:
        y_bar = y_bar.real
    bar = pullback(y_bar)
    y_bar = None
    fresh = getrefcount(bar) == OWN and type(bar) is ndarray and bar.base is None
    return (*ahead, sink.absorb(ctx, bar, fresh), *behind)


def _of_two(make: Any, zeros: tuple[Any, Any]) -> Recorder:
    """The recorder of functions of two arrays."""
    absent = (*zeros[0], ZERO, ZERO, *zeros[1])

    def record(ctx: Any, y: Any, a: Any, b: Any, *settings: Any) -> Any:
        arrays = ctx.arrays
        a_sink = arrays.shadows.get(id(a)) if a.base is None else arrays.part(a)
        b_sink = arrays.shadows.get(id(b)) if b.base is None else arrays.part(b)
        if a_sink is None and b_sink is None:
            return None
        made = (
            NotImplemented
            if ctx.checks is not None
            else make(y, (a_sink is not None, b_sink is not None), a, b, *settings)
        )
        if made is NotImplemented:
            return NotImplemented
        shadow = None
        if type(y) is ndarray:
            shadow = arrays.add(y, y.dtype)
        for value in made[1]:
            if value is not None:
                arrays.capture(value)
        return (_reverse_two, shadow, arrays.position, a_sink, b_sink, made[0], absent, y.dtype.kind == "f")

    return record


def _reverse_two(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, shadow, mark, a_sink, b_sink, pullback, absent, real = record
    if shadow is not None:
        y_bar = shadow.take(ctx)
    if y_bar is None or y_bar is ZERO:
        return absent
    arrays = ctx.arrays
    if arrays.position > mark:
        arrays.undo_to(mark)
    if type(y_bar) is Poison:
        a_bar = b_bar = y_bar
    else:
        a_bar, b_bar = pullback(y_bar.real if real and shadow is None else y_bar)
    del y_bar
    if a_sink is not None:
        a_sink.absorb(ctx, a_bar, getrefcount(a_bar) == OWN and getattr(a_bar, "base", record) is None)
    if b_sink is not None:
        b_sink.absorb(ctx, b_bar, getrefcount(b_bar) == OWN and getattr(b_bar, "base", record) is None)
    return absent


def _of_several(make: Any, count: int | None, zeros: tuple[Any, Any]) -> Recorder:
    """The recorder of functions of `count` arrays; None stands for a sequence of them."""
    reversal = _reverse_sequence if count is None else _reverse_several

    def record(ctx: Any, y: Any, *args: Any) -> Any:
        arrays = ctx.arrays
        shadows = arrays.shadows
        sinks = []
        wants = []
        for operand in args[0] if count is None else args[:count]:
            if type(operand) is ndarray:
                sink = shadows.get(id(operand)) if operand.base is None else arrays.part(operand)
                if sink is not None and operand.dtype.kind not in "fc":
                    return NotImplemented
            else:
                sink = NUMBER_SINKS[type(operand)]
            sinks.append(sink)
            wants.append(sink is not None)
        if True not in wants:
            return None
        made = NotImplemented if ctx.checks is not None else make(y, wants, *args)
        if made is NotImplemented:
            return NotImplemented
        pullback, looks = made
        shadow = None
        if type(y) is ndarray:
            if y.base is not None or y.dtype.kind not in "fc":
                return NotImplemented
            shadow = arrays.add(y, y.dtype)
        for value in looks:
            if value is not None:
                arrays.capture(value)
        return (reversal, shadow, arrays.position, sinks, pullback, zeros, y.dtype.kind == "f")

    return record


def _reverse_several(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, shadow, mark, sinks, pullback, (ahead, behind), real = record
    if shadow is not None:
        y_bar = shadow.take(ctx)
    if y_bar is None or y_bar is ZERO:
        return (*ahead, *(ZERO,) * len(sinks), *behind)
    arrays = ctx.arrays
    if arrays.position > mark:
        arrays.undo_to(mark)
    if type(y_bar) is Poison:
        return (*ahead, *deliver(ctx, sinks, (y_bar,) * len(sinks)), *behind)
    if real and shadow is None:
        y_bar = y_bar.real
    bars = pullback(y_bar)
    y_bar = None
    return (*ahead, *deliver(ctx, sinks, bars), *behind)


def _reverse_sequence(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The items are arrays, whose cotangents are not carried by the sequence."""
    _reverse_several(ctx, record, y_bar)
    ahead, behind = record[5]
    return (*ahead, ZERO, *behind)

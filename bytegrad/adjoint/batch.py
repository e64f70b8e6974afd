"""Forward code for many points at once: every array with a tangent gets one more axis, the first.

It is for many directions at one point: the values along the new axis are the same, only tangents differ.  So what
has no tangent is computed from the first of them, branches are taken for all, and only what is done to values with
tangents has to mind the axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bytegrad.adjoint.kinds import NUMBERS, DeclinedError
from bytegrad.ir.graph import rpo
from bytegrad.ir.nodes import Const, Function, Instr, Operand, Value
from bytegrad.ir.ops import BINARY

ARRAY, CONTAINER = "array", "container"
Tracked = dict[Operand, str]
"""The values that have tangents, and these: whether each is an array (or a number) or holds such."""

_ARITHMETIC = frozenset((*BINARY, "neg", "pos")) - {"matmul"}


@dataclass(slots=True, frozen=True)
class Known:
    """What kinds of functions there are."""

    of_shape: set[Any]
    """They make arrays of the shape that is their first argument."""
    products: set[Any]
    """They multiply matrices and vectors."""
    of_containers: set[Any]
    """Those that mind the axis in their place take lists and tuples of arrays."""
    reductions: set[Any]
    """They reduce their first argument along the second, `axis`, or all of it."""
    keeping: set[Any]
    """Their results have as many axes as their first arguments."""


class Batch:
    """What is told of callables: functions that mind the axis, by the functions that do not."""

    def __init__(
        self,
        helpers: dict[str, Any],
        minding: dict[Any, Callable[..., Any]],
        is_elementwise: Any,
        kinds: Known,
    ) -> None:
        self.helpers, self.minding, self.is_elementwise = helpers, minding, is_elementwise
        self.kinds = kinds
        self.slices: set[Operand] = set()
        self.tuples: dict[Operand, tuple[Operand, ...]] = {}
        """What tuples are made of."""

    def parts_of(self, key: Operand) -> tuple[Operand, ...]:
        """What a key consists of."""
        if isinstance(key, Const) and type(key.value) is tuple:
            return tuple([Const(part) for part in key.value])
        return self.tuples.get(key, (key,))


def batch(function: Function, tracked: Tracked, axes: dict[Operand, int], ours: Any, known: Batch) -> None:
    """Let `function` mind the axis, in place; `ours` are the functions it calls that do so as well.

    `axes` are the numbers of axes of values, where they are known, without the one that is added.

    Raises: DeclinedError for what is not made for it.
    """
    count_axes(function, axes, _Rewriter(tracked, axes, ours, known, []))
    for block in function.blocks:
        made: list[Instr] = []
        rewriter = _Rewriter(tracked, axes, ours, known, made)
        for instr in block.instrs:
            rewriter.rewrite(instr)
        block.instrs = made
        for edge in block.successors():
            edge.args = [
                rewriter.moved(arg) if param in tracked else arg
                for param, arg in zip(edge.target.params, edge.args, strict=True)
            ]


def count_axes(function: Function, axes: dict[Operand, int], rewriter: _Rewriter) -> None:
    """Note the numbers of axes, also of what goes around loops: until it is known better, that is what goes in."""
    unknown: set[Operand] = set()
    given, before = {*axes}, None
    while before != (len(unknown), len(axes)):
        before = len(unknown), len(axes)
        for block in rpo(function):
            for instr in block.instrs:
                for result in {*instr.results} - given:
                    axes.pop(result, None)
                rewriter.note(instr)
            for edge in block.successors():
                for param, arg in zip(edge.target.params, edge.args, strict=True):
                    number = rewriter.axes_of(arg)
                    if param in unknown or number is None or axes.setdefault(param, number) != number:
                        unknown.add(param)
                        axes.pop(param, None)


def _is_number(operand: Operand) -> bool:
    if isinstance(operand, Const):
        return operand.value is None or type(operand.value) in NUMBERS
    return operand.type in NUMBERS


def _is_index(operand: Operand) -> bool:
    """Whether an operand is one whole number."""
    return (type(operand.value) if isinstance(operand, Const) else operand.type) is int


_GROWING = (list.append, list.extend)


class _Rewriter:
    def __init__(self, tracked: Tracked, axes: dict[Operand, int], ours: Any, known: Batch, made: list[Instr]) -> None:
        self.tracked, self.axes, self.ours, self.known, self.made = tracked, axes, ours, known, made

    def rewrite(self, instr: Instr) -> None:
        self.note(instr)
        if instr.op == "is_done":
            self.made.append(instr)
        elif not any(arg in self.tracked for arg in instr.args):
            self.made_without(instr)
        elif not self.stores(instr) and not any(result in self.tracked for result in instr.results):
            self.passive(instr)
        else:
            self.active(instr)

    def moved(self, operand: Operand) -> Operand:
        """`operand` for a place where values have the axis: it has it as well, or is a number."""
        if operand in self.tracked or _is_number(operand):
            return operand
        made = self.emit("expanded", operand)
        self.tracked[made] = ARRAY
        return made

    def made_without(self, instr: Instr) -> None:
        """None of the arguments has the axis."""
        if instr.op in ("tuple", "list") and instr.result in self.tracked:
            instr.args = tuple([self.moved(arg) for arg in instr.args])
        elif len(instr.results) == 1 and self.tracked.get(instr.result) == ARRAY:
            result, plain = instr.result, Value(-1)
            instr.results = (plain,)
            self.made.append(instr)
            self.made.append(Instr("call", (Const(self.known.helpers["expanded"]), plain), (result,), None, instr.line))
            return
        self.made.append(instr)

    def note(self, instr: Instr) -> None:
        """What is known of the result."""
        if instr.op == "slice":
            self.known.slices.add(instr.result)
        if instr.op == "tuple":
            self.known.tuples[instr.result] = instr.args
        axes = self.axes_after(instr)
        if axes is not None:
            self.axes[instr.result] = axes

    def stores(self, instr: Instr) -> bool:
        """Whether it puts a value into a container, or may: then its result says nothing of what it does."""
        callee = instr.args[0]
        if instr.op == "setitem" or not isinstance(callee, Const):
            return instr.op == "setitem"
        return callee.value in self.storing() or callee.value in self.ours

    def storing(self) -> tuple[Any, ...]:
        """Functions that put their last argument into their first."""
        return (*_GROWING, self.known.helpers["put"])

    def axes_of(self, operand: Operand) -> int | None:
        """The number of axes of an operand, where it is known."""
        return 0 if _is_number(operand) else self.axes.get(operand)

    def axes_after(self, instr: Instr) -> int | None:
        """The number of axes of the result, where it is known."""
        if len(instr.results) != 1:
            return None
        callee = instr.args[0].value if instr.op == "call" and isinstance(instr.args[0], Const) else None
        args = instr.args[1:] if callee is not None else instr.args
        if instr.op in _ARITHMETIC or self.known.is_elementwise(callee):
            found = [self.axes_of(arg) for arg in args]
            return None if None in found else max([n for n in found if n is not None])
        if instr.op == "getitem":
            return self.axes_left(*args)
        kinds = self.known.kinds
        if callee in kinds.reductions:
            return self.axes_reduced(instr)
        if callee in kinds.keeping or (instr.op == "getattr" and instr.static == "T"):
            return self.axes_of(args[0])
        if callee in kinds.of_shape and args:
            shape = self.known.tuples.get(args[0])
            return 1 if _is_number(args[0]) else None if shape is None else len(shape)
        if callee in kinds.products or instr.op == "matmul":
            return _PRODUCTS.get((self.axes_of(args[0]), self.axes_of(args[1])))
        return self.axes_of(args[1]) if callee is self.known.helpers["spread"] else None

    def axes_left(self, owner: Operand, key: Operand) -> int | None:
        """The number of axes of ``owner[key]``, where it is known."""
        whole = self.axes_of(owner)
        parts = self.known.parts_of(key)
        if whole is None or not all([_is_index(part) or part in self.known.slices for part in parts]):
            return None
        return whole - sum([_is_index(part) for part in parts])

    def behind(self, key: Operand, line: int | None) -> Operand:
        """A key for the axes behind that of directions."""
        made = Value(-1)
        self.made.append(Instr("tuple", (Const(slice(None)), *self.known.parts_of(key)), (made,), None, line))
        return made

    def axes_reduced(self, instr: Instr) -> int | None:
        """The number of axes that a reduction leaves."""
        x, axis, others = self.reduced_along(instr)
        axes = self.axes_of(x)
        if axes is None or others or not isinstance(axis, Const):
            return None
        return 0 if axis.value is None else axes - 1 if type(axis.value) is int else None

    def reduced_along(self, instr: Instr) -> tuple[Operand, Operand, bool]:
        """The argument and the axis of a reduction, and whether there are others."""
        given, names = instr.args[1:], instr.static or ()
        by_position = len(given) - len(names)
        keywords = dict(zip(names, given[by_position:], strict=True))
        axis = given[1] if by_position > 1 else keywords.pop("axis", Const(None))
        return given[0], axis, bool(keywords) or by_position > 2  # noqa: PLR2004

    def reduction(self, instr: Instr) -> bool:
        """A reduction that is one along another axis, if the numbers of axes are known."""
        x, axis, others = self.reduced_along(instr)
        if others or not isinstance(axis, Const) or self.tracked.get(x) != ARRAY:
            return False
        if axis.value is None and self.axes_of(x) == 1:
            along = 1
        elif type(axis.value) is int:
            along = axis.value + 1 if axis.value >= 0 else axis.value
        else:
            return False
        instr.args, instr.static = (instr.args[0], x, Const(along)), ("axis",)
        self.made.append(instr)
        return True

    def emit(self, name: str, *args: Operand, line: int | None = None) -> Value:
        value = Value(-1)
        self.made.append(Instr("call", (Const(self.known.helpers[name]), *args), (value,), None, line))
        return value

    def passive(self, instr: Instr) -> None:
        """The result has no tangent: it is the same for all."""
        if instr.op in ("getitem", "unpack", "getattr") and self.tracked.get(instr.args[0]) == CONTAINER:
            self.taken_out(instr)
            return
        instr.args = tuple(
            self.emit("first", arg, line=instr.line) if self.tracked.get(arg) == ARRAY else arg for arg in instr.args
        )
        self.made.append(instr)

    def taken_out(self, instr: Instr) -> None:
        """What has no tangent has the axis all the same in a container of what has some."""
        self.made.append(instr)
        made: list[Value] = []
        for result in instr.results:
            inside = Value(-1) if result not in self.tracked else result
            if inside is not result:
                line = instr.line
                self.made.append(Instr("call", (Const(self.known.helpers["first"]), inside), (result,), None, line))
            made.append(inside)
        instr.results = tuple(made)

    def active(self, instr: Instr) -> None:
        owner = self.tracked.get(instr.args[0])
        if instr.op in _ARITHMETIC and owner != CONTAINER:
            self.elementwise(instr, instr.args)
        elif instr.op in ("call", "matmul"):
            self.call(instr)
        elif owner == ARRAY and instr.op in _OF_ARRAYS:
            self.of_array(instr)
        elif instr.op == "setitem" and owner != CONTAINER:
            self.write(instr)
        elif instr.op in ("tuple", "list", "setitem"):
            begin = 2 if instr.op == "setitem" else 0
            instr.args = (*instr.args[:begin], *[self.moved(arg) for arg in instr.args[begin:]])
            self.made.append(instr)
        elif instr.op == "dict":
            instr.args = tuple([self.moved(arg) if n % 2 else arg for n, arg in enumerate(instr.args)])
            self.made.append(instr)
        elif owner == CONTAINER and instr.op in ("getitem", "unpack", "getattr"):
            self.taken_out(instr)
        elif owner == CONTAINER or instr.op == "unpack":
            self.made.append(instr)
        else:
            raise DeclinedError(f"the operation {instr.op} along an axis")

    def elementwise(self, instr: Instr, args: tuple[Operand, ...]) -> None:
        """Numbers of axes are brought to one number where they may differ."""
        rest = instr.args[: len(instr.args) - len(args)]
        moved = [arg for arg in args if not isinstance(arg, Const) and not _is_number(arg)]
        axes = [n for arg in moved if (n := self.axes_of(arg)) is not None]
        if len(axes) == len(moved):
            widened: dict[Operand, Operand] = {
                arg: self.widened(arg, max(axes) - n) for arg, n in zip(moved, axes, strict=True)
            }
            args = tuple([widened.get(arg, arg) for arg in args])
        elif len(moved) > 1:
            flags = Const(tuple([arg in self.tracked for arg in moved]))
            fitted: dict[Operand, Operand] = {
                arg: self.emit("fit", Const(n), flags, *moved, line=instr.line)
                for n, arg in enumerate(moved)
                if arg in self.tracked
            }
            args = tuple([fitted.get(arg, arg) for arg in args])
        instr.args = (*rest, *args)
        self.made.append(instr)

    def widened(self, operand: Operand, missing: int) -> Operand:
        """`operand` with so many axes of length 1 behind that of directions, if it has that."""
        if missing == 0 or operand not in self.tracked:
            return operand
        made = Value(-1)
        key = Const((slice(None), *(None,) * missing))
        self.made.append(Instr("getitem", (operand, key), (made,), None, None))
        return made

    def call(self, instr: Instr) -> None:
        callee = instr.args[0] if instr.op == "call" else None
        target = self.known.helpers["matmul"] if callee is None else getattr(callee, "value", None)
        args = instr.args if callee is None else instr.args[1:]
        if target in self.ours:
            given = zip(args, self.ours[target], strict=True)
            instr.args = (instr.args[0], *[self.moved(arg) if param else arg for arg, param in given])
            self.made.append(instr)
        elif target in (*self.storing(), next, iter, zip, enumerate, reversed):
            if target in (list.append, self.known.helpers["put"]):
                instr.args = (*instr.args[:-1], self.moved(args[-1]))
            else:
                instr.args = (instr.args[0], *[self.items(arg) for arg in args])
            self.made.append(instr)
        elif self.known.is_elementwise(target):
            self.elementwise(instr, args)
        elif target is sum and len(args) == 1 and self.tracked.get(args[0]) == CONTAINER:
            instr.args = (Const(self.known.helpers["sum_of"]), *args)
            self.made.append(instr)
        elif (target in self.known.kinds.products and self.product(instr, *args)) or (
            target in self.known.kinds.reductions and self.reduction(instr)
        ):
            pass
        else:
            minding = self.known.minding.get(target) or getattr(target, "along", None)
            if minding is None:
                raise DeclinedError(f"{target!r} along an axis")
            flags = Const(tuple([arg in self.tracked for arg in args]))
            if target not in self.known.kinds.of_containers and any(self.tracked.get(arg) == CONTAINER for arg in args):
                raise DeclinedError("a container along an axis")
            instr.op, instr.args = "call", (Const(minding), flags, *args)
            self.made.append(instr)

    def items(self, operand: Operand) -> Operand:
        """What stands for an operand that is iterated."""
        return self.emit("rows", operand) if self.tracked.get(operand) == ARRAY else operand

    def write(self, instr: Instr) -> None:
        """``array[key] = value``."""
        owner, key, value = instr.args
        if owner not in self.tracked or key in self.tracked:
            raise DeclinedError("something is written into an array that has no tangent")
        left = self.axes_left(owner, key)
        if left is not None and (self.axes_of(value) == left or _is_number(value)):
            instr.args = (owner, self.behind(key, instr.line), value)
            self.made.append(instr)
            return
        instr.args = (Const(self.known.helpers["write_rows"]), owner, key, value, Const(value in self.tracked))
        instr.op, instr.static, instr.results = "call", None, (Value(-1),)
        self.made.append(instr)

    def product(self, instr: Instr, a: Operand, b: Operand) -> bool:
        """A product that is one with the axis in front as well, if the numbers of axes are known and such."""
        axes, flags = (self.axes_of(a), self.axes_of(b)), (a in self.tracked, b in self.tracked)
        if axes == (2, 1) and flags == (False, True):
            transposed = Value(-1)
            self.made.append(Instr("getattr", (a,), (transposed,), "T", instr.line))
            a, b = b, transposed
        elif axes != (2, 2) and (axes, flags) != ((1, 2), (True, False)):
            return False
        instr.op, instr.args = "matmul", (a, b)
        self.made.append(instr)
        return True

    def of_array(self, instr: Instr) -> None:
        helper = self.known.helpers[_OF_ARRAYS[instr.op]]
        static = [] if instr.static is None or instr.op == "unpack" else [Const(instr.static)]
        if instr.op in ("iter", "unpack"):
            instr.args = (self.emit("rows", instr.args[0], line=instr.line),)
        elif instr.op == "getitem" and self.axes_left(*instr.args):
            instr.args = (instr.args[0], self.behind(instr.args[1], instr.line))
        elif instr.op == "getitem" and self.axes_left(*instr.args) == 0:
            # A number is no view of an array that may be written to.
            instr.args = (instr.args[0], self.behind(instr.args[1], instr.line))
            (result,), instr.results = instr.results, (Value(-1),)
            self.made.append(instr)
            instr = Instr("call", (Const(np.copy), instr.results[0]), (result,), None, instr.line)
        else:
            instr.op, instr.args, instr.static = "call", (Const(helper), *instr.args, *static), None
        self.made.append(instr)


_PRODUCTS: dict[tuple[int | None, int | None], int] = {(1, 1): 0, (1, 2): 1, (2, 1): 1, (2, 2): 2}
"""The numbers of axes of products of matrices and vectors."""

_OF_ARRAYS = {"getitem": "part", "getattr": "attribute", "iter": "rows", "unpack": "rows"}
"""The helpers that take the place of operations on arrays."""

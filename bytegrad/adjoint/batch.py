"""Forward code for many points at once: every array with a tangent gets one more axis, the first.

It is for many directions at one point: the values along the new axis are the same, only tangents differ.  So what
has no tangent is computed from the first of them, branches are taken for all, and only what is done to values with
tangents has to mind the axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bytegrad.adjoint.kinds import NUMBERS, DeclinedError
from bytegrad.ir.nodes import Const, Function, Instr, Operand, Value
from bytegrad.ir.ops import BINARY

ARRAY, CONTAINER = "array", "container"
Tracked = dict[Operand, str]
"""The values that have tangents, and these: whether each is an array (or a number) or holds such."""

_ARITHMETIC = frozenset((*BINARY, "neg", "pos")) - {"matmul"}


class Batch:
    """What is told of callables: functions that mind the axis, by the functions that do not.

    `of_shape` are those that make arrays of the shape that is their first argument; `products` multiply matrices.
    """

    def __init__(
        self,
        helpers: dict[str, Any],
        minding: dict[Any, Callable[..., Any]],
        is_elementwise: Any,
        of_shape: Any,
        products: Any,
    ) -> None:
        self.helpers, self.minding, self.is_elementwise = helpers, minding, is_elementwise
        self.of_shape, self.products = of_shape, products
        self.slices: set[Operand] = set()
        self.lengths: dict[Operand, int] = {}
        """How long tuples are."""


def batch(function: Function, tracked: Tracked, axes: dict[Operand, int], ours: Any, known: Batch) -> None:
    """Let `function` mind the axis, in place; `ours` are the functions it calls that do so as well.

    `axes` are the numbers of axes of values, where they are known, without the one that is added.

    Raises: DeclinedError for what is not made for it.
    """
    for block in function.blocks:
        made: list[Instr] = []
        for instr in block.instrs:
            _Rewriter(tracked, axes, ours, known, made).rewrite(instr)
        block.instrs = made
        for edge in block.successors():
            for param, arg in zip(edge.target.params, edge.args, strict=True):
                if param in tracked:
                    _check_moves(tracked, arg)


def _check_moves(tracked: Tracked, operand: Operand) -> None:
    """What goes where values have the axis must have it, or be a number."""
    if operand not in tracked and not _is_number(operand):
        raise DeclinedError("an array without a tangent goes where there are some")


def _is_number(operand: Operand) -> bool:
    if isinstance(operand, Const):
        return operand.value is None or type(operand.value) in NUMBERS
    return operand.type in NUMBERS


_GROWING = (list.append, list.extend)


class _Rewriter:
    def __init__(self, tracked: Tracked, axes: dict[Operand, int], ours: Any, known: Batch, made: list[Instr]) -> None:
        self.tracked, self.axes, self.ours, self.known, self.made = tracked, axes, ours, known, made

    def rewrite(self, instr: Instr) -> None:
        self.note(instr)
        if instr.op == "is_done" or not any(arg in self.tracked for arg in instr.args):
            self.made.append(instr)
        elif not self.stores(instr) and not any(result in self.tracked for result in instr.results):
            self.passive(instr)
        else:
            self.active(instr)

    def note(self, instr: Instr) -> None:
        """What is known of the result."""
        if instr.op == "slice":
            self.known.slices.add(instr.result)
        if instr.op == "tuple":
            self.known.lengths[instr.result] = len(instr.args)
        axes = self.axes_after(instr)
        if axes is not None:
            self.axes[instr.result] = axes

    def stores(self, instr: Instr) -> bool:
        """Whether it puts a value into a container: then its result says nothing of what it does."""
        callee = instr.args[0]
        return instr.op == "setitem" or (isinstance(callee, Const) and callee.value in self.storing())

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
            whole = self.axes_of(args[0])
            return whole if args[1] in self.known.slices else None
        if callee in self.known.of_shape and args:
            return 0 if _is_number(args[0]) else self.known.lengths.get(args[0])
        if callee in self.known.products or instr.op == "matmul":
            return _PRODUCTS.get((self.axes_of(args[0]), self.axes_of(args[1])))
        return self.axes_of(args[1]) if callee is self.known.helpers["spread"] else None

    def emit(self, name: str, *args: Operand, line: int | None = None) -> Value:
        value = Value(-1)
        self.made.append(Instr("call", (Const(self.known.helpers[name]), *args), (value,), None, line))
        return value

    def passive(self, instr: Instr) -> None:
        """The result has no tangent: it is the same for all."""
        instr.args = tuple(
            self.emit("first", arg, line=instr.line) if self.tracked.get(arg) == ARRAY else arg for arg in instr.args
        )
        self.made.append(instr)

    def active(self, instr: Instr) -> None:
        owner = self.tracked.get(instr.args[0])
        if instr.op in _ARITHMETIC and owner != CONTAINER:
            self.elementwise(instr, instr.args)
        elif instr.op in ("call", "matmul"):
            self.call(instr)
        elif owner == ARRAY and instr.op in _OF_ARRAYS:
            self.of_array(instr)
        elif instr.op == "setitem" and owner != CONTAINER:
            raise DeclinedError("something is written into an array along an axis")
        elif instr.op in ("tuple", "list", "setitem", "return"):
            for arg in instr.args[2:] if instr.op == "setitem" else instr.args:
                _check_moves(self.tracked, arg)
            self.made.append(instr)
        elif owner == CONTAINER or instr.op == "unpack":
            self.made.append(instr)
        else:
            raise DeclinedError(f"the operation {instr.op} along an axis")

    def elementwise(self, instr: Instr, args: tuple[Operand, ...]) -> None:
        """Numbers of axes are brought to one number where they may differ."""
        rest = instr.args[: len(instr.args) - len(args)]
        moved = [arg for arg in args if not _is_number(arg)]
        if len({self.axes_of(arg) for arg in moved}) > 1 or any(self.axes_of(arg) is None for arg in moved[1:]):
            flags = Const(tuple([arg in self.tracked for arg in moved]))
            fitted = {
                arg: self.emit("fit", Const(n), flags, *moved, line=instr.line)
                for n, arg in enumerate(moved)
                if arg in self.tracked
            }
            args = tuple([fitted.get(arg, arg) for arg in args])
        instr.args = (*rest, *args)
        self.made.append(instr)

    def call(self, instr: Instr) -> None:
        callee = instr.args[0] if instr.op == "call" else None
        target = self.known.helpers["matmul"] if callee is None else getattr(callee, "value", None)
        args = instr.args if callee is None else instr.args[1:]
        if target in self.ours:
            for arg, param in zip(args, self.ours[target], strict=True):
                if param:
                    _check_moves(self.tracked, arg)
            self.made.append(instr)
        elif target in (*self.storing(), next, iter, zip, enumerate, reversed):
            _check_moves(self.tracked, args[-1])
            takes_items = target not in (list.append, self.known.helpers["put"])
            if takes_items and any(self.tracked.get(arg) == ARRAY for arg in args):
                raise DeclinedError("an array is iterated")
            self.made.append(instr)
        elif self.known.is_elementwise(target):
            self.elementwise(instr, args)
        elif target is sum and len(args) == 1 and self.tracked.get(args[0]) == CONTAINER:
            instr.args = (Const(self.known.helpers["sum_of"]), *args)
            self.made.append(instr)
        elif target in self.known.products and self.product(instr, *args):
            pass
        else:
            minding = self.known.minding.get(target) or getattr(target, "along", None)
            if minding is None:
                raise DeclinedError(f"{target!r} along an axis")
            flags = Const(tuple([arg in self.tracked for arg in args]))
            if any(self.tracked.get(arg) == CONTAINER for arg in args):
                raise DeclinedError("a container along an axis")
            instr.op, instr.args = "call", (Const(minding), flags, *args)
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
        elif instr.op == "getitem" and instr.args[1] in self.known.slices:
            key = Value(-1)
            self.made.append(Instr("tuple", (Const(slice(None)), instr.args[1]), (key,), None, instr.line))
            instr.args = (instr.args[0], key)
        else:
            instr.op, instr.args, instr.static = "call", (Const(helper), *instr.args, *static), None
        self.made.append(instr)


_PRODUCTS: dict[tuple[int | None, int | None], int] = {(1, 1): 0, (1, 2): 1, (2, 1): 1, (2, 2): 2}
"""The numbers of axes of products of matrices and vectors."""

_OF_ARRAYS = {"getitem": "part", "getattr": "attribute", "iter": "rows", "unpack": "rows"}
"""The helpers that take the place of operations on arrays."""

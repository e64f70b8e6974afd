"""Runs of operations on arrays as text: what records them, and what reverses them, for known types and shapes.

The text has the cotangents of results that nobody else sees as locals.  A cotangent that is the same along an axis is
not repeated along it before it has to be (the pullback of a sum repeats, and most often a product follows): its shape
in the text is then smaller than that of its primal.

Names: ``l0`` is a leaf, ``t0`` the result of an operation, ``b_`` its cotangent, ``s_`` the sink of a leaf, ``o_`` the
shadow of a result, ``w_`` the cotangent of a leaf for writing in place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.runtime.array_shadows import ArrayShadow
from bytegrad.runtime.arrays import HELD_BYTES
from bytegrad.runtime.elementwise import weighed
from bytegrad.runtime.fitting import summed_axes
from bytegrad.runtime.operands import sink_of
from bytegrad.runtime.tangent import ZERO, Poison

ndarray = np.ndarray
FLOAT64 = np.dtype(np.float64)
Shape = tuple[int, ...]
VIEWS = frozenset(("view", "transposed"))
"""Operations whose results are views of their operand."""


class RunText:
    """The text of one variant."""

    def __init__(
        self,
        ops: Any,
        active: tuple[bool, ...],
        outs: tuple[int, ...],
        values: tuple[Any, ...],
        reverse: dict[str, Callable[[RunText, Any, str], None]],
        careful: bool,
    ) -> None:
        self.ops, self.reverse, self.careful = ops, reverse, careful
        n = len(active)
        self.leaves = [f"l{i}" for i in range(n)]
        self.results = [f"t{k}" for k in range(len(ops))]
        names = [*self.leaves, *self.results]
        self.types: dict[str, type] = {name: type(value) for name, value in zip(names, values, strict=True)}
        self.shapes: dict[str, Shape] = {name: np.shape(value) for name, value in zip(names, values, strict=True)}
        self.active = dict(zip(self.leaves, active, strict=True))
        self.dtype: Any = next(value.dtype for value in values if isinstance(value, (ndarray, np.generic)))
        self.scope: dict[str, Any] = {**_SCOPE, "dtype": self.dtype}
        for k, op in enumerate(ops):
            self.active[f"t{k}"] = any([self.is_active(operand) for operand in op.operands])
        self.outs = [
            (place, f"t{k}") for place, k in enumerate(outs) if self.active[f"t{k}"] and ops[k].kind not in VIEWS
        ]
        self.kept: dict[str, None] = {}
        self.bars: dict[str, tuple[Shape, bool]] = {}
        """By name, what has a cotangent: the shape that it has in the text, and whether nobody else has it."""
        self.windows: dict[str, None] = {}
        self.lines: list[str] = []
        self.count = 0
        self.fields: list[str] = []
        """What the record holds, behind the reversal and the mark."""

    # names -------------------------------------------------------------------------------------------------

    def name(self, operand: Any) -> str:
        """What an operand is called; something written out is a constant of the text."""
        kind, value = operand
        return f"{kind}{value}" if kind != "const" else self.constant(value)

    def constant(self, value: Any) -> str:
        self.count += 1
        name = f"c{self.count}"
        self.scope[name] = value
        return name

    def is_active(self, operand: Any) -> bool:
        return operand[0] != "const" and self.active[f"{operand[0]}{operand[1]}"]

    def is_array(self, name: str) -> bool:
        return self.types[name] is ndarray

    def keep(self, name: str) -> str:
        """`name`, which the record has to keep, if it is no constant."""
        if name in self.types:
            self.kept[name] = None
        return name

    def add(self, line: str) -> None:
        self.lines.append(f"    {line}")

    # the record --------------------------------------------------------------------------------------------

    def variant(self, careful: Any) -> Any:
        """The function that makes the record."""
        everything = ", ".join([*[f"s_{name}" for name in self.leaves], *self.types])
        head = f"def variant(ctx, arrays, {everything}):"
        if not self.outs and not any([self.active[name] for name in self.leaves]):
            return self._made("variant", [head, "    return None"])
        self._reverse()
        sinks = [f"s_{name}" for name in self.leaves if self.active[name] and self.is_array(name)]
        shadows = [f"o_{name}" for _, name in self.outs if self.is_array(name)]
        self.fields = [*shadows, *sinks, *self.kept]
        self.scope["reverse"] = self._reversal_of(self.lines, self.fields, careful)
        lines = [head]
        for name in self.kept:
            lines += self._captured(name)
        for _, name in self.outs:
            if self.is_array(name):
                large = math.prod(self.shapes[name]) * self.dtype.itemsize > HELD_BYTES
                made = (
                    f"arrays.add({name}, dtype)"
                    if large
                    else f"arrays.shadows[id({name})] = ArrayShadow({name}, dtype)"
                )
                lines.append(f"    o_{name} = {made}")
                if name in self.kept:
                    lines.append(f"    o_{name}.captured = True")
        lines.append(f"    return ({', '.join(['reverse', 'arrays.position', *self.fields])})")
        return self._made("variant", lines)

    def _captured(self, name: str) -> list[str]:
        """Note that the record needs the content of a leaf, or of a view."""
        if not self.is_array(name):
            return []
        if name in self.leaves:
            known = f"s_{name}.captured = True" if self.active[name] else f"arrays.captured[id({name})] = {name}"
            return [f"    if {name}.base is None:", f"        {known}", "    else:", f"        arrays.capture({name})"]
        return [f"    arrays.capture({name})"] if self.ops[int(name[1:])].kind in VIEWS else []

    def reversal(self, fields: list[str]) -> Any:
        """The careful reversal of records with these fields."""
        self._reverse()
        return self._reversal_of(self.lines, fields, None)

    def _reversal_of(self, lines: list[str], fields: list[str], careful: Any) -> Any:
        head = ["def reverse(ctx, record, y_bars):", "    arrays = ctx.arrays"]
        if careful is not None:
            self.scope["careful"] = careful
            head += ["    if arrays.careful or arrays.poisons:", "        return careful.get()(ctx, record, y_bars)"]
        head.append(f"    {', '.join(['_', 'mark', *fields])} = record")
        return self._made("reverse", [*head, "    owned, lent = arrays.owned, arrays.lent", *lines])

    def _made(self, name: str, lines: list[str]) -> Any:
        exec(compile("\n".join(lines) + "\n", __file__, "exec"), self.scope)
        return self.scope[name]

    # the reversal ------------------------------------------------------------------------------------------

    def _reverse(self) -> None:
        self._take_seeds()
        for k in range(len(self.ops) - 1, -1, -1):
            if f"t{k}" in self.bars:
                op = self.ops[k]
                self.reverse[op.kind](self, op, f"t{k}")
        self._deliver()

    def _take_seeds(self) -> None:
        if self.careful:
            self.add("poisons = []")
        for place, name in self.outs:
            if not self.is_array(name):
                self.add(f"b_{name} = None if y_bars == 0 or type(y_bars[{place}]) is int else y_bars[{place}]")
            elif self.careful:
                self.add(f"b_{name} = o_{name}.take(ctx)")
            else:
                self.add(f"b_{name} = owned.pop(o_{name}, None)")
                self.add(f"if b_{name} is None:")
                self.add(f"    b_{name} = lent.pop(o_{name}, None)")
            if self.careful:
                self.add(f"if type(b_{name}) is Poison:")
                self.add(f"    poisons.append(({self.constant(self._leaves_of(name))}, b_{name}))")
                self.add(f"    b_{name} = None")
        absent = " and ".join([f"b_{name} is None" for _, name in self.outs])
        if absent:
            nothing = f"({'ZERO, ' * len(self.leaves)})"
            self.add(f"if {absent}{' and not poisons' if self.careful else ''}:")
            self.add(f"    return {nothing}")
        for _, name in self.outs:
            if len(self.outs) > 1 or self.careful:
                self.add(f"if b_{name} is None:")
                self.add(f"    b_{name} = {self._nothing(name)}")
            if not self.is_array(name):
                self.add(f"b_{name} = b_{name}.real")
            self.bars[name] = (self.shapes[name], False)
        self.add("if arrays.position > mark:")
        self.add("    arrays.undo_to(mark)")

    def _nothing(self, name: str) -> str:
        return f"zeros({self.shapes[name]}, dtype)" if self.is_array(name) else "0.0"

    def _leaves_of(self, name: str) -> tuple[int, ...]:
        """The leaves on which a result depends."""
        found: set[int] = set()
        todo = [name]
        while todo:
            name = todo.pop()
            if not self.active[name]:
                continue
            if name[0] == "l":
                found.add(int(name[1:]))
            else:
                operands = self.ops[int(name[1:])].operands
                todo += [f"{kind}{value}" for kind, value in operands if kind != "const"]
        return tuple(sorted(found))

    def _deliver(self) -> None:
        """Hand the cotangents of the leaves over."""
        carried = []
        for name in self.leaves:
            carried.append("ZERO")
            if name not in self.bars:
                continue
            shape, fresh = self.bars[name]
            if not self.is_array(name):
                self.scope[f"n_{name}"] = sink_of(None, self.types[name](0))
                self.add(f"b_{name} = n_{name}.absorb(ctx, b_{name})")
                carried[-1] = f"b_{name}"
            elif name in self.windows:
                self.add(f"w_{name} += b_{name}")
            else:
                if shape != self.shapes[name]:
                    self.spread(name)
                    fresh = True
                self._absorb(name, fresh)
        if self.careful:
            sinks = ", ".join([f"s_{n}" if self.active[n] and self.is_array(n) else "None" for n in self.leaves])
            self.scope["deliver_poisons"] = _deliver_poisons
            self.add("if poisons:")
            self.add(f"    return deliver_poisons(ctx, poisons, ({sinks},), ({', '.join(carried)},))")
        self.add(f"return ({', '.join(carried)},)")

    def _absorb(self, name: str, fresh: bool) -> None:
        if self.dtype is not FLOAT64:
            self.add(f"s_{name}.absorb(ctx, b_{name}, {fresh})")
            return
        known = f"s_{name} in owned or s_{name} in lent or s_{name}.large"
        self.add(f"if type(s_{name}) is not ArrayShadow or {known}:")
        self.add(f"    s_{name}.absorb(ctx, b_{name}, {fresh})")
        self.add("else:")
        self.add(f"    lent[s_{name}] = b_{name}")

    # cotangents --------------------------------------------------------------------------------------------

    def give(self, name: str, bar: str, shape: Shape, fresh: bool) -> None:
        """Add the expression `bar` to the cotangent of `name`, what it has been broadcast along summed."""
        target = self.shapes[name]
        if shape != target and np.broadcast_shapes(shape, target) != target:
            axes = summed_axes(shape, target)
            reduced = tuple([n for axis, n in enumerate(shape) if axis not in (axes or ())])
            bar, fresh, shape = f"add_reduce({bar}, {axes})", True, target
            if reduced != target:
                bar += f".reshape({target})"
        if name not in self.bars:
            self.add(f"b_{name} = {bar}")
            self.bars[name] = (shape, fresh)
            return
        before, own = self.bars[name]
        together = np.broadcast_shapes(before, shape)
        if own and before == together and self.dtype is FLOAT64:
            self.add(f"b_{name} += {bar}")
        else:
            self.add(f"b_{name} = b_{name} + {bar}")
        self.bars[name] = (together, True)

    def spread(self, name: str) -> str:
        """The cotangent of `name` in full."""
        shape, _ = self.bars[name]
        if shape != self.shapes[name]:
            self.add(f"b_{name} = spread(b_{name}, {self.shapes[name]}, dtype)")
            self.bars[name] = (self.shapes[name], True)
        return f"b_{name}"

    def window(self, name: str) -> str:
        if name not in self.windows:
            self.windows[name] = None
            self.add(f"w_{name} = s_{name}.window(arrays)")
        return f"w_{name}"


def spread(bar: Any, shape: Shape, dtype: Any) -> Any:
    """`bar` repeated to `shape`, in memory of its own."""
    whole = np.empty(shape, dtype)
    whole[...] = bar
    return whole


def _deliver_poisons(ctx: Any, poisons: Any, sinks: Any, carried: Any) -> tuple[Any, ...]:
    """What depends on a result of unknown cotangent has an unknown one."""
    out = [*carried]
    for leaves, poison in poisons:
        for leaf in leaves:
            if sinks[leaf] is None:
                out[leaf] = poison
            else:
                sinks[leaf].absorb(ctx, poison)
    return tuple(out)


_SCOPE: dict[str, Any] = {
    "ArrayShadow": ArrayShadow,
    "Poison": Poison,
    "ZERO": ZERO,
    "add_reduce": np.add.reduce,
    "matmul": np.matmul,
    "outer": np.multiply.outer,
    "spread": spread,
    "weighed": weighed,
    "zeros": np.zeros,
}
"""What the text refers to."""

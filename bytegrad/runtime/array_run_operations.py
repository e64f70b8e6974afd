"""What the operations of a run are reversed by, as text: see `array_run_texts`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.runtime.array_calls import KERNELS
from bytegrad.runtime.array_run_texts import FLOAT64, RunText
from bytegrad.runtime.elementwise import AS_NUMPY, plan_of
from bytegrad.runtime.records import parameters
from bytegrad.runtime.tangent import Poison

ndarray = np.ndarray
Variant = Callable[..., Any]
_DTYPES = (FLOAT64, np.dtype(np.float32))


def can_be_text(values: tuple[Any, ...]) -> bool:
    """Whether all operands are Python's numbers, or numpy's of one precision."""
    dtypes = {value.dtype for value in values if isinstance(value, (ndarray, np.generic))}
    return len(dtypes) == 1 and dtypes.pop() in _DTYPES


def are_known(ops: Any, leaves: int, values: tuple[Any, ...]) -> bool:
    """Whether all derivatives of elementwise functions are numbers: text has no place for those that are unknown."""
    for k, op in enumerate(ops):
        if op.kind == "elementwise" and op.rule is not None:
            args = [v if kind == "const" else values[v + (leaves if kind == "t" else 0)] for kind, v in op.operands]
            args.append(values[leaves + k])
            args = [AS_NUMPY[type(arg)](arg) if type(arg) in AS_NUMPY else arg for arg in args]
            with np.errstate(all="ignore"):
                for _, function, picks, constant in plan_of(op.rule, (True,) * len(op.operands)).steps:
                    if constant is None and isinstance(function(*[args[pick] for pick in picks]), Poison):
                        return False
    return True


def made(ops: Any, active: tuple[bool, ...], outs: tuple[int, ...], values: tuple[Any, ...]) -> Variant:
    """The function ``variant(ctx, arrays, *sinks, *leaves, *results)`` that makes the record of such operands."""
    text = RunText(ops, active, outs, values, REVERSE, careful=False)
    other = RunText(ops, active, outs, values, REVERSE, careful=True)
    return text.variant(Careful(other, text))


class Careful:
    """The reversal that keeps zero cotangents zero, and takes those that are no numbers; made when it is needed."""

    def __init__(self, text: RunText, like: RunText) -> None:
        self.text, self.like = text, like
        self.reversal: Any = None

    def get(self) -> Any:
        """The function."""
        if self.reversal is None:
            self.reversal = self.text.reversal(self.like.fields)
        return self.reversal


# operations -------------------------------------------------------------------------------------------------


def _elementwise(text: RunText, op: Any, y: str) -> None:
    names = [text.name(operand) for operand in op.operands]
    active = tuple([text.is_active(operand) for operand in op.operands])
    numbers = not any([text.is_array(name) for name in [y, *names] if name in text.types])
    steps: Any = plan_of(op.rule, active).steps
    of_numbers = None
    if numbers and op.number_rule is not None:
        steps = of_numbers = _steps_of_numbers(op.number_rule, active)
    values = [*names, y]
    for number, (place, function, picks, constant) in enumerate(steps):
        shape, fresh = text.bars[y]
        last = number == len(steps) - 1
        if constant is not None:
            alone = last and not any([step[3] == 1 for step in steps[:number]])
            bar = _SCALED.get(constant) or f"{{bar}} * {constant!r}"
            bar, fresh = bar.format(bar=f"b_{y}"), (fresh and alone) if constant == 1 else True
        else:
            picked = [values[pick] for pick in picks]
            # Only where the derivative is taken at all, does the record have to keep anything.
            of_slope = np.broadcast_shapes(*[text.shapes.get(name, ()) for name in picked])
            slope = ", ".join([text.keep(name) for name in picked])
            if not _is_itself(function, picks):
                if steps is not of_numbers:
                    slope = ", ".join([_as_numpy(text, name) for name in picked])
                slope = f"{text.constant(function)}({slope})"
            together = np.broadcast_shapes(shape, of_slope)
            if text.careful:
                bar = f"weighed(b_{y}, {slope})"
            elif last and fresh and together == shape and shape and text.dtype is FLOAT64:
                text.add(f"b_{y} *= {slope}")
                bar = f"b_{y}"
            else:
                bar = f"b_{y} * {slope}"
            shape, fresh = together, True
        target = names[place]
        if shape != text.shapes[y] and text.shapes[target] != text.shapes[y]:
            bar, shape = f"spread({bar}, {text.shapes[y]}, dtype)", text.shapes[y]
        text.give(target, bar, shape, fresh)


def _as_numpy(text: RunText, name: str) -> str:
    """An operand as derivatives of functions of numpy's take it."""
    kind = AS_NUMPY.get(text.types.get(name))  # type: ignore[arg-type]
    return text.keep(name) if kind is None else f"{text.constant(kind)}({text.keep(name)})"


_SCALED = {1: "{bar}", -1: "-{bar}"}


def _is_itself(function: Any, picks: tuple[int, ...]) -> bool:
    return len(picks) == 1 and function.__code__.co_code == _itself.__code__.co_code


def _itself(x: Any) -> Any:
    return x


def _steps_of_numbers(rule: Any, active: tuple[bool, ...]) -> list[tuple[int, Any, tuple[int, ...], Any]]:
    """The derivatives of an operator on numbers alone."""
    order = (*rule.names, rule.output)
    chosen = [(place, f) for place, f in enumerate(rule.functions) if f is not None and active[place]]
    return [
        (place, f, tuple([order.index(name) for name in parameters(f)]), None if parameters(f) else f())
        for place, f in chosen
    ]


def _sum(text: RunText, op: Any, y: str) -> None:
    """Each term gets the cotangent of the sum: it is not repeated yet."""
    _repeated(text, op, y, None)


def _mean(text: RunText, op: Any, y: str) -> None:
    """Each term gets its part of the cotangent."""
    x = text.shapes[text.name(op.operands[0])]
    axis = _settings(op).get("axis")
    _repeated(text, op, y, math.prod(x) if axis is None else x[axis])


def _repeated(text: RunText, op: Any, y: str, divisor: int | None) -> None:
    x = text.name(op.operands[0])
    axis = _settings(op).get("axis")
    bar, (shape, fresh) = f"b_{y}", text.bars[y]
    if axis is not None and shape:
        text.spread(y)
        kept = list(text.shapes[x])
        kept[axis] = 1
        shape, fresh = tuple(kept), False
        if shape != text.shapes[y]:
            bar = f"b_{y}.reshape({shape})"
    if divisor is not None:
        bar, fresh = f"{bar} / {divisor}", True
    text.give(x, bar, shape, fresh)


def _settings(op: Any) -> dict[str, Any]:
    """What a function got besides its operand, by name."""
    given = [value for _, value in op.operands[op.items :]]
    names = (*KERNELS[op.target].names[1 : 1 + len(given) - len(op.names)], *op.names)
    return dict(zip(names, given, strict=True))


def _extremum(text: RunText, op: Any, y: str) -> None:
    """As the kernel of the function has it."""
    x = text.name(op.operands[0])
    bar = text.spread(y)
    kernel, settings = text.constant(KERNELS[op.target].make), text.constant(_settings(op))
    pullback = f"{kernel}({text.keep(y)}, (True,), {text.keep(x)}, **{settings})[0]"
    text.give(x, f"{pullback}({bar})", text.shapes[x], True)


def _matmul(text: RunText, op: Any, y: str) -> None:
    a, b = [text.name(operand) for operand in op.operands[:2]]
    bar = text.spread(y)
    first, second = _PRODUCTS[len(text.shapes[a]), len(text.shapes[b])]
    if text.is_active(op.operands[0]):
        text.give(a, first.format(bar=bar, x=text.keep(b)), text.shapes[a], True)
    if text.is_active(op.operands[1]):
        text.give(b, second.format(bar=bar, x=text.keep(a)), text.shapes[b], True)


_PRODUCTS = {
    (2, 2): ("matmul({bar}, {x}.T)", "matmul({x}.T, {bar})"),
    (1, 1): ("{bar} * {x}", "{bar} * {x}"),
    (2, 1): ("outer({bar}, {x})", "matmul({bar}, {x})"),
    (1, 2): ("matmul({x}, {bar})", "outer({x}, {bar})"),
}
"""By the numbers of axes: the cotangents of the two factors."""


def _view(text: RunText, op: Any, y: str) -> None:
    """What a part has got is added to that part of the whole."""
    x, key = text.name(op.operands[0]), text.constant(op.operands[1][1])
    if _has_all(op.operands[1][1]):
        text.give(x, f"{text.spread(y)}.reshape({text.shapes[x]})", text.shapes[x], False)
        return
    if x in text.leaves:
        text.add(f"{text.window(x)}[{key}] += b_{y}")
        return
    if x in text.bars and text.bars[x] == (text.shapes[x], True):
        text.add(f"b_{x}[{key}] += b_{y}")
        return
    text.add(f"z_{y} = zeros({text.shapes[x]}, dtype)")
    text.add(f"z_{y}[{key}] = b_{y}")
    text.give(x, f"z_{y}", text.shapes[x], True)


def _joined(text: RunText, op: Any, y: str) -> None:
    """Each array gets its piece."""
    axis = _settings(op).get("axis", 0) % len(text.shapes[y])
    bar = text.spread(y)
    start = 0
    for operand in op.operands[: op.items]:
        name = text.name(operand)
        stop = start + text.shapes[name][axis]
        if text.is_active(operand):
            text.give(name, f"{bar}[{':, ' * axis}{start}:{stop}]", text.shapes[name], False)
        start = stop


def _has_all(key: Any) -> bool:
    """Whether a subscript only adds axes."""
    return all([item is None or item is ... or item == slice(None) for item in (key if type(key) is tuple else (key,))])


def _transposed(text: RunText, op: Any, y: str) -> None:
    """The same transpose of the cotangent."""
    x = text.name(op.operands[0])
    text.give(x, f"{text.spread(y)}.T", text.shapes[x], False)


def _inverse(text: RunText, op: Any, y: str) -> None:
    """``a_bar = -y^T @ y_bar @ y^T``."""
    x, bar = text.name(op.operands[0]), text.spread(y)
    turned = f"{text.keep(y)}.swapaxes(-1, -2)"
    text.add(f"y_{y} = {turned}")
    text.give(x, f"-matmul(y_{y}, matmul({bar}, y_{y}))", text.shapes[x], True)


REVERSE: dict[str, Callable[[RunText, Any, str], None]] = {
    "elementwise": _elementwise,
    "sum": _sum,
    "mean": _mean,
    "extremum": _extremum,
    "matmul": _matmul,
    "view": _view,
    "transposed": _transposed,
    "inverse": _inverse,
    "joined": _joined,
}

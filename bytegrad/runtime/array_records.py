"""Operators and ufuncs that emitted code has run on arrays: what makes their records, and reverses them.

This is `elementwise` for the common case: operands that are plain arrays of real floating numbers, floats or ints, and
one or two of them.  For each rule a *recorder* is made from text, and for each choice of active operands a reversal: of
the few steps that there are to take, half would be calls of helpers.  Whatever is not the common case is left to
`elementwise`, and, where a sweep has to take care, to `careful`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from sys import getrefcount
from typing import Any

import numpy as np

from bytegrad.runtime.array_shadows import ArrayShadow
from bytegrad.runtime.arrays import HELD_BYTES
from bytegrad.runtime.elementwise import OWN, Plan, native_record, plan_of, through
from bytegrad.runtime.operands import NUMBER_SINKS
from bytegrad.runtime.records import parameters
from bytegrad.runtime.registry import Partials
from bytegrad.runtime.tangent import ZERO, project

ndarray = np.ndarray
Recorder = Callable[..., Any]
LARGE = 1 << 14
"""From this many bytes on, new memory costs more than looking whether the old can be used."""
_NAMES = ("a", "b")


@cache
def recorder(rule: Partials, count: int, active: tuple[bool, ...] | None, of_numbers: Partials | None) -> Recorder:
    """The function ``record(ctx, y, *operands)`` for results of a function with `rule`.

    `active` says which of the `count` operands may carry a cotangent, None that all may.  `of_numbers` is the rule that
    an operator has for numbers alone.
    """
    known = active or (True,) * count
    plan = plan_of(rule, (True,) * count)

    def others(ctx: Any, y: Any, *operands: Any) -> Any:
        if count == 1 and plan.steps and known[0] and type(y) is type(operands[0]) is np.float64:
            return (_reverse_number, plan, operands[0], y)
        return native_record(ctx, rule, known, y, *operands)

    names = _NAMES[:count]
    scope = {**_SCOPE, "others": others}
    lines = [f"def record(ctx, y, {', '.join(names)}):"]
    if of_numbers is not None and count == len(_NAMES):
        scope["reverse_numbers"] = _of_numbers(of_numbers, known)
        lines += _NUMBERS.splitlines()
    lines += _RECORD.format(operands=", ".join(names)).splitlines()
    for name, may in zip(names, known, strict=True):
        lines += _SINK.format(name=name, number=f"NUMBER_SINKS[type({name})]" if may else "None").splitlines()
    for which in ((True, True), (True, False), (False, True)) if count == len(_NAMES) else ((True,),):
        lines += _way(rule, which, names, scope)
    lines += ["    return None"]
    return _made("record", lines, scope)


_NUMBERS = """\
    if type(y) is float64 and type(a) is not ndarray and type(b) is not ndarray:
        return (reverse_numbers, a, b, y)"""
_RECORD = """\
    if type(y) is not ndarray or y.dtype.kind != "f":
        return others(ctx, y, {operands})
    arrays = ctx.arrays
    shadows = arrays.shadows"""
_SINK = """\
    if type({name}) is ndarray:
        {name}_sink = shadows.get(id({name})) if {name}.base is None else arrays.part({name})
    else:
        {name}_sink = {number}"""
_LOOK = """\
        if type({name}) is ndarray:
            if {name}.dtype.kind != "f":
                return others(ctx, y, {operands})
            if {name}.base is not None:
                arrays.capture({name})
            else:
                {captured}"""
_NEW = """\
        if y.nbytes > HELD_BYTES:
            shadow = arrays.add(y, y.dtype)
        else:
            shadow = shadows[id(y)] = ArrayShadow(y, y.dtype)"""


def _way(rule: Partials, which: tuple[bool, ...], names: tuple[str, ...], scope: dict[str, Any]) -> list[str]:
    """What makes the record where these operands are active."""
    condition = " and ".join(
        [f"{name}_sink is {'not ' if active else ''}None" for name, active in zip(names, which, strict=True)]
    )
    plan = plan_of(rule, which)
    if not plan.steps:
        return [f"    if {condition}:", "        return None"]
    reverse = "reverse_" + "".join([name for name, active in zip(names, which, strict=True) if active])
    scope[reverse] = _reversal(plan, which, names)
    lines = [f"    if {condition}:"]
    for place, name in enumerate(names):
        if place in plan.needed:
            captured = f"{name}_sink.captured = True" if which[place] else f"arrays.captured[id({name})] = {name}"
            lines += _LOOK.format(name=name, captured=captured, operands=", ".join(names)).splitlines()
    lines += _NEW.splitlines()
    if plan.n in plan.needed:
        lines.append("        shadow.captured = True")
    kept = [name if place in plan.needed else "None" for place, name in enumerate((*names, "y"))]
    sinks = [f"{name}_sink" for name in names]
    lines.append(f"        return ({reverse}, shadow, arrays.position, {', '.join([*sinks, *kept])})")
    return lines


# reversals --------------------------------------------------------------------------------------------------

_REVERSE = """\
    _, shadow, mark, {fields} = record
    arrays = ctx.arrays
    if arrays.careful or arrays.poisons:
        return careful(ctx, record, y_bar)
    lent = arrays.lent
    y_bar = arrays.owned.pop(shadow, None)
    if y_bar is None:
        y_bar = lent.pop(shadow, None)
        if y_bar is None:
            return {zeros}
    if arrays.position > mark:
        arrays.undo_to(mark)"""
_PRODUCT = """\
    bar = y_bar * {slope}"""
_LAST_PRODUCT = """\
    slope = {slope}
    if y_bar.nbytes >= LARGE and is_own(getrefcount(y_bar), y_bar, slope):
        bar = multiply(y_bar, slope, y_bar)
    else:
        bar = y_bar * slope"""
_ABSORB = """\
    if type({sink}) is ArrayShadow and {sink}.shape == bar.shape and not ({sink} in lent or {sink}.large):
        if {sink} in arrays.owned or bar.dtype is not {sink}.dtype:
            {sink}.absorb(ctx, bar, {fresh})
        else:
            lent[{sink}] = bar
        {name}_bar = ZERO
    else:
        {name}_bar = {sink}.absorb(ctx, bar, {fresh})"""


def _reversal(plan: Plan, which: tuple[bool, ...], names: tuple[str, ...]) -> Any:
    """The reversal of records ``(reversal, shadow, mark, *sinks, *values)`` where these operands are active."""
    values = (*names, "y")
    scope: dict[str, Any] = {**_SCOPE, "careful": _careful(plan)}
    fields = ", ".join([*[f"{name}_sink" for name in names], *values])
    zeros = f"({'ZERO, ' * plan.n})"
    lines = ["def reverse(ctx, record, y_bar):", *_REVERSE.format(fields=fields, zeros=zeros).splitlines()]
    for number, (place, function, picks, constant) in enumerate(plan.steps):
        name, last = names[place], number == len(plan.steps) - 1
        fresh = "True"
        if constant is None:
            scope[f"slope_{name}"] = function
            is_itself = function.__code__.co_code == _itself.__code__.co_code and len(picks) == 1
            slope = values[picks[0]] if is_itself else f"slope_{name}({', '.join([values[pick] for pick in picks])})"
            lines += (_LAST_PRODUCT if last else _PRODUCT).format(slope=slope).splitlines()
        elif constant == 1:
            # What the other operand has got may be the same array.
            alone = last and not any([step[3] == 1 for step in plan.steps[:number]])
            fresh = "getrefcount(y_bar) == OWN + 1 and y_bar.base is None" if alone else "False"
            lines.append("    bar = y_bar")
        else:
            lines.append("    bar = -y_bar" if constant == -1 else f"    bar = y_bar * {constant!r}")
        lines += _ABSORB.format(sink=f"{name}_sink", name=name, fresh=fresh).splitlines()
    carried = [f"{name}_bar" if active else "ZERO" for name, active in zip(names, which, strict=True)]
    lines.append(f"    return ({', '.join(carried)},)")
    return _made("reverse", lines, scope)


def _of_numbers(rule: Partials, active: tuple[bool, ...]) -> Any:
    """The reversal of records ``(reversal, a, b, y)`` of an operator on two numbers, one of them numpy's."""
    scope: dict[str, Any] = {"ZERO": ZERO, "project": project}
    lines = ["def reverse(ctx, record, y_bar):", "    if y_bar is ZERO:", "        return (ZERO, ZERO)"]
    lines.append(f"    _, {', '.join(_NAMES)}, y = record")
    translated = dict(zip((*rule.names, rule.output), (*_NAMES, "y"), strict=True))
    carried = ["ZERO", "ZERO"]
    for place, (name, function) in enumerate(zip(_NAMES, rule.functions, strict=True)):
        if function is None or not active[place]:
            continue
        scope[f"slope_{name}"] = function
        slope = ", ".join([translated[parameter] for parameter in parameters(function)])
        # A NaN is not itself: zero cotangents stay zero.
        lines += [f"    {name}_bar = y_bar * slope_{name}({slope})", f"    if {name}_bar != {name}_bar and y_bar == 0:"]
        lines += [f"        {name}_bar = y_bar * 0.0", f"    if type({name}_bar) is not type({name}):"]
        lines.append(f"        {name}_bar = project({name}, {name}_bar)")
        carried[place] = f"{name}_bar"
    lines.append(f"    return ({', '.join(carried)})")
    return _made("reverse", lines, scope)


def _itself(x: Any) -> Any:
    return x


def is_own(references: int, y_bar: Any, slope: Any) -> bool:
    """Whether a product may be written over `y_bar`: nobody else has it, and it has room for the product."""
    if references != OWN or y_bar.base is not None:
        return False
    return type(slope) is float or getattr(slope, "dtype", None) is y_bar.dtype


def _careful(plan: Plan) -> Any:
    """The reversal that sees to it that zero cotangents stay zero, and takes what is no array."""
    first = 3 + plan.n

    def careful(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
        y_bar = record[1].take(ctx)
        if y_bar is None:
            return plan.zeros
        if ctx.arrays.position > record[2]:
            ctx.arrays.undo_to(record[2])
        return through(ctx, plan, record[3:first], record[first:], True, y_bar, False)

    return careful


def _reverse_number(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The reversal of a function of one number, of numpy's own type."""
    _, plan, *values = record
    if y_bar is ZERO:
        return plan.zeros
    ((_, slope, picks, constant),) = plan.steps
    if constant is not None:
        return (y_bar * constant,)
    bar = y_bar * (slope(values[0]) if picks == (0,) else slope(*[values[pick] for pick in picks]))
    if bar != bar and y_bar == 0:  # noqa: PLR0124 - a NaN is not itself
        return (y_bar * 0.0,)
    return (bar if type(bar) is np.float64 else NUMBER_SINKS[np.float64].absorb(ctx, bar),)


def _made(name: str, lines: list[str], scope: dict[str, Any]) -> Any:
    exec(compile("\n".join(lines) + "\n", __file__, "exec"), scope)
    return scope[name]


_SCOPE: dict[str, Any] = {
    "ArrayShadow": ArrayShadow,
    "HELD_BYTES": HELD_BYTES,
    "LARGE": LARGE,
    "NUMBER_SINKS": NUMBER_SINKS,
    "OWN": OWN,
    "ZERO": ZERO,
    "float64": np.float64,
    "getrefcount": getrefcount,
    "is_own": is_own,
    "multiply": np.multiply,
    "ndarray": ndarray,
}
"""What the text refers to."""

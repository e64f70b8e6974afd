"""Gradients as the caller gets them: in the structure that each argument had when the call began.

A `Template` notes that structure.  Templates and gradients are made with a stack of our own and not by recursion, so
that linked lists and deep trees are no deeper than Python allows; cycles end where they close.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from bytegrad.errors import UnsupportedError
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.context import Context, Shadow
from bytegrad.runtime.fitting import has_nan
from bytegrad.runtime.structure import BY_VALUE, CELL, NUMBERS, is_leaf, parts_of
from bytegrad.runtime.tangent import ZERO, Poison, Tangent, TupleBar, is_number, project, rebuild_sequence


class Template:
    """What a value looked like: `parts` are its slots by key, with their own templates.

    `kind` is one of those of `structure.parts_of`; ``"again"`` is an object that has come before, whose template is
    then the only part.
    """

    __slots__ = ("kind", "parts", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.kind = ""
        self.parts: Any = ()


def snapshot(value: Any) -> Template:
    """Note the structure of `value` before the call can change it."""
    root = Template(value)
    if is_leaf(value):
        root.kind = "number" if is_number(value) else "inert"
        return root
    seen: dict[int, Template] = {}
    stack = [root]
    while stack:
        template = stack.pop()
        held = template.value
        if id(held) in seen:
            template.kind, template.parts = "again", ((None, seen[id(held)]),)
            continue
        template.kind, items = parts_of(held)
        if template.kind == NUMBERS:
            template.parts = items
            seen[id(held)] = template
            continue
        template.parts = parts = tuple([(key, Template(item)) for key, item in items])
        if template.kind not in BY_VALUE:
            seen[id(held)] = template
        for _, part in reversed(parts):
            if type(part.value) is float or type(part.value) is int:
                part.kind = "number"
            else:
                stack.append(part)
    return root


def numbers_template(value: list[Any], items: list[Any]) -> Template:
    """Of a list that held nothing but the numbers `items`."""
    root = Template(value)
    root.kind, root.parts = NUMBERS, items
    return root


def mark(ctx: Context, templates: list[Template]) -> None:
    """Make the arrays in the differentiated arguments active."""
    stack, of_objects = list(templates), set[int]()
    while stack:
        template = stack.pop()
        if template.kind == "array":
            ARRAYS.mark(ctx, template.value)
            if template.value.dtype.kind == "O" and id(template.value) not in of_objects:
                of_objects.add(id(template.value))
                stack.extend([snapshot(item) for item in references(template.value)])
        elif template.kind not in ("again", NUMBERS):
            stack.extend([part for _, part in template.parts if part.kind != "number"])


# collecting -------------------------------------------------------------------------------------------------


def collect(ctx: Context, template: Template, bar: Any) -> Any:
    """The gradient in the shape of `template`, None where nothing flows.

    Raises: NoRuleError if a cotangent went through something that has no derivative.
    """
    if template.kind == "number" and type(bar) is float and type(template.value) is float:
        return bar
    return _collect(ctx, template, bar) if template.parts else _leaf(ctx, template, bar)


def _collect(ctx: Context, template: Template, bar: Any) -> Any:
    """The gradient of something with parts."""
    made: dict[Template, Any] = {}
    stack = [(template, bar, False)]
    while stack:
        at, bar, finished = stack.pop()
        if at.kind == "again":
            continue
        if not at.parts or at.kind == NUMBERS:
            made[at] = _leaf(ctx, at, bar)
        elif finished:
            made[at] = assembled(
                at, [made.get(part.parts[0][1] if part.kind == "again" else part) for _, part in at.parts]
            )
        elif at.kind == "object" and bar is not ZERO and not isinstance(bar, Poison):
            # A cotangent of the kind that the user's own rules have for such objects.
            made[at] = bar
        else:
            stack.append((at, bar, True))
            below = []
            for (_, part), part_bar in zip(at.parts, _bars(ctx, at, bar), strict=True):
                if part.kind == "number" and type(part_bar) is float is type(part.value):
                    made[part] = part_bar
                elif part.kind != "number" or part_bar is not ZERO:
                    below.append((part, part_bar, False))
            stack.extend(reversed(below))
    return made[template]


def _leaf(ctx: Context, template: Template, bar: Any) -> Any:
    """The gradient of a value that has no parts."""
    kind, value = template.kind, template.value
    if isinstance(bar, Poison):
        if type(value) in _TEXTS:
            return None
        raise bar.error
    if kind == "number":
        return None if bar is ZERO else as_number(value, bar)
    if kind == "array":
        found = ARRAYS.collect(ctx, value, bar)
        if value.dtype.kind == "O":
            _refuse_references(ctx, value, found)
        return found
    if kind == NUMBERS:
        shadow = ctx.peek(value)
        return None if not shadow else _numbers(template.parts, shadow)
    return None


def references(array: Any) -> list[Any]:
    """The objects in an array of objects that have parts, or cotangents by identity."""
    return [item for item in ARRAYS.held(array) if not is_leaf(item) and item is not array]


def _refuse_references(ctx: Context, array: Any, found: Any) -> None:
    """Raise UnsupportedError if something in an array of objects has a gradient, for which the array's has no place.

    `found` is the gradient of the numbers in it, or None.
    """
    of_tuples = found is not None and any([isinstance(bar, TupleBar) for bar in ARRAYS.held(found)])
    for item in references(array):
        if (of_tuples and isinstance(item, tuple)) or collect(ctx, snapshot(item), ZERO) is not None:
            raise UnsupportedError(
                f"there is no gradient in an array of objects that holds other than numbers: a {type(item).__name__}",
                fixes="pass a list in place of the array",
            )


_TEXTS = (str, bytes)
"""What the caller wrote down in text has no gradient, whatever numbers are read out of it."""


def _numbers(items: list[Any], shadow: Shadow) -> list[Any] | None:
    """The gradient of a list of numbers."""
    found = False
    bars: list[Any] = []
    for index, item in enumerate(items):
        bar = shadow[index]
        if isinstance(bar, Poison):
            raise bar.error
        if bar is ZERO:
            bars.append(None)
        else:
            found = True
            bars.append(bar if type(bar) is float is type(item) else as_number(item, bar))
    return bars if found else None


def as_number(value: Any, bar: Any) -> Any:
    """A number's cotangent as the caller gets it: float for int and float, else of the number's own type."""
    bar = project(value, bar)
    kind = type(value)
    if type(bar) is kind or kind is float or kind is int or kind is complex:
        return bar
    dtype = getattr(value, "dtype", None)
    if dtype is not None:
        return kind(bar) if dtype.kind in "fc" else float(bar)
    if isinstance(value, int):
        return bar if isinstance(bar, complex) else float(bar)
    if isinstance(bar, float) and isinstance(value, (Fraction, Decimal)) and isfinite(bar):
        return kind(bar)
    return bar


def _bars(ctx: Context, template: Template, bar: Any) -> Any:
    """The cotangents of the parts: by value in a tuple, in its shadow for anything else."""
    if isinstance(bar, Poison):
        raise bar.error
    if template.kind == "tuple":
        return bar if type(bar) is tuple else (ZERO,) * len(template.parts)
    if template.kind == "partial":
        return _partial_bars(ctx, template)
    shadow = ctx.peek(template.value)
    if shadow is None:
        return (ZERO,) * len(template.parts)
    return [shadow[key] for key, _ in template.parts]


def _partial_bars(ctx: Context, template: Template) -> Any:
    """A partial object keeps the cotangents of all its arguments in one shadow, by index and by name."""
    shadow: Any = ctx.peek(template.value) or {}
    f = template.value
    args = tuple([shadow.get(index, ZERO) for index in range(len(f.args))])
    for name in f.keywords:
        if name in shadow:
            ctx.shadow(f.keywords).add(name, shadow[name])
    return (ZERO, args, ZERO)


def assembled(template: Template, parts: list[Any]) -> Any:
    """The gradient of what `template` describes from those of its parts; None if all are."""
    for part in parts:
        if part is not None:
            break
    else:
        return None
    kind = template.kind
    if kind == "list":
        return parts
    if kind == "tuple":
        return rebuild_sequence(template.value, parts)
    if kind == CELL:
        return parts[0]
    by_key = {key: part for (key, _), part in zip(template.parts, parts, strict=True)}
    if kind == "dict":
        return by_key
    found = Tangent(**{key: part for key, part in by_key.items() if part is not None})
    found._absent = frozenset([key for key, part in by_key.items() if part is None])
    return found


def holds_nan(gradient: Any) -> bool:
    """Whether there may be a NaN in a gradient, at any depth; of what is no number it is not known."""
    pending = [gradient]
    while pending:
        part = pending.pop()
        if part is None:
            continue
        if ARRAYS.is_array(part):
            if part.dtype.kind not in "fc" or has_nan(part):
                return True
        elif isinstance(part, (tuple, list)):
            pending.extend(part)
        elif isinstance(part, (dict, Tangent)):
            pending.extend(part.values())
        elif not is_number(part) or part != part:  # noqa: PLR0124 - a NaN is not itself
            return True
    return False


def release(ctx: Context, template: Template) -> None:
    """Leave what `template` describes without cotangents, but for those that are carried by value."""
    stack = [template]
    while stack:
        at = stack.pop()
        if at.kind == "array":
            part = ctx.arrays.part(at.value)
            if part is not None and part.present(ctx.arrays):
                part.take(ctx)
        elif at.kind == NUMBERS:
            shadow = ctx.shadow(at.value)
            for index in range(len(at.parts)):
                shadow.take(index)
        elif at.kind not in ("again", "number", "inert"):
            shadow = ctx.shadow(at.value)
            for key, part in at.parts:
                shadow.take(key)
                stack.append(part)

"""Gradients as the caller gets them: in the structure that each argument had when the call began."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bytegrad.errors import ScalarError
from bytegrad.runtime.context import ARRAYS, Context
from bytegrad.runtime.records import name_of
from bytegrad.runtime.tangent import ZERO, Poison, Tangent, is_number, project, rebuild_sequence


@dataclass(slots=True)
class Template:
    """What an argument looked like: `parts` are its slots by key, with their own templates."""

    value: Any
    kind: str
    parts: list[tuple[Any, Template]]


def snapshot(value: Any, seen: dict[int, Template] | None = None) -> Template:
    """Note the structure of `value` before the call can change it; cycles end where they close."""
    seen = {} if seen is None else seen
    if id(value) in seen:
        return Template(value, "again", [])
    kind, items = _parts(value)
    template = Template(value, kind, [])
    if kind not in ("number", "inert"):
        seen[id(value)] = template
    template.parts = [(key, snapshot(item, seen)) for key, item in items]
    return template


def _parts(value: Any) -> tuple[str, list[tuple[Any, Any]]]:
    if is_number(value):
        return "number", []
    if isinstance(value, (str, bytes, bool, type(None), type)) or type(value).__name__ == "module":
        return "inert", []
    if ARRAYS.is_array(value):
        return "array", []
    if isinstance(value, (list, tuple)):
        return "sequence", list(enumerate(value))
    if isinstance(value, dict):
        return "dict", list(value.items())
    if callable(value) and getattr(value, "__closure__", None):
        names = value.__code__.co_freevars
        return "closure", [(n, c) for n, c in zip(names, value.__closure__, strict=True)]
    return "object", _attributes(value)


def _attributes(value: Any) -> list[tuple[str, Any]]:
    found = list(getattr(value, "__dict__", {}).items())
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            name = f"_{base.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
            if hasattr(value, name) and name not in ("__dict__", "__weakref__"):
                found.append((name, getattr(value, name)))
    return found


def collect(ctx: Context, template: Template, bar: Any) -> Any:
    """The gradient in the shape of `template`, None where nothing flows."""
    if isinstance(bar, Poison):
        raise bar.error
    value = template.value
    if template.kind == "number":
        return None if bar is ZERO else project(value, bar)
    if template.kind in ("inert", "again"):
        return None
    if template.kind == "array":
        return ARRAYS.collect(ctx, value, bar)
    if isinstance(value, tuple):
        bars: Any = bar if type(bar) is tuple else (ZERO,) * len(template.parts)
        parts = [collect(ctx, part, b) for (_, part), b in zip(template.parts, bars, strict=True)]
        return None if all(p is None for p in parts) else rebuild_sequence(value, parts)
    shadow = ctx.peek(value)
    parts_by_key = {key: collect(ctx, part, shadow[key] if shadow else ZERO) for key, part in template.parts}
    if all(part is None for part in parts_by_key.values()):
        return None
    return _shaped(template, parts_by_key)


def _shaped(template: Template, parts: dict[Any, Any]) -> Any:
    if template.kind == "sequence":
        return list(parts.values())
    if template.kind == "dict":
        return parts
    return Tangent(**{key: part for key, part in parts.items() if part is not None})


def independent(ctx: Context, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """`args`, with another face for an array whose memory comes a second time: each has its own gradient."""
    seen: list[Any] = []
    for arg in args:
        seen.append(ARRAYS.apart(ctx, arg, seen) if ARRAYS.is_array(arg) else arg)
    return tuple(seen)


def mark(ctx: Context, templates: list[Template]) -> None:
    """Make the arrays in the differentiated arguments active."""
    for template in templates:
        if template.kind == "array":
            ARRAYS.mark(ctx, template.value)
        mark(ctx, [part for _, part in template.parts])


def seeded(y: Any, y_bar: Any) -> Any:
    """`y_bar` as a cotangent of the result `y`.

    Raises: SeedError if an array in it has not the shape of the result's.
    """
    if ARRAYS.is_array(y) and y_bar is not None:
        return ARRAYS.seed(y, y_bar)
    if isinstance(y, tuple) and isinstance(y_bar, (tuple, list)):
        return tuple([seeded(item, bar) for item, bar in zip(y, y_bar, strict=True)])
    return y_bar


def scalar_seed(f: Any, y: Any) -> Any:
    """The seed 1 for a real scalar result.

    Raises: ScalarError for anything else, with the way to what was probably meant.
    """
    if isinstance(y, (Fraction, Decimal)):
        return type(y)(1)
    if is_number(y) and not isinstance(y, complex) and getattr(getattr(y, "dtype", None), "kind", "f") != "c":
        return 1.0
    if ARRAYS.is_array(y) and y.shape == () and y.dtype.kind in "fiu":
        return ARRAYS.one(y)
    raise ScalarError(
        f"gradient needs a real scalar result, but {name_of(f)} returned {_describe(y)}",
        fixes="reduce it to one number (such as its sum), use bytegrad.jacobian, or bytegrad.pullback with a seed",
    )


def _describe(y: Any) -> str:
    shape = getattr(y, "shape", None)
    return f"{type(y).__name__} of shape {shape}" if shape is not None else f"a {type(y).__name__}"

"""The operations of ``match`` that take values out of subjects, as Python functions that are differentiated."""

from __future__ import annotations

from typing import Any

from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import Step, after

MATCHES_ITSELF = 1 << 22
"""The flag of builtin types whose only positional pattern is the subject itself."""
_ABSENT = object()


def values_of_keys(subject: Any, keys: tuple[Any, ...]) -> Any:
    """The values of a mapping pattern's keys, or None if one of them is missing."""
    seen = set()
    values = []
    get = subject.get
    for key in keys:
        if key in seen:
            raise ValueError(f"mapping pattern checks duplicate key ({key!r})")
        seen.add(key)
        value = get(key, _ABSENT)
        if value is _ABSENT:
            return None
        values.append(value)
    return (*values,)


def attributes_of(subject: Any, kind: type, names: tuple[str, ...], n: int) -> Any:
    """What a class pattern with `n` positional patterns and keywords `names` binds, or None if it does not match."""
    if not isinstance(kind, type):
        raise TypeError("called match pattern must be a class")
    if not isinstance(subject, kind):
        return None
    found = []
    seen = set()
    positional = getattr(kind, "__match_args__", None)
    itself = positional is None and kind.__flags__ & MATCHES_ITSELF
    positional = () if positional is None else positional
    allowed = 1 if itself else len(positional)
    if type(positional) is not tuple:
        raise TypeError(f"{kind.__name__}.__match_args__ must be a tuple (got {type(positional).__name__})")
    if n > allowed:
        plural = "" if allowed == 1 else "s"
        raise TypeError(f"{kind.__name__}() accepts {allowed} positional sub-pattern{plural} ({n} given)")
    if n and itself:
        found.append(subject)
    else:
        names = (*positional[:n], *names)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"__match_args__ elements must be strings (got {type(name).__name__})")
        if name in seen:
            raise TypeError(f"{kind.__name__}() got multiple sub-patterns for attribute {name!r}")
        seen.add(name)
        value = getattr(subject, name, _ABSENT)
        if value is _ABSENT:
            return None
        found.append(value)
    return (*found,)


def match_keys(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """MATCH_KEYS."""
    return resolve(ctx, values_of_keys, args, {})


def match_class(ctx: Context, args: tuple[Any, ...], n: int) -> Step:
    """MATCH_CLASS."""
    return after(resolve(ctx, attributes_of, (*args, n), {}), lambda record: (_reverse_match, record))


def _reverse_match(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return tuple(inner[0](ctx, inner, y_bar)[:3])


OPERATIONS: dict[str, Any] = {"match_keys": match_keys, "match_class": match_class}

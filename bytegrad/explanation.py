"""`explain`: what differentiation made of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from bytegrad.differentiation import differentiate
from bytegrad.runtime import registry
from bytegrad.runtime.checks import CHECKS, USERS, Checks
from bytegrad.runtime.compile import compiled
from bytegrad.runtime.records import name_of
from bytegrad.runtime.registry import Adjoint, Bound, NonDifferentiable, Partials, Polyfill
from bytegrad.tracebacks import outermost

_PACKAGE = str(Path(__file__).parent)
_HANDLED = "a rule of the library"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `explain` returns: each part by the name of the callable."""

    value: Any
    """What the call returned."""
    transformed: dict[str, str]
    """Python functions that were called by way of what was made of their code, with their places."""
    rules: dict[str, str]
    """What a rule was found for, and of which kind it is."""
    left_alone: dict[str, str]
    """What was called as it stands, and why."""

    def __repr__(self) -> str:
        parts = {"transformed": self.transformed, "by a rule": self.rules, "left alone": self.left_alone}
        lines = []
        for title, entries in parts.items():
            lines.append(f"{title}:")
            lines += [f"  {name}: {text}" for name, text in entries.items()] or ["  nothing"]
        return "\n".join(lines)


@outermost
def explain(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Explanation:
    """What differentiating ``f(*args, **kwargs)`` does: the call is made once, forward.

    It names the functions that were transformed, the callables that a rule was found for, and those that were left
    alone and why.  Operators and the methods of containers are not listed.

    Raises: as `pullback`.

    >>> import math
    >>> from bytegrad import explain
    >>> def scaled(x, factor):
    ...     return factor * math.sin(x)
    >>> def loss(x, name):
    ...     return scaled(x, len(name)) + hash(str(x))
    >>> explain(loss, 0.5, "abc")  # doctest: +ELLIPSIS
    transformed:
      loss: <...>:1
      scaled: <...>:1
    by a rule:
      math.sin: partials
    left alone:
      hash: carries no derivative, as declared
      len: carries no derivative, as declared
      str: ...
    """
    checks = Checks()
    token = CHECKS.set(checks)
    USERS.append(checks)
    registry.touch()
    try:
        value = differentiate(f, args, kwargs).value
    finally:
        CHECKS.reset(token)
        USERS.remove(checks)
    return _explanation(value, checks)


def _explanation(value: Any, checks: Checks) -> Explanation:
    for code in [*checks.codes.values()]:
        for callee in [callee for made in compiled(code) for callee in made.callees.values()]:
            checks.note(callee)
    codes = [code for code in checks.codes.values() if not _is_ours(code)]
    called = [*checks.calls.values(), *[callee for code in codes for made in compiled(code) for callee in made.fixed]]
    rules, left_alone = {}, {}
    for callee in called:
        kind = _kind_of_rule(callee)
        if kind == _ALONE:
            left_alone[name_of(callee)] = _ALONE
        elif kind is not None:
            rules[name_of(callee)] = kind
    for callee, (_, filename, line) in checks.opaque.values():
        if not filename.startswith(_PACKAGE):
            left_alone[name_of(callee)] = f"{_NO_RULE} ({filename}:{line})"
    return Explanation(
        value,
        {code.co_qualname: f"{code.co_filename}:{code.co_firstlineno}" for code in codes},
        dict(sorted(rules.items())),
        dict(sorted(left_alone.items())),
    )


_ALONE = "carries no derivative, as declared"
_NO_RULE = "has no rule and is not written in Python: an error if a derivative has to go through it"


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(_PACKAGE)


def _kind_of_rule(callee: Any) -> str | None:
    """What is said of a callable that has a rule; None if it has none, or is the library's own."""
    if getattr(callee, "__module__", None) is not None and str(callee.__module__).split(".")[0] == "bytegrad":
        return None
    rules = registry.rules_of(callee)
    if not rules:
        return None
    rule: Any = rules[0]
    while isinstance(rule, Bound):
        rule = rule.rule
    if isinstance(rule, NonDifferentiable):
        return _ALONE
    if isinstance(rule, Partials):
        return "partials"
    if isinstance(rule, Adjoint):
        return f"the pullback of {rule.rule.__module__}.{rule.rule.__qualname__}"
    if isinstance(rule, Polyfill):
        return f"as {rule.function.__module__}.{rule.function.__qualname__}, which means the same"
    return _HANDLED


__all__ = ["Explanation", "explain"]

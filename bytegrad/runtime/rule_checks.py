"""What a rule's pullback may return: one cotangent for each positional argument, each fitting its primal."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from bytegrad.errors import RuleError
from bytegrad.runtime import registry
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.seeds import describe
from bytegrad.runtime.structure import CELL, NUMBERS, parts_of
from bytegrad.runtime.tangent import Poison, Tangent, is_number

_OURS = "bytegrad."


def place_of(function: Any) -> tuple[str, str, int | None] | None:
    """Name, file and line of a rule; None if it is not a Python function."""
    code = getattr(function, "__code__", None)
    return None if code is None else (function.__qualname__, code.co_filename, code.co_firstlineno)


def name_of_rule(rule: Adjoint) -> str:
    """What a rule is called in messages."""
    return getattr(rule.rule, "__qualname__", repr(rule.rule))


def is_ours(rule: Adjoint) -> bool:
    """Whether a rule is the library's own: those leave out the cotangents of settings."""
    return getattr(rule.rule, "__module__", "").startswith(_OURS)


def rule_of_user(f: Any) -> Adjoint | None:
    """The first rule for `f` that is not the library's own."""
    try:
        rules = registry.lookup(f)
    except TypeError:
        return None
    return next((rule for rule in rules if isinstance(rule, Adjoint) and not is_ours(rule)), None)


def check_count(rule: Adjoint, n_args: int, bars: Any) -> None:
    """Raise RuleError unless `bars` is a tuple with a cotangent for each of `n_args` positional arguments."""
    if not isinstance(bars, tuple):
        raise RuleError(
            f"the pullback of the rule {name_of_rule(rule)} returned {type(bars).__name__}, not a tuple",
            where=place_of(rule.rule),
            fixes="return one cotangent per positional argument, as a tuple; None where nothing flows",
        )
    too_many = len(bars) > max(n_args, len(rule.names))
    if not is_ours(rule) and (len(bars) < n_args or (too_many and not _is_variadic(rule))):
        raise RuleError(
            f"the pullback of the rule {name_of_rule(rule)} returned "
            f"{_counted(len(bars), 'cotangent')} for {_counted(n_args, 'positional argument')}",
            where=place_of(rule.rule),
            fixes="return one cotangent per positional argument; None where nothing flows",
        )


def _is_variadic(rule: Adjoint) -> bool:
    return any([p.kind is p.VAR_POSITIONAL for p in inspect.signature(rule.rule).parameters.values()])


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def check_fits(rule: Adjoint, args: tuple[Any, ...], bars: tuple[Any, ...]) -> None:
    """Raise RuleError unless each of `bars` has the structure, shape and kind of numbers of its argument."""
    for n, (arg, bar) in enumerate(zip(args, bars, strict=False)):
        found = misfit(arg, bar)
        if found is not None:
            raise RuleError(
                f"the pullback of the rule {name_of_rule(rule)} returned a cotangent that does not fit: "
                f"args[{n}]{found}",
                where=place_of(rule.rule),
                fixes="return a cotangent of the structure of the argument; None where nothing flows",
            )


def misfit(primal: Any, bar: Any, path: str = "") -> str | None:
    """Where and how the cotangent `bar` does not fit `primal`; None if it does."""
    if bar is None or isinstance(bar, Poison):
        return None
    kind, parts = parts_of(primal)
    if kind == "number":
        return None if is_number(bar) or np.shape(bar) == () else _says(path, "is a number", bar)
    if kind == "array":
        return _misfit_of_array(primal, bar, path)
    if kind == "inert":
        return _says(path, f"is {describe(primal)}, which carries no derivative", bar)
    if kind == NUMBERS:
        kind, parts = "list", list(enumerate(parts))
    if kind in ("list", "tuple"):
        if not isinstance(bar, (list, tuple, np.ndarray)) or len(bar) != len(parts):
            return _says(path, f"is {describe(primal)}", bar)
        return _first([misfit(part, bar[key], f"{path}[{key}]") for key, part in parts])
    if kind == CELL or not isinstance(bar, (Mapping, Tangent)):
        # A class of the user's may have cotangents of a type of its own.
        return None
    by_key = dict(parts)
    unknown = [key for key in bar if key not in by_key and not hasattr(primal, str(key))]
    if unknown:
        return _says(path, f"has no {unknown[0]!r}", bar)
    return _first([misfit(by_key[key], bar[key], f"{path}[{key!r}]") for key in bar if key in by_key])


def _misfit_of_array(primal: Any, bar: Any, path: str) -> str | None:
    shape, kind = np.shape(bar), np.asarray(bar).dtype.kind
    if kind not in "fciu" and primal.dtype.kind not in "OV":
        return _says(path, f"is an array of {primal.dtype}", bar)
    lead = len(shape) - primal.ndim
    fits = shape == () or (lead >= 0 and all([n in (m, 1) for n, m in zip(primal.shape, shape[lead:], strict=True)]))
    return None if fits else _says(path, f"is an array of shape {primal.shape}", bar)


def _first(found: list[str | None]) -> str | None:
    return next((text for text in found if text is not None), None)


def _says(path: str, what: str, bar: Any) -> str:
    return f"{path} {what}, its cotangent is {describe(bar)}"

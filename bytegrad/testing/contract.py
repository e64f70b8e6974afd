"""What a reverse and a forward rule promise alike: a pair, of the value of the plain call and a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bytegrad.errors import CheckError
from bytegrad.runtime.records import name_of
from bytegrad.testing.compare import same
from bytegrad.testing.variables import fresh

Function = Callable[..., Any]


def pair_of(
    rule: Function,
    target: Function,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    half: str,
    fail: Callable[[str, str], CheckError],
) -> tuple[Any, Function, tuple[Any, ...], tuple[Any, ...]] | None:
    """The pair, and the arguments as the plain call and as the rule leave them; None if the rule declines.

    `half` is what the function is called, `fail` makes the error of what is wrong and what to do.
    """
    plain, passed = fresh(args), fresh(args)
    wanted = target(*plain, **kwargs)
    result = rule(*passed, **kwargs)
    if result is NotImplemented:
        return None
    if type(result) is not tuple or len(result) != 2 or not callable(result[1]):  # noqa: PLR2004 - a pair
        raise fail(f"returns {type(result).__name__}, not a pair", f"return the value and its {half}")
    y, function = result
    if not same(y, wanted):
        raise fail(
            f"gives another value than {name_of(target)}: {y!r} instead of {wanted!r}",
            "compute the value by the function itself",
        )
    return y, function, plain, passed

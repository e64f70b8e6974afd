"""Calls that polyfills make past the rules: of the very function that they stand for.

A polyfill that names its original (`zip` inside the polyfill of `zip`) would be led back to itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from bytegrad.errors import UnsupportedError
from bytegrad.rules.declare import non_differentiable


class _Missing:
    """The value of a parameter that the call did not pass."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
PAIR = 2
"""How many arguments have a form of their own: max(a, b), zip(a, b)."""


def natively(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """`function(*args, **kwargs)` as it is: no rule, no transform, and a result without derivative information."""
    return function(*args, **kwargs)


def argument_error(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise what `function` itself raises for arguments that the polyfill does not take.

    The texts of these errors differ between Pythons, so the original speaks for itself.  Should it accept the
    arguments after all, then the polyfill is behind it, and the call must not pass without a derivative.
    Arguments that are MISSING are left out.
    """
    passed = [argument for argument in args if argument is not MISSING]
    function(*passed, **{name: argument for name, argument in kwargs.items() if argument is not MISSING})
    name = getattr(function, "__qualname__", repr(function))
    raise UnsupportedError(
        f"cannot differentiate this form of a call of {name}: {len(passed)} arguments, keywords {sorted(kwargs)}",
        fixes="pass the arguments in another form; or write a rule (bytegrad.adjoint)",
    )


non_differentiable(natively, argument_error)

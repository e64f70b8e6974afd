"""Parameters without a derivative: an error when a derivative is asked for, rather than a silent zero."""

from __future__ import annotations

from typing import Any, NoReturn

from bytegrad.errors import NoRuleError
from bytegrad.rules.declare import non_differentiable


def refused(function: str, parameter: str) -> Any:
    """Raise: scipy's `function` has no derivative in `parameter` that could be expressed.

    Raises: NoRuleError, always.
    """
    raise NoRuleError(
        f"scipy's {function} has no derivative rule in its parameter {parameter!r}",
        fixes=f"hold {parameter!r} constant; or declare a rule with bytegrad.adjoint; "
        "or bytegrad.non_differentiable if the result is not to depend on it",
    )


non_differentiable(refused)


class Refused:
    """What a pullback returns for such a parameter: it raises as soon as anything is done with it.

    The cotangent of a parameter that nobody differentiates in is dropped, so a constant is not disturbed.
    """

    def __init__(self, function: str, parameter: str) -> None:
        self._names = (function, parameter)

    def _raise(self, *operands: Any, **keywords: Any) -> NoReturn:
        refused(*self._names)
        raise AssertionError

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__array__":
            raise AttributeError(name)
        return self._raise()

    __array__ = __array_ufunc__ = __array_function__ = _raise
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = _raise
    __float__ = __complex__ = __int__ = __bool__ = __iter__ = __len__ = __getitem__ = _raise

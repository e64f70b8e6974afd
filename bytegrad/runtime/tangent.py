"""Cotangents as values: the absent one, addition, and the poison that makes a missing derivative loud."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np

from bytegrad.errors import BytegradError

ZERO = 0
"""The absent cotangent.  It is a plain int, so that any number can be added to it; real cotangents never are ints."""


class Poison:
    """The cotangent of a value whose derivative is unknown.  Arithmetic keeps it; the API raises its error.

    So a call without a rule is an error only if a cotangent that matters went through it.
    """

    __slots__ = ("error",)
    __array_ufunc__ = None

    def __init__(self, error: BytegradError) -> None:
        self.error = error

    def _keep(self, *_: Any) -> Poison:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _keep
    __neg__ = __pos__ = __pow__ = __rpow__ = __getitem__ = conjugate = _keep

    def __repr__(self) -> str:
        return f"<unknown cotangent: {self.error.reason}>"


class Tangent:
    """The gradient of an object: one attribute for each attribute of the object that carries a cotangent.

    The other attributes of the object are None, and are not among those that are iterated or printed.

    >>> g = Tangent(x=1.0, y=2.0)
    >>> g.x, g["y"], list(g)
    (1.0, 2.0, ['x', 'y'])
    >>> g + g
    Tangent(x=2.0, y=4.0)
    >>> 3 * g, g / 2, g - g
    (Tangent(x=3.0, y=6.0), Tangent(x=0.5, y=1.0), Tangent(x=0.0, y=0.0))
    >>> from types import SimpleNamespace
    >>> from bytegrad import gradient
    >>> g = gradient(lambda o: o.x**2, SimpleNamespace(x=3.0, y=1.0))[0]
    >>> g, g.y, g["y"]
    (Tangent(x=6.0), None, None)
    """

    __slots__ = ("__dict__", "__weakref__", "_absent")

    _absent: frozenset[str]
    """The names of attributes that have no influence."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __getattr__(self, name: str) -> Any:
        if name != "_absent" and name in getattr(self, "_absent", ()):
            return None
        raise AttributeError(f"there is no {name!r} in the gradient of this object: {self!r}")

    def __getitem__(self, name: str) -> Any:
        return None if name not in self.__dict__ and name in getattr(self, "_absent", ()) else self.__dict__[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def keys(self) -> Any:
        return self.__dict__.keys()

    def values(self) -> Any:
        return self.__dict__.values()

    def items(self) -> Any:
        return self.__dict__.items()

    def get(self, name: str, default: Any = None) -> Any:
        return self.__dict__.get(name, default)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tangent) and equal(self.__dict__, other.__dict__)

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Tangent):
            return NotImplemented
        names = [*self, *(name for name in other if name not in self)]
        return self._with({name: add(self.get(name), other.get(name)) for name in names})

    def __mul__(self, factor: Any) -> Any:
        if isinstance(factor, _NO_FACTORS):
            return NotImplemented
        return self._with({name: scale(value, factor) for name, value in self.items()})

    __rmul__ = __mul__

    def __neg__(self) -> Any:
        return self * -1.0

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, Tangent) else NotImplemented

    def __truediv__(self, divisor: Any) -> Any:
        if isinstance(divisor, _NO_FACTORS):
            return NotImplemented
        return self._with({name: divide(value, divisor) for name, value in self.items()})

    def _with(self, attributes: dict[str, Any]) -> Tangent:
        """Another gradient of the same object."""
        found = Tangent(**attributes)
        found._absent = getattr(self, "_absent", frozenset())
        return found

    def __repr__(self) -> str:
        return f"Tangent({', '.join(f'{name}={value!r}' for name, value in self.items())})"


_NO_FACTORS = (Tangent, list, tuple, dict, str)


def add(a: Any, b: Any) -> Any:
    """The sum of two gradients of one structure; None is absent."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, (list, tuple)):
        items = [add(x, y) for x, y in zip(a, b, strict=True)]
        return rebuild_sequence(a, items)
    if isinstance(a, dict):
        return {key: add(a.get(key), b.get(key)) for key in [*a, *(k for k in b if k not in a)]}
    return a + b


def scale(a: Any, factor: Any) -> Any:
    """A gradient times a number."""
    return over_numbers(lambda x: x * factor, a)


def divide(a: Any, divisor: Any) -> Any:
    """A gradient divided by a number."""
    return over_numbers(lambda x: x / divisor, a)


def over_numbers(function: Callable[[Any], Any], a: Any) -> Any:
    """`function` of each number, array and `Tangent` of a gradient; None stays None."""
    if a is None:
        return None
    if isinstance(a, (list, tuple)):
        return rebuild_sequence(a, [over_numbers(function, x) for x in a])
    if isinstance(a, dict):
        return {key: over_numbers(function, x) for key, x in a.items()}
    return function(a)


def equal(a: Any, b: Any) -> bool:
    """Whether two gradients are the same, arrays in them included."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return bool(np.shape(a) == np.shape(b) and np.all(a == b))
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all([equal(x, b[key]) for key, x in a.items()])
    return bool(a == b)


def rebuild_sequence(like: Any, items: list[Any]) -> Any:
    """A list, tuple or namedtuple of the same kind as `like`."""
    if isinstance(like, list):
        return items
    make: Callable[..., Any] | None = getattr(type(like), "_make", None)
    return make(items) if make is not None else tuple(items)


def accum(a: Any, b: Any) -> Any:
    """The sum of two cotangents inside a pullback: numbers, arrays, tuples of cotangents, or absent."""
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    if type(a) is tuple and type(b) is tuple:
        return tuple([accum(x, y) for x, y in zip(a, b, strict=True)])
    return a + b


def is_absent(bar: Any) -> bool:
    """Whether a cotangent is absent, or a tuple of nothing but absent ones."""
    return bar is ZERO or (type(bar) is tuple and all([is_absent(part) for part in bar]))


class TupleBar:
    """The cotangent of a tuple that is an element of an array of objects; sums are made of it, and 0 is absent."""

    __slots__ = ("bars",)

    def __init__(self, bars: tuple[Any, ...]) -> None:
        self.bars = bars

    def __add__(self, other: Any) -> TupleBar:
        return TupleBar(accum(self.bars, other.bars)) if isinstance(other, TupleBar) else self

    __radd__ = __add__


def split(ctx: Any, bar: Any, n: int) -> Any:
    """The cotangents of the items of a tuple."""
    if type(bar) is tuple:
        return bar
    return (bar,) * n


def is_number(value: Any) -> bool:
    """Whether cotangents of `value` are numbers carried by value."""
    kind = type(value)
    if kind in _NO_NUMBERS:
        return False
    if kind is float or kind is int or kind is complex:
        return True
    # Looking at the class first readies it: 3.11 leaves `positions_iterator` unready, and `issubclass` crashes on it.
    return bool(kind.__mro__) and issubclass(kind, (numbers.Number, Decimal))


_NO_NUMBERS = frozenset({bool, str, list, dict, tuple, type(None), np.timedelta64})
"""The commonest types for which there is no need to ask; a span of time is an integer with a unit, as a date is."""


def project(primal: Any, bar: Any) -> Any:
    """Bring a number's cotangent back to the kind of its primal: real for real, the dtype of numpy scalars."""
    if type(bar) is type(primal):
        return bar
    if isinstance(bar, Poison):
        return bar
    is_complex = isinstance(bar, complex) or getattr(getattr(bar, "dtype", None), "kind", "") == "c"
    if is_complex and isinstance(primal, (numbers.Real, Decimal)):
        bar = bar.real
    if type(primal) is float or type(primal) is int:
        return float(bar) if not hasattr(bar, "shape") or bar.shape == () else float(bar.sum())
    if type(primal) is complex:
        return complex(bar)
    if isinstance(primal, np.inexact):
        return type(primal)(bar)
    if isinstance(bar, float) and isinstance(primal, (Decimal, Fraction)) and isfinite(bar):
        return Decimal(bar) if isinstance(primal, Decimal) else Fraction(bar)
    return bar

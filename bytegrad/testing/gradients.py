"""`check_gradient`: a function's gradient held to what its values say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np

from bytegrad.api import pullback
from bytegrad.differentiation import check_callable
from bytegrad.errors import ArgumentError, CheckError
from bytegrad.forward import jvp
from bytegrad.runtime.records import name_of
from bytegrad.runtime.seeds import is_complex
from bytegrad.runtime.tangent import is_number
from bytegrad.testing.compare import same
from bytegrad.testing.differences import STEP, Slope, first_step, remainders, slope
from bytegrad.testing.variables import (
    Variable,
    flat_gradient,
    flat_gradients,
    fresh,
    moved_args,
    seed_of,
    variables,
    variables_of,
)

Function = Callable[..., Any]

MOST = 64
"""So many variables are moved one by one; of more, as many are drawn."""
DIRECTIONS = 3
_SHOWN = 5
_LOSS = 0.375
"""Of the digits of a number, the share that a gradient has to have in common with differences."""
_SHARED = 0.5
"""The share that the gradient and forward mode have in common."""
_NOISE = 1e3
"""Rounding errors of a value, in units of its last place, that differences may see."""


def check_gradient(
    f: Function,
    /,
    *args: Any,
    order: int = 1,
    argnums: int | Sequence[int] | None = None,
    rtol: float | None = None,
    atol: float = 1e-10,
    step: float = STEP,
    **kwargs: Any,
) -> None:
    """Do nothing if the gradient of `f` at `args` is right; else raise a `CheckError` that says what is wrong.

    The result may be a number, an array or any structure of them; of several numbers, a weighted sum is taken.
    `argnums` are the arguments to be checked, by default all; `kwargs` are passed to `f`.  Held to be true:

    - the value, and what is left of the arguments, are those of a plain call, to the last bit;
    - the gradient in each variable is that of central differences (of many variables, some are drawn);
    - so is the slope in random directions, in which all variables move together (the dot-product test), and what the
      gradient leaves unexplained goes down with the square of the step (the Taylor test);
    - the pullback gives the same again, and leaves the arguments as they are;
    - the derivative in a direction by `jvp` is the inner product with the gradient;
    - with ``order=2``, all but the last of that for the gradient as a function; and so on.

    Differences have errors themselves: `rtol`, by default 1.4e-6 for numbers of double precision, is relative to the
    largest derivative in an argument, `atol` absolute.  `step` is the first relative step.  Where values are not
    smooth or not repeatable, nothing can be said, which is an error as well.

    Raises: CheckError with the worst entries; ArgumentError if nothing in `args` can be moved; as `pullback`.
    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), sections 3.4 and 8.1.

    >>> import bytegrad
    >>> from bytegrad.testing import check_gradient
    >>> check_gradient(lambda x, y: x * y["w"][1] ** 2, 2.0, {"w": [3.0, 4.0]}, order=2)
    >>> def cube(x): return x**3
    >>> bytegrad.adjoint(cube)(lambda x: (x**3, lambda y_bar: (y_bar * 2 * x**2,)))  # doctest: +ELLIPSIS
    <function <lambda> at ...>
    >>> check_gradient(lambda xs: cube(xs[0]) + xs[1], [2.0, 5.0])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    bytegrad.errors.CheckError: the gradient of ... is not that of central differences: 1 of 2 are wrong
      in args[0][0]: the gradient has 8.0, differences 12.0
      Possible fixes: check the rules of what it calls with bytegrad.testing.check_rule
    """
    check_callable(f)
    tolerance = Tolerance(rtol, atol, step)
    if argnums is not None:
        f, args = _of_chosen(f, args, argnums)
    check = Check(f, args, kwargs, tolerance)
    check.run()
    check.check_forward()
    while order > 1 and check.has_gradient:
        check = Check(check.gradient_function(), args, {}, tolerance)
        check.run()
        order -= 1


def _of_chosen(f: Function, args: tuple[Any, ...], argnums: int | Sequence[int]) -> tuple[Function, tuple[Any, ...]]:
    """`f` as a function of some of its arguments, and those."""
    places = [index(n) for n in argnums] if isinstance(argnums, Sequence) else [index(argnums)]
    if any([not -len(args) <= place < len(args) for place in places]):
        raise ArgumentError(f"argnums is {argnums}, but {len(args)} positional arguments were passed")
    places = [place % len(args) for place in places]

    def of_chosen(*chosen: Any, **kwargs: Any) -> Any:
        every = [*fresh(args)]
        for place, arg in zip(places, chosen, strict=True):
            every[place] = arg
        return f(*every, **kwargs)

    of_chosen.__module__, of_chosen.__qualname__ = f"{getattr(f, '__module__', '')}", getattr(f, "__qualname__", "f")
    return of_chosen, tuple([args[place] for place in places])


@dataclass(slots=True, frozen=True)
class Tolerance:
    """How far a gradient and differences may be apart."""

    rtol: float | None
    atol: float
    step: float

    def of(self, precision: float, scale: float, noise: float) -> float:
        """The allowed error, for numbers of this precision in an argument with derivatives of the size `scale`."""
        rtol = precision**_LOSS if self.rtol is None else self.rtol
        return self.atol + rtol * scale + noise


@dataclass(slots=True, frozen=True)
class Mismatch:
    """A derivative that is not that of differences."""

    path: str
    got: float
    wanted: Slope
    allowed: float

    @property
    def error(self) -> float:
        """How far off it is, in units of what is allowed; NaN is infinitely far."""
        off = abs(self.got - self.wanted.value) / self.allowed
        return math.inf if math.isnan(off) else off

    def __str__(self) -> str:
        return f"in {self.path}: the gradient has {self.got:.9}, differences {self.wanted.value:.9}"


class Check:
    """One function at one point, with what is known of it."""

    def __init__(self, f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], tolerance: Tolerance) -> None:
        self.f, self.args, self.kwargs, self.tolerance = f, args, kwargs, tolerance
        self.gradient: list[float] = []
        self.has_gradient = False
        """Whether there was an influence of any argument: the gradient then is something that can be differentiated."""
        self.random = np.random.default_rng(0)
        self.variables = variables_of(args)
        if not self.variables:
            raise ArgumentError(
                "there is nothing to check: no argument holds a floating or complex number",
                fixes="pass floats where integers are meant as variables",
            )
        self.point = [variable.value for variable in self.variables]
        self.y = f(*fresh(args), **kwargs)
        self.weights = self._weights()
        self.precision = max([v.precision for v in (*self.variables, *variables(self.y))])

    # the function as one of real numbers ------------------------------------------------------------------------

    def _weights(self) -> list[float]:
        if is_number(self.y) and not is_complex(self.y):
            return [1.0]
        count = len(variables(self.y))
        if not count:
            raise CheckError(
                f"{name_of(self.f)} returned {self.y!r}, in which there is no floating or complex number",
                fixes="return what is to be differentiated",
            )
        return [float(w) for w in self.random.uniform(0.5, 1.5, count) * self.random.choice((-1, 1), count)]

    def seed(self) -> Any:
        """The seed by which the pullback gives the gradient of `total`."""
        return 1.0 if self.weights == [1.0] else seed_of(self.y, iter(self.weights))

    def total(self, y: Any) -> float:
        """The weighted sum of the numbers of a result."""
        numbers = [float(y)] if self.weights == [1.0] and is_number(y) else [v.value for v in variables(y)]
        if len(numbers) != len(self.weights):
            raise CheckError(
                f"{name_of(self.f)} returns {len(self.weights)} numbers here and {len(numbers)} nearby",
                fixes="check it where the structure of its result does not change",
            )
        return math.fsum([w * number for w, number in zip(self.weights, numbers, strict=True)])

    def along(self, direction: Sequence[float]) -> Callable[[float], float]:
        """The function of one number that moves in a direction."""

        def at(t: float) -> float:
            numbers = [x + t * d if d else x for x, d in zip(self.point, direction, strict=True)]
            return self.total(self.f(*moved_args(self.args, iter(numbers)), **self.kwargs))

        return at

    def gradient_function(self) -> Function:
        """The gradient of `total`, as a function of the same arguments."""
        f, kwargs, seed = self.f, self.kwargs, self.seed()

        def gradient(*args: Any) -> Any:
            _, back = pullback(f, *args, **kwargs)
            return back(seed)

        gradient.__module__, gradient.__qualname__ = "bytegrad", f"gradient({name_of(f)})"
        return gradient

    # what is held to be true ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Raise a CheckError for the first of the promises that is not kept."""
        gradient = self.gradient = self.check_call()
        self.check_each(gradient)
        for _ in range(DIRECTIONS if len(self.variables) > 1 else 1):
            self.check_direction(gradient, self.direction())

    def check_call(self) -> list[float]:
        """The promises about values and state; the gradient."""
        plain, args = fresh(self.args), fresh(self.args)
        wanted = self.f(*plain, **self.kwargs)
        y, back = pullback(self.f, *args, **self.kwargs)
        if not same(y, wanted):
            self.fail("the value is not that of a plain call", f"{y!r} instead of {wanted!r}")
        if not same(args, plain):
            self.fail("the arguments are not left as a plain call leaves them", f"{args!r} instead of {plain!r}")
        gradients = [back(self.seed()) for _ in range(2)]
        if not same(args, plain):
            self.fail("the pullback changed the arguments", f"{args!r} instead of {plain!r}")
        if not same(gradients[0], gradients[1]):
            self.fail("the pullback gives another gradient when it is called again", f"{gradients[1]!r}")
        self.has_gradient = bool(variables(gradients[0]))
        # Along the arguments as they were: some functions change the structure of theirs.
        return flat_gradients(gradients[0], self.args)

    def check_each(self, gradient: list[float]) -> None:
        """The derivative in each variable, or in some that are drawn."""
        count = len(self.variables)
        places = range(count) if count <= MOST else sorted(self.random.choice(count, MOST, replace=False))
        slopes = {place: self._slope(int(place)) for place in places}
        scales: dict[str, float] = {}
        for place, found in slopes.items():
            argument = _argument(self.variables[place])
            scales[argument] = max(scales.get(argument, 0.0), abs(found.value))
        wrong, unsettled = [], []
        for place, found in slopes.items():
            variable = self.variables[place]
            allowed = self._allowed(scales[_argument(variable)], first_step(variable.value, self.tolerance.step))
            mismatch = Mismatch(variable.path, gradient[place], found, allowed)
            if found.spread > allowed and not mismatch.error <= 1.0:
                unsettled.append(mismatch)
            elif not mismatch.error <= 1.0:
                wrong.append(mismatch)
        self._report(wrong, unsettled, len(slopes))

    def _slope(self, place: int) -> Slope:
        direction = [0.0] * len(self.point)
        direction[place] = 1.0
        return slope(self.along(direction), first_step(self.point[place], self.tolerance.step))

    def _allowed(self, scale: float, step: float) -> float:
        noise = _NOISE * self.precision * abs(self.total(self.y)) / step
        return self.tolerance.of(self.precision, scale, noise)

    def _report(self, wrong: list[Mismatch], unsettled: list[Mismatch], count: int) -> None:
        if wrong:
            worst = sorted(wrong, key=lambda mismatch: -mismatch.error)[:_SHOWN]
            raise CheckError(
                f"the gradient of {name_of(self.f)} is not that of central differences: "
                f"{len(wrong)} of {count} are wrong\n  " + "\n  ".join(map(str, worst)),
                fixes="check the rules of what it calls with bytegrad.testing.check_rule",
            )
        if unsettled:
            raise CheckError(
                f"{name_of(self.f)} is not smooth enough for differences, or not repeatable\n  "
                + "\n  ".join([f"{m}, give or take {m.wanted.spread:.2}" for m in unsettled[:_SHOWN]]),
                fixes="check it at another point, with a smaller `step` or a larger `rtol`; fix its random numbers",
            )

    def direction(self) -> list[float]:
        """A random direction, of the sizes of the variables."""
        sizes = np.array([max(abs(x), 0.1) for x in self.point])
        return [float(d) for d in self.random.uniform(-1.0, 1.0, len(sizes)) * sizes]

    def check_forward(self) -> None:
        """The derivative in a direction by forward mode."""
        direction = self.direction()
        args, numbers = fresh(self.args), iter(direction)
        y, y_dot = jvp(self.f, args, tuple([seed_of(arg, numbers) for arg in self.args]), **self.kwargs)
        terms = [g * d for g, d in zip(self.gradient, direction, strict=True)]
        slopes = [w * d for w, d in zip(self.weights, flat_gradient(y_dot, y), strict=False)]
        found, wanted = math.fsum(slopes), math.fsum(terms)
        allowed = self.tolerance.atol + self.precision**_SHARED * max(map(abs, (*terms, *slopes)))
        if not abs(found - wanted) <= allowed:
            self.fail("jvp is not the transpose of the pullback", f"{found:.9} instead of {wanted:.9}")

    def check_direction(self, gradient: list[float], direction: list[float]) -> None:
        """The slope in a random direction, and what it leaves unexplained."""
        f, step = self.along(direction), self.tolerance.step
        terms = [g * d for g, d in zip(gradient, direction, strict=True)]
        wanted, found = slope(f, step), math.fsum(terms)
        allowed = self._allowed(max(abs(wanted.value), *map(abs, terms)), step)
        mismatch = Mismatch("a random direction", found, wanted, allowed)
        if not mismatch.error <= 1.0:
            settled = wanted.spread <= allowed
            self._report([mismatch] if settled else [], [mismatch], 1)
        (large_step, large), *_, (small_step, small) = remainders(f, found, step)
        if small > allowed * small_step and small / small_step**1.5 > 2.0 * large / large_step**1.5:
            self.fail(
                "the gradient does not explain the values nearby",
                f"|f(x + h d) - f(x) - h <gradient, d>| is {large:.2} at h = {large_step:.2}"
                f" and {small:.2} at h = {small_step:.2}",
            )

    def fail(self, what: str, details: str) -> None:
        """Raise a CheckError."""
        raise CheckError(f"{what}: {name_of(self.f)}\n  {details}")


def _argument(variable: Variable) -> str:
    """The part of a path that names the argument."""
    return variable.path.partition("]")[0]


__all__ = ["check_gradient"]

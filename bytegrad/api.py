"""The public functions of reverse mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, NamedTuple

from bytegrad.differentiation import first_seed, reverse, sweep
from bytegrad.kept import as_it_was, check_marks, check_unchanged, kept_of, marks_of
from bytegrad.params import differentiate_in, given
from bytegrad.prepared import COMING, GradientFunction, compiled_pair, prepare_coming
from bytegrad.prepared_arrays import prepare_arrays, value_and_gradient
from bytegrad.rules.declare import polyfill
from bytegrad.runtime.checks import CHECKS
from bytegrad.runtime.seeds import scalar_seed
from bytegrad.tracebacks import outermost, trim

Back = Callable[[Any], Any]


class ValueAndGradient(NamedTuple):
    """What `withgradient` returns: a pair that can be unpacked, with names."""

    val: Any
    grad: Any


def pullback(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> tuple[Any, Back]:
    """The value ``y = f(*args, **kwargs)``, and the linear map `back` from cotangents of `y` to those of `args`.

    ``back(seed)`` has one entry for each of `args`, in its structure.  It can be called any number of times.  A seed
    has the structure of `y`; None, at any depth, stands for zero.  Keyword arguments are passed on and not
    differentiated.  With `Params` for the only argument, `back` gives the `Grads` of what they hold.

    `back` is at the point of the call: arrays that it needs are copied, if they are not the function's own, so that
    they may be changed before it is called.

    Raises: ArgumentError if `f` is not callable; UnsupportedError for code that cannot be transformed; what `f`
    raises.  `back` raises SeedError for a seed that does not fit, NoRuleError if the result depends on an argument
    through something without a derivative.
    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), section 3.2.

    >>> from bytegrad import pullback
    >>> y, back = pullback(lambda a, b: (a * b, [a, b]), 2.0, 3.0)
    >>> y
    (6.0, [2.0, 3.0])
    >>> back((1.0, None))
    (3.0, 2.0)
    >>> back((1.0, [None, 10.0]))
    (3.0, 12.0)
    """
    try:
        call, params = differentiate_in(f, args, kwargs)
        kept = kept_of(call)
        marks = marks_of(call, kept)
    except BaseException as error:
        trim(error)
        raise

    def back(seed: Any) -> Any:
        try:
            check_marks(marks)
            return given(params, as_it_was(kept, lambda: reverse(call, seed)) if kept else reverse(call, seed))
        except BaseException as error:
            trim(error)
            raise

    return call.value, back


@outermost
def withgradient(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> ValueAndGradient:
    """The value of ``f(*args, **kwargs)`` and the gradient in each of `args`, as a named pair ``(val, grad)``.

    If `f` returns a tuple, a namedtuple or a dict, its first entry is differentiated and the others are passed along.

    Raises: ScalarError if what is to be differentiated is not a real number; else as `pullback`.

    >>> from bytegrad import withgradient
    >>> val, grad = withgradient(lambda a, b: a / b, 1.0, 2.0)
    >>> val, grad
    (0.5, (0.5, -0.25))
    >>> withgradient(lambda x: {"loss": x * x, "note": "three"}, 3.0)
    ValueAndGradient(val={'loss': 9.0, 'note': 'three'}, grad=(6.0,))
    """
    call, params = differentiate_in(f, args, kwargs)
    return ValueAndGradient(call.value, given(params, reverse(call, first_seed(f, call.value))))


def gradient(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """The gradient of the real number ``f(*args, **kwargs)``: one entry for each of `args`, in its structure.

    Numbers have a float (a Fraction or Decimal its own type), arrays an array, lists, tuples and dicts the same
    structure, other objects a `Tangent`; None stands for "no influence".  With `Params` for the only argument,
    ``f()`` is differentiated in what they hold.

    Raises: ScalarError if the result is not a real number; else as `pullback`.

    >>> from bytegrad import gradient
    >>> gradient(lambda x: 3 * x**2 + 2 * x + 1, 5)
    (32.0,)
    >>> gradient(lambda a, b, name: a * b, 2.0, 3.0, "not differentiable")
    (3.0, 2.0, None)
    >>> def line(slope):
    ...     return lambda x: slope * x
    >>> gradient(lambda f: f(5.0), line(3.0))
    (Tangent(slope=5.0),)
    """
    if type(f) is FunctionType and not kwargs:
        prepared = COMING.get((id(f.__code__), *map(type, args)))
        if prepared is not None:
            found = prepared(f, *args)
            if found is not None:
                return found
        pair = value_and_gradient(f, args)
        if pair is not None:
            return pair[1]
    return _gradient(f, *args, **kwargs)


@outermost
def _gradient(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    call, params = differentiate_in(f, args, kwargs)
    found = given(params, reverse(call, scalar_seed(f, call.value)))
    if not kwargs and CHECKS.get() is None:
        prepare_coming(f, args)
        prepare_arrays(f, args)
    return found


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> GradientFunction:
    """The function that gives the gradient of `f` in its argument number `argnums`.

    Several numbers give a tuple of gradients.  The result can be pickled if `f` can, and differentiated again.

    >>> import math
    >>> from bytegrad import grad
    >>> grad(math.sin)(0.0)
    1.0
    >>> grad(lambda x, y: x * y**2, argnums=(0, 1))(2.0, 3.0)
    (9.0, 12.0)
    >>> round(grad(grad(lambda x: x**3))(2.0), 6)
    12.0
    """
    return GradientFunction(f, argnums, with_value=False)


def value_and_grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> GradientFunction:
    """The function that gives the value of `f` and its gradient in argument number `argnums`.

    >>> from bytegrad import value_and_grad
    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)

    It is what `scipy.optimize.minimize` takes with ``jac=True``:

    >>> import numpy as np
    >>> loss = value_and_grad(lambda x: np.sum((x - 1.0) ** 2))
    >>> value, slope = loss(np.zeros(2))
    >>> float(value), slope
    (2.0, array([-2., -2.]))
    """
    return GradientFunction(f, argnums, with_value=True)


# nested -----------------------------------------------------------------------------------------------------


@polyfill(gradient)
def nested_gradient(f: Any, /, *args: Any, **kwargs: Any) -> Any:
    """`gradient`, inside of a differentiated function."""
    call, params = differentiate_in(f, args, kwargs)
    return given(params, sweep(call, scalar_seed(f, call.value)))


@polyfill(pullback)
def nested_pullback(f: Any, /, *args: Any, **kwargs: Any) -> tuple[Any, Back]:
    """`pullback`, inside of a differentiated function: the handling of errors is the outermost call's."""
    call, params = differentiate_in(f, args, kwargs)
    kept = kept_of(call)
    marks = marks_of(call, kept)

    def back(seed: Any) -> Any:
        check_unchanged(kept)
        check_marks(marks)
        return given(params, sweep(call, seed))

    return call.value, back


__all__ = [
    "GradientFunction",
    "ValueAndGradient",
    "compiled_pair",
    "grad",
    "gradient",
    "pullback",
    "value_and_grad",
    "withgradient",
]

"""Matrices of derivatives by reverse mode: one augmented primal, and one pullback for each row.

Layout: rows are the numbers of the result and columns those of an argument, both flattened in C order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bytegrad.api import pullback
from bytegrad.differentiation import Differentiation, differentiate, gradient_of, reverse
from bytegrad.errors import ArgumentError, ScalarError
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.records import name_of
from bytegrad.runtime.seeds import describe, is_complex
from bytegrad.runtime.structure import attributes, is_leaf
from bytegrad.runtime.tangent import Tangent, is_number
from bytegrad.tracebacks import outermost

Function = Callable[..., Any]


class ValueAndJacobian(NamedTuple):
    """What `withjacobian` returns: a pair that can be unpacked, with names."""

    val: Any
    grad: Any


@outermost
def jacobian(f: Function, /, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """The Jacobian of ``f(*args, **kwargs)`` in each of `args`.

    For an array, or a list or tuple of numbers, it is a matrix: ``J[k, i]`` is the derivative of the number `k` of
    the result in the number `i` of the argument.  For a number it is a vector.  A dict, an object or a nested list has
    the same structure of matrices and vectors.  Anything else has None.  The result may be a number, an array, or a
    list, tuple or dict of such.

    Shapes: result of m numbers, argument of n numbers -> (m, n); argument a number -> (m,).
    Raises: ScalarError if the result is complex or holds anything but numbers; else as `gradient`.
    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), section 3.2.

    >>> import numpy as np
    >>> from bytegrad import jacobian
    >>> jacobian(np.cumsum, np.ones(3))[0]
    array([[1., 0., 0.],
           [1., 1., 0.],
           [1., 1., 1.]])
    >>> jacobian(lambda r, phi: [r * phi, r / phi], 6.0, 2.0)
    (array([2. , 0.5]), array([ 6. , -1.5]))
    """
    return _jacobian(differentiate(f, args, kwargs), f, args)


@outermost
def withjacobian(f: Function, /, *args: Any, **kwargs: Any) -> ValueAndJacobian:
    """The value of ``f(*args, **kwargs)`` and its Jacobian in each of `args`, as a named pair ``(val, grad)``.

    >>> from bytegrad import withjacobian
    >>> withjacobian(lambda a, b: [a * b, a], 2.0, 3.0)
    ValueAndJacobian(val=[6.0, 2.0], grad=(array([3., 1.]), array([2., 0.])))
    """
    call = differentiate(f, args, kwargs)
    return ValueAndJacobian(call.value, _jacobian(call, f, args))


def _jacobian(call: Differentiation, f: Function, args: tuple[Any, ...]) -> tuple[Any, ...]:
    rows = [reverse(call, seed) for seed in unit_seeds(f, call.value)]
    return tuple([matrix_of(arg, [row[n] for row in rows]) for n, arg in enumerate(args)])


@non_differentiable
def unit_seeds(f: Function, y: Any) -> list[Any]:
    """A seed for each number of `y`: 1 there, and nothing elsewhere."""
    if is_number(y) and not is_complex(y):
        return [1.0]
    if ARRAYS.is_array(y) and y.dtype.kind in "fiu":
        return [_unit(y.shape, index) for index in range(y.size)]
    if isinstance(y, (list, tuple)):
        parts = [unit_seeds(f, item) for item in y]
        n = len(y)
        return [[None] * i + [seed] + [None] * (n - i - 1) for i, seeds in enumerate(parts) for seed in seeds]
    if isinstance(y, dict):
        return [{key: seed} for key, item in y.items() for seed in unit_seeds(f, item)]
    way_out = "the real and the imaginary part as two real arrays" if is_complex(y) else "numbers or arrays"
    raise ScalarError(
        f"the Jacobian is that of real numbers, but {name_of(f)} returned {describe(y)}",
        fixes=f"return {way_out}",
    )


def _unit(shape: tuple[int, ...], index: int) -> Any:
    seed = np.zeros(shape)
    seed.reshape(-1)[index] = 1.0
    return seed


def matrix_of(arg: Any, rows: list[Any]) -> Any:
    """The rows of a Jacobian, which are gradients of `arg`, as one matrix, or a structure of matrices."""
    if is_number(arg):
        return np.array([0.0 if row is None else row for row in rows])
    if ARRAYS.is_array(arg):
        return np.array([np.zeros(arg.size) if row is None else row.reshape(-1) for row in rows])
    if is_leaf(arg):
        return None
    if isinstance(arg, (list, tuple)) and all([is_number(item) for item in arg]):
        return np.array([[0.0 if row is None or row[i] is None else row[i] for i in range(len(arg))] for row in rows])
    if isinstance(arg, (list, tuple)):
        return [matrix_of(item, [None if row is None else row[i] for row in rows]) for i, item in enumerate(arg)]
    if isinstance(arg, dict):
        return {key: matrix_of(item, [None if row is None else row[key] for row in rows]) for key, item in arg.items()}
    parts = {name: matrix_of(held, [_part(row, name) for row in rows]) for name, held in attributes(arg)}
    return Tangent(**{name: part for name, part in parts.items() if part is not None})


def _part(row: Any, name: str) -> Any:
    return None if row is None else row.get(name)


# second derivatives -----------------------------------------------------------------------------------------


@outermost
def hessian_reverse(f: Function, x: Any) -> Any:
    """The Hessian of a real function of one argument, by reverse mode over reverse mode.

    Shapes: array, list or tuple of n numbers -> (n, n); number -> number.
    Raises: as `gradient`.

    >>> import numpy as np
    >>> from bytegrad import hessian_reverse
    >>> hessian_reverse(lambda x: x[0] * x[1] ** 2, np.array([3.0, 2.0]))
    array([[0., 4.],
           [4., 6.]])
    >>> hessian_reverse(lambda x: x**3, 2.0)
    12.0
    """
    _, back = pullback(_gradient_function(f), x)
    if is_number(x):
        return back(1.0)[0] or 0.0
    return matrix_of(x, [back(seed)[0] for seed in unit_seeds(f, _numbers_of(x))])


@outermost
def diaghessian(f: Function, /, *args: Any) -> tuple[Any, ...]:
    """The diagonal of the Hessian in each of `args`, in the shape of the argument.

    >>> from bytegrad import diaghessian
    >>> diaghessian(lambda x, y: x**3 * y, 2.0, 5.0)
    (60.0, 0.0)
    """
    return tuple([_diagonal(f, args, n) for n in range(len(args))])


def _diagonal(f: Function, args: tuple[Any, ...], n: int) -> Any:
    arg = args[n]
    if is_leaf(arg) and not is_number(arg):
        return None
    _, back = pullback(_gradient_function(lambda x: f(*args[:n], x, *args[n + 1 :])), arg)
    if is_number(arg):
        return back(1.0)[0] or 0.0
    seeds = unit_seeds(f, _numbers_of(arg))
    matrix = matrix_of(arg, [back(seed)[0] for seed in seeds])
    diagonal = np.diagonal(matrix)
    return diagonal.reshape(arg.shape) if ARRAYS.is_array(arg) else type(arg)([float(entry) for entry in diagonal])


@outermost
def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of a real function at `x` times the vector `v`, which has the structure of `x`; the result too.

    >>> import numpy as np
    >>> from bytegrad import hvp
    >>> hvp(lambda x: x[0] * x[1] ** 2, np.array([3.0, 2.0]), np.array([1.0, 0.0]))
    array([0., 4.])
    """
    _, back = pullback(_gradient_function(f), x)
    product = back(v)[0]
    if product is None and ARRAYS.is_array(x):
        return np.zeros(x.shape)
    return 0.0 if product is None and is_number(x) else product


def _gradient_function(f: Function) -> Function:
    """The gradient of `f`, with zeros where nothing flows."""

    def gradient(x: Any) -> Any:
        found = gradient_of(f, (x,), {})[0]
        return _filled(x, found)

    return gradient


def _filled(x: Any, gradient: Any) -> Any:
    """`gradient`, with zeros in place of None."""
    if is_number(x):
        return 0.0 if gradient is None else gradient
    if ARRAYS.is_array(x):
        return np.zeros(x.shape) if gradient is None else gradient
    if isinstance(x, (list, tuple)):
        return [_filled(item, None if gradient is None else gradient[i]) for i, item in enumerate(x)]
    raise ArgumentError(
        f"the Hessian is that of a function of numbers, but the argument is {describe(x)}",
        fixes="take it in an array, a list or a tuple of numbers",
    )


def _numbers_of(x: Any) -> Any:
    """`x`, where it has the structure that second derivatives are laid out for."""
    if ARRAYS.is_array(x) or (isinstance(x, (list, tuple)) and all([is_number(item) for item in x])):
        return x
    raise ArgumentError(
        f"the Hessian is a matrix for an array, or a list or tuple of numbers, but the argument is {describe(x)}",
        fixes="take the function in such an argument, or use bytegrad.hvp",
    )


hessian = hessian_reverse
"""The Hessian of a real function of one argument."""

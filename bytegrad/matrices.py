"""Matrices of derivatives: one augmented primal, and one pullback for each row or one pushforward for each column.

Layout: rows are the numbers of the result and columns those of an argument, both flattened in C order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bytegrad.api import pullback
from bytegrad.differentiation import Differentiation, check_callable, gradient_of, reverse
from bytegrad.directional import columns, matrix, product
from bytegrad.errors import ArgumentError, ScalarError
from bytegrad.forward import Pushforward, check_fit, template_of
from bytegrad.numbering import count, inner, refilled, spread, unit_seeds, values, zeros
from bytegrad.params import differentiate_in, given, refuse_params
from bytegrad.pushing import Pushing
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.records import name_of
from bytegrad.runtime.results import Template
from bytegrad.runtime.seeds import describe, is_complex
from bytegrad.runtime.structure import attributes, is_leaf
from bytegrad.runtime.tangent import Tangent, is_number, rebuild_sequence
from bytegrad.runtime.trees import tree_map
from bytegrad.tracebacks import outermost

Function = Callable[..., Any]


class ValueAndJacobian(NamedTuple):
    """What `withjacobian` returns: a pair that can be unpacked, with names."""

    val: Any
    grad: Any


@outermost
def jacobian(f: Function, /, *args: Any, mode: str | None = None, **kwargs: Any) -> Any:
    """The Jacobian of ``f(*args, **kwargs)`` in each of `args`.

    For an array, or a list or tuple of numbers, it is a matrix: ``J[k, i]`` is the derivative of the number `k` of
    the result in the number `i` of the argument.  For a number it is a vector.  A dict, an object or a nested list has
    the same structure of matrices and vectors.  Anything else has None.  The result may be a number, an array, or a
    structure of such.  With `Params` for the only argument, ``f()`` is differentiated in what they hold.

    `f` is called once: then there is a pullback for each number of the result (`mode` ``"reverse"``) or a pushforward
    for each number of the arguments (``"forward"``), which is chosen where the result has more numbers, or, of a
    function for which there is no forward code (docs/internals/forward.md), many more.

    Shapes: result of m numbers, argument of n numbers -> (m, n); argument a number -> (m,).
    Raises: ScalarError if the result is complex or holds no number; ArgumentError for another mode; else as
    `gradient`.
    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), sections 3.1 and 3.2.

    >>> import numpy as np
    >>> from bytegrad import Params, jacobian
    >>> jacobian(np.cumsum, np.ones(3))[0]
    array([[1., 0., 0.],
           [1., 1., 0.],
           [1., 1., 1.]])
    >>> jacobian(lambda r, phi: [r * phi, r / phi], 6.0, 2.0)
    (array([2. , 0.5]), array([ 6. , -1.5]))
    >>> weights = np.array([1.0, 2.0])
    >>> jacobian(lambda: weights**2, Params([weights]))[weights]
    array([[2., 0.],
           [0., 4.]])
    """
    return _with_jacobian(f, args, kwargs, mode)[1]


@outermost
def withjacobian(f: Function, /, *args: Any, mode: str | None = None, **kwargs: Any) -> ValueAndJacobian:
    """The value of ``f(*args, **kwargs)`` and its Jacobian in each of `args`, as a named pair ``(val, grad)``.

    Shapes, raises, source: as `jacobian`.

    >>> from bytegrad import withjacobian
    >>> withjacobian(lambda a, b: [a * b, a], 2.0, 3.0)
    ValueAndJacobian(val=[6.0, 2.0], grad=(array([3., 1.]), array([2., 0.])))
    """
    return ValueAndJacobian(*_with_jacobian(f, args, kwargs, mode))


MODES = ("forward", "reverse")
FORWARD_FACTOR = 64
"""Without forward code, a pushforward of a large result costs as much as so many pullbacks of a small function."""


def _with_jacobian(f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], mode: str | None) -> tuple[Any, Any]:
    if mode is not None and mode not in MODES:
        raise ArgumentError(f"there is no mode {mode!r}", fixes='"forward", "reverse", or None for either')
    call, params = differentiate_in(f, args, kwargs, Pushing() if mode == "forward" else None)
    variables = args if params is None else tuple(params)
    result = template_of(call.value)
    check_real(f, call.value, result)
    numbers = sum([count(template) for template in call.templates if template])
    if mode == "forward" or (mode is None and count(result) > numbers):
        direct = None if kwargs or params is not None or not is_flat(call.value) else columns(f, args, count(result))
        if direct is not None:
            return call.value, tuple([None if type(part) is tuple else part for part in direct])
    if mode is None:
        mode = MODES[count(result) <= FORWARD_FACTOR * numbers]
    rows = _rows_by_columns(call, result) if mode == "forward" else [reverse(call, s) for s in unit_seeds(result)]
    matrices = tuple([matrix_of(variable, [row[n] for row in rows]) for n, variable in enumerate(variables)])
    return call.value, given(params, matrices)


@non_differentiable
def is_flat(y: Any) -> bool:
    """Whether a result is one number or array of double precision."""
    return isinstance(y, float) or (type(y) is np.ndarray and y.dtype == np.float64)


def _rows_by_columns(call: Differentiation, result: Template) -> list[Any]:
    """The gradients of the numbers of the result, from the derivatives in the numbers of the arguments."""
    push = Pushforward(call)
    none = [None] * len(call.templates)
    templates = [template for template in call.templates if template is not None]
    columns = [
        spread(result, push(*none[:n], seed, *none[n + 1 :]))
        for n, template in enumerate(templates)
        for seed in unit_seeds(template)
    ]
    return [_row(templates, iter([column[k] for column in columns])) for k in range(count(result))]


def _row(templates: list[Template], numbers: Any) -> tuple[Any, ...]:
    return tuple([refilled(template, numbers, {}) for template in templates])


@non_differentiable
def check_real(f: Function, y: Any, template: Template) -> None:
    """Raise ScalarError unless `y` holds real numbers, and none that are complex."""
    held = list(values(template))
    if not held and isinstance(y, np.ndarray) and not y.size and y.dtype.kind in "fiu":
        return
    if held and not any([is_complex(value) for value in held]):
        return
    way_out = "the real and the imaginary part as two real arrays" if held else "numbers or arrays"
    what = next((value for value in held if is_complex(value)), y)
    raise ScalarError(
        f"the Jacobian is that of real numbers, but {name_of(f)} returned {describe(what)}",
        fixes=f"return {way_out}",
    )


def matrix_of(arg: Any, rows: list[Any]) -> Any:
    """The rows of a Jacobian, which are gradients of `arg`, as one matrix, or a structure of matrices."""
    if is_number(arg):
        return np.array([0.0 if row is None else row for row in rows])
    if ARRAYS.is_array(arg):
        found = np.array([np.zeros(arg.size) if row is None else row.reshape(-1) for row in rows])
        return found.reshape(len(rows), arg.size)
    if is_leaf(arg):
        return None
    if isinstance(arg, (list, tuple)) and all([is_number(item) for item in arg]):
        found = np.array([[0.0 if row is None or row[i] is None else row[i] for i in range(len(arg))] for row in rows])
        return found.reshape(len(rows), len(arg))
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
def hessian(f: Function, x: Any, /, **kwargs: Any) -> Any:
    """The Hessian of a real function of one argument; keyword arguments are passed on and not differentiated.

    Of a program that only computes, forward code is made (docs/internals/forward.md) and its gradients are taken: rows
    of derivatives in all directions at once where there are but floats, else one direction after the other.  Of other
    programs it is that of `hessian_reverse`.

    Shapes: array, list or tuple of n numbers -> (n, n); number -> number.
    Raises: ArgumentError for another argument; else as `gradient`.
    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), chapter 5.

    >>> import numpy as np
    >>> from bytegrad import hessian
    >>> hessian(lambda x: x[0] * x[1] ** 2, np.array([3.0, 2.0]))
    array([[0., 4.],
           [4., 6.]])
    """
    check_callable(f)
    refuse_params("hessian", (x,))
    check_flat(x)
    f = with_keywords(f, kwargs)
    direct = None if is_number(x) or not count(template_of(x)) else matrix(f, x)
    return hessian_reverse(f, x) if direct is None else direct


@outermost
def hessian_reverse(f: Function, x: Any, /, **kwargs: Any) -> Any:
    """The Hessian of a real function of one argument, by reverse mode over reverse mode.

    The gradient is differentiated as any function: once forward, and then one pullback for each row.  Keyword
    arguments are passed on and not differentiated.

    Shapes: array, list or tuple of n numbers -> (n, n); number -> number.
    Raises: ArgumentError for another argument; else as `gradient`.
    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), section 5.4.

    >>> import numpy as np
    >>> from bytegrad import hessian_reverse
    >>> hessian_reverse(lambda x: x[0] * x[1] ** 2, np.array([3.0, 2.0]))
    array([[0., 4.],
           [4., 6.]])
    >>> hessian_reverse(lambda x: x**3, 2.0)
    12.0
    """
    check_callable(f)
    refuse_params("hessian_reverse", (x,))
    check_flat(x)
    f = with_keywords(f, kwargs)
    _, back = pullback(_gradient_function(f), x)
    if is_number(x):
        return back(1.0)[0] or 0.0
    template = template_of(x)
    if not count(template):
        return np.zeros((np.size(x), np.size(x)))
    return matrix_of(x, [back(seed)[0] for seed in unit_seeds(template)])


@outermost
def diaghessian(f: Function, /, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """The diagonal of the Hessian in each of `args`, in the shape of the argument; None for what is not numbers.

    Keyword arguments are passed on and not differentiated.

    Raises: as `hessian_reverse`.
    Source: as `hessian_reverse`.

    >>> from bytegrad import diaghessian
    >>> diaghessian(lambda x, y: x**3 * y, 2.0, 5.0)
    (60.0, 0.0)
    """
    check_callable(f)
    refuse_params("diaghessian", args)
    f = with_keywords(f, kwargs)
    return tuple([_diagonal(f, args, n) for n in range(len(args))])


def with_keywords(f: Function, kwargs: dict[str, Any]) -> Function:
    """`f` with keyword arguments, under its own name."""
    if not kwargs:
        return f
    bound = functools.partial(f, **kwargs)
    for name in ("__module__", "__qualname__"):
        setattr(bound, name, getattr(f, name, type(f).__name__))
    return bound


def _diagonal(f: Function, args: tuple[Any, ...], n: int) -> Any:
    arg = args[n]
    if is_leaf(arg) and not is_number(arg):
        return None
    if len(args) == 1:
        return _diagonal_of(arg, hessian(f, arg))

    def alone(x: Any) -> Any:
        return f(*args[:n], x, *args[n + 1 :])

    alone.__module__, alone.__qualname__ = f.__module__, getattr(f, "__qualname__", alone.__qualname__)
    return _diagonal_of(arg, hessian(alone, arg))


def _diagonal_of(arg: Any, found: Any) -> Any:
    if is_number(arg):
        return found
    diagonal = np.diagonal(found)
    if ARRAYS.is_array(arg):
        return diagonal.reshape(arg.shape)
    return rebuild_sequence(arg, [float(entry) for entry in diagonal])


@outermost
def hvp(f: Function, x: Any, v: Any, /, **kwargs: Any) -> Any:
    """The Hessian of a real function at `x` times the vector `v`, as the gradient of the derivative along `v`.

    `x` is any argument that `gradient` takes, `v` has its structure (a `Tangent` or a dict for an object; None stands
    for zero), and so has the result.  Keyword arguments are passed on and not differentiated.

    Raises: SeedError if `v` does not fit `x`; else as `gradient`.
    Source: B. A. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6 (1994).

    >>> import numpy as np
    >>> from bytegrad import hvp
    >>> hvp(lambda x: x[0] * x[1] ** 2, np.array([3.0, 2.0]), np.array([1.0, 0.0]))
    array([0., 4.])
    >>> hvp(lambda p: p["a"] ** 2 * p["b"], {"a": 2.0, "b": 5.0}, {"a": 1.0})
    {'a': 10.0, 'b': 4.0}
    """
    check_callable(f)
    refuse_params("hvp", (x,))
    f = with_keywords(f, kwargs)
    direct = product(f, x, v)
    if direct is not None:
        return direct
    check_fit(1, template_of(x), v)
    v = tree_map(_apart, v)

    def along(x: Any) -> Any:
        slope = inner(gradient_of(f, (x,), {})[0], v)
        return 0.0 if slope is None else slope

    found = gradient_of(along, (x,), {})[0]
    if found is None and (is_number(x) or ARRAYS.is_array(x)):
        return zeros(template_of(x))
    return found


def _apart(part: Any) -> Any:
    """A copy of an array: the direction does not vary with `x`, even if it is the same object."""
    return np.array(part) if ARRAYS.is_array(part) else part


def _gradient_function(f: Function) -> Function:
    """The gradient of `f`, with zeros where nothing flows."""

    def slopes(x: Any) -> Any:
        return _filled(x, gradient_of(f, (x,), {})[0])

    return slopes


def _filled(x: Any, gradient: Any) -> Any:
    """`gradient`, with zeros in place of None."""
    if is_number(x):
        return 0.0 if gradient is None else gradient
    if ARRAYS.is_array(x):
        return np.zeros(x.shape) if gradient is None else gradient
    return [_filled(item, None if gradient is None else gradient[i]) for i, item in enumerate(x)]


@non_differentiable
def check_flat(x: Any) -> None:
    """Raise ArgumentError for anything but a real number, an array, or a list or tuple of numbers."""
    if any([is_complex(value) for value in values(template_of(x))]):
        raise ArgumentError(
            f"the Hessian is in real numbers, but the argument is, or holds, complex ones: {describe(x)}",
            fixes="take the function in the real and the imaginary parts, or use bytegrad.hvp",
        )
    flat = isinstance(x, (list, tuple)) and all([is_number(item) for item in x])
    if not (is_number(x) or ARRAYS.is_array(x) or flat):
        raise ArgumentError(
            f"the Hessian is a matrix for an array, or a list or tuple of numbers, but the argument is {describe(x)}",
            fixes="take the function in such an argument, or use bytegrad.hvp",
        )

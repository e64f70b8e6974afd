"""Forward code of programs that write into arrays of their own: by index, through views, in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.runtime import forward
from tests.test_directional import Function, V, X


def by_index(x: Any) -> Any:
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2 * x[0]
    return np.sum(y * x)


def by_every_key(x: Any) -> Any:
    y = np.zeros((3, 2))
    y[:, 0] = x
    y[1] += x[0] * 2
    y[0, 1] *= 3.0
    y[2][0] = x[1] ** 2
    y *= 2.0
    y[y > 3.0] = x[2]
    return np.sum(y**3)


def through_views(x: Any) -> Any:
    y = x.copy()
    rest, column = y[1:], y.reshape(3, 1)
    y[0] = x[2] ** 2
    y[1:] -= x[:2]
    rest += 1.0
    return np.sum(rest**3) + np.sum(column**2) * y[0]


def accumulates(x: Any) -> Any:
    y, total = np.zeros(3), np.zeros(2)
    for i in range(3):
        total += x[i] * x[:2]
        if x[i] > 0.5:
            y[i] = total[0]
    return y @ x + total[1] ** 2


def fills(x: Any) -> Any:
    full = np.full(3, x[0])
    full[1] = 2.0
    listed = np.array([x[1], 2.0, x[2]])
    listed[0] = x[0] * listed[2]
    like = np.zeros_like(x)
    like[::2] = full[:2] * listed[1:]
    return full @ listed + np.sum(like**2)


def one_of_two(x: Any) -> Any:
    y, z = np.zeros(3), np.ones(3)
    chosen = y if x[0] > 0 else z
    chosen[0] = x[0] ** 2
    return (y + z) @ x


def is_overwritten(x: Any) -> Any:
    """What was computed of it before is another array, though its tangent is the same numbers."""
    y = np.empty(3)
    y[:] = x**2
    square = y * 1.0 + np.zeros((2, 3)) + (+y)
    y[:2] = y[1:]
    y[2] = 5.0
    return np.sum(y * x) + np.sum(square)


def of_constants(x: Any) -> Any:
    y = np.zeros(3)
    y[0] = 2.0
    y += 1.5
    return np.sum(y * x**2)


def of_fortran_order(x: Any) -> Any:
    """A copy keeps the layout, and with it what is a view."""
    kept = np.array(np.outer(x, x * x).T)
    flat = kept.ravel()
    kept[0, 1] = x[0]
    return np.sum(flat**2) + np.sum(kept**3)


def differentiates_cells(x: Any) -> Any:
    y = np.zeros(3)

    def cube(i: int) -> Any:
        return x[i] ** 3

    for i in range(3):
        y[i] = cube(i)
    return np.sum([v * x[0] for v in y])


def changes_results(x: Any) -> Any:
    """Results of arithmetic, which might be numbers, are changed in place: their tangents may be those of operands."""
    y = np.outer(x, x) @ x
    y += 1.0
    kept = y + 0.0
    y *= x
    shifted = x + 2.0
    shifted -= y
    s = x[0] * 2.0
    s += x[1]
    constant = np.ones(3) * 2.0
    constant += x
    return np.sum(y**2) + np.sum(shifted**3) * s + np.sum(kept * constant)


def changes_in_a_loop(x: Any) -> Any:
    y = x * 1.0
    for i in range(3):
        before = y * 1.0
        y += x * i
        y /= 1.0 + np.sum(before**2)
    return np.sum(y)


PROGRAMS: list[Function] = [
    changes_results,
    changes_in_a_loop,
    by_index,
    by_every_key,
    through_views,
    accumulates,
    fills,
    one_of_two,
    is_overwritten,
    of_constants,
    of_fortran_order,
    differentiates_cells,
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_derivatives_are_those_of_reverse_mode_and_differences(f: Function) -> None:
    x, v, step = np.array(X), np.array(V), 1e-5
    for slope in (False, True):
        assert forward.forward_of(f, (x,), (0,), slope=slope) is not None  # type: ignore[arg-type]
    assert x == pytest.approx(X)
    found = directional.tangent(f, (x,), (v,))
    assert found is not None
    assert found[0] == f(x)
    assert found[1] == pytest.approx(bytegrad.gradient(f, x)[0] @ v, rel=1e-11)
    ahead, behind = (bytegrad.gradient(f, x + sign * step * v)[0] for sign in (1, -1))
    product = directional.product(f, x, v)
    assert product == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-6)
    matrix = directional.matrix(f, x)
    assert matrix @ v == pytest.approx(product, rel=1e-10)
    assert matrix == pytest.approx(matrix.T, abs=1e-10)
    assert x == pytest.approx(X)


# what is declined -------------------------------------------------------------------------------------------


def of_an_argument(x: Any) -> Any:
    y = x
    y[0] = 2.0 * y[1]
    return np.sum(y**2)


KEPT = np.zeros(3)


def of_outside_data(x: Any) -> Any:
    KEPT[0] = x[0] ** 2
    return np.sum(KEPT) * x[1]


def of_a_list_of_arrays(x: Any) -> Any:
    rows = [x, x * 2]
    rows[0][0] = 3.0
    return np.sum(rows[0] ** 2) + np.sum(x)


def of_whole_numbers(x: Any) -> Any:
    y = np.full(3, 0)
    y[0] = x[0] * 10.5
    return np.sum(y * x)


def of_an_argument_in_place(x: Any) -> Any:
    y = np.asarray(x)
    y += 1.0
    return np.sum(y**2)


def in_a_function(x: Any) -> Any:
    def fill(y: Any) -> None:
        y[0] = x[0] ** 2

    made = np.zeros(3)
    fill(made)
    return np.sum(made * x)


@pytest.mark.parametrize(
    "f",
    [of_an_argument, of_outside_data, of_a_list_of_arrays, of_whole_numbers, of_an_argument_in_place, in_a_function],
)
def test_other_writes_are_left_to_the_general_way(f: Function) -> None:
    assert directional.product(f, np.array(X), np.array(V)) is None
    plain, left = np.array(X), np.array(X)
    KEPT[:] = 0.0
    wanted = f(plain)
    KEPT[:] = 0.0
    y, y_dot = bytegrad.jvp(f, (left,), (np.array(V),))
    assert y == wanted
    assert left == pytest.approx(plain)
    step = 1e-6
    ahead, behind = (f(np.array(X) + sign * step * np.array(V)) for sign in (1, -1))
    assert y_dot == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-8)


def test_exceptions_are_those_of_the_plain_call() -> None:
    def misses(x: Any) -> Any:
        y = np.zeros(3)
        y[3] = x[0]
        return np.sum(y)

    def does_not_fit(x: Any) -> Any:
        y = np.zeros(3)
        y[:2] = x
        return np.sum(y)

    for f, error in ((misses, IndexError), (does_not_fit, ValueError)):
        with pytest.raises(error):
            bytegrad.hvp(f, np.array(X), np.array(V))

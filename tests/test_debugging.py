"""debug: what is switched on inside of the `with`, and only there."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest

import bytegrad
from bytegrad import debug, pullback
from bytegrad.runtime.checks import CHECKS
from bytegrad.runtime.compile import compiled


def doubled(n):
    return 2 * n


def inactive_calls(x):
    """Nothing active takes part in any of these calls."""
    return [doubled(n) for n in range(3)], sorted((2, 1), key=lambda n: -n), {"key": doubled("s")}


def test_transform_all_counts_each_code_object_once():
    with debug(transform_all=True) as seen:
        assert seen.transformed == 0
        y, _ = pullback(inactive_calls, 1.0)
        assert y == inactive_calls(1.0)
        once = seen.transformed
        pullback(inactive_calls, 1.0)
    # `inactive_calls`, `doubled` and the lambda; and what sorts, or the comprehension where it is a function.
    assert seen.transformed == once
    assert once >= 3
    assert "functions transformed" in repr(seen)


def test_nothing_is_counted_outside():
    with debug(transform_all=True) as seen:
        pass
    pullback(inactive_calls, 1.0)
    assert seen.transformed == 0
    assert CHECKS.get() is None


def test_gradients_are_the_same():
    with debug(transform_all=True) as seen:
        assert bytegrad.gradient(lambda x: doubled(x) * x, 3.0) == (12.0,)
        assert bytegrad.grad(bytegrad.grad(lambda x: doubled(x) * x))(3.0) == 4.0
    assert seen.transformed >= 2


def test_other_threads_are_not_affected():
    found = []
    with debug(transform_all=True) as seen:
        worker = threading.Thread(target=lambda: found.append(pullback(doubled, 1.0)[0]))
        worker.start()
        worker.join()
    assert (found, seen.transformed) == ([2.0], 0)


def test_the_switch_is_taken_back_by_an_exception():
    with pytest.raises(ZeroDivisionError), debug():
        pullback(lambda x: 1 / 0, 1.0)
    assert CHECKS.get() is None


# check_finite ---------------------------------------------------------------------------------------------------


def overflowing(x):
    y = x * 1e200
    z = y**1.5
    return z * 1e200


def through_a_list(xs):
    total = 0.0
    for x in xs:
        total += math.sqrt(x) if x else x / 1e-320
    return total


def through_arrays(x):
    y = x * 1e300
    z = np.sum(y)
    return z * 1e300


def through_a_callee(x):
    return 2.0 * overflowing(x)


NOT_FINITE = [
    (overflowing, 1e-9, "mul, whose value is 1e+191, is infinite: y = x * 1e200", "in overflowing"),
    (through_a_list, [1.0, 0.0], "truediv, whose value is 0.0, is infinite: total += ", "in through_a_list"),
    (through_arrays, np.array([1e-300, 2e-300]), "is infinite: y = x * 1e300", "in through_arrays"),
    (through_a_callee, 1e-9, "mul, whose value is 1e+191, is infinite: y = x * 1e200", "in overflowing"),
    (lambda x: x * x, float("nan"), "is NaN", "in <lambda>"),
]


@pytest.mark.parametrize(("f", "x", "what", "where"), NOT_FINITE)
def test_check_finite_names_operation_and_line(f, x, what, where):
    bytegrad.gradient(f, x)
    with debug(check_finite=True), pytest.raises(bytegrad.NotFiniteError) as caught:
        bytegrad.gradient(f, x)
    assert what in str(caught.value)
    assert where in str(caught.value)
    assert isinstance(caught.value, ArithmeticError)
    bytegrad.gradient(f, x)


def test_check_finite_passes_what_is_finite():
    f = bytegrad.grad(through_a_list)
    before = f([1.0, 4.0])
    with debug(check_finite=True):
        assert f([1.0, 4.0]) == before
        assert bytegrad.gradient(lambda x: min(math.inf, x), 2.0) == (1.0,)


def test_prepared_functions_are_checked_as_well():
    f = bytegrad.grad(overflowing)
    assert f(1e-9) == math.inf
    with debug(check_finite=True), pytest.raises(bytegrad.NotFiniteError):
        f(1e-9)
    assert f(1e-9) == math.inf


# check_rules ----------------------------------------------------------------------------------------------------


WRONG_RULES = {
    "has the slope": lambda a: (a * 2, lambda bar: (bar * 3,)),
    r"args\[0\] is an array of shape": lambda a: (a * 2, lambda bar: (np.ones(5),)),
    "gives a float where": lambda a: (2.0, lambda bar: (bar * a,)),
    "changes what it is given": lambda a: (a * 2, lambda bar: (np.multiply(bar, 2, out=bar),)),
    "returned 0 cotangents": lambda a: (a * 2, lambda bar: ()),
}


@pytest.mark.parametrize("text", WRONG_RULES)
def test_check_rules_finds_what_is_wrong_where_it_is_called(text):
    def double(a):
        return a * 2

    bytegrad.adjoint(double)(WRONG_RULES[text])
    with debug(check_rules=True), pytest.raises(bytegrad.RuleError, match=text) as caught:
        bytegrad.gradient(lambda a: np.sum(double(a) ** 2), np.array([1.0, 2.0]))
    assert "test_debugging.py:" in str(caught.value)


def test_check_rules_passes_right_rules():
    def loss(a):
        return np.linalg.det(a) * np.sum(np.sort(a, axis=0)[0]) + np.sum(np.linalg.inv(a)) + abs(a[0, 0])

    a = np.array([[1.0, 2.0], [3.0, 5.0]])
    wanted = bytegrad.gradient(loss, a)
    with debug(check_rules=True, check_finite=True):
        assert np.allclose(bytegrad.gradient(loss, a)[0], wanted[0], rtol=1e-12)


def test_compiled_code_is_kept_from_one_session_to_the_next():
    def cube(x):
        return x**3

    for _ in range(3):
        with bytegrad.debug(transform_all=True):
            assert bytegrad.gradient(cube, 2.0) == (12.0,)
    assert len(compiled(cube.__code__)) == 1

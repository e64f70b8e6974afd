"""Arithmetic and subscripts whose operands' types are only seen when they run."""

import operator
from collections import OrderedDict, defaultdict
from fractions import Fraction

import numpy as np
import pytest

from bytegrad import gradient, withgradient


class Wrapped:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return self.value + other

    def __rmul__(self, other):
        return self.value * other

    def __getitem__(self, key):
        return self.value * (1.0 if key == "a" else key)


class Float(float):
    def __mul__(self, other):
        return 7.0 * float(self) * other


def unknown(value):
    """What the compiler knows nothing of."""
    return [None, value][1]


OPERANDS = [lambda x: x, lambda x: 2, lambda x: True, lambda x: Float(3.0), lambda x: 1.5, lambda x: x * x]
OPERATIONS = [operator.add, operator.sub, operator.mul, operator.truediv]


@pytest.mark.parametrize("left", range(len(OPERANDS)))
@pytest.mark.parametrize("right", range(len(OPERANDS)))
def test_numbers_of_all_types(left, right):
    def f(x):
        total = 0.0
        for i in range(3):
            a = unknown(OPERANDS[left](x) if i else x)
            b = unknown(OPERANDS[right](x) if i != 1 else x)
            total = total + (a + b) * 2.0 - (a - b) * x + (a * b) / (b / a)
            a *= b
            a += x
            total -= a
            total /= b
        return total

    x, h = 1.3, 1e-6
    value, (slope,) = withgradient(f, x)
    assert value == f(x)
    assert slope == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-6)


def test_mixed_with_other_numbers():
    def f(x):
        total = 0.0
        for value in (x, 2, 1 + 2j, np.float64(3.0), Fraction(1, 2), Wrapped(x)):
            product = value + x if not isinstance(value, complex) else (value * x).imag
            total = total + product * x
            total = total + (unknown(x) * value if isinstance(value, Wrapped) else 0.0)
        return total

    x, h = 1.3, 1e-6
    assert float(gradient(f, x)[0]) == pytest.approx(float(f(x + h) - f(x - h)) / (2 * h), rel=1e-6)


def test_division_by_zero_is_the_users():
    with pytest.raises(ZeroDivisionError, match="float division by zero"):
        gradient(lambda x: unknown(x) / unknown(x - x), 1.0)


CONTAINERS = [
    lambda x: ([x, x * x, 3.0], [0, -1, 1, -3, 2, True]),
    lambda x: ((x, x * x, 3.0), [0, -1, 1, -3, 2, False]),
    lambda x: ({"a": x, 2: x * x}, ["a", 2, "a", 2.0]),
    lambda x: (defaultdict(lambda: x * 3.0, {"a": x}), ["a", "b", "b"]),
    lambda x: (OrderedDict(a=x, b=x * x), ["a", "b"]),
    lambda x: (Wrapped(x), ["a", 2.0, "a"]),
    lambda x: (np.array([1.0, 2.0, 3.0]) * x, [0, -1, 2]),
    lambda x: ([x, 2.0, x], [np.int64(0), np.int64(-1)]),
]


@pytest.mark.parametrize("which", range(len(CONTAINERS)))
def test_items_of_all_containers(which):
    def f(x):
        container, keys = CONTAINERS[which](x)
        container = unknown(container)
        total = 0.0
        for weight, key in enumerate(keys, 1):
            total = total + container[key] * weight * x
        return total

    x, h = 1.3, 1e-6
    value, (slope,) = withgradient(f, x)
    assert value == f(x)
    assert slope == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-6)


@pytest.mark.parametrize(
    ("container", "key", "error"), [([1.0], 1, IndexError), ([1.0], -2, IndexError), ({}, "a", KeyError)]
)
def test_items_that_are_not_there(container, key, error):
    with pytest.raises(error):
        gradient(lambda x: unknown(container)[unknown(key)] * x, 1.0)


def test_items_overwritten_between_two_reads():
    def f(x):
        box = unknown([x, 2.0])
        first = box[0]
        box[0] = x * x
        box[1] = box[0] * first
        return box[0] * box[1]

    assert gradient(f, 2.0) == (80.0,)


class Scaled(np.ndarray):
    def __mul__(self, other):
        return np.asarray(self) * other * 3.0


ARRAYS = [
    lambda x: x,
    lambda x: x[0],
    lambda x: np.array(x[0]),
    lambda x: 2.0,
    lambda x: 3,
    lambda x: np.float32(1.5),
    lambda x: np.array([2, 1, 3]),
    lambda x: np.array([2.0, 1.0, 3.0], dtype=np.float32),
    lambda x: x.view(Scaled),
    lambda x: x[:, None] * x,
    lambda x: [1.0, 2.0, 3.0],
]


@pytest.mark.parametrize("left", range(len(ARRAYS)))
@pytest.mark.parametrize("right", range(len(ARRAYS)))
def test_arrays_of_all_kinds(left, right):
    def f(x):
        total = 0.0
        for i in range(2):
            a = unknown(ARRAYS[left](x) if i else x)
            b = unknown(ARRAYS[right](x) if i else x)
            total = total + np.sum((a * x + x) - b / (x * 2.0)) + np.sum((x + a) * (b - x) * -x)
            total = total + np.sum(np.maximum(x, a) * np.sin(b))
        return float(total)

    x = np.array([0.4, 1.3, 2.1])
    value, (slope,) = withgradient(f, x)
    assert value == f(x)
    h = 1e-6
    wanted = [(f(x + step) - f(x - step)) / (2 * h) for step in np.eye(3) * h]
    np.testing.assert_allclose(np.asarray(slope, dtype=float), wanted, rtol=1e-6, atol=1e-6)


def test_functions_that_change_at_one_call():
    def f(x):
        total = 0.0
        for function in (np.sin, np.cos, np.exp, lambda y: y * y * y):
            total = total + np.sum(function(x))
        return total

    x = np.array([0.4, 1.3])
    np.testing.assert_allclose(gradient(f, x)[0], np.cos(x) - np.sin(x) + np.exp(x) + 3 * x * x)


def test_warnings_are_those_of_the_users_line():
    def f(x):
        return np.sum(np.log(x) / x)

    for call in (f, lambda x: gradient(f, x)):
        with pytest.warns(RuntimeWarning, match="divide by zero") as caught:
            call(np.array([0.0, 1.0]))
        assert {warning.filename for warning in caught} == {__file__}

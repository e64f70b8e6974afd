"""numpy's numbers to the left of objects that numpy knows nothing of: these are asked, with a number of Python's."""

import operator

import numpy as np
import pytest

from bytegrad import gradient, withgradient


class Length:
    """A number with a unit, which numbers are multiplied with from either side."""

    def __init__(self, value):
        self.value = value
        self.asked = []

    def _with(self, operation, other):
        self.asked.append(type(other))
        return Length(operation(getattr(other, "value", other), self.value))

    def __radd__(self, other):
        return self._with(operator.add, other)

    def __rsub__(self, other):
        return self._with(operator.sub, other)

    def __rmul__(self, other):
        return self._with(operator.mul, other)

    def __rtruediv__(self, other):
        return self._with(operator.truediv, other)

    def __rpow__(self, other):
        return self._with(operator.pow, other)


class Indexed(Length):
    """Has subscripts, of which numpy asks the length."""

    def __len__(self):
        raise TypeError("no length")

    def __getitem__(self, key):
        return self.value[key]


class Prior(Length):
    """Comes first by its priority: it gets the number as it is."""

    __array_priority__ = 100.0


class Asking(Length):
    """Comes first because it says so."""

    __array_ufunc__ = None


OPERATIONS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", [Length, Indexed, Prior, Asking], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("number", [np.float64(0.7), np.float32(0.5)], ids=str)
def test_an_object_to_the_right(kind, operation, number):
    def f(x):
        length = kind(x * x + 1.5)
        result = operation(x, length)
        return result.value * len(length.asked)

    def asked(x):
        length = kind(1.5)
        operation(x, length)
        return length.asked[0] in (float, int)

    value, (slope,) = withgradient(f, number)
    assert value == f(number)
    assert slope == pytest.approx(gradient(f, float(number))[0], rel=1e-6)
    assert withgradient(lambda x: (x, asked(x)), number).val[1] == asked(number)


def test_what_the_object_does_not_know_is_an_error():
    def f(x):
        try:
            return x % Length(x)
        except TypeError as error:
            return x * len(str(error))

    x = np.float64(2.0)
    assert gradient(f, x) == (f(np.float64(1.0)),)


def test_methods_with_effects_are_called_once():
    class Counted(Length):
        def __rmul__(self, other):
            self.value = self.value * other
            return self.value * 2.0

    def f(x):
        counted = Counted(x)
        return (x * counted) * (x * counted)

    x = np.float64(1.5)
    assert withgradient(f, x) == (f(x), (pytest.approx(4 * 5 * 1.5**4),))


class Tagged(np.ndarray):
    """An array with an operator that numbers of numpy's do not ask for."""

    def __radd__(self, other):
        raise AssertionError


def masked(items):
    return np.ma.array(items, mask=[False, True, False])


def tagged(items):
    return np.array(items).view(Tagged)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("make", [masked, tagged], ids=lambda f: f.__name__)
def test_an_array_of_a_subclass_to_the_right(make, operation):
    def f(x):
        return operation(x, make([x, 2.0 * x, 3.0])).sum()

    def g(x):
        return sum(operation(x, item) for item in ([x, 3.0] if make is masked else [x, 2.0 * x, 3.0]))

    x = np.float64(0.7)
    assert withgradient(f, x).val == f(x)
    assert gradient(f, x) == (pytest.approx(gradient(g, x)[0]),)

"""The second call with the same types goes a short way: it has to see whatever has changed since the first."""

import copy
import math
import types
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import gradient

RATE = 2.0


def scaled(x):
    return x * RATE


def sine(x):
    return math.sin(x)


def line(slope):
    return lambda x: slope * x


def test_closures_of_one_code():
    assert [gradient(line(slope), 3.0) for slope in (2.0, 5.0, 2.0)] == [(2.0,), (5.0,), (2.0,)]


def test_number_of_the_module(monkeypatch):
    assert gradient(scaled, 3.0) == gradient(scaled, 3.0) == (2.0,)
    monkeypatch.setitem(globals(), "RATE", 7.0)
    assert gradient(scaled, 3.0) == (7.0,)
    monkeypatch.setitem(globals(), "RATE", 7)
    assert gradient(scaled, 3.0) == (7.0,)


def test_function_of_a_module_that_is_replaced(monkeypatch):
    assert gradient(sine, 0.0) == gradient(sine, 0.0) == (1.0,)
    monkeypatch.setitem(globals(), "math", types.SimpleNamespace(sin=lambda x: x * x * 3.0))
    assert gradient(sine, 2.0) == (12.0,)


def test_same_code_in_another_module():
    other = types.FunctionType(scaled.__code__, {"RATE": 11.0, "__builtins__": {}})
    assert gradient(scaled, 3.0) == (2.0,)
    assert gradient(other, 3.0) == (11.0,)
    assert gradient(scaled, 3.0) == (2.0,)


def test_new_code_and_new_rule():
    def f(x):
        return x * x

    def g(x):
        return x * x * x

    assert gradient(f, 2.0) == gradient(f, 2.0) == (4.0,)
    f.__code__ = g.__code__
    assert gradient(f, 2.0) == (12.0,)
    bytegrad.adjoint(f)(lambda x: (x**3, lambda y_bar: (100.0,)))
    assert gradient(f, 2.0) == (100.0,)


def test_other_types_and_results():
    def f(x, n):
        return x * n if x > 0 else -n

    assert gradient(f, 2.0, 3) == gradient(f, 2.0, 3) == (3.0, 2.0)
    assert gradient(f, 2, 3.0) == (3.0, 2.0)
    assert gradient(f, -2.0, 3) == (None, -1.0)
    assert gradient(f, 2.0, True) == (1.0, None)


def test_errors_are_those_of_the_first_call():
    def f(x):
        return [x] if x > 1.0 else 1.0 / x

    assert gradient(f, 0.5) == (-4.0,)
    for _ in range(2):
        with pytest.raises(bytegrad.ScalarError):
            gradient(f, 2.0)
        with pytest.raises(ZeroDivisionError) as caught:
            gradient(f, 0.0)
        assert [entry.name for entry in caught.traceback][-1] == "f"


def test_second_derivative():
    def f(x):
        return x * x * x

    assert gradient(f, 2.0) == (12.0,)
    assert gradient(lambda x: gradient(f, x)[0], 2.0) == (12.0,)
    assert gradient(lambda x: gradient(f, x)[0], 2.0) == (12.0,)


def _into_data(w: Any, x: Any) -> Any:
    x[0] = w[0] * w[1]
    return np.sum(x * w) * 2.0


def _read_through_both(w: Any, x: Any) -> Any:
    return np.sum(w * x[::-1]) * np.sum(x * x * w)


@pytest.mark.parametrize("argnums", [0, 1, -1, (0,), (1, 0)])
@pytest.mark.parametrize("f", [_into_data, _read_through_both])
@pytest.mark.parametrize("kind", ["apart", "the same", "a view", "two views"])
def test_arrays_that_are_not_asked_for(f: Any, kind: str, argnums: Any) -> None:
    def args() -> tuple[Any, Any]:
        w = np.array([0.5, -1.5, 2.0])
        both = np.array([0.5, -1.5, 2.0, 0.25])
        return {
            "apart": (w, np.array([0.7, 0.2, -0.4])),
            "the same": (w, w),
            "a view": (w, w[:]),
            "two views": (both[:3], both[1:]),
        }[kind]

    function = bytegrad.value_and_grad(f, argnums=argnums)
    for _ in range(3):  # from now on, calls with such types go the short way
        function(np.ones(3), np.array([2.0, 3.0, 4.0]))
    if kind != "apart" and f is _into_data:
        with pytest.raises(bytegrad.UnsupportedError, match="cannot be independent"):
            function(*args())
        return
    passed = args()
    first = function(*passed)
    gradients = bytegrad.gradient(f, *args())
    wanted = gradients[argnums] if isinstance(argnums, int) else tuple(gradients[n] for n in argnums)
    np.testing.assert_allclose(first[1], wanted)
    for _ in range(3):
        again = args()
        np.testing.assert_allclose(function(*again)[1], wanted)
        np.testing.assert_array_equal(again, passed)


def test_data_have_no_cotangent_computed() -> None:
    asked = []

    def doubled(x: Any) -> Any:
        return x * 2.0

    @bytegrad.adjoint(doubled)
    def doubled_rule(x: Any) -> Any:
        return x * 2.0, lambda y_bar: asked.append(y_bar) or (y_bar * 2.0,)

    function = bytegrad.value_and_grad(lambda w, x: np.sum(w * doubled(x)))
    w, x = np.array([0.5, 1.5]), np.array([2.0, 3.0])
    for _ in range(4):
        np.testing.assert_array_equal(function(w, x)[1], x * 2.0)
    assert not asked
    np.testing.assert_array_equal(bytegrad.grad(lambda w, x: np.sum(w * doubled(x)), argnums=1)(w, x), w * 2.0)
    assert len(asked) == 1


def horner(x, coefficients):
    total = 0.0
    for c in coefficients:
        total = total * x + c
    return total


def changing(x, items):
    items.append(x)
    items[0] = items[0] * x
    first = items.pop(1)
    return first * items[0] * items[-1]


def into_other(items, others):
    others[0] = items[0] * others[1]
    return others[0] * items[1] if len(items) > 1 else len(items)


@pytest.mark.parametrize(
    ("function", "args", "other"),
    [
        (horner, (0.9, [1.0, 2.0, 3.0]), (0.5, [1, 2.0])),
        (horner, (0.9, []), (0.5, [1])),
        (horner, (0.9, [1.0, [2.0]][:1]), (0.5, [True, Fraction(1, 2)])),
        (changing, (1.5, [2.0, 3.0, 4.0]), (2.0, [1.0, 2, 3.0])),
        (into_other, ([1.5, 2.0], [3.0, 4.0]), ([2.0], [1.0, 3.0])),
    ],
)
def test_lists_of_numbers(function, args, other):
    """A call with lists goes the prepared way from the second time on, and gives what the general way gives."""
    asked = tuple(range(len(args)))
    prepared = bytegrad.value_and_grad(function, asked)
    for given in (args, args, other, args, other, other):
        ours, theirs, by_general = copy.deepcopy(given), copy.deepcopy(given), copy.deepcopy(given)
        value = function(*theirs)
        wanted = bytegrad.pullback(function, *by_general)[1](1.0)
        assert prepared(*ours) == (value, wanted)
        assert ours == theirs
        assert bytegrad.gradient(function, *copy.deepcopy(given)) == wanted
    same = [1.0, 2.0]
    assert bytegrad.gradient(into_other, [1.0, 2.0], [1.0, 2.0]) == ([4.0, 2.0], [None, 2.0])
    with pytest.raises(bytegrad.ArgumentError, match="the same list was passed as two arguments"):
        bytegrad.gradient(into_other, same, same)

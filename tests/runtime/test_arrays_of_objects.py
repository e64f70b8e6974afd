"""Arrays of objects that hold other than numbers, as arguments and as results: there is no gradient in them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.testing import check_gradient


def objects(*items: Any) -> Any:
    made = np.empty(len(items), object)
    for place, item in enumerate(items):
        made[place] = item
    return made


HELD: dict[str, tuple[Any, Any]] = {
    "list": ([3.0], lambda held: held[0] ** 2),
    "tuple": ((1.0, 3.0), lambda held: held[1] ** 2),
    "dict": ({"k": 3.0}, lambda held: held["k"] ** 2),
    "array": (np.array([3.0]), lambda held: np.sum(held**2)),
    "array of objects": (objects(3.0), lambda held: held[0] ** 2),
    "object": (SimpleNamespace(w=3.0), lambda held: held.w**2),
}


@pytest.mark.parametrize("name", HELD)
def test_as_arguments(name: str) -> None:
    held, f = HELD[name]
    with pytest.raises(bytegrad.UnsupportedError, match="array of objects that holds other than numbers"):
        bytegrad.gradient(lambda a: f(a[0]) + a[1], objects(held, 2.0))
    # What the gradient has a place for is found, and so is what is passed in a list.
    assert bytegrad.gradient(lambda a: a[1] ** 2, objects(held, 2.0))[0].tolist() == [0, 4.0]
    assert bytegrad.gradient(lambda a: f(a[0]) + a[1], [held, 2.0])[0][1] == 1.0
    assert bytegrad.gradient(lambda a, x: len(a) * x, objects(held, 2.0), 3.0) == (None, 2.0)


@pytest.mark.parametrize("name", ["list", "array"])
def test_as_results(name: str) -> None:
    def f(x: Any) -> Any:
        return objects(*[[x], x * x] if name == "list" else [np.array([x, x]), x * x])

    _, back = bytegrad.pullback(f, 3.0)
    assert back(objects(None, 1.0)) == (6.0,)
    assert back(np.array([0.0, 1.0])) == (6.0,)
    for seed in (objects([1.0], 1.0), objects(np.ones(2), None), np.ones(2)):
        with pytest.raises(bytegrad.SeedError, match="array of objects that holds"):
            back(seed)
    with pytest.raises(bytegrad.SeedError, match="array of objects that holds"):
        bytegrad.jacobian(f, 3.0)
    assert bytegrad.withgradient(lambda x: (x * x, f(x)), 3.0).grad == (6.0,)


def test_arrays_that_hold_themselves() -> None:
    array = objects(1.0, None)
    array[1] = array
    assert bytegrad.gradient(lambda a: a[0] ** 2, array)[0][0] == 2.0


COMPLEX = {
    "elements": lambda z: [element * 2 for element in z.astype(object)],
    "one": lambda z: z.astype(object)[1],
    "tolist": lambda z: z.astype(object).tolist(),
    "ufunc": lambda z: np.frompyfunc(lambda a: a * a, 1, 1)(z.astype(object)).astype(complex),
    "vectorize": np.vectorize(lambda a: a * a),
    "otypes": np.vectorize(lambda a: a * a, otypes=[complex]),
    "excluded": lambda z: np.vectorize(lambda a, b: a * b, excluded={1})(z, z[0]),
    "cache": np.vectorize(lambda a: (a * a, 1j * a), cache=True),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_elements(name: str) -> None:
    def both_parts(z: Any) -> Any:
        y = np.asarray(COMPLEX[name](z))
        return np.sum(y.real + 3.0 * y.imag)

    check_gradient(both_parts, np.array([1 + 0.5j, -0.3 + 0.2j]), order=1)


def test_second_derivatives_through_python_ufuncs_that_close_over_numbers() -> None:
    check_gradient(lambda x: np.sum(np.frompyfunc(lambda a: a * a * x[0], 1, 1)(x).astype(float)), np.array([0.3, 2.0]))

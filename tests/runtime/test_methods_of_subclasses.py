"""Subclasses of arrays with methods of their own that call those of arrays: each is called once, as in a plain call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import jvp, withgradient
from tests.differences import numerical_gradient


class Scaled(np.ndarray):
    """Each method does something to what the method of arrays is given, or answers."""

    def __getitem__(self, key: Any) -> Any:
        return np.ndarray.__getitem__(self, key) * 3.0

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value * 2.0)

    def __iadd__(self, other: Any) -> Any:
        return np.ndarray.__iadd__(self, other * 2.0)

    def __imul__(self, other: Any) -> Any:
        return super().__imul__(other + 1.0)

    def __add__(self, other: Any) -> Any:
        return np.ndarray.__add__(self, other * 5.0)

    def __neg__(self) -> Any:
        return np.ndarray.__neg__(self) * 7.0

    def fill(self, value: Any) -> None:
        super().fill(value * 2.0)

    def item(self, *index: Any) -> Any:
        return super().item(*index) * 2.0

    def take(self, places: Any) -> Any:  # type: ignore[override]
        return np.ndarray.take(self, places) * 3.0

    def put(self, places: Any, values: Any) -> None:  # type: ignore[override]
        np.ndarray.put(self, places, values * 2.0)

    def copy(self) -> Any:  # type: ignore[override]
        return np.ndarray.copy(self) * 2.0

    def reshape(self, *shape: Any) -> Any:
        return super().reshape(*shape) * 3.0


class Doubled(np.ndarray):
    def __iter__(self) -> Any:
        for part in super().__iter__():
            yield part * 2.0


def scaled(x: Any) -> Any:
    return np.array(x).view(Scaled)


def plain(array: Any) -> Any:
    return np.asarray(array)


WEIGHTS = np.array([2.0, -1.0, 0.5])


def stored(key: Any, value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def program(x: Any) -> Any:
        array = scaled(x * x)
        array[key] = value(x)
        return np.sum(plain(array) * WEIGHTS)

    return program


def stored_without_cotangents(x: Any) -> Any:
    array = scaled(np.zeros(3))
    array[1] = 4.0
    return np.sum(plain(array) * x)


def stored_into_what_is_needed(x: Any) -> Any:
    array = scaled(x * x)
    product = plain(array) * x
    array[0] = x[2]
    array[...] = array[::-1]
    return np.sum(product) + np.sum(plain(array) * WEIGHTS)


def added_in_place(x: Any) -> Any:
    array = scaled(x)
    array += x * x
    array *= x
    return np.sum(plain(array) * WEIGHTS)


def added_in_place_to_what_is_needed(x: Any) -> Any:
    array = scaled(x)
    product = plain(array) * x
    array += x
    return np.sum(product * plain(array))


def filled(x: Any) -> Any:
    array = scaled(x)
    array.fill(x[1])
    array.put([1], x[2])
    return np.sum(plain(array) * WEIGHTS)


def unpacked(x: Any) -> Any:
    a, b, c = scaled(x)
    return a * b + math.hypot(*scaled(x)[:2], c)


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "element": lambda x: scaled(x)[1],
    "element by the method of arrays": lambda x: np.ndarray.__getitem__(scaled(x), 1),
    "slice": lambda x: np.sum(plain(scaled(x)[1:])),
    "gathered": lambda x: np.sum(plain(scaled(x)[[0, 0, 2]]) * WEIGHTS),
    "masked": lambda x: np.sum(plain(scaled(x)[np.array([True, False, True])]) ** 2),
    "store of an element": stored(1, lambda x: x[0] * x[2]),
    "store of a slice": stored(slice(1, None), lambda x: x[:2]),
    "store at places": stored([2, 0], lambda x: x[1:] * x[0]),
    "store of a constant": stored(1, lambda x: 4.0),
    "store without cotangents": stored_without_cotangents,
    "store into what is needed": stored_into_what_is_needed,
    "in place": added_in_place,
    "in place of what is needed": added_in_place_to_what_is_needed,
    "store of all": stored(..., lambda x: x * x[1]),
    "store of all in a tuple": stored((...,), lambda x: x * x[1]),
    "loop": lambda x: sum([part * part for part in scaled(x)]),
    "rows": lambda x: sum([plain(row)[0] * x[0] for row in scaled(x.reshape(3, 1))]),
    "items": lambda x: [*scaled(x)][2] * list(scaled(x))[-1] * tuple(scaled(x))[1],
    "unpacked": unpacked,
    "pairs": lambda x: sum([a * b for a, b in zip(scaled(x), x, strict=True)]),
    "sums": lambda x: math.fsum(scaled(x)) * sum(map(float, scaled(x))),
    "iterator": lambda x: next(iter(scaled(x))) * x[1],
    "iterator of arrays": lambda x: sum(np.ndarray.__iter__(scaled(x))),
    "iterator of the class": lambda x: sum(np.array(x).view(Doubled)) * x[0],
    "operator": lambda x: np.sum(plain(scaled(x) + x) * WEIGHTS),
    "sign": lambda x: np.sum(plain(-scaled(x)) * WEIGHTS),
    "methods that write": filled,
    "methods that read": lambda x: (
        scaled(x).item(1) * np.sum(plain(scaled(x).take([1, 2]))) + np.sum(plain(scaled(x).copy().reshape(3, 1)))
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_method_that_calls_that_of_arrays_runs_once(name: str) -> None:
    program, x = PROGRAMS[name], np.array([1.0, -2.0, 3.0])
    found = withgradient(program, x)
    assert found.val == program(x)
    wanted = np.array(numerical_gradient(program, (x,)))
    assert found.grad[0] == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    direction = np.array([0.3, -0.7, 1.1])
    assert jvp(program, (x,), (direction,))[1] == pytest.approx(wanted @ direction, rel=1e-6)


def test_calls_of_such_methods_are_counted_as_in_a_plain_call() -> None:
    calls: list[str] = []

    class Counting(np.ndarray):
        def __getitem__(self, key: Any) -> Any:
            calls.append("read")
            return super().__getitem__(key)

        def __setitem__(self, key: Any, value: Any) -> None:
            calls.append("write")
            super().__setitem__(key, value)

        def __isub__(self, other: Any) -> Any:
            calls.append("in place")
            return super().__isub__(other)

    def program(x: Any) -> Any:
        array = x.copy().view(Counting)
        array[0] = array[1]
        array -= x * 2.0
        return array[0] * 3.0

    x = np.array([1.0, 2.0])
    wanted = program(x)
    plainly, calls[:] = list(calls), []
    found = withgradient(program, x)
    assert calls == plainly
    assert found.val == wanted
    assert found.grad[0].tolist() == [-6.0, 3.0]


def test_arrays_without_axes_are_not_iterated() -> None:
    for f in (lambda x: sum(scaled(x[0])), lambda x: sum(np.ndarray.__iter__(scaled(x[0])))):
        with pytest.raises(TypeError, match="iteration over a 0-d array"):
            withgradient(f, np.array([1.0, 2.0]))

"""How calls of numpy's functions are resolved: subclasses, arrays of objects, and C code without a rule that writes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import bytegrad
from tests.differences import flat_gradient, numerical_gradient

X = np.array([0.7, -1.2, 2.3, 1.9])
WEIGHTS = np.array([1.0, -2.0, 0.5, 3.0])


class Plain(np.ndarray[Any, Any]):
    """A subclass without methods of its own."""


class Doubling(np.ndarray[Any, Any]):
    """A subclass whose sum is twice the sum."""

    def sum(self, *args: Any, **kwargs: Any) -> Any:
        return 2.0 * super().sum(*args, **kwargs)


def records(x: Any) -> Any:
    """Two fields, the first of which has the numbers of `x`."""
    made = np.zeros(x.shape, [("a", float), ("b", float)])
    made["a"] = x
    made["b"] = x * x
    return made


def objects(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`f` of the numbers of an array as objects."""

    def of_objects(x: Any) -> Any:
        return np.sum(np.asarray(f(x.astype(object))).astype(float))

    return of_objects


SUBCLASSES = [
    lambda x: np.sum(np.roll(x.view(Plain), 1) * WEIGHTS),
    lambda x: np.sum(np.outer(x.view(Plain), x) * WEIGHTS),
    lambda x: np.sum(np.convolve(x.view(Plain), WEIGHTS)[2]),
    lambda x: np.sum(np.linspace(x.view(Plain), WEIGHTS, 4)[1]),
    lambda x: np.nanvar(x.view(Plain)),
    lambda x: np.sum(x.view(Doubling)) + np.sum(np.sin(x.view(Doubling))),
    lambda x: np.real(np.fft.rfft(x.view(Plain)))[1] * x[0],
    lambda x: np.sum(np.asarray(np.fft.rfft(np.asmatrix(x)).imag)),
    lambda x: np.sum(np.asarray(np.linalg.inv(np.asmatrix(x.reshape(2, 2))))),
    lambda x: np.sum(np.ma.masked_array(x, mask=x > 2.0) ** 2),
]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # numpy warns of its matrix class
@pytest.mark.parametrize("f", SUBCLASSES, ids=[str(i) for i in range(len(SUBCLASSES))])
def test_subclasses(f: Callable[[Any], Any]) -> None:
    check(f)


OBJECTS = [
    objects(lambda x: np.linspace(x, WEIGHTS, 4)[1]),
    objects(np.nanvar),
    objects(lambda x: np.nansum(x * x)),
    objects(lambda x: np.var(x * (1 + 2j)).real),
    objects(lambda x: np.real(np.array((x * (1 + 2j)) @ (x * (2 - 1j)), dtype=complex))),
    objects(lambda x: np.ascontiguousarray(x[::-1]).copy() * WEIGHTS),
    objects(np.median),
    objects(lambda x: np.array((x * (1 + 2j)).real + np.imag(x * (2 + 1j)) * WEIGHTS, dtype=complex).real),
]


@pytest.mark.parametrize("f", OBJECTS, ids=[str(i) for i in range(len(OBJECTS))])
def test_objects(f: Callable[[Any], Any]) -> None:
    check(f)


WAYS = [
    lambda x: np.sum(np.multiply(x, x, None)),
    lambda x: np.sum(np.sin(x, None, dtype=float) * WEIGHTS),
    lambda x: np.sum(np.sin(x.tolist(), dtype=complex).imag * WEIGHTS),
    lambda x: sum(np.sum(part * WEIGHTS[: len(part)]) for part in np.array_split(x.tolist(), 3)),
]


@pytest.mark.parametrize("f", WAYS, ids=[str(i) for i in range(len(WAYS))])
def test_ways_to_call(f: Callable[[Any], Any]) -> None:
    check(f)


RECORDS = [
    lambda x: np.sum(sliding_window_view(records(x)["a"], 2) * WEIGHTS[:2]),
    lambda x: np.sum(np.sort(records(x))["b"] * WEIGHTS),
    lambda x: np.sum(np.concatenate([records(x), records(x)[::-1]])["a"] * np.tile(WEIGHTS, 2) ** 2),
    lambda x: np.sum(records(x)[[0, 0, 3]]["b"] * WEIGHTS[:3]) + np.sum(records(x)["b"][::-1] * WEIGHTS),
]


@pytest.mark.parametrize("f", RECORDS, ids=[str(i) for i in range(len(RECORDS))])
def test_records(f: Callable[[Any], Any]) -> None:
    check(f)


def check(f: Callable[[Any], Any]) -> None:
    """Hold the gradient of `f` to differences."""
    ours = flat_gradient(bytegrad.gradient(f, X)[0], X)
    assert ours == pytest.approx(numerical_gradient(f, (X,)), rel=1e-6, abs=1e-9)


def packed(x: Any) -> Any:
    out = np.zeros(2)
    struct.pack_into("d", out, 8, x[0])
    return out[1] * 3.0


def unused(x: Any) -> Any:
    packed(x)
    return np.sum(x)


def test_c_code_without_a_rule_that_writes_into_an_array() -> None:
    assert bytegrad.gradient(unused, X)[0].tolist() == [1.0] * 4
    with pytest.raises(bytegrad.NoRuleError, match="no derivative rule for _struct"):
        bytegrad.gradient(packed, X)


def test_a_method_of_arrays_refuses_what_is_no_array() -> None:
    def taken(x: Any) -> Any:
        return np.ndarray.take(x.tolist(), 0)

    with pytest.raises(TypeError, match="doesn't apply to a 'list' object"):
        bytegrad.gradient(taken, X)

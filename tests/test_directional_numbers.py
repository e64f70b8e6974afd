"""Rows of Hessians, many at a time, of programs that go through arrays and lists number by number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.runtime import forward

X = [0.4, 0.9, 1.3, 0.7]
W = np.linspace(-0.5, 1.0, 16).reshape(4, 4)


def sines(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total += math.sin(x[i]) * x[i - 1] + float(x[i]) ** 3
    return total


def of_numpy(x: Any) -> Any:
    total = 1.0
    for v in x:
        total = total + np.sin(v) * v if v > 0.5 else total * v
    return total * x[0]


def generated(x: Any) -> Any:
    return sum(a * math.cos(b) for a, b in zip(x, x[1:])) ** 2 + sum([v**3 for v in x])  # noqa: B905, RUF007


def filtered(x: Any) -> Any:
    y = np.zeros_like(np.asarray(x, dtype=float))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.9 * y[i - 1] + np.tanh(x[i])
    return y[-1] ** 2 + np.sum(y)


def table(x: Any) -> Any:
    """Written at pairs of places, by rows and parts of rows."""
    n = len(x)
    t = np.zeros((n, n))
    for i in range(n):
        t[i, i] = x[i] ** 2
        for j in range(i):
            t[i, j] = t[i - 1, j] * x[j] + t[j, j]
        t[i, i:] += x[i] * t[i, i]
    return np.sum(t[1:, :2] ** 2) + t[-1, 0] + np.sum(t[:, 1])


def stepped(x: Any) -> Any:
    """What goes around a loop: of known and of changing numbers of axes."""
    y, widened, part = np.zeros(len(x)), x[0] * 0.5, np.array([x[1], x[2]])
    for n in range(3):
        y = np.tanh(W @ y + x) * y + n * x
        widened = widened * part
        if n == 1:
            part = np.array([part, part])
    return np.sum(y * y) + np.sum(widened**2)


def functions_of_numbers(x: Any) -> Any:
    a, b, c, d = x
    angles = math.atan2(a, b) + math.asin(a / 2) + math.acos(b / 3) + math.atan(c) + math.hypot(a, b)
    hyperbolic = math.sinh(a) + math.cosh(b) + math.tanh(c) + math.asinh(d) + math.acosh(1 + a) + math.atanh(a / 2)
    powers = math.exp(a) + math.log(b) + math.log1p(c) + math.expm1(d) + math.sqrt(a) + math.pow(b, c) + math.log2(d)
    return (angles + math.tan(a) + math.fabs(b - 1) ** 3) * hyperbolic + math.log10(c) * powers + math.degrees(d) * a


PROGRAMS = (sines, of_numpy, generated, filtered, table, stepped, functions_of_numbers)


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("f", PROGRAMS)
def test_rows_at_once_are_those_one_by_one(f: Callable[[Any], Any], kind: Any) -> None:
    x = kind(X)
    if kind is list and f in (stepped,):
        return  # arithmetic on a list
    one = forward.forward_of(f, (x,), (0,), slope=True)  # type: ignore[arg-type]
    assert one is not None
    wanted = directional._row_by_row(one, x)
    assert wanted == pytest.approx(wanted.T, rel=1e-10, abs=1e-10)
    assert directional._as_arrays(one, f, x) == pytest.approx(wanted, rel=1e-11, abs=1e-12)
    step, found = 1e-5, bytegrad.hessian(f, x)
    assert found == pytest.approx(wanted, rel=1e-11, abs=1e-12)
    ahead, behind = (bytegrad.gradient(f, kind([*X[:2], X[2] + sign * step, X[3]]))[0] for sign in (1, -1))
    assert found[2] == pytest.approx((np.array(ahead) - np.array(behind)) / (2 * step), rel=1e-6, abs=1e-6)


def test_a_way_that_gives_something_else_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def wrong(made: Any, f: Any, x: Any) -> Any:
        calls.append(f)
        return np.eye(len(x))

    monkeypatch.setattr(directional, "_as_arrays", wrong)
    x, exact = np.array(X), np.diag(6.0 * np.array(X))
    f = lambda x: np.sum(x**3)  # noqa: E731
    for _ in range(2):
        assert bytegrad.hessian(f, x) == pytest.approx(exact)
    assert calls == [f]


@pytest.mark.parametrize("kind", [np.float32, np.int64])
def test_arrays_of_other_numbers(kind: Any) -> None:
    f = lambda x: np.sum(np.tanh(0.3 * x) * x[::-1]) + x[0] ** 3 * x[1]  # noqa: E731
    x, v = np.arange(1, 4).astype(kind), np.array([1.0, -0.5, 2.0])
    exact = bytegrad.hessian(f, x.astype(float))
    found, product = bytegrad.hessian(f, x), bytegrad.hvp(f, x, v)
    assert directional.product(f, x, v) is not None
    assert found.dtype == product.dtype == (np.float32 if kind is np.float32 else np.float64)
    assert found == pytest.approx(exact, rel=1e-5)
    assert product == pytest.approx(exact @ v, rel=1e-5)
    y, y_dot = bytegrad.jvp(f, (x,), (v,))
    assert y == f(x)
    assert y_dot == pytest.approx(bytegrad.gradient(f, x.astype(float))[0] @ v, rel=1e-5)


def test_single_numbers_of_other_types() -> None:
    for x in (3, np.float64(3.0), np.float32(3.0)):
        assert bytegrad.hvp(lambda x: x**3, x, 1.0) == 18.0
        assert bytegrad.jvp(lambda x: x**3, (x,), (1.0,)) == (27.0, 27.0)
    assert bytegrad.hessian(lambda x: x[0] ** 3 * x[1], [3, 2.0]).tolist() == [[36.0, 27.0], [27.0, 0.0]]

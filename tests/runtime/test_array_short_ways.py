"""What emitted code does on its own with arrays: values and gradients are those of the plain call and of differences.

Each program is also run with operands for which there is no short way, and with memory that changes behind it.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import gradient
from bytegrad.runtime import registry
from bytegrad.runtime.array_calls import KERNELS
from bytegrad.testing import check_gradient

RNG = np.random.default_rng(3)
A = RNG.uniform(0.5, 1.5, (3, 3))
V = RNG.uniform(0.5, 1.5, 3)
PLACES = np.array([[0, 2, -1], [2, 0, 0]])


def _in_place(a: Any, v: Any) -> Any:
    u = a.copy()
    for _ in range(3):
        u[1:] += 0.3 * v * u[:-1]
        u[:, 1:-1] *= u[:, 2:]
        u -= 0.1
        u /= v
    w = u[0]
    w *= v
    return np.sum(u**2)


def _updates(a: Any, v: Any) -> Any:
    u, places = a.copy(), np.array([0, 2])
    u[places] += v
    u[1, 2] *= v[0]
    u[u > 1.5] /= 2.0
    u[0][:2] += u[1, 1:]
    rows = [u[0], u[1]]
    rows[0] += v
    return np.sum(u * u)


PROGRAMS: dict[str, Callable[..., Any]] = {
    "sum": lambda a, v: np.sum(a * np.sum(a, axis=1, keepdims=True)) + np.sum(np.sum(a, -1) * v) + a.sum() * v.sum(0),
    "sum of several axes": lambda a, v: np.sum(a, axis=(0, 1)) * np.sum(v),
    "mean": lambda a, v: np.mean(a) * np.sum(np.mean(a, axis=0) * v) + np.sum(a.mean(1, keepdims=True) * a),
    "max": lambda a, v: np.max(a) * np.sum(np.max(a, axis=0) * v) + np.sum(a.min(axis=-1, keepdims=True) * a) + v.max(),
    "matmul": lambda a, v: np.sum(a @ a @ v * (v @ a)) + v @ v + np.sum(np.matmul(a, a.T)),
    "dot": lambda a, v: np.dot(v, v) * np.sum(np.dot(a, v) + v.dot(a)) + np.sum(a.dot(a)),
    "stacks": lambda a, v: np.sum(np.stack([a, a * 2.0]) @ np.stack([a.T, a]) * v),
    "broadcast stacks": lambda a, v: np.sum(np.stack([a, a * 2.0]) @ a * v),
    "inv, det, solve": lambda a, v: np.sum(np.linalg.inv(a) @ v) * np.linalg.det(a) + np.sum(np.linalg.solve(a, v)),
    "solve of a matrix": lambda a, v: np.sum(np.linalg.solve(a, a.T * v) * a),
    "singular det": lambda a, v: np.linalg.det(np.outer(v, v) * a[0, 0]) + np.linalg.det(a * v),
    "concatenate": lambda a, v: (
        np.sum(np.concatenate([a, a * v], axis=1) ** 2) + np.sum(np.concatenate((v, v[:1])) ** 3)
    ),
    "stack": lambda a, v: (
        np.sum(np.stack([a, a * v], axis=-1)[..., 1] ** 2)
        + np.sum(np.hstack([a, a * v])[:, 2:5] * v)
        + np.sum(np.hstack((v, v * v)) ** 3)
        + np.sum(np.vstack([v, v * v, a[0]]) * a)
        + np.sum(np.vstack([a, a * a]) ** 2)
    ),
    "cumsum": lambda a, v: np.sum(np.cumsum(v) * a + np.cumsum(a, axis=0) * a.cumsum(axis=-1)) + np.cumsum(a * v)[4],
    "take": lambda a, v: (
        np.sum(np.take(v, PLACES) * np.take(a, PLACES, axis=1)[:2] + np.take(a, PLACES, 0)[:, :2] + v.take(PLACES))
        + np.sum(np.take(a, PLACES + 4))
    ),
    "outer and inner": lambda a, v: np.sum(np.outer(v, v * v) * a * np.inner(v, a[0])) + np.sum(np.outer(a, v[:2])),
    "prod": lambda a, v: (
        np.prod(v) * np.sum(np.prod(a, axis=0) * v)
        + np.sum(a.prod(-1, keepdims=True) * a)
        + np.prod(v * [1.0, 0.0, 1.0])
    ),
    "flip": lambda a, v: np.sum(np.flip(a) * v + np.flipud(a) * a + np.fliplr(a) * v[:, None] + np.flip(a, 1) * a),
    "einsum": lambda a, v: (
        np.einsum("ij,j->", a, v)
        + np.sum(np.einsum("ij,jk,k->i", a, a, v) * v)
        + np.sum(np.einsum("ij,kj", a, a) * a)
        + np.einsum("ii,i", a, v)
        + np.sum(np.einsum("ij,ij->j", a, a[:1]) * v)
    ),
    "where": lambda a, v: np.sum(np.where(a > 1.0, a * v, 0.5) * a) + np.sum(np.where(v > 1.0, v, v * v)),
    "copies": lambda a, v: np.sum(np.copy(a) * a.copy() * v.copy()),
    "views": lambda a, v: np.sum(
        a.T.reshape(9)[2:5] * v + np.ravel(a)[::3] * np.reshape(a, (9,))[1:4] + np.transpose(a)[1] + np.diag(a)
    ),
    "more views": lambda a, v: np.sum(
        np.expand_dims(v, 0) * a + np.swapaxes(a, 0, 1)[:, ::-1] * v[:, None] * a[None][0]
    ),
    "numbers of numpy": lambda a, v: (
        np.log(np.sum(a)) * np.exp(-v[0]) + np.sum(v) * a[1, 2] / (1.0 + v[1]) - 2.0 * v[2]
    ),
    "power and maximum": lambda a, v: np.sum(np.maximum(a, 1.0) ** 2 + np.maximum(a, v) / a),
    "in place": _in_place,
    "updates of elements": _updates,
    "a callee loaded first": lambda a, v: np.sum(np.sin(v * (a @ v)[0]) + np.sum(a * v[1], axis=0, keepdims=False)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient(name: str) -> None:
    f = PROGRAMS[name]
    check_gradient(f, A, V)
    assert f(A, V) == bytegrad.withgradient(f, A, V).val


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "singular det"])
def test_other_layouts_and_dtypes(name: str) -> None:
    """Views as arguments, Fortran's order, single precision, and one array for both arguments."""
    f = PROGRAMS[name]
    wanted = gradient(f, A, V)
    for a, v in ((A.T.copy().T, V), (np.stack([A, A])[1], np.repeat(V, 2)[::2]), (np.asfortranarray(A), V[::-1][::-1])):
        for got, want in zip(gradient(f, a, v), wanted, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12)
    for got, want in zip(gradient(f, A.astype("f4"), V.astype("f4")), wanted, strict=True):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, want, rtol=2e-2, atol=2e-2 * np.max(np.abs(want)))


class Kept(np.ndarray):
    """A subclass without hooks of its own."""


def test_subclasses_and_foreign_operands_go_the_long_way() -> None:
    def f(a: Any, v: Any) -> Any:
        return np.sum(a @ v) + np.sum(np.max(a, axis=0) * v) + a.sum() + np.sum(np.concatenate([v, v]))

    wanted = gradient(f, A, V)
    for got, want in zip(gradient(f, A.view(Kept), V), wanted, strict=True):
        np.testing.assert_allclose(np.asarray(got), want)
    of_lists = gradient(lambda v: np.sum(np.max([[v[0], v[1]], [v[1], v[2]]], axis=0)), [1.0, 3.0, 2.0])
    assert of_lists in (([None, 2.0, None],), ([0.0, 2.0, 0.0],))


def test_objects_that_answer_for_numpy_are_asked() -> None:
    class Answering:
        asked = 0

        def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
            self.asked += 1
            return 2.0

        def __array_ufunc__(self, ufunc: Any, method: Any, *inputs: Any, **kwargs: Any) -> Any:
            self.asked += 1
            return inputs[0] * 3.0

    other = Answering()
    assert gradient(lambda v: np.sum(v) * np.dot(v, other), np.ones(2))[0].tolist() == [2.0, 2.0]
    assert gradient(lambda v: np.sum(v * other), np.ones(2))[0].tolist() == [3.0, 3.0]
    assert other.asked == 2


def test_content_is_that_of_the_call() -> None:
    """Operands that a pullback looks into are overwritten later."""

    def f(a: Any, v: Any) -> Any:
        u, w = a.copy(), v.copy()
        y = (
            np.sum(u @ w)
            + np.sum(np.max(u, axis=0) * w)
            + np.dot(w, w)
            + np.sum(np.exp(w) * w)
            + np.sum(np.linalg.inv(u))
        )
        u[:] = 0.0
        w *= 3.0
        return y + np.sum(w)

    check_gradient(f, A, V)
    y, back = bytegrad.pullback(f, A, V)
    first, second = back(1.0), back(1.0)
    assert all(np.array_equal(x, z) for x, z in zip(first, second, strict=True))
    assert y == f(A, V)


def test_complex_and_integer_operands() -> None:
    z = V * np.exp(1j * V)
    check_gradient(
        lambda z: np.sum(np.abs(np.sum(z) * np.mean(z, axis=0) + z @ z.conj() + np.sum(np.outer(z, z) @ z))), z
    )
    counts = np.arange(9).reshape(3, 3)
    check_gradient(lambda v: np.sum(counts @ v) + np.sum(np.where(counts > 3, v, 0.0)) + np.sum(counts * v / 2), V)
    assert gradient(lambda n: np.sum(n * n) + np.max(n) * 1.0, np.array([2, 5, 3]))[0].tolist() == [4.0, 11.0, 6.0]


def test_a_function_that_is_replaced_is_called() -> None:
    functions = types.SimpleNamespace(sum=np.sum)

    def f(v: Any) -> Any:
        return functions.sum(v)

    assert gradient(f, V)[0].tolist() == [1.0] * 3
    functions.sum = lambda v: 2.0 * np.sum(v)
    assert gradient(f, V)[0].tolist() == [2.0] * 3


def test_a_rule_of_the_users_is_followed() -> None:
    def f(a: Any) -> Any:
        return np.linalg.det(a) + 0.0

    def double(a: Any) -> Any:
        return np.linalg.slogdet(a)[1], lambda y_bar: (np.full(np.shape(a), 2.0 * y_bar),)

    wanted = np.linalg.det(A) * np.linalg.inv(A).T
    assert gradient(f, A)[0] == pytest.approx(wanted)
    bytegrad.adjoint(np.linalg.det)(double)
    try:
        assert gradient(f, A)[0].tolist() == [[2.0] * 3] * 3
    finally:
        registry.unregister(np.linalg.det, registry.lookup(np.linalg.det)[0])
    assert gradient(f, A)[0] == pytest.approx(wanted)


@pytest.mark.parametrize("x", [np.ones(2), 1.0])
def test_a_rule_of_one_of_several_functions_of_the_same_code(x: Any) -> None:
    def made(factor: float) -> Any:
        return lambda x: x * factor if type(x) is float else np.sum(x) * factor

    plain, with_rule = made(1.0), made(2.0)
    bytegrad.adjoint(with_rule)(lambda x: (plain(x), lambda y_bar: (x * 0.0 + 7.0 * y_bar,)))
    for _ in range(3):
        assert np.all(gradient(plain, x)[0] == 1.0)
        assert np.all(gradient(with_rule, x)[0] == 7.0)


def test_zero_cotangents_stay_zero() -> None:
    """Infinite and undefined derivatives of branches that were not taken."""
    x = np.array([0.0, 1.0, np.inf, -1.0, np.nan])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f = lambda x: np.sum(np.where((x > 0) & (x < 5), np.log(x) * x + x / x * np.sqrt(x), 0.0))  # noqa: E731
        assert gradient(f, x)[0].tolist() == [0.0, 1.5, 0.0, 0.0, 0.0]
        assert np.isnan(gradient(lambda x: np.sum(x * x), x)[0][-1])
        assert gradient(lambda s: np.sum(np.where(x > 1e300, s / x * np.inf, 1.0)), 2.0)[0] is not None


def test_the_users_code_in_a_sweep_runs_once() -> None:
    seen: list[Any] = []

    def look(g: Any) -> Any:
        seen.append(g)
        return g

    gradient(lambda x: np.sum(bytegrad.hook(look, x * 1.0) * np.array([1.0, np.nan])), np.ones(2))
    assert len(seen) == 1


def test_arguments_that_share_memory() -> None:
    base = np.arange(1.0, 5.0)
    f = lambda a, b: np.sum(a * a) + 3.0 * np.sum(b)  # noqa: E731
    for _ in range(3):
        first, second = gradient(f, base, base)
        assert first.tolist() == [2.0, 4.0, 6.0, 8.0]
        assert second.tolist() == [3.0] * 4
        first, second = gradient(f, base[:2], base[1:3])
        assert (first.tolist(), second.tolist()) == ([2.0, 4.0], [3.0, 3.0])
        assert gradient(f, base, np.ones(4))[1].tolist() == [3.0] * 4


def test_gradients_are_the_callers_own() -> None:
    x = np.ones(1000)
    f = lambda a, b, c: np.sum(a + b) + 2.0 * c  # noqa: E731
    for _ in range(3):
        a_bar, b_bar, c_bar = gradient(f, x, x + 1.0, 4.0)
        a_bar += 1.0
        assert c_bar == 2.0
        assert b_bar[0] == 1.0
        assert gradient(lambda a, n, text, flag: np.sum(a) * n, x, 2, "text", True)[1:] == (1000.0, None, None)


def test_every_kernel_says_what_the_rule_says() -> None:
    """Kernels are asked for by functions that have a rule of the library's own."""
    assert len(KERNELS) > 20
    for target in KERNELS:
        assert callable(getattr(np.ndarray, target) if isinstance(target, str) else target)


def test_second_order() -> None:
    f = lambda v: np.sum(np.exp(v) @ np.outer(v, v) * v) + np.max(v) * np.sum(v[1:] * v[:-1]) + np.mean(v) ** 2  # noqa: E731
    hessian = bytegrad.hessian(f, V)
    step = 1e-5
    for i in range(3):
        e = np.zeros(3)
        e[i] = step
        column = (gradient(f, V + e)[0] - gradient(f, V - e)[0]) / (2 * step)
        np.testing.assert_allclose(hessian[:, i], column, rtol=1e-5, atol=1e-5)
    direction = V.copy()
    inner = gradient(lambda v: np.sum(gradient(f, v)[0] * direction), V)[0]
    np.testing.assert_allclose(inner, hessian @ V, rtol=1e-9)

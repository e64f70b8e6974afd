"""Operations on arrays that follow one another: recorded together where they may, one by one where they may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.runtime.array_runs import MOST_VARIANTS
from bytegrad.runtime.compile import compiled
from bytegrad.testing import check_gradient

A = np.array([[0.3, -0.4, 0.5], [0.2, 0.7, -0.1]])
B = np.array([[0.6, 0.1, -0.2], [0.4, -0.3, 0.8]])


def soft(x: Any, y: Any) -> Any:
    return np.log(np.sum(np.exp(x - np.max(y, axis=1, keepdims=True)), axis=1)) + np.sum(y * x, axis=1)


def broadcast(x: Any, y: Any) -> Any:
    return (x[:, None, :] * y[None, :, :] + x[0]) / (np.mean(y, axis=0) + 3.0) - 0.5


def products(x: Any, y: Any) -> Any:
    return np.tanh(x @ y.T + 0.1) @ x[:, 0] + np.dot(y, x[1])


def of_parts(x: Any, y: Any) -> Any:
    z = x * y
    return z[:, 1:] * z[:, :-1] + z[::-1, :2] * x[:, ::2]


def whole_sum(x: Any, y: Any) -> Any:
    return np.sum(np.sin(x) * y) * np.exp(-x) + np.mean(x - y)


def of_numbers(x: Any, y: Any) -> Any:
    total = np.sum(x)
    return total * total / (2.0 + np.sum(y * y)) - -total


def beside_constants(x: Any, y: Any) -> Any:
    return (A + 1.0) * x * 2.0 - B / np.maximum(y, 0.15)


def with_a_list(x: Any, y: Any) -> Any:
    return x * y + [0.5, 1.5, -1.0] * y - x


def with_integers(x: Any, y: Any) -> Any:
    return x * y + np.arange(3) * y - 2 * x


def in_single(x: Any, y: Any) -> Any:
    z = x.astype(np.float32) * np.float32(2.0) + y.astype(np.float32)
    return (z * z + z[0]).astype(float) * x


def escapes(x: Any, y: Any) -> Any:
    z = x * y
    part = z[0, 1:]
    w = z + y
    w[1] = part[0]
    part *= 3.0
    return w * z


def written_after(x: Any, y: Any) -> Any:
    z = x * 1.0
    u = np.sin(z) * z * y
    z[0] = y[1]
    return u * z


def same_twice(x: Any, y: Any) -> Any:
    z = x
    return x * z + z * x - (x + x) * y


def turned(x: Any, y: Any) -> Any:
    z = (x * y).T
    return x.T @ (y * 2.0) + np.sum(z * z) * (x + y).T @ y + z[:, :1]


def powers(x: Any, y: Any) -> Any:
    return (x**2 + y) ** 3 - np.sum(y) ** 2 * x


def inverse(x: Any, y: Any) -> Any:
    square = x @ y.T + 3.0
    square = square * np.eye(2)
    return np.linalg.inv(square * 2.0 + 0.1) @ x


def joined(x: Any, y: Any) -> Any:
    z = x * y
    rows = np.concatenate([z[:1] * 2.0, z + 1.0, z[-1:]])
    return np.concatenate((z[:, 1:], rows[1:3, :2], z), axis=-1) * 3.0


def joined_with_others(x: Any, y: Any) -> Any:
    z = x * y
    items = [z * 2.0, z]
    more = np.concatenate([z * 2.0, np.sum(z) * z, [[1.0, 2.0, 3.0]], z + 1.0])
    return np.concatenate(items) * np.sum(np.sin(items[0])) + more[1:5] * np.sum(np.concatenate([z + 1, y, x * z]))


def joined_but_kept(x: Any, y: Any) -> Any:
    z = x * y
    w = np.concatenate([z * 2.0, z * y])
    u = z * x
    return np.concatenate([w, np.concatenate([u + z, z]) * 2.0]) * 0.5


def long(x: Any, y: Any) -> Any:
    for _ in range(3):
        x = x * 0.9 + y * x - y * 0.1 + x * x - y + x * y + 0.5 - x * 0.3 + y * y + x * 0.1 - y * x + x * y * 0.5 - 0.1
        x = np.tanh(x) + y * x - y * 0.1 + x * 0.2 - y + x * y + 0.5 - x * 0.3 + y * y + x * 0.1 - y * x + x * y * 0.2
    return x


FUNCTIONS = [
    soft, broadcast, products, of_parts, whole_sum, of_numbers, beside_constants, with_a_list, with_integers,
    in_single, escapes, written_after, same_twice, long, turned, powers, inverse, joined, joined_with_others,
    joined_but_kept,
]  # fmt: skip


def total(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, weighed and summed."""

    def of_f(x: Any, y: Any) -> Any:
        value = f(x, y)
        return np.sum(value * np.cos(np.arange(np.size(value)).reshape(np.shape(value))))

    return of_f


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_gradient(f: Callable[..., Any]) -> None:
    rtol = {"rtol": 1e-3, "step": 1e-2} if f is in_single else {}
    check_gradient(total(f), A.copy(), B.copy(), **rtol)
    check_gradient(total(f), A[::-1, ::-1], np.asfortranarray(B), **rtol)


@pytest.mark.parametrize("f", [soft, broadcast, products, of_parts, turned, powers, joined], ids=lambda f: f.__name__)
def test_second_order(f: Callable[..., Any]) -> None:
    def slope(x: Any) -> Any:
        return np.sum(bytegrad.gradient(lambda x: total(f)(x * x, B.copy()), x)[0] * B)

    check_gradient(slope, A.copy())


def test_reversed_again_and_by_other_seeds() -> None:
    y, back = bytegrad.pullback(soft, A, B)
    first, other = back(np.ones(2)), back(np.array([2.0, 2.0]))
    for one, two, again in zip(first, other, back(np.ones(2)), strict=True):
        np.testing.assert_allclose(two, 2 * one)
        np.testing.assert_array_equal(one, again)
    assert y.shape == (2,)


def recorders(f: Any) -> list[Any]:
    (made,) = {id(a): a for a in compiled(f.__code__)}.values()
    found = {
        const.__globals__["run"]
        for const in made.augmented.co_consts
        if hasattr(const, "__globals__") and "run" in const.__globals__
    }
    return list(found)


def test_one_record_of_what_is_plain() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x + 1.0)

    bytegrad.gradient(f, A)
    (run,) = recorders(f)
    assert [variant is not None for variant in run.variants.values()] == [True]
    assert run.unneeded == {1, 2}, "the product and the sum"


def test_few_shapes_have_a_text() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    for n in range(1, 2 * MOST_VARIANTS):
        x = np.linspace(0.0, 1.0, n)
        np.testing.assert_allclose(bytegrad.gradient(f, x)[0], np.sin(x) + x * np.cos(x))
    (run,) = recorders(f)
    assert len(run.variants) == MOST_VARIANTS


class Meddler:
    """Takes an array's sum with it as an occasion to change the array, and to keep it."""

    __array_ufunc__ = None

    def __radd__(self, array: Any) -> Any:
        self.kept = array
        array[0] = array[1] * 2.0
        return array * 1.0


def test_operand_that_writes_into_its_partner() -> None:
    def f(x: Any, y: Any) -> Any:
        meddler = Meddler()
        z = x * y
        w = z * z + meddler
        u = z - y + meddler
        return np.sum(w * z) + np.sum(meddler.kept * u * x)

    check_gradient(f, A.copy(), B.copy())


def test_zero_cotangent_stays_zero_at_infinite_slope() -> None:
    def f(x: Any) -> Any:
        root = np.sqrt(x) * 1.0
        return np.sum(np.where(x > 0.0, root, 0.0)) + 0.0 * np.sum(x - 1.0)

    np.testing.assert_array_equal(bytegrad.gradient(f, np.array([0.0, 4.0]))[0], [0.0, 0.25])


def test_unknown_cotangent_is_an_error_only_where_it_goes() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x * 2.0 + 1.0
        w = y * 3.0 - 1.0
        return np.sum(w * w) + float(str(np.sum(z)))

    assert bytegrad.gradient(lambda y: f(A, y), B)[0].shape == B.shape
    with pytest.raises(bytegrad.errors.NoRuleError, match="str"):
        bytegrad.gradient(f, A, B)


def test_exception_in_the_middle() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * 2.0 + y[:, :2] * x

    with pytest.raises(ValueError, match="broadcast"):
        bytegrad.gradient(f, A, B)

    def caught(x: Any, y: Any) -> Any:
        try:
            return np.sum(f(x, y))
        except ValueError:
            return np.sum(x * y)

    np.testing.assert_array_equal(bytegrad.gradient(caught, A, B)[0], B)


def test_results_go_as_early_as_in_a_plain_call() -> None:
    """The second sum of a large temporary may take its place."""

    def f(x: Any) -> Any:
        return np.sum(np.tanh(x + 1.0 + 2.0))

    x = np.linspace(0.0, 1.0, 1 << 16)
    np.testing.assert_allclose(bytegrad.gradient(f, x)[0], 1.0 - np.tanh(x + 3.0) ** 2)
    y, back = bytegrad.pullback(f, x)
    np.testing.assert_allclose(back(1.0)[0], 1.0 - np.tanh(x + 3.0) ** 2)
    assert y == f(x)


def test_a_run_that_never_meets_arrays_is_given_up() -> None:
    """By what is prepared for calls from outside, too: it goes over to the code that is made without the run."""

    def f(x: float) -> Any:
        z = complex(x, 0.1)
        for _ in range(60):
            z = z * z * 0.5 + 0.3
        return z.real

    found = bytegrad.value_and_grad(f)
    results = [found(0.5) for _ in range(4)]
    assert results == results[:1] * 4
    (made,) = compiled(f.__code__)
    assert not made.missed

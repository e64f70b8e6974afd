"""The table of forward mode against the reverse rules: the dot-product test of every entry, with its keywords.

What is in the table says of itself in which arguments it is linear; nothing else would notice if it is not.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import directional
from bytegrad.adjoint.forms import Inactive
from bytegrad.runtime import forward
from bytegrad.runtime.sight import FORMS
from tests.rules.test_tangents_of_matrices import PROGRAMS

Function = Callable[..., Any]

ROW = np.array([0.4, -0.9, 1.3])
MATRIX = np.linspace(-1.0, 1.6, 12).reshape(3, 4)
SQUARE = np.linspace(-1.0, 1.7, 9).reshape(3, 3) ** 2
CUBE = np.linspace(-1.0, 1.3, 24).reshape(2, 3, 4)
UP = (ROW > 0.0) * 1.0


def rows(*pairs: tuple[Any, Any, list[Function]]) -> list[Any]:
    return [
        pytest.param(
            callee, x.copy(), f, id=f"{getattr(callee, '__module__', '')} {getattr(callee, '__qualname__', callee)} {n}"
        )
        for callee, x, functions in pairs
        for n, f in enumerate(functions)
    ]


REDUCTIONS = [
    (np.sum, CUBE, [
        lambda x: np.sum(x), lambda x: np.sum(x, 1), lambda x: np.sum(x, axis=(0, 2)), lambda x: np.sum(x, axis=-1),
        lambda x: np.sum(x, axis=1, keepdims=True), lambda x: np.sum(x, keepdims=True),
        lambda x: np.sum([x[0], x[1]], axis=0), lambda x: np.sum((x[0], x[1])),
    ]),
    (np.ndarray.sum, CUBE, [
        lambda x: x.sum(), lambda x: x.sum(1), lambda x: x.sum(axis=(0, 2)), lambda x: x.sum(axis=-1, keepdims=True),
    ]),
    (np.mean, CUBE, [
        lambda x: np.mean(x), lambda x: np.mean(x, 1), lambda x: np.mean(x, axis=(0, 2)),
        lambda x: np.mean(x, axis=-1, keepdims=True),
    ]),
    (np.ndarray.mean, CUBE, [lambda x: x.mean(), lambda x: x.mean(1), lambda x: x.mean(axis=0, keepdims=True)]),
    (np.cumsum, MATRIX, [
        lambda x: np.cumsum(x), lambda x: np.cumsum(x, 0), lambda x: np.cumsum(x, axis=1), lambda x: np.cumsum(x, axis=-1),
    ]),
    (np.sort, np.sin(9.0 * MATRIX), [lambda x: np.sort(x), lambda x: np.sort(x, axis=0), lambda x: np.sort(x[0])]),
    (np.take_along_axis, MATRIX, [lambda x: np.take_along_axis(x, np.argsort(x, axis=1), 1)]),
    (np.ndarray.cumsum, MATRIX, [lambda x: x.cumsum(), lambda x: x.cumsum(0), lambda x: x.cumsum(axis=-1)]),
    (np.trace, SQUARE, [lambda x: np.trace(x), lambda x: np.trace(x, 1)]),
    (np.ndarray.trace, SQUARE, [lambda x: x.trace(), lambda x: x.trace(-1)]),
    (np.diff, MATRIX, [lambda x: np.diff(x), lambda x: np.diff(x, axis=0)]),
    (builtins.sum, ROW, [lambda x: sum(x), lambda x: sum([x, x * x]), lambda x: sum([x[0], x[2]], x[1])]),
    (float, ROW, [lambda x: float(x[1]), lambda x: float(np.sum(x))]),
]  # fmt: skip

SHAPES = [
    (np.ravel, MATRIX, [lambda x: np.ravel(x), lambda x: np.ravel(x, "F")]),
    (np.ndarray.ravel, MATRIX, [lambda x: x.ravel(), lambda x: x.ravel("F")]),
    (np.ndarray.flatten, MATRIX, [lambda x: x.flatten(), lambda x: x.flatten("F")]),
    (np.transpose, CUBE, [lambda x: np.transpose(x), lambda x: np.transpose(x, (1, 0, 2))]),
    (np.ndarray.transpose, CUBE, [lambda x: x.transpose(), lambda x: x.transpose((1, 2, 0))]),
    (np.squeeze, ROW.reshape(1, 3, 1), [lambda x: np.squeeze(x), lambda x: np.squeeze(x, 0), lambda x: np.squeeze(x, axis=2)]),
    (np.ndarray.squeeze, ROW.reshape(1, 3, 1), [lambda x: x.squeeze(), lambda x: x.squeeze(2), lambda x: x.squeeze(axis=0)]),
    (np.expand_dims, ROW, [lambda x: np.expand_dims(x, 0), lambda x: np.expand_dims(x, axis=1)]),
    (np.flip, MATRIX, [lambda x: np.flip(x), lambda x: np.flip(x, 0), lambda x: np.flip(x, axis=1)]),
    (np.fliplr, MATRIX, [lambda x: np.fliplr(x)]),
    (np.flipud, MATRIX, [lambda x: np.flipud(x)]),
    (np.diag, SQUARE, [lambda x: np.diag(x), lambda x: np.diag(x, 1), lambda x: np.diag(x[0], -1)]),
    (np.diagonal, SQUARE, [lambda x: np.diagonal(x), lambda x: np.diagonal(x, 1)]),
    (np.ndarray.diagonal, SQUARE, [lambda x: x.diagonal(), lambda x: x.diagonal(-1)]),
    (np.triu, SQUARE, [lambda x: np.triu(x), lambda x: np.triu(x, 1)]),
    (np.tril, SQUARE, [lambda x: np.tril(x), lambda x: np.tril(x, -1)]),
    (np.atleast_1d, ROW, [lambda x: np.atleast_1d(x), lambda x: np.atleast_1d(x[0])]),
    (np.atleast_2d, ROW, [lambda x: np.atleast_2d(x), lambda x: np.atleast_2d(x[0])]),
    (np.broadcast_to, ROW, [lambda x: np.broadcast_to(x, (2, 3)), lambda x: np.broadcast_to(x[0], 4)]),
    (np.tile, ROW, [lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1))]),
    (np.copy, ROW, [lambda x: np.copy(x)]),
    (np.ndarray.copy, ROW, [lambda x: x.copy()]),
    (np.reshape, MATRIX, [lambda x: np.reshape(x, (2, -1)), lambda x: np.reshape(x, 12)]),
    (np.ndarray.reshape, MATRIX, [lambda x: x.reshape(2, 6), lambda x: x.reshape((4, -1)), lambda x: x.reshape(-1)]),
    (np.moveaxis, CUBE, [lambda x: np.moveaxis(x, 0, 2)]),
    (np.swapaxes, CUBE, [lambda x: np.swapaxes(x, 0, 1)]),
    (np.roll, MATRIX, [lambda x: np.roll(x, 2), lambda x: np.roll(x, 1, 0), lambda x: np.roll(x, -1, axis=1)]),
    (np.repeat, MATRIX, [lambda x: np.repeat(x, 2), lambda x: np.repeat(x, 2, 0), lambda x: np.repeat(x, 3, axis=1)]),
    (np.take, MATRIX, [lambda x: np.take(x, [1, 5]), lambda x: np.take(x, [0, 0], 1), lambda x: np.take(x, 2, axis=0)]),
    (np.array, ROW, [
        lambda x: np.array(x), lambda x: np.array([x[0], 2.0, x[1]]), lambda x: np.array([[x[0], 1.0], [2.0, x[2]]]),
        lambda x: np.array([x, x * x]), lambda x: np.array((x[0], x[1])),
    ]),
    (np.asarray, ROW, [lambda x: np.asarray(x), lambda x: np.asarray([x[0], x[1]]), lambda x: np.asarray(x, dtype=float)]),
    (np.where, ROW, [
        lambda x: np.where(x > 0, x, 0.0), lambda x: np.where(x > 0, 1.0, x), lambda x: np.where(x > 0, x, x * x),
        lambda x: np.where(UP, x[0], x),
    ]),
    (np.concatenate, MATRIX, [
        lambda x: np.concatenate([x, x]), lambda x: np.concatenate((x, MATRIX), 1),
        lambda x: np.concatenate([x[:1], MATRIX, x[:2]], axis=0), lambda x: np.concatenate([x, x], axis=None),
    ]),
    (np.stack, MATRIX, [
        lambda x: np.stack([x, x]), lambda x: np.stack((x, MATRIX), 1), lambda x: np.stack([x[0], x[1]], axis=-1),
    ]),
    (np.hstack, MATRIX, [lambda x: np.hstack([x, x]), lambda x: np.hstack((x[0], 2.0))]),
    (np.vstack, MATRIX, [lambda x: np.vstack([x, x[0]]), lambda x: np.vstack((MATRIX, x))]),
    (np.column_stack, MATRIX, [lambda x: np.column_stack([x, x[:, 0]])]),
    (np.trapezoid, MATRIX, [lambda x: np.trapezoid(x), lambda x: np.trapezoid(x, dx=0.5, axis=0)]),
    (np.pad, MATRIX, [lambda x: np.pad(x, 1), lambda x: np.pad(x, ((0, 1), (2, 0)))]),
    (np.append, MATRIX, [lambda x: np.append(x, x[0, 0]), lambda x: np.append(ROW, x), lambda x: np.append(x, x, axis=1)]),
    (np.full, ROW, [lambda x: np.full(4, x[0]), lambda x: np.full((2, 3), x)]),
]  # fmt: skip

PRODUCTS = [
    (np.dot, SQUARE, [
        lambda x: np.dot(x, x), lambda x: np.dot(x, ROW), lambda x: np.dot(ROW, x), lambda x: np.dot(x[0], x[1]),
        lambda x: np.dot(2.0, x), lambda x: np.dot(CUBE, x.reshape(9)[:4]),
    ]),
    (np.ndarray.dot, SQUARE, [lambda x: x.dot(x), lambda x: x.dot(ROW)]),
    (np.matmul, SQUARE, [lambda x: np.matmul(x, x), lambda x: np.matmul(ROW, x), lambda x: np.matmul(x[0], x[1])]),
    (operator.matmul, SQUARE, [lambda x: x @ x, lambda x: x @ ROW, lambda x: ROW @ x, lambda x: x @ CUBE]),
    (np.outer, ROW, [lambda x: np.outer(x, x), lambda x: np.outer(x, MATRIX), lambda x: np.outer(2.0, x)]),
    (np.vdot, SQUARE, [lambda x: np.vdot(x, x), lambda x: np.vdot(ROW, x[0])]),
    (np.kron, SQUARE, [lambda x: np.kron(x, x[0]), lambda x: np.kron(ROW, x)]),
    (np.tensordot, SQUARE, [
        lambda x: np.tensordot(x, x), lambda x: np.tensordot(x, CUBE, axes=0), lambda x: np.tensordot(x, x, 1),
    ]),
    (np.cross, SQUARE, [lambda x: np.cross(x, x[0]), lambda x: np.cross(ROW, x), lambda x: np.cross(x, x.T, axis=0)]),
    (np.einsum, SQUARE, [
        lambda x: np.einsum("ij,jk->ik", x, x), lambda x: np.einsum("ii", x), lambda x: np.einsum("ij->j", x),
        lambda x: np.einsum("i,ij,j->", ROW, x, x[0], optimize=True), lambda x: np.einsum("...j,j", x, ROW),
    ]),
    (np.inner, SQUARE, [lambda x: np.inner(x, x), lambda x: np.inner(x, ROW), lambda x: np.inner(2.0, x)]),
]  # fmt: skip


def zips(x: Any) -> Any:
    total = 0.0
    for a, b in zip([x[0], x[1]], [x[2], 2.0]):  # noqa: B905
        total += a * b
    return total


def numbers(x: Any) -> Any:
    total = 0.0
    for n, a in enumerate([x[0], x[1]]):
        total += n * a * a
    return total


def turns(x: Any) -> Any:
    total = 0.0
    for a in reversed([x[0], x[1], 2.0]):
        total = total * a + a
    return total


POSITIVE = SQUARE @ SQUARE.T + np.eye(3)
STACK = np.stack([SQUARE + np.eye(3), POSITIVE])
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, -1.0]])


def reductions(f: Function) -> list[Function]:
    return [
        lambda x: f(x),
        lambda x: f(x, 1),
        lambda x: f(x, axis=(0, 2)),
        lambda x: f(x, axis=-1, keepdims=True),
        lambda x: f(x, axis=None, keepdims=True),
    ]


BY_PULLBACKS = [
    *[(callee, CUBE, reductions(callee)) for callee in (np.max, np.min, np.prod, np.var, np.std, np.nansum, np.nanmean)],
    (np.median, CUBE, reductions(np.median)[:4]),
    (np.average, MATRIX, [lambda x: np.average(x), lambda x: np.average(x, axis=0, weights=ROW), lambda x: np.average(x, 1)]),
    (np.ndarray.max, MATRIX, [lambda x: x.max(), lambda x: x.max(axis=1)]),
    (np.ndarray.min, MATRIX, [lambda x: x.min(), lambda x: x.min(axis=1, keepdims=True)]),
    (np.ndarray.prod, MATRIX, [lambda x: x.prod(), lambda x: x.prod(0)]),
    (np.ndarray.var, MATRIX, [lambda x: x.var(), lambda x: x.var(0), lambda x: x.var(axis=1, ddof=1)]),
    (np.ndarray.std, MATRIX, [lambda x: x.std(), lambda x: x.std(0), lambda x: x.std(axis=1, ddof=1, keepdims=True)]),
    (np.linalg.norm, SQUARE, [
        lambda x: np.linalg.norm(x), lambda x: np.linalg.norm(x, axis=1), lambda x: np.linalg.norm(x, 1, 0),
        lambda x: np.linalg.norm(x, np.inf, axis=0, keepdims=True), lambda x: np.linalg.norm(x, 2),
        lambda x: np.linalg.norm(x[0], 3), lambda x: np.linalg.norm(x, "nuc"), lambda x: np.linalg.norm(x, axis=(0, 1)),
    ]),
    (np.linalg.det, STACK, [lambda x: np.linalg.det(x), lambda x: np.linalg.det(x[0])]),
    (np.linalg.slogdet, STACK, [lambda x: np.linalg.slogdet(x)[1], lambda x: np.linalg.slogdet(x[0])[1]]),
    (np.clip, MATRIX, [lambda x: np.clip(x, -0.3, 0.9), lambda x: np.clip(x, 0.0, None), lambda x: np.clip(x, max=0.4)]),
]  # fmt: skip

BY_FORWARD_RULES = [
    (np.linalg.inv, STACK, [lambda x: np.linalg.inv(x), lambda x: np.linalg.inv(x[1])]),
    (np.linalg.solve, STACK, [
        lambda x: np.linalg.solve(x[0], ROW), lambda x: np.linalg.solve(POSITIVE, x[0]),
        lambda x: np.linalg.solve(x, x[0]), lambda x: np.linalg.solve(x[0], x[1, 0]),
    ]),
    (np.linalg.cholesky, POSITIVE, [
        lambda x: np.linalg.cholesky(x), lambda x: np.linalg.cholesky(np.array([x, x @ x])),
        lambda x: np.linalg.cholesky(x, upper=True),
    ]),
]  # fmt: skip

MOVES = [
    (zip, ROW, [zips]),
    (enumerate, ROW, [numbers]),
    (reversed, ROW, [turns]),
    (iter, ROW, [lambda x: sum(iter([x[0], x[1] * x[2]]))]),
]

CASES = rows(*REDUCTIONS, *SHAPES, *PRODUCTS, *BY_PULLBACKS, *BY_FORWARD_RULES, *MOVES)
WITHOUT = {np.zeros, np.ones, np.empty, np.eye, np.identity, np.arange, np.linspace}
"""Linear in nothing: what they are made of are lengths and ends."""


def in_programs() -> set[Any]:
    """The functions and methods that the programs of matrices name."""
    names = {name for program in PROGRAMS for name in program.__code__.co_names}
    return {vars(owner)[name] for owner in (np, np.linalg, np.ndarray) for name in names & vars(owner).keys()}


def test_every_entry_has_a_case() -> None:
    alone = {case.values[0] for case in CASES} - {row[0] for row in BY_FORWARD_RULES} - {np.sort} | WITHOUT
    entries = {callee for callee, form in FORMS.items() if not isinstance(form, Inactive)}
    assert alone <= entries
    assert entries - alone <= in_programs()


@pytest.mark.parametrize(("callee", "x", "f"), CASES)
def test_tangents_are_the_transpose_of_cotangents(callee: Any, x: Any, f: Function) -> None:
    random = np.random.default_rng(0)
    v = random.normal(size=x.shape)
    assert forward.forward_of(f, (x,), (0,), slope=False) is not None  # type: ignore[arg-type]
    found = directional.tangent(f, (x,), (v,))
    assert found is not None
    y, y_dot = found
    wanted, back = bytegrad.pullback(f, x)
    assert type(y) is type(wanted)
    assert np.array_equal(y, wanted)
    seed = random.normal(size=np.shape(y))
    x_bar = back(seed if np.ndim(y) else float(seed))[0]
    assert np.sum(seed * y_dot) == pytest.approx(np.sum(x_bar * v), rel=1e-11, abs=1e-12)


ROW_BY_ROW = {
    "numpy sum": (6, 7), "builtins sum": (0, 2), "numpy transpose": (1,), " ndarray.transpose": (1,),
    "numpy fliplr": (0,), "numpy flipud": (0,), "numpy diag": (2,), "numpy atleast_1d": (0, 1),
    "numpy atleast_2d": (0, 1), "numpy tile": (1,), "numpy trapezoid": (0, 1), "numpy append": (1, 2),
    "numpy full": (0, 1), "numpy dot": (5,), "_operator matmul": (3,), "numpy kron": (0, 1),
    "numpy tensordot": (0, 1, 2), "numpy cross": (2,), "numpy einsum": (3,), "numpy inner": (0, 1, 2),
    "numpy.linalg solve": (2,), "numpy.linalg cholesky": (2,),
}  # fmt: skip
"""The cases whose Hessian is made row by row: there is no form, or none for such arguments, with an axis more."""


@pytest.mark.parametrize(("callee", "x", "f"), CASES)
def test_along_many_directions_it_is_the_same(callee: Any, x: Any, f: Function, request: pytest.FixtureRequest) -> None:
    """Of a loss made of each, the rows of the Hessian all at once and one by one."""

    def loss(x: Any) -> Any:
        return np.sum(np.sin(f(x * x)))

    one = forward.forward_of(loss, (x,), (0,), slope=True)  # type: ignore[arg-type]
    assert one is not None
    matrix = directional._row_by_row(one, x)
    step, v = 1e-5, np.random.default_rng(1).normal(size=x.shape)
    ahead, behind = (np.ravel(bytegrad.gradient(loss, x + sign * step * v)[0]) for sign in (1, -1))
    wanted = (ahead - behind) / (2 * step)
    assert matrix @ np.ravel(v) == pytest.approx(wanted, rel=1e-6, abs=1e-6 * max(1.0, np.max(np.abs(wanted))))
    assert np.reshape(bytegrad.hessian(loss, x), matrix.shape) == pytest.approx(matrix, rel=1e-11, abs=1e-12)
    name, _, number = request.node.callspec.id.rpartition(" ")
    if int(number) not in ROW_BY_ROW.get(name, ()):
        many = forward.forward_of(loss, (x,), (0,), slope=True, batched=True)  # type: ignore[arg-type]
        assert many is not None
        assert directional._along_many(many, x) == pytest.approx(matrix, rel=1e-11, abs=1e-12)


def test_a_closure_that_is_declined_says_nothing_of_the_next() -> None:
    """They have one code object, and the forward functions are cached by it."""

    def loss_of(f: Function) -> Function:
        return lambda x: np.sum(f(x) ** 2)

    unseen, seen = loss_of(lambda x: np.kron(x, x)), loss_of(lambda x: np.sin(x))

    def made(loss: Function) -> bool:
        return forward.forward_of(loss, (ROW,), (0,), slope=True, batched=True) is not None  # type: ignore[arg-type]

    assert [made(loss) for loss in (unseen, seen, unseen, seen)] == [False, True, False, True]


def test_ties_are_shared_as_in_reverse_mode() -> None:
    v = np.array([[1.0, 2.0, 5.0], [-1.0, 4.0, 3.0]])
    for f in (lambda x: np.max(x, axis=1), lambda x: x.min(axis=0), lambda x: np.linalg.norm(x, np.inf, 1)):
        y, y_dot = bytegrad.jvp(f, (TIES,), (v,))
        _, back = bytegrad.pullback(f, TIES)
        seed = np.arange(1.0, 1.0 + y.size)
        assert seed @ y_dot == pytest.approx(np.sum(back(seed)[0] * v))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.atleast_1d(x, ROW)[0] * np.atleast_1d(x, ROW)[1],
        lambda x: np.atleast_2d(x, ROW)[1] * x,
        lambda x: np.sum(x, where=UP > 0) * x,
        lambda x: np.sum(x, initial=3.0) * x,
        lambda x: np.diff(x, 2),
        lambda x: np.diff(x, prepend=x[1]),
        lambda x: np.where(x, x, ROW),
        lambda x: np.add(ROW, ROW) * x,
    ],
    ids=["two arrays", "an array and a row", "where", "initial", "twice", "prepend", "condition", "passive"],
)
def test_arguments_that_an_entry_is_not_made_for(f: Function) -> None:
    x, v, step = ROW.copy(), ROW * ROW, 1e-6
    y, y_dot = bytegrad.jvp(f, (x,), (v,))
    ahead, behind = (f(x + sign * step * v) for sign in (1, -1))
    assert np.array_equal(y, f(x))
    assert y_dot == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-8)


def test_what_is_written_into_outside_data_is_not_seen_through() -> None:
    kept = np.zeros(3)

    def f(x: Any) -> Any:
        np.add(kept, 1.0, kept)
        return np.sum(x * x * kept)

    assert bytegrad.hvp(f, ROW, np.ones(3)) == pytest.approx(2.0 * np.ones(3))
    assert kept == pytest.approx(np.ones(3))

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.rules.numpy.ndarray import ATTRIBUTES, CONSTANT_ATTRIBUTES
from bytegrad.runtime import registry
from bytegrad.testing import check_gradient
from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, inner, np_rule, parametrize, random_like

ND = np.ndarray
CHOICE = np.array([[0, 1, 2], [2, 0, 1]])


@parametrize(
    case(ND.reshape, A(2, 3), 3, 2),
    case(ND.reshape, A(2, 3), (3, -1)),
    case(ND.reshape, A(2, 3), 6, order="F"),
    case(ND.reshape, A(2, 3), -1, copy=True),
    case(ND.transpose, A(2, 3)),
    case(ND.transpose, A(2, 3, 4), 1, 2, 0),
    case(ND.transpose, A(2, 3, 4), (2, 0, 1)),
    case(ND.transpose, A(2, 3), None),
    case(ND.compress, A(2, 3), [True, False, True], axis=1),
    case(ND.copy, A(2, 3)),
    case(ND.copy, A(2, 3), "F"),
    case(ND.__copy__, A(2, 3)),
    case(ND.__deepcopy__, A(2, 3), {}),
    case(ND.astype, A(3), complex),
    case(ND.astype, A(3), float, "F", "safe", False, False),
    case(ND.astype, A(3) * 3, int),
    case(ND.__array__, A(3)),
    case(ND.__array__, A(3), complex),
    case(ND.to_device, A(3), "cpu"),
    case(ND.item, A(1)),
    case(ND.item, A(2, 3), 4),
    case(ND.item, A(2, 3), 1, -1),
    case(ND.item, A(2, 3), (1, 0)),
    case(ND.view, A(2, 3)),
    case(ND.view, A(2, 3), type=np.ndarray),
    case(ND.getfield, A(3), np.float64),
    case(ND.choose, CHOICE, [A(2, 3), A(3), 0.5]),
    case(ND.diagonal, A(3, 4), 1),
    case(ND.dot, A(2, 3), A(3)),
    case(ND.ravel, A(2, 3)),
    case(ND.repeat, A(3), [1, 2, 0]),
    case(ND.squeeze, A(1, 3)),
    case(ND.swapaxes, A(2, 3), 0, 1),
    case(ND.take, A(4), [0, 2, 0], mode="clip"),
    case(ND.trace, A(3, 3), 1),
    case(ND.conj, C(3)),
    case(ND.conjugate, A(3)),
    case(ND.__add__, A(3), A(2, 1)),
    case(ND.__radd__, A(3), 1.5),
    case(ND.__sub__, A(3), 1.5),
    case(ND.__rsub__, A(3), 1.5),
    case(ND.__mul__, A(3), A(3)),
    case(ND.__rtruediv__, A(3), A(3)),
    case(ND.__rpow__, np.array([0.5, 1.5]), 2.5),
    case(ND.__rmod__, np.array([0.7, -1.1]), 2.5),
    case(ND.__matmul__, A(2, 3), A(3)),
    case(ND.__rmatmul__, A(3, 2), A(2, 3)),
    case(ND.__neg__, A(3)),
    case(ND.__abs__, A(3)),
    case(np.generic.conjugate, np.complex128(1 + 2j)),
    case(np.generic.astype, np.float64(1.5), complex),
    case(np.generic.item, np.float64(1.5)),
    case(np.generic.reshape, np.float64(1.5), 1),
)
def test_methods(row: Case) -> None:
    check(row, second_order=False, layouts=row.keywords.get("type") is None and row.fn not in (ND.view, ND.getfield))


def test_tolist() -> None:
    x = A(2, 2)
    y, pullback = np_rule(ND.tolist)(x)
    assert y == x.tolist()
    np.testing.assert_array_equal(pullback([[1.0, None], None])[0], [[1.0, 0.0], [0.0, 0.0]])
    assert np_rule(ND.tolist)(np.array(1.5))[1](2.0) == (2.0,)
    assert np_rule(ND.tolist)(np.zeros((0, 2)))[1]([])[0].shape == (0, 2)


@pytest.mark.parametrize(("source", "dtype"), [(C(2, 3), float), (A(2, 4), complex)])
def test_complex_numbers_viewed_as_pairs(source: Any, dtype: type) -> None:
    y, pullback = np_rule(ND.view)(source, dtype)
    random = np.random.default_rng(1)
    y_bar, tangent = random_like(y, random), random_like(source, random)
    assert inner(pullback(y_bar)[0], tangent) == pytest.approx(inner(y_bar, tangent.view(dtype)))


def test_fields_of_complex_numbers() -> None:
    z = C(3)
    np.testing.assert_array_equal(np_rule(ND.getfield)(z, float, 8)[0], z.imag)
    np.testing.assert_array_equal(np_rule(ND.getfield)(z, float, 8)[1](np.ones(3))[0], 1j * np.ones(3))
    np.testing.assert_array_equal(np_rule(ND.getfield)(z, float)[1](np.ones(3))[0], np.ones(3))


def test_bits_are_not_numbers() -> None:
    assert np_rule(ND.view)(A(2), np.int64) is NotImplemented
    assert np_rule(ND.view)(A(2), np.float32) is NotImplemented
    assert np_rule(ND.getfield)(A(2), np.int32, 4) is NotImplemented


def test_byteswap_twice() -> None:
    _, pullback = np_rule(ND.byteswap)(A(3))
    np.testing.assert_array_equal(pullback(np.arange(3.0))[0], np.arange(3.0))


def test_conversion_to_numbers() -> None:
    y, pullback = np_rule(ND.__float__)(np.array(1.5))
    assert y == 1.5
    assert pullback(2.0) == (2.0,)
    assert np_rule(ND.__complex__)(np.array(1.5))[0] == 1.5 + 0j
    assert np_rule(ND.__int__)(np.array(1.5))[1](1.0) == (None,)


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_attributes(name: str) -> None:
    random = np.random.default_rng(2)
    for x in (A(2, 3), C(2, 3)):
        if name == "imag" and x.dtype.kind == "f":
            assert ATTRIBUTES[name](x, np.ones((2, 3))) is None
            continue
        read = (lambda a: np.array(list(a.flat))) if name == "flat" else (lambda a: getattr(a, name))
        y_bar, tangent = random_like(read(x), random), random_like(x, random)
        assert inner(ATTRIBUTES[name](x, y_bar), tangent) == pytest.approx(inner(y_bar, read(tangent)))


def test_every_method_is_accounted_for() -> None:
    in_place = {"fill", "partition", "put", "resize", "setfield", "sort"}
    elsewhere = {"base", "data", "ctypes"}
    for name in dir(ND):
        if name.startswith("_") or name in in_place | elsewhere | set(ATTRIBUTES) | CONSTANT_ATTRIBUTES:
            continue
        assert registry.lookup(getattr(ND, name)), f"ndarray.{name} has no rule"


def test_copies_of_the_copy_module() -> None:
    x = A(3)
    for y, pullback in (np_rule(ND.__copy__)(x), np_rule(ND.__deepcopy__)(x, {})):
        np.testing.assert_array_equal(y, copy.deepcopy(x))
        np.testing.assert_array_equal(pullback(np.ones(3))[0], np.ones(3))


def test_fields_of_records_are_written_by_name() -> None:
    def f(x: Any, y: Any) -> Any:
        records = np.zeros(3, dtype=[("a", float), ("k", int), ("v", float, 2)]).view(np.recarray)
        records.a = x * 2.0
        product = records.a * y
        records.a = product * records.a + y[0]
        records.k = 7
        records.v = np.outer(x, y[:2])
        records.setfield(x * y, float, 0)
        records.v *= 2.0
        return np.sum(records.a * product + records.a) + np.sum(records.v * x[:, None])

    check_gradient(f, np.array([1.0, 2.0, -0.5]), np.array([0.3, 0.5, -0.7]))


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
def test_attributes_of_numbers(dtype: str) -> None:
    x = np.array([1.0, 2.0, 3.0], dtype)
    for f in (
        lambda x: np.sum(x).real * 3.0,
        lambda x: (np.sum(x).T * 3.0).real,
        lambda x: np.sum(x).flat[0].real * 3.0,
    ):
        np.testing.assert_array_equal(bytegrad.gradient(f, x)[0], np.full(3, 3.0, dtype))
    if x.dtype.kind == "c":
        np.testing.assert_array_equal(bytegrad.gradient(lambda x: np.sum(x).imag * 3.0, x)[0], np.full(3, 3.0j, dtype))


def test_buffer_of_a_number() -> None:
    with pytest.raises(bytegrad.errors.NoRuleError):
        bytegrad.gradient(lambda x: np.frombuffer(np.sum(x).data, float)[0], np.ones(3))

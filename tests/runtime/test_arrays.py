"""The memory model of arrays: gradients, and memory left as a plain call leaves it."""

from __future__ import annotations

import array
import zlib
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.differentiation import differentiate
from bytegrad.testing import check_gradient
from tests.corpus import Case
from tests.differences import flat_gradient, fresh, numerical_gradient, same
from tests.runtime.array_corpus import CASES

RELATIVE_TOLERANCE = 1e-6


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # numpy warns of its matrix class
@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")  # numpy 2.5 warns; it still works
@pytest.mark.parametrize("case", CASES, ids=str)
def test_value_state_and_gradient(case: Case) -> None:
    plain_args, args = fresh(case.args), fresh(case.args)
    wanted = case.fn(*plain_args)
    y, back = bytegrad.pullback(case.fn, *args)
    assert same(y, wanted)
    assert same(args, plain_args), "after pullback"
    seed = np.ones(()) if isinstance(y, np.ndarray) else 1.0
    gradients = []
    for _ in range(2):
        gradients.append(flat_gradient(back(seed), case.args))
        assert same(args, plain_args), "after back"
    assert gradients[0] == gradients[1]
    numerical = numerical_gradient(case.fn, case.args)
    scale = max(map(abs, numerical), default=0.0)
    assert gradients[0] == pytest.approx(numerical, rel=0, abs=RELATIVE_TOLERANCE * scale + 1e-12)


def sum_of_squares(x: Any) -> Any:
    return np.sum(x * x)


@pytest.mark.parametrize(
    ("x", "wanted"),
    [
        (np.array([1.0, 2.0]), np.array([2.0, 4.0])),
        (np.array([1.0, 2.0], np.float32), np.array([2.0, 4.0], np.float32)),
        (np.array([1.0, 2.0], np.longdouble), np.array([2.0, 4.0], np.longdouble)),
        (np.array([1, 2]), np.array([2.0, 4.0])),
        (np.array([1, 2], np.int8), np.array([2.0, 4.0])),
        (np.array(3.0), np.array(6.0)),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        (np.arange(10.0)[::3], np.array([0.0, 6.0, 12.0, 18.0])),
        (np.arange(3.0)[::-1], np.array([4.0, 2.0, 0.0])),
        (np.asfortranarray(np.arange(4.0).reshape(2, 2)), np.array([[0.0, 2.0], [4.0, 6.0]])),
    ],
)
def test_dtype_and_shape(x: Any, wanted: Any) -> None:
    (gradient,) = bytegrad.gradient(sum_of_squares, x)
    assert type(gradient) is np.ndarray
    assert gradient.dtype == wanted.dtype
    np.testing.assert_array_equal(gradient, wanted)


def test_complex_arrays() -> None:
    z = np.array([1 + 2j, 3 - 1j])
    (gradient,) = bytegrad.gradient(lambda z: np.sum(np.abs(z) ** 2), z)
    np.testing.assert_allclose(gradient, 2 * z)


def test_numpy_scalars_keep_their_type() -> None:
    (gradient,) = bytegrad.gradient(lambda x: x * x, np.float32(3.0))
    assert type(gradient) is np.float32 and gradient == 6.0
    (gradient,) = bytegrad.gradient(lambda x: abs(x) ** 2, np.complex128(1 + 2j))
    assert type(gradient) is np.complex128 and gradient == 2 + 4j


def test_objects_elementwise() -> None:
    x = np.array([Fraction(1, 2), Fraction(1, 3)])
    (gradient,) = bytegrad.gradient(lambda x: (x * x).sum(), x)
    assert gradient.tolist() == [Fraction(1), Fraction(2, 3)]


def test_shape_is_a_constant() -> None:
    gradient = bytegrad.gradient(lambda x, y, d: np.sum(x ** x.shape[d] + y), np.array([7, 11]), 0, 0)
    np.testing.assert_array_equal(gradient[0], [14.0, 22.0])
    assert gradient[1:] == (2.0, None)


def test_read_only_arrays() -> None:
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    (gradient,) = bytegrad.gradient(sum_of_squares, x)
    np.testing.assert_array_equal(gradient, [2.0, 4.0])


def test_an_array_that_is_not_touched() -> None:
    assert bytegrad.gradient(lambda x, y: np.sum(x), np.ones(2), np.ones(3))[1] is None


# the same memory twice --------------------------------------------------------------------------------------


def test_each_argument_has_its_own_share() -> None:
    x = np.array([1.0, 2.0])
    a_bar, b_bar = bytegrad.gradient(lambda a, b: np.sum(a * b * b), x, x)
    np.testing.assert_array_equal(a_bar, x * x)
    np.testing.assert_array_equal(b_bar, 2 * x * x)
    a_bar, b_bar = bytegrad.gradient(lambda a, b: np.sum(a[1:] * b), x, x[:1])
    np.testing.assert_array_equal(a_bar, [0.0, 1.0])
    np.testing.assert_array_equal(b_bar, [2.0])


def write_first(a: Any, b: Any) -> Any:
    a[0] = 5.0 * a[1]
    return b[0]


def test_writing_an_array_that_was_passed_twice_is_refused() -> None:
    x = np.array([1.0, 2.0])
    with pytest.raises(bytegrad.UnsupportedError, match="two differentiated arguments"):
        bytegrad.gradient(write_first, x, x)


# loud ---------------------------------------------------------------------------------------------------------


def through_memoryview(x: Any) -> Any:
    y = x * 2.0
    memoryview(y)[0] = 7.0
    return np.sum(y)


def through_bytes(x: Any) -> Any:
    return np.sum(np.frombuffer(x.tobytes()))


def as_bits(x: Any) -> Any:
    return float(x.view(np.int64).sum())


def resized_when_needed(x: Any) -> Any:
    y = x * 2.0
    z = y * y
    y.resize(5, refcheck=False)
    return np.sum(y) + np.sum(z)


def buffered(x: Any) -> Any:
    total = 0.0
    for value in np.nditer(x, op_dtypes=["float32"], flags=["buffered"], casting="same_kind"):
        total = total + float(value)
    return total


def memoryview_element(x: Any) -> Any:
    return memoryview(x)[1] * 2.0


@pytest.mark.parametrize(
    "fn",
    [through_memoryview, through_bytes, as_bits, resized_when_needed, buffered, memoryview_element],
    ids=lambda fn: fn.__name__,
)
def test_what_cannot_be_followed_is_an_error(fn: Any) -> None:
    with pytest.raises((bytegrad.NoRuleError, bytegrad.UnsupportedError)):
        bytegrad.gradient(fn, np.array([1.0, 2.0, 3.0]))


def filled_outside(x: Any, rng: Any) -> Any:
    data = np.arange(3.0)
    y = x * data
    rng.standard_normal(out=data)
    return np.sum(y)


def test_constant_memory_may_be_written_by_anything() -> None:
    x = np.array([1.0, 2.0, 3.0])
    (gradient, _) = bytegrad.gradient(filled_outside, x, np.random.default_rng(0))
    np.testing.assert_array_equal(gradient, [0.0, 1.0, 2.0])


# seeds --------------------------------------------------------------------------------------------------------


def test_array_seeds() -> None:
    x = np.array([1.0, 2.0, 3.0])
    y, back = bytegrad.pullback(lambda x: (x * x, x[1:]), x)
    (gradient,) = back((np.array([1.0, 0.0, 2.0]), np.array([5.0, 7.0])))
    np.testing.assert_array_equal(gradient, [2.0, 5.0, 19.0])
    (gradient,) = back((None, np.array([5.0, 7.0])))
    np.testing.assert_array_equal(gradient, [0.0, 5.0, 7.0])


def test_a_seed_of_another_shape_is_refused() -> None:
    _, back = bytegrad.pullback(lambda x: x * x, np.ones(3))
    with pytest.raises(bytegrad.SeedError, match=r"\(3,\).*\(2,\)"):
        back(np.ones(2))


def test_the_seed_is_not_changed_and_not_handed_out() -> None:
    seed = np.ones(3)
    _, back = bytegrad.pullback(lambda x: x, np.zeros(3))
    (gradient,) = back(seed)
    assert gradient is not seed
    gradient += 1.0
    np.testing.assert_array_equal(seed, 1.0)


def test_gradients_do_not_share_memory() -> None:
    a_bar, b_bar = bytegrad.gradient(lambda a, b: np.sum(a + b), np.ones(3), np.ones(3))
    assert not np.may_share_memory(a_bar, b_bar)
    a_bar += 1.0
    np.testing.assert_array_equal(b_bar, 1.0)


# activity -----------------------------------------------------------------------------------------------------

TABLE = np.arange(3.0)


def with_constants(w: Any) -> Any:
    grid = np.linspace(0.0, 1.0, 3) * np.full(3, 2.0) + np.array([0.1, 0.2, 0.3])
    scaled = TABLE / 255.0 + np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    scaled[0] = 1.0
    return np.sum(w * 2.0) + float(np.sum(grid * scaled)) * 0.0


def test_constants_stay_inactive() -> None:
    done = differentiate(with_constants, (np.ones(3),), {})
    assert len(done.ctx.arrays.shadows) == 1, "the argument"
    np.testing.assert_array_equal(bytegrad.gradient(with_constants, np.ones(3))[0], 2.0)


def linear_stencil(u: Any) -> Any:
    u = u * 1.0
    for _ in range(5):
        u[1:-1] += 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u[2] * 1.0


def test_what_no_rule_needs_is_not_saved() -> None:
    done = differentiate(linear_stencil, (np.ones(6),), {})
    assert done.ctx.arrays.log == []
    done = differentiate(lambda u: np.sum(np.sin(u)) + linear_stencil(u), (np.ones(6),), {})
    assert done.ctx.arrays.log == [], "the argument is needed, but not what is written"


def rounded_on_the_way(x: Any) -> Any:
    return np.sum((x / 3.0).astype(np.float32).astype(np.float64) * np.arange(1.0, 4.0) / 7.0)


def test_double_precision_passes_through_single() -> None:
    (gradient,) = bytegrad.gradient(rounded_on_the_way, np.ones(3))
    np.testing.assert_allclose(gradient, np.arange(1.0, 4.0) / 21.0, rtol=1e-15)


def overwrites_and_fails(x: Any) -> Any:
    y = np.sin(x)
    x[0] = 7.0
    y[0] = x[1]
    return np.sum(np.sin(y)) + refused(y)


def refused(y: Any) -> Any:
    z = np.broadcast_to(y, (2, 3)).copy()
    wide = np.lib.stride_tricks.as_strided(z, (2, 3), (8, 8))
    wide[...] = y * 2.0
    return np.sum(wide)


def test_memory_is_left_alone_by_a_sweep_that_fails() -> None:
    x = np.array([1.0, 2.0, 3.0])
    _, back = bytegrad.pullback(overwrites_and_fails, x)
    for _ in range(2):
        with pytest.raises(bytegrad.UnsupportedError, match="overlap"):
            back(1.0)
        np.testing.assert_array_equal(x, [7.0, 2.0, 3.0])


class Hooked(np.ndarray):
    def copy(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("asked by bytegrad")

    def tobytes(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("asked by bytegrad")


def subclass_seen_by_native_calls(x: Any) -> Any:
    hooked = x.view(Hooked)
    zlib.crc32(hooked)
    squares = hooked * hooked
    hooked += 1.0
    hooked *= hooked
    return float(np.sum(squares + hooked))


def test_methods_of_subclasses_are_not_asked_for_copies() -> None:
    x = np.array([1.0, 2.0, 3.0])
    (gradient,) = bytegrad.gradient(subclass_seen_by_native_calls, x)
    np.testing.assert_allclose(gradient, 2 * np.array([1.0, 2.0, 3.0]) + 2 * (np.array([1.0, 2.0, 3.0]) + 1))


def test_memory_shared_with_an_array_of_python_is_read_but_not_written() -> None:
    def read(x: float) -> float:
        a = array.array("d", [x, x * x])
        return float(np.sum(np.asarray(a))) * a[1]

    def write(x: float) -> float:
        a = array.array("d", [1.0, 2.0])
        np.asarray(a)[0] = x
        return a[0]

    assert bytegrad.gradient(read, 2.0) == (5.0 * 4.0 + 6.0 * 4.0,)
    with pytest.raises(bytegrad.UnsupportedError, match=r"both an array\.array's and an array's of numpy") as refusal:
        bytegrad.gradient(write, 2.0)
    assert "write" in str(refusal.value)


def one_of_many(x: Any) -> Any:
    z = x * x
    windows = np.lib.stride_tricks.as_strided(z, (2, 2), (8, 8))
    windows[1, 1] = x[0]
    windows[0] = windows[0] * x[1]
    row, wide = np.broadcast_arrays(x, np.ones((2, 3)))
    return np.sum(windows**2) + row[1, 2] ** 3 * windows[1, 0] + np.sum(z)


def test_single_elements_of_views_that_overlap() -> None:
    check_gradient(one_of_many, np.array([1.0, 2.0, 3.0]))

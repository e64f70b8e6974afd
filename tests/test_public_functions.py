"""What all public functions have in common: errors of one family, pickling, use from many threads at once."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.testing import check_gradient, check_rule

OF_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "gradient": lambda f: bytegrad.gradient(f, 1.0),
    "withgradient": lambda f: bytegrad.withgradient(f, 1.0),
    "pullback": lambda f: bytegrad.pullback(f, 1.0),
    "grad": lambda f: bytegrad.grad(f)(1.0),
    "value_and_grad": lambda f: bytegrad.value_and_grad(f)(1.0),
    "jacobian": lambda f: bytegrad.jacobian(f, 1.0),
    "withjacobian": lambda f: bytegrad.withjacobian(f, 1.0),
    "hessian": lambda f: bytegrad.hessian(f, 1.0),
    "hessian_reverse": lambda f: bytegrad.hessian_reverse(f, 1.0),
    "diaghessian": lambda f: bytegrad.diaghessian(f, 1.0),
    "jvp": lambda f: bytegrad.jvp(f, (1.0,), (1.0,)),
    "pushforward": lambda f: bytegrad.pushforward(f, 1.0)(1.0),
    "check_gradient": lambda f: check_gradient(f, 1.0),
    "hvp": lambda f: bytegrad.hvp(f, 1.0, 1.0),
    "explain": lambda f: bytegrad.explain(f, 1.0),
    "gradient_of_params": lambda f: bytegrad.gradient(f, bytegrad.Params([])),
}
NO_FUNCTIONS = [3, None, "math.sin", [len], np.ones(2)]


@pytest.mark.parametrize("name", OF_FUNCTIONS)
@pytest.mark.parametrize("f", NO_FUNCTIONS, ids=range(len(NO_FUNCTIONS)))
def test_what_is_not_callable_is_an_argument_error(name: str, f: Any) -> None:
    with pytest.raises(bytegrad.ArgumentError, match="not callable") as caught:
        OF_FUNCTIONS[name](f)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, bytegrad.BytegradError)
    assert "Possible fixes" in str(caught.value)


OF_SCALARS = ("gradient", "withgradient", "grad", "value_and_grad", "hessian", "hessian_reverse", "hvp")
NO_SCALARS: list[Callable[[Any], Any]] = [lambda x: "text", lambda x: None, lambda x: x * 1j, lambda x: [x]]


@pytest.mark.parametrize("name", OF_SCALARS)
@pytest.mark.parametrize("f", NO_SCALARS, ids=range(len(NO_SCALARS)))
def test_what_is_not_a_real_number_is_a_scalar_error(name: str, f: Any) -> None:
    with pytest.raises(bytegrad.ScalarError, match="is that of a real number") as caught:
        OF_FUNCTIONS[name](f)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("name", OF_FUNCTIONS)
def test_errors_of_the_function_are_its_own(name: str) -> None:
    def failing(*args: Any) -> float:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        OF_FUNCTIONS[name](failing)


SEEDS = [([1.0], "is a list of 2"), ("text", "is a list of 2"), ([1.0, [1.0]], r"\[1\] is a number"), (1.0, "a list")]


@pytest.mark.parametrize(("seed", "text"), SEEDS, ids=range(len(SEEDS)))
def test_seeds_that_do_not_fit_are_seed_errors(seed: Any, text: str) -> None:
    _, back = bytegrad.pullback(lambda x: [x, x * x], 3.0)
    with pytest.raises(bytegrad.SeedError, match=text) as caught:
        back(seed)
    assert isinstance(caught.value, ValueError)
    assert back([1.0, None]) == (1.0,)


def test_argnums_that_are_not_there() -> None:
    for wrong in (1, -2, (0, 1)):
        with pytest.raises(bytegrad.ArgumentError, match="argnums"):
            bytegrad.grad(abs, wrong)(1.0)


def test_checks_refuse_what_they_cannot_check() -> None:
    with pytest.raises(bytegrad.ArgumentError):
        check_gradient(lambda: 1.0)
    with pytest.raises(bytegrad.ArgumentError):
        check_rule(lambda x: x, 1.0)


# pickles --------------------------------------------------------------------------------------------------------


def cubic(x: Any, y: Any = 1.0) -> Any:
    return x**3 * y


class Cubic:
    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, x: float) -> float:
        return self.factor * x**3


PICKLED = [
    (bytegrad.grad(cubic), (2.0,), 12.0),
    (bytegrad.grad(cubic, 1), (2.0, 1.0), 8.0),
    (bytegrad.value_and_grad(cubic, (0, 1)), (2.0, 1.0), (8.0, (12.0, 8.0))),
    (bytegrad.grad(bytegrad.grad(cubic)), (2.0,), 12.0),
    (bytegrad.grad(Cubic(2.0)), (2.0,), 24.0),
]


@pytest.mark.parametrize(("function", "args", "wanted"), PICKLED, ids=range(len(PICKLED)))
def test_gradient_functions_can_be_pickled_before_and_after_use(function: Any, args: Any, wanted: Any) -> None:
    for _ in range(2):
        for again in (pickle.loads(pickle.dumps(function)), copy.copy(function), copy.deepcopy(function)):
            assert type(again) is type(function)
            assert again(*args) == wanted
        assert function(*args) == wanted


def test_a_function_that_cannot_be_pickled_says_so() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(bytegrad.grad(lambda x: x))


@pytest.mark.parametrize(
    "error",
    [bytegrad.ArgumentError("what", fixes="do"), bytegrad.NoRuleError("what", where=("f", "file", 3), fixes="do")],
    ids=["argument", "rule"],
)
def test_errors_can_be_pickled(error: Any) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.where, again.fixes) == (type(error), str(error), error.where, error.fixes)


# threads --------------------------------------------------------------------------------------------------------


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


SOURCE = """
def inner{n}(xs, k):
    total = 0.0
    for i, x in enumerate(xs):
        total += x ** (i % 3) * k
    return total

def outer{n}(x, k):
    state = {{"a": [x, x * x, 1.0]}}
    return inner{n}(state["a"], k) + sum(v * k for v in state["a"])
"""


def fresh_function(n: int) -> Any:
    namespace: dict[str, Any] = {}
    exec(SOURCE.format(n=n), namespace)
    return namespace[f"outer{n}"]


def at_once(work: Callable[[int], Any], threads: int = 8) -> list[Any]:
    """The results of `work` in as many threads, which all begin at the same moment."""
    barrier = threading.Barrier(threads)

    def begin(n: int) -> Any:
        barrier.wait()
        return work(n)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def test_many_threads_use_a_function_for_the_first_time(hasty: None) -> None:
    for n in range(5):
        f = fresh_function(n)
        wanted = bytegrad.gradient(fresh_function(100 + n), 2.0, 3.0)
        assert at_once(lambda _, f=f: bytegrad.gradient(f, 2.0, 3.0)) == [wanted] * 8  # type: ignore[misc]


def test_many_threads_share_a_gradient_function(hasty: None) -> None:
    function = bytegrad.value_and_grad(fresh_function(7), (0, 1))
    plain = fresh_function(8)

    def work(n: int) -> Any:
        return [function(float(k), float(n)) for k in range(1, 20)]

    for n, found in enumerate(at_once(work)):
        gradients = [bytegrad.gradient(plain, float(k), float(n)) for k in range(1, 20)]
        assert found == [(plain(float(k), float(n)), of) for k, of in zip(range(1, 20), gradients, strict=True)]


def test_threads_with_arguments_of_different_types(hasty: None) -> None:
    kinds: list[Callable[[float], Any]] = [float, int, np.float64, lambda x: np.array([x]), complex]

    def square(x: Any) -> Any:
        y = x * x
        return abs(y.sum() if hasattr(y, "sum") else y)

    def told(kind: Callable[[float], Any]) -> tuple[type, Any]:
        # Not the repr: numpy's depends on options, which are each thread's own.
        (slope,) = bytegrad.gradient(square, kind(2))
        return type(slope), np.asarray(slope).tolist()

    wanted = [told(kind) for kind in kinds]
    assert at_once(lambda n: told(kinds[n % 5]), threads=10) == wanted * 2


def test_one_pullback_may_be_called_from_several_threads_in_turn() -> None:
    _, back = bytegrad.pullback(lambda xs: [x * x for x in xs], [1.0, 2.0])
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(back, [1.0, 1.0]).result() == back([1.0, 1.0]) == ([2.0, 4.0],)


def test_checks_of_one_thread_do_not_concern_others() -> None:
    def overflowing(x: float) -> float:
        return (x * 1e200) ** 1.5 * 1e200

    with bytegrad.debug(check_finite=True), ThreadPoolExecutor(1) as pool:
        assert pool.submit(bytegrad.gradient, overflowing, 1e-9).result() == (float("inf"),)
        with pytest.raises(bytegrad.NotFiniteError):
            bytegrad.gradient(overflowing, 1e-9)


@pytest.mark.parametrize("argnums", ["x", 1.5, (0, "y"), None])
def test_argnums_are_numbers(argnums: Any) -> None:
    for transform in (bytegrad.grad, bytegrad.value_and_grad):
        with pytest.raises(bytegrad.ArgumentError, match="argnums is"):
            transform(lambda x, y: x * y, argnums=argnums)

"""Functions by which a program steers its differentiation: hooks, cuts, checkpoints, questions."""

from __future__ import annotations

import random
import statistics
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import (
    Tangent,
    checkpointed,
    checkpointed_loop,
    dropgrad,
    gradient,
    hook,
    ignore,
    isderiving,
    non_differentiable,
    showgrad,
)
from bytegrad.runtime import registry
from bytegrad.testing import check_gradient


class Model:
    def __init__(self, w: Any) -> None:
        self.w = w

    def __call__(self, x: Any) -> Any:
        return self.w * x


# hooks ----------------------------------------------------------------------------------------------------------

HOOKED = [
    (lambda x: hook(lambda g: 10 * g, x) * x, 3.0, 33.0),
    (lambda x: hook(lambda g: None, x) * x, 3.0, 3.0),
    (lambda x: hook(f=lambda g: -g, x=x), 3.0, -1.0),
    (lambda xs: sum(hook(lambda g: [2 * v for v in g], xs)), [1.0, 2.0], [2.0, 2.0]),
    (lambda d: hook(lambda g: {"a": 5 * g["a"]}, d)["a"], {"a": 1.0, "b": 2.0}, {"a": 5.0, "b": None}),
    (lambda m: hook(lambda g: 7 * g, m)(2.0), Model(3.0), Tangent(w=14.0)),
    (lambda x: gradient(lambda y: hook(lambda g: 3 * g, y) ** 2, x)[0], 3.0, 6.0),
]


@pytest.mark.parametrize(("f", "x", "wanted"), HOOKED, ids=range(len(HOOKED)))
def test_hook(f: Callable[[Any], Any], x: Any, wanted: Any) -> None:
    f(x)
    assert gradient(f, x) == (wanted,)


def test_hook_gets_arrays_and_is_called_once_for_each_reversal() -> None:
    seen: list[Any] = []
    _, back = bytegrad.pullback(lambda x: np.sum(hook(lambda g: seen.append(g) or 2 * g, x) * x), np.array([1.0, 2.0]))
    # It is one array, so both factors are hooked.
    assert np.array_equal(back(1.0)[0], [4.0, 8.0])
    assert np.array_equal(back(1.0)[0], [4.0, 8.0])
    assert len(seen) == 2
    assert np.array_equal(seen[0], [2.0, 4.0])


def test_hook_concerns_uses_from_there_on() -> None:
    def f(x: Any) -> Any:
        before = np.sum(x * x)
        return before + np.sum(hook(lambda g: 10 * g, x) ** 2)

    assert np.array_equal(gradient(f, np.array([1.0, 2.0]))[0], [22.0, 44.0])


def test_hook_is_not_called_where_nothing_flows() -> None:
    assert gradient(lambda x, y: (hook(lambda g: 1 / 0, y), x)[1], 3.0, 2.0) == (1.0, None)


def test_what_a_hook_raises_or_returns_wrongly() -> None:
    with pytest.raises(ZeroDivisionError):
        gradient(lambda x: hook(lambda g: 1 / 0, x), 3.0)
    with pytest.raises(bytegrad.SeedError):
        gradient(lambda x: hook(lambda g: "text", x), 3.0)


def test_showgrad(capsys: pytest.CaptureFixture[str]) -> None:
    assert gradient(lambda a, b: showgrad(a) * showgrad(b, label="b"), 2.0, 3.0) == (3.0, 2.0)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "gradient of b: 2.0"
    assert "test_control.py:" in second
    assert second.endswith(": 3.0")
    assert showgrad([1.0]) == [1.0]
    assert capsys.readouterr().out == ""


# cuts -----------------------------------------------------------------------------------------------------------

CUT = [
    (lambda x: dropgrad(x) * x, 3.0, 3.0),
    (lambda x: dropgrad(x=x) * x, 3.0, 3.0),
    (lambda xs: dropgrad(xs)[0] * xs[0], [3.0], [3.0]),
    (lambda d: dropgrad(d)["a"][0] * d["a"][0], {"a": (3.0, 1.0)}, {"a": (3.0, None)}),
    (lambda m: dropgrad(m).w * m.w, Model(3.0), Tangent(w=3.0)),
    (dropgrad, 3.0, None),
    (lambda x: ignore(lambda: x * x) * x, 3.0, 9.0),
    (lambda x: ignore(lambda: [x, {"a": x}])[1]["a"] * x, 3.0, 3.0),
    (lambda x: x if isderiving() else 2 * x, 3.0, 1.0),
    (lambda x: gradient(lambda y: 5 * y if isderiving() else y, x)[0] * x, 3.0, 5.0),
]


@pytest.mark.parametrize(("f", "x", "wanted"), CUT, ids=range(len(CUT)))
def test_cuts(f: Callable[[Any], Any], x: Any, wanted: Any) -> None:
    f(x)
    assert gradient(f, x) == (wanted,)


def test_dropped_arrays_are_copies() -> None:
    assert np.array_equal(gradient(lambda x: np.sum(dropgrad(x) * x), np.array([2.0, 3.0]))[0], [2.0, 3.0])
    x = np.ones(2)
    assert dropgrad(x) is not x
    assert dropgrad({"a": [x]})["a"][0] is not x


def test_ignored_code_has_its_effects_once() -> None:
    log: list[float] = []
    assert gradient(lambda x: (ignore(lambda: log.append(x)), x * x)[1], 3.0) == (6.0,)
    assert log == [3.0]


def test_ignored_changes_that_matter_are_errors() -> None:
    def f(x: float) -> float:
        xs = [x]
        ignore(lambda: xs.append(x))
        return xs[0] * xs[1]

    with pytest.raises(bytegrad.NoRuleError):
        gradient(f, 3.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: hook(3, x),
        lambda x: checkpointed(3, x),
        lambda x: checkpointed_loop(2, 3, x),
        lambda x: ignore(3),
    ],
    ids=["hook", "checkpointed", "checkpointed_loop", "ignore"],
)
def test_what_is_no_function_is_refused_by_an_error_of_ours(call: Any) -> None:
    for use in (call, lambda x: gradient(call, x)):
        with pytest.raises(bytegrad.ArgumentError, match="got an int where it needs a function") as refusal:
            use(1.0)
        assert refusal.value.fixes


def test_arguments_may_come_by_name_in_any_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert gradient(lambda x: hook(x=x, f=lambda g: -g) * 2.0, 3.0) == (-2.0,)
    assert gradient(lambda x: hook(lambda g: -g, x=x) * 2.0, 3.0) == (-2.0,)
    assert gradient(lambda x: showgrad(label="a", x=x) * 2.0, 3.0) == (2.0,)
    assert capsys.readouterr().out == "gradient of a: 2.0\n"


# declared -------------------------------------------------------------------------------------------------------


class Log:
    def __init__(self) -> None:
        self.entries: list[float] = []

    def add(self, x: float) -> float:
        self.entries.append(x)
        return 100 * x

    @property
    def last(self) -> float:
        return self.entries[-1]

    @staticmethod
    def scaled(x: float) -> float:
        return 100 * x


class Partly:
    @non_differentiable
    def constant(self, x: float) -> float:
        return x * x

    def moving(self, x: float) -> float:
        return x * x


non_differentiable(Log)


def logged(x: float) -> float:
    log = Log()
    return x * x + log.add(x) + log.last + Log.scaled(x)


def test_classes_and_methods_are_declared() -> None:
    assert logged(3.0) == 9.0 + 300.0 + 3.0 + 300.0
    assert gradient(logged, 3.0) == (6.0,)
    assert gradient(lambda x: Partly().constant(x) * x + Partly().moving(x), 3.0) == (15.0,)


def test_modules_are_declared_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gradient(lambda x: statistics.mean([x, x]) * x, 3.0) == (6.0,)
    monkeypatch.setattr(registry.TABLE, "modules", registry.TABLE.modules)
    before = dict(registry.TABLE.by_callable)
    monkeypatch.setattr(registry.TABLE, "by_callable", {k: v for k, v in before.items() if k is not statistics.mean})
    assert non_differentiable("statistics") == "statistics"
    assert gradient(lambda x: statistics.mean([x, x]) * x, 3.0) == (3.0,)
    registry.touch()


# checkpoints ----------------------------------------------------------------------------------------------------


def noisy(x: float) -> float:
    return x * random.random() * np.random.rand()


def bumps(log: list[float], x: float) -> float:
    log.append(2 * x)
    return sum(log)


def through_lists(x: float) -> float:
    log: list[float] = []
    return checkpointed(bumps, log, x) * checkpointed(bumps, log, x * x)  # type: ignore[no-any-return]


CHECKPOINTED = [
    (lambda x: sum(checkpointed(lambda y: [y, y * y], x)), (3.0,)),
    (lambda d: checkpointed(lambda e: {"out": (e["a"] * e["b"][0], "text")}, d)["out"][0], ({"a": 2.0, "b": [3.0]},)),
    (lambda x, w: checkpointed(lambda y: y * w, x), (2.0, 3.0)),
    (lambda m, x: checkpointed(m, x) ** 2, (Model(2.0), 3.0)),
    (lambda x, y: checkpointed(lambda a, *, b: a * b**2, x, b=y), (2.0, 3.0)),
    (lambda x: np.sum(checkpointed(lambda y: np.sin(y) * y, x) ** 2), (np.array([1.0, 2.0]),)),
    (through_lists, (3.0,)),
    (lambda x: checkpointed(lambda y: checkpointed(lambda z: z**3, y * y) * y, x), (1.1,)),
]


@pytest.mark.parametrize(("f", "args"), CHECKPOINTED, ids=range(len(CHECKPOINTED)))
def test_checkpointed(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_gradient(f, *args)


def test_second_derivatives_through_checkpoints() -> None:
    assert bytegrad.grad(bytegrad.grad(lambda x: checkpointed(lambda z: z**3, x)))(2.0) == 12.0


CALLS: list[str] = []


def counted(name: str, x: float) -> float:
    CALLS.append(name)
    return x * x


def nested(x: float) -> float:
    def inner(y: float) -> float:
        return checkpointed(counted, "inner", counted("outer", y))  # type: ignore[no-any-return]

    return checkpointed(inner, counted("plain", x))  # type: ignore[no-any-return]


def test_each_level_of_checkpoints_is_one_more_call() -> None:
    CALLS.clear()
    assert gradient(nested, 1.1)[0] == pytest.approx(8 * 1.1**7)
    # Forward; then the outer checkpoint again, and in that the inner one.
    assert CALLS == ["plain", "outer", "inner", "outer", "inner", "inner"]


def test_random_numbers_come_again_and_their_state_is_left_as_by_a_plain_call() -> None:
    def seeded(f: Callable[[float], Any]) -> Any:
        random.seed(0)
        np.random.seed(0)
        return f(2.0), random.random(), np.random.rand()

    assert seeded(lambda x: gradient(lambda y: checkpointed(noisy, y), x)) == seeded(lambda x: gradient(noisy, x))


def test_what_a_checkpoint_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        gradient(lambda x: checkpointed(lambda z: z / 0.0, x), 2.0)

    def caught(x: float) -> float:
        try:
            return checkpointed(lambda z: z / 0.0, x)  # type: ignore[no-any-return]
        except ZeroDivisionError:
            return 3 * x

    assert gradient(caught, 2.0) == (3.0,)


def test_writing_to_foreign_arrays_is_refused() -> None:
    def f(x: Any) -> Any:
        return np.sum(checkpointed(lambda z: (z.__setitem__(0, 5.0), z)[1], x))

    with pytest.raises(bytegrad.UnsupportedError, match="writes to an array that it did not make"):
        gradient(f, np.ones(3))


def test_a_checkpoint_can_be_reversed_again() -> None:
    _, back = bytegrad.pullback(lambda x: checkpointed(lambda z: z * z, x), 3.0)
    assert (back(1.0), back(2.0), back(1.0)) == ((6.0,), (12.0,), (6.0,))


def test_in_threads() -> None:
    found: list[Any] = []

    def work() -> None:
        found.append([gradient(nested, 1.1), gradient(through_lists, 3.0)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(result == found[0] for result in found)


def test_override_by_what_is_no_python_function() -> None:
    x = np.array([0.5])
    with bytegrad.override(np.sign, np.tanh):
        with bytegrad.override(np.sign, np.sin):
            assert bytegrad.gradient(lambda x: np.sum(np.sign(x)), x)[0] == pytest.approx(np.cos(x))
        assert bytegrad.gradient(lambda x: np.sum(np.sign(x)), x)[0] == pytest.approx(1 - np.tanh(x) ** 2)
    assert bytegrad.gradient(lambda x: np.sum(np.sign(x)), x)[0] is None


def test_a_rule_whose_parameters_are_not_those_of_the_call_is_named() -> None:
    def scaled(x):
        return 2 * x

    @bytegrad.adjoint(scaled)
    def scaled_rule(x, by):
        return 2 * x, lambda y_bar: (2 * y_bar, None)

    with pytest.raises(bytegrad.NoRuleError, match=r"scaled_rule for .*scaled is not for such a call") as refusal:
        bytegrad.gradient(scaled, 3.0)
    assert "take the arguments" in refusal.value.fixes

"""Rules of the user's own: for anything callable, with results and cotangents of any kind, at any time."""

from __future__ import annotations

import functools
import math
import operator
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import Tangent, adjoint, gradient, partials, pullback
from bytegrad.runtime import registry
from bytegrad.testing import check_rule

# what can have a rule: each rule here gives a derivative that is not the true one, to be seen --------------------


class Gauge:
    def __init__(self, k: float) -> None:
        self.k = k

    def read(self, x: float) -> float:
        return self.k * x

    @property
    def twice(self) -> float:
        return self.k * 2

    @functools.cached_property
    def kept(self) -> float:
        return self.k * 2

    @classmethod
    def make(cls, x: float) -> Gauge:
        return cls(x)

    @staticmethod
    def square(x: float) -> float:
        return x * x

    def __call__(self, x: float) -> float:
        return self.k * x

    def __add__(self, other: Gauge) -> Gauge:
        return Gauge(self.k + other.k)

    def __getitem__(self, x: float) -> float:
        return self.k * x


@pytest.fixture
def rule() -> Iterator[Callable[..., None]]:
    """`rule(target, function)` declares a rule that is gone after the test."""
    declared: list[Any] = []

    def declare(target: Any, function: Callable[..., Any]) -> None:
        adjoint(target)(function)
        declared.append((target, registry.rules_of(target)[0]))

    yield declare
    for target, made in declared:
        registry.unregister(target, made)


def read_by_method(g: Gauge, x: float) -> float:
    method = g.read
    return method(x)


def test_a_method(rule: Any) -> None:
    rule(Gauge.read, lambda self, x: (self.k * x, lambda bar: ({"k": 10 * bar * x}, 100 * bar)))
    wanted = (Tangent(k=30.0), 100.0)
    assert gradient(lambda g, x: g.read(x), Gauge(2.0), 3.0) == wanted
    assert gradient(lambda g, x: Gauge.read(g, x), Gauge(2.0), 3.0) == wanted
    assert gradient(read_by_method, Gauge(2.0), 3.0) == wanted


def test_a_method_of_one_object_alone(rule: Any) -> None:
    special = Gauge(2.0)
    rule(special.read, lambda x: (2.0 * x, lambda bar: (100 * bar,)))
    assert gradient(lambda x: special.read(x), 3.0) == (100.0,)
    assert gradient(special.read, 3.0) == (100.0,)
    assert gradient(lambda x: Gauge(2.0).read(x), 3.0) == (2.0,)


def test_properties(rule: Any) -> None:
    rule(Gauge.twice, lambda self: (2 * self.k, lambda bar: ({"k": 1000 * bar},)))
    rule(Gauge.__dict__["kept"], lambda self: (2 * self.k, lambda bar: ({"k": 100 * bar},)))
    assert gradient(lambda g: g.twice, Gauge(2.0)) == (Tangent(k=1000.0),)
    assert gradient(lambda g: g.kept, Gauge(2.0)) == (Tangent(k=100.0),)


def test_class_methods_and_static_methods(rule: Any) -> None:
    rule(Gauge.make, lambda x: (Gauge(x), lambda bar: (77.0 * bar.k,)))
    rule(Gauge.square, lambda x: (x * x, lambda bar: (66.0 * bar,)))
    assert gradient(lambda x: Gauge.make(x).k, 2.0) == (77.0,)
    assert gradient(Gauge.square, 2.0) == (66.0,)
    assert gradient(lambda g, x: g.square(x), Gauge(1.0), 2.0) == (None, 66.0)


def test_a_class(rule: Any) -> None:
    rule(Gauge, lambda k: (Gauge.__new__(Gauge).__class__ and made(k), lambda bar: (10 * bar.k,)))
    assert gradient(lambda k: Gauge(k).k ** 2, 3.0) == (60.0,)


def made(k: float) -> Gauge:
    gauge = object.__new__(Gauge)
    gauge.k = k
    return gauge


def test_special_methods(rule: Any) -> None:
    rule(Gauge.__call__, lambda self, x: (self.k * x, lambda bar: (Tangent(k=10 * bar * x), 100 * bar)))
    rule(Gauge.__add__, lambda a, b: (Gauge(a.k + b.k), lambda bar: ({"k": 10 * bar.k}, {"k": 20 * bar.k})))
    rule(Gauge.__getitem__, lambda self, x: (self.k * x, lambda bar: ({"k": 5 * bar}, None)))
    assert gradient(lambda g, x: g(x), Gauge(2.0), 3.0) == (Tangent(k=30.0), 100.0)
    assert gradient(lambda a, b: (a + b).k, Gauge(1.0), Gauge(2.0)) == (Tangent(k=10.0), Tangent(k=20.0))
    assert gradient(lambda g: g[3.0], Gauge(2.0)) == (Tangent(k=5.0),)


first = operator.itemgetter(0)
tripled = functools.partial(operator.mul, 3.0)


def test_callables_of_c(rule: Any) -> None:
    rule(first, lambda xs: (xs[0], lambda bar: ([5.0 * bar, None],)))
    rule(tripled, lambda x: (3 * x, lambda bar: (33.0 * bar,)))
    rule(math.gcd, lambda *ns: (math.gcd(*ns), lambda bar: tuple(bar * (i + 1) for i in range(len(ns)))))
    assert gradient(lambda xs: first(xs), [1.0, 2.0]) == ([5.0, None],)
    assert gradient(tripled, 1.0) == (33.0,)
    assert gradient(lambda a, b: math.gcd(a, b) * 2.0, 4, 6) == (2.0, 4.0)


# what rules get and give ----------------------------------------------------------------------------------------


def scaled(a: float, b: float = 2.0, *, k: float = 1.0) -> float:
    return a * b * k


def test_keyword_arguments(rule: Any) -> None:
    rule(scaled, lambda a, b=2.0, *, k=1.0: (a * b * k, lambda bar: (bar * b * k, bar * a * k)))
    assert gradient(lambda a, b: scaled(a, b=b, k=3.0), 2.0, 5.0) == (15.0, 6.0)
    assert gradient(lambda a, b: scaled(b=b, a=a), 2.0, 5.0) == (5.0, 2.0)
    assert gradient(lambda a: scaled(a), 2.0) == (2.0,)
    with pytest.raises(bytegrad.NoRuleError, match="no derivative in the keyword argument 'k'"):
        gradient(lambda k: scaled(1.0, k=k), 3.0)


def several(x: float) -> Any:
    return {"a": x * x, "b": [x, (3 * x, "text")]}


def several_rule(x: float) -> Any:
    def several_pullback(bar: Any) -> Any:
        seen.append(bar)
        of_a = bar.get("a") or 0.0
        of_b, of_pair = (bar.get("b") or (None, None)) if bar.get("b") else (None, None)
        return (2 * x * of_a + (of_b or 0.0) + 3 * (of_pair[0] if of_pair else 0.0),)

    return several(x), several_pullback


seen: list[Any] = []


def test_several_results_and_their_partial_cotangents(rule: Any) -> None:
    rule(several, several_rule)
    seen.clear()
    assert gradient(lambda x: several(x)["a"], 2.0) == (4.0,)
    assert gradient(lambda x: several(x)["b"][0], 2.0) == (1.0,)
    assert gradient(lambda x: several(x)["b"][1][0] * several(x)["a"], 2.0) == (3 * 4.0 + 6.0 * 4.0,)
    assert seen[:2] == [{"a": 1.0, "b": None}, {"a": None, "b": [1.0, None]}]
    assert gradient(lambda x: len(several(x)) * x, 2.0) == (2.0,)


def same_list(xs: list[float]) -> list[float]:
    return xs


def test_a_rule_may_return_its_argument(rule: Any) -> None:
    rule(same_list, lambda xs: (xs, lambda bar: ([2 * b if b is not None else None for b in bar],)))
    assert gradient(lambda xs: same_list(xs)[0] * 3.0, [1.0, 2.0]) == ([6.0, None],)
    assert gradient(lambda xs: (xs[1], same_list(xs)[0] * 3.0)[1], [1.0, 2.0]) == ([6.0, None],)


def gauge_of(x: float) -> Gauge:
    return Gauge(x)


def test_objects_with_arrays_are_results(rule: Any) -> None:
    rule(gauge_of, lambda x: (Gauge(x * 2), lambda bar: (2 * bar.k,)))
    assert np.array_equal(gradient(lambda x: np.sum(gauge_of(x).k ** 2), np.array([1.0, 2.0]))[0], [8.0, 16.0])


class Slope:
    """A type of cotangents of the user's own."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __add__(self, other: Slope) -> Slope:
        return Slope(self.value + other.value)


def test_cotangents_of_a_type_of_ones_own(rule: Any) -> None:
    rule(Gauge.read, lambda self, x: (self.k * x, lambda bar: (Slope(bar * x), None)))
    rule(gauge_of, lambda x: (Gauge(x), lambda bar: (bar.value,)))
    (found,) = gradient(lambda g: g.read(3.0) + g.read(4.0), Gauge(2.0))
    assert type(found) is Slope
    assert found.value == 7.0
    assert gradient(lambda x: gauge_of(x).read(3.0), 2.0) == (3.0,)


def applied(f: Callable[..., Any], x: Any) -> Any:
    return f(x)


def applied_rule(f: Callable[..., Any], x: Any) -> Any:
    y, back = pullback(f, x)
    return y, lambda bar: (None, *[2 * b for b in back(bar)])


def test_rules_may_call_pullback(rule: Any) -> None:
    rule(applied, applied_rule)
    assert gradient(lambda x: applied(math.sin, x), 0.0) == (2.0,)
    assert gradient(lambda x: gradient(lambda y: applied(lambda z: z**3, y), x)[0], 2.0) == (24.0,)


def squared(x: Any) -> Any:
    return x**2


def test_a_rule_may_decline(rule: Any) -> None:
    rule(squared, lambda x: (x**2, lambda bar: (99.0 * bar,)) if type(x) is float else NotImplemented)
    assert gradient(squared, 2.0) == (99.0,)
    assert gradient(squared, 2) == (4.0,)
    assert np.array_equal(gradient(lambda x: np.sum(squared(x)), np.array([1.0, 2.0]))[0], [2.0, 4.0])


def test_an_unimplemented_derivative_is_an_error_if_it_is_asked_for(rule: Any) -> None:
    rule(scaled, lambda a, b: (a * b, lambda bar: (bar * b, bytegrad.not_implemented("the derivative in b"))))
    assert gradient(lambda a: scaled(a, 3.0), 2.0) == (3.0,)
    with pytest.raises(
        bytegrad.NotImplementedRuleError, match=r"the derivative in b is not implemented[^$]*test_custom"
    ):
        gradient(lambda b: scaled(2.0, b), 3.0)


WRONG: dict[str, Callable[..., Any]] = {
    "returned float, not a pair": lambda x: x**2,
    "returned float, not a tuple": lambda x: (x**2, lambda bar: 2 * bar),
    "returned 0 cotangents for 1 positional argument": lambda x: (x**2, lambda bar: ()),
    "does not fit: could not convert": lambda x: (x**2, lambda bar: ("text",)),
    "returned a list_iterator": lambda x: (iter([x]), lambda bar: (bar,)),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_not_fit_is_an_error_that_names_the_rule(rule: Any, text: str) -> None:
    rule(squared, WRONG[text])
    with pytest.raises(bytegrad.RuleError, match=text) as caught:
        gradient(squared, 2.0)
    assert "test_custom.py:" in str(caught.value)


@pytest.mark.parametrize("target", [3, "math.sin", None, [len]])
def test_what_is_not_callable_has_no_rule(target: Any) -> None:
    for declare in (adjoint, lambda t: partials(t, "x -> y", None), lambda t: bytegrad.override(t, len)):
        with pytest.raises(bytegrad.ArgumentError, match="not callable"):
            declare(target)


def test_partials_name_their_inputs() -> None:
    with pytest.raises(bytegrad.ArgumentError, match="one derivative for each"):
        partials(squared, "x -> y")
    with pytest.raises(bytegrad.ArgumentError, match="'z' of a derivative is not in"):
        partials(squared, "x -> y", lambda z: z)
    for signature, derivative in ((3, len), ("x -> y", 3)):
        with pytest.raises(bytegrad.ArgumentError, match="partials got an int where it needs"):
            partials(squared, signature, derivative)


# at any time: nothing has to be refreshed -----------------------------------------------------------------------


def through(x: Any) -> Any:
    return squared(x) * 1.0


through_gradient = bytegrad.grad(through)


def test_a_rule_takes_effect_at_the_next_call(rule: Any) -> None:
    assert gradient(through, 3.0) == (6.0,)
    assert through_gradient(3.0) == 6.0
    rule(squared, lambda x: (x**2, lambda bar: (bar * 50,)))
    assert gradient(through, 3.0) == (50.0,)
    assert through_gradient(3.0) == 50.0
    rule(squared, lambda x: (x**2, lambda bar: (bar * 70,)))
    assert gradient(through, 3.0) == (70.0,)


def test_partials_that_are_built_in_are_replaced(rule: Any) -> None:
    def of_sin(x: float) -> float:
        return math.sin(x) * 1.0

    assert gradient(of_sin, 0.0) == (1.0,)
    rule(math.sin, lambda x: (math.sin(x), lambda bar: (bar * 50,)))
    assert gradient(of_sin, 0.0) == (50.0,)


def test_after_the_rules_of_a_test_all_is_as_before() -> None:
    assert gradient(through, 3.0) == (6.0,)
    assert gradient(lambda x: math.sin(x), 0.0) == (1.0,)


def test_redefinition(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (gradient(through, 3.0), through_gradient(3.0)) == ((6.0,), 6.0)
    monkeypatch.setitem(globals(), "squared", lambda x: x**3)
    assert (gradient(through, 3.0), through_gradient(3.0)) == ((27.0,), 27.0)


def test_an_exchanged_code_object(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (gradient(through, 3.0), through_gradient(3.0)) == ((6.0,), 6.0)
    monkeypatch.setattr(squared, "__code__", (lambda x: 5 * x).__code__)
    assert (gradient(through, 3.0), through_gradient(3.0)) == ((5.0,), 5.0)
    monkeypatch.setattr(through, "__code__", (lambda x: 7 * x).__code__)
    assert (gradient(through, 3.0), through_gradient(3.0)) == ((7.0,), 7.0)


def test_exchanged_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_default(x: float, factor: float = 2.0) -> float:
        return x * factor

    assert gradient(lambda x: with_default(x), 1.0) == (2.0,)
    monkeypatch.setattr(with_default, "__defaults__", (5.0,))
    assert gradient(lambda x: with_default(x), 1.0) == (5.0,)


def test_a_patched_method(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(g: Gauge, x: float) -> float:
        return g.read(x)

    assert gradient(read, Gauge(2.0), 3.0)[1] == 2.0
    monkeypatch.setattr(Gauge, "read", lambda self, x: 9.0 * x)
    assert gradient(read, Gauge(2.0), 3.0)[1] == 9.0


def test_a_patched_module(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("patched")
    module.f = math.sin  # type: ignore[attr-defined]

    def call(x: float) -> float:
        return module.f(x)  # type: ignore[attr-defined, no-any-return]

    assert gradient(call, 0.0) == (1.0,)
    monkeypatch.setattr(module, "f", lambda x: 4 * x)
    assert gradient(call, 0.0) == (4.0,)
    monkeypatch.setattr(math, "sin", lambda x: 8 * x)
    assert gradient(lambda x: math.sin(x), 0.0) == (8.0,)


def test_a_patched_global_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gradient(lambda x: x * FACTOR, 1.0) == (2.0,)
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert gradient(lambda x: x * FACTOR, 1.0) == (3.0,)


FACTOR = 2.0


def test_override_is_scoped_and_nests() -> None:
    def floor_of(x: float) -> float:
        return math.floor(x) * 2.0

    with bytegrad.override(math.floor, lambda x: x):
        assert gradient(floor_of, 1.5) == (2.0,)
        with bytegrad.override(math.floor, lambda x: 10 * x):
            assert gradient(floor_of, 1.5) == (20.0,)
        assert gradient(floor_of, 1.5) == (2.0,)
        assert floor_of(1.5) == 2.0
    assert gradient(floor_of, 1.5) == (None,)


def test_override_of_methods_and_properties_ends_with_an_exception() -> None:
    with pytest.raises(KeyError), bytegrad.override(Gauge.twice, lambda self: self.k * 5):
        assert gradient(lambda g: g.twice, Gauge(1.0)) == (Tangent(k=5.0),)
        raise KeyError
    assert gradient(lambda g: g.twice, Gauge(1.0)) == (Tangent(k=2.0),)
    gauge = Gauge(2.0)
    with bytegrad.override(gauge.read, lambda x: 7 * x):
        assert gradient(lambda x: gauge.read(x), 1.0) == (7.0,)
    assert gradient(lambda x: gauge.read(x), 1.0) == (2.0,)


def test_rules_are_checked_by_check_rule_wherever_they_stand(rule: Any) -> None:
    rule(Gauge.read, lambda self, x: (self.k * x, lambda bar: ({"k": bar * x}, bar * self.k)))
    rule(Gauge.make, lambda x: (Gauge(x), lambda bar: (bar.k,)))
    check_rule(Gauge.read, Gauge(2.0), 3.0)
    check_rule(Gauge.make, 3.0)


def test_rules_may_be_declared_while_others_differentiate() -> None:
    wrong: list[Any] = []
    stop = threading.Event()

    def differentiate() -> None:
        while not stop.is_set():
            found = gradient(through, 3.0)
            if found != (6.0,):
                wrong.append(found)

    threads = [threading.Thread(target=differentiate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        adjoint(lambda x: x)(lambda x: (x, lambda bar: (bar,)))
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_more_cotangents_than_arguments_are_reported() -> None:
    def twice(x: Any) -> Any:
        return 2 * x

    adjoint(twice)(lambda x: (2 * x, lambda y_bar: (2 * y_bar, y_bar)))
    with pytest.raises(bytegrad.RuleError, match="returned 2 cotangents for 1 positional argument"):
        gradient(lambda x: twice(x) + 1.0, 3.0)

    def total(*xs: Any) -> Any:
        return sum(xs)

    adjoint(total)(lambda *xs: (sum(xs), lambda y_bar: (y_bar,) * len(xs)))
    assert gradient(total, 1.0, 2.0) == (1.0, 1.0)

from __future__ import annotations

import statistics
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from bytegrad.rules.regression import sized
from bytegrad.rules.statistics import collected
from bytegrad.runtime import registry
from tests.differences import numerical_gradient

DATA = [0.7, 1.9, 1.2, 3.1, 0.4]
OTHER = [0.3, -1.1, 2.0, 0.6, 1.7]
WEIGHTS = [0.5, 1.5, 0.25, 1.0, 2.0]
HAS_METHOD = "method" in str(statistics.correlation.__kwdefaults__)

CASES: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "mean": (statistics.mean, (DATA,), {}),
    "fmean": (statistics.fmean, (DATA,), {}),
    "fmean weighted": (statistics.fmean, (DATA, WEIGHTS), {}),
    "geometric_mean": (statistics.geometric_mean, (DATA,), {}),
    "harmonic_mean": (statistics.harmonic_mean, (DATA,), {}),
    "harmonic_mean weighted": (statistics.harmonic_mean, (DATA, WEIGHTS), {}),
    "harmonic_mean of one": (statistics.harmonic_mean, ([2.5],), {}),
    "variance": (statistics.variance, (DATA,), {}),
    "variance about": (statistics.variance, (DATA, 1.1), {}),
    "pvariance": (statistics.pvariance, (DATA,), {}),
    "pvariance about": (statistics.pvariance, (DATA, 1.1), {}),
    "stdev": (statistics.stdev, (DATA,), {}),
    "stdev about": (statistics.stdev, (DATA, 1.1), {}),
    "pstdev": (statistics.pstdev, (DATA,), {}),
    "pstdev about": (statistics.pstdev, (DATA, 1.1), {}),
    "median odd": (statistics.median, (DATA,), {}),
    "median even": (statistics.median, (DATA[:4],), {}),
    "median_low odd": (statistics.median_low, (DATA,), {}),
    "median_low even": (statistics.median_low, (DATA[:4],), {}),
    "median_high odd": (statistics.median_high, (DATA,), {}),
    "median_high even": (statistics.median_high, (DATA[:4],), {}),
    "median_grouped": (statistics.median_grouped, (DATA,), {}),
    "median_grouped by 2": (statistics.median_grouped, (DATA[:4], 2.0), {}),
    "mode": (statistics.mode, (DATA,), {}),
    "covariance": (statistics.covariance, (DATA, OTHER), {}),
    "correlation": (statistics.correlation, (DATA, OTHER), {}),
    "inv_cdf": (statistics._normal_dist_inv_cdf, (0.3, 1.2, 0.7), {}),  # type: ignore[attr-defined]
}
if HAS_METHOD:
    CASES["correlation linear"] = (statistics.correlation, (DATA, OTHER), {"method": "linear"})
    CASES["correlation ranked"] = (statistics.correlation, (DATA, OTHER), {"method": "ranked"})


def apply_rule(function: Any, *args: Any, **kwargs: Any) -> Any:
    """What the first rule of `function` that does not decline gives: (y, pullback)."""
    for rule in registry.lookup(function):
        if isinstance(rule, registry.Adjoint):
            pair = rule.rule(*args, **kwargs)
            if pair is not NotImplemented:
                return pair
        if isinstance(rule, registry.Partials):
            y = function(*args)
            values = dict(zip((*rule.names, rule.output), (*args, y), strict=True))

            def pullback(y_bar: Any, rule: Any = rule, values: Any = values) -> Any:
                names = [derivative.__code__.co_varnames for derivative in rule.functions]
                parts = [f(*[values[n] for n in ns]) for f, ns in zip(rule.functions, names, strict=True)]
                return tuple([y_bar * part for part in parts])

            return y, pullback
    raise AssertionError(f"no rule of {function} takes {args}")


def flat(bars: Any, args: Any) -> list[float]:
    """The entries of cotangents along the floats of `args`, None standing for zeros."""
    if isinstance(args, (list, tuple)):
        assert bars is None or len(bars) >= len(args)
        return [x for i, arg in enumerate(args) for x in flat(None if bars is None else bars[i], arg)]
    return [0.0 if bars is None else float(bars)] if isinstance(args, float) else []


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("name", CASES)
def test_against_differences(name: str, kind: Any) -> None:
    function, args, kwargs = CASES[name]
    args = tuple([kind(arg) if isinstance(arg, list) else arg for arg in args])
    y, pullback = apply_rule(function, *args, **kwargs)
    assert repr(y) == repr(function(*args, **kwargs))
    wanted = numerical_gradient(lambda *moved: function(*moved, **kwargs), args)
    assert flat(pullback(1.0), args) == pytest.approx(wanted, rel=1e-7, abs=1e-8)
    assert flat(pullback(2.0), args) == pytest.approx([2 * x for x in wanted], rel=1e-7, abs=1e-8)
    for arg, bar in zip(args, pullback(1.0), strict=False):
        assert bar is None or not isinstance(arg, (list, tuple)) or type(bar) is kind


@pytest.mark.parametrize("proportional", [False, True])
@pytest.mark.parametrize("seed", [(1.0, 0.0), (0.0, 1.0), (0.3, -2.0), (None, 1.0), (1.0, None)], ids=str)
def test_linear_regression(proportional: bool, seed: Any) -> None:
    function = statistics.linear_regression

    def combined(x: Any, y: Any) -> float:
        line = function(x, y, proportional=proportional)
        return sum(bar * part for bar, part in zip(seed, line, strict=True) if bar is not None)

    line, pullback = apply_rule(function, DATA, OTHER, proportional=proportional)
    assert line == function(DATA, OTHER, proportional=proportional)
    wanted = numerical_gradient(combined, (DATA, OTHER))
    assert flat(pullback(seed), (DATA, OTHER)) == pytest.approx(wanted, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("seed", [(1.0, 0.0), (0.0, 1.0), (0.3, -2.0), (None, 1.0)], ids=str)
def test_mean_and_stdev(seed: Any) -> None:
    function: Any = statistics._mean_stdev  # type: ignore[attr-defined]

    def combined(data: Any) -> float:
        return sum(bar * part for bar, part in zip(seed, function(data), strict=True) if bar is not None)

    y, pullback = apply_rule(function, DATA)
    assert y == function(DATA)
    assert flat(pullback(seed), (DATA,)) == pytest.approx(numerical_gradient(combined, (DATA,)), rel=1e-7, abs=1e-8)


FRACTIONS = [Fraction(1, 3), Fraction(5, 7), Fraction(-2), Fraction(3, 2)]


@pytest.mark.parametrize("function", [statistics.mean, statistics.variance, statistics.pvariance])
@pytest.mark.parametrize("convert", [Fraction, lambda x: Decimal(float(x))], ids=["Fraction", "Decimal"])
def test_exact_numbers(function: Any, convert: Any) -> None:
    """Central differences of a polynomial of degree 2 are exact."""
    data = [convert(x) for x in FRACTIONS]
    y, pullback = apply_rule(function, data)
    one = convert(1)
    (data_bar,) = pullback(one)[:1]
    for i, bar in enumerate(data_bar):
        up = function([*data[:i], data[i] + one, *data[i + 1 :]])
        down = function([*data[:i], data[i] - one, *data[i + 1 :]])
        assert type(bar) is type(y)
        assert abs(bar - (up - down) / 2) <= (0 if convert is Fraction else Decimal("1e-24"))


def test_exact_harmonic_mean() -> None:
    y, pullback = apply_rule(statistics.harmonic_mean, [Fraction(1, 2), Fraction(1, 3)])
    assert (y, pullback(Fraction(1))) == (Fraction(2, 5), ([Fraction(8, 25), Fraction(18, 25)], None))


def test_ints() -> None:
    y, pullback = apply_rule(statistics.mean, [1, 2, 3])
    assert (type(y), pullback(1.0)) == (int, ([1 / 3] * 3,))
    assert apply_rule(statistics.median, [3, 1, 2, 5])[1](1.0) == ([0.5, None, 0.5, None],)


KINKS: dict[str, tuple[Any, Any, list[float]]] = {
    "stdev": (statistics.stdev, [1.0, 1.0], [0.0, 0.0]),
    "pstdev": (statistics.pstdev, [1.0], [0.0]),
    "harmonic_mean": (statistics.harmonic_mean, [1.0, 0.0], [0.0, 0.0]),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks(name: str) -> None:
    function, data, wanted = KINKS[name]
    assert apply_rule(function, data)[1](1.0)[0] == wanted


def test_ties_go_to_the_first() -> None:
    assert apply_rule(statistics.median, [2.0, 1.0, 2.0, 2.0, 0.5])[1](1.0) == ([1.0, None, None, None, None],)
    assert apply_rule(statistics.mode, [1.0, 2.0, 2.0])[1](3.0) == ([None, 3.0, None],)
    y, pullback = apply_rule(statistics.multimode, (1.0, 2.0, 2.0, 1.0, 5.0))
    assert (y, pullback([3.0, None])) == ([1.0, 2.0], ((3.0, None, None, None, None),))


def by_polyfill(function: Any, *args: Any, **kwargs: Any) -> Any:
    (rule,) = [rule for rule in registry.lookup(function) if isinstance(rule, registry.Polyfill)]
    return rule.function(*args, **kwargs)


ONE_SAMPLE = [
    "mean",
    "fmean",
    "geometric_mean",
    "harmonic_mean",
    "variance",
    "pvariance",
    "stdev",
    "pstdev",
    "median",
    "median_low",
    "median_high",
    "median_grouped",
    "mode",
    "multimode",
    "_mean_stdev",
]
TWO_SAMPLES = ["covariance", "correlation", "linear_regression"]


@pytest.mark.parametrize("name", ONE_SAMPLE)
@pytest.mark.parametrize("make", [iter, np.array, dict.fromkeys, lambda xs: (x for x in xs)])
def test_other_iterables(name: str, make: Any) -> None:
    function = getattr(statistics, name)
    assert repr(by_polyfill(function, make(DATA))) == repr(function(make(DATA)))
    assert repr(by_polyfill(function, data=make(DATA))) == repr(function(data=make(DATA)))
    assert registry.lookup(function)[0].rule(make(DATA)) is NotImplemented  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["fmean", "harmonic_mean"])
def test_weights_of_other_kinds(name: str) -> None:
    function = getattr(statistics, name)
    assert by_polyfill(function, iter(DATA), weights=iter(WEIGHTS)) == function(DATA, WEIGHTS)
    assert by_polyfill(function, iter(DATA), tuple(WEIGHTS)) == function(DATA, WEIGHTS)
    assert registry.lookup(function)[0].rule(DATA, iter(WEIGHTS)) is NotImplemented  # type: ignore[union-attr]


@pytest.mark.parametrize("name", TWO_SAMPLES)
def test_two_samples_of_other_kinds(name: str) -> None:
    function = getattr(statistics, name)
    x, y = np.array(DATA), dict.fromkeys(OTHER)
    assert repr(by_polyfill(function, x, y)) == repr(function(x, y))
    with pytest.raises(TypeError, match="has no len"):
        by_polyfill(function, iter(DATA), OTHER)
    assert registry.lookup(function)[0].rule(x, OTHER) is NotImplemented  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [*ONE_SAMPLE, *TWO_SAMPLES])
@pytest.mark.parametrize("data", [[], [1.0], [-1.0, 2.0]], ids=str)
def test_errors_are_those_of_the_function(name: str, data: Any) -> None:
    function = getattr(statistics, name)
    samples = (data, data) if name in TWO_SAMPLES else (data,)
    try:
        wanted = function(*samples)
    except Exception as error:
        with pytest.raises(type(error)) as raised:
            apply_rule(function, *samples)
        assert str(raised.value) == str(error)
    else:
        assert apply_rule(function, *samples)[0] == wanted


def test_what_is_collected() -> None:
    data = [1.0]
    assert collected(data) is data
    assert collected(range(2)) == [0, 1]
    assert sized((1.0,)) == (1.0,)

"""Rules of `statistics`: means, spreads, medians and modes.  Functions of two samples are in `regression`.

The functions go through exact rational arithmetic on ints, or sort, or count, so the derivatives are written here.
A sample is a list or tuple, and its cotangent is of the same kind; what else can be iterated over is collected first.
Items may be ints, floats, Fractions or Decimals.  `quantiles`, `kde` and `NormalDist` are Python code.

Conventions: the derivative is 0 where a standard deviation is 0, and of a mean that is 0 because an item is.  Medians
and modes lead the cotangent to the item that they return, of equal ones the first in the (stable) sorted order.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from bytegrad.rules.declare import adjoint, non_differentiable, partials, polyfill
from bytegrad.rules.polyfills.constructors import list_from

Sample = Sequence[Any]

# --- samples -------------------------------------------------------------------------------------


def is_sample(data: Any) -> bool:
    """Whether the rules take `data` as it is."""
    return isinstance(data, (list, tuple))


non_differentiable(is_sample)


def collected(data: Any) -> Any:
    """`data` as a list or tuple."""
    return data if is_sample(data) else list_from(data)


def like(data: Sample, values: list[Any]) -> Any:
    """`values` as a cotangent of `data`."""
    return values if isinstance(data, list) else tuple(values)


def or_zero(bar: Any) -> Any:
    """The cotangent of a part of a result; nothing flows into a part that is not used."""
    return 0.0 if bar is None else bar


def _declare_collecting(function: Callable[..., Any]) -> None:
    """Let a call with another iterable collect it; the rule, which declined, then takes the list."""

    def of_any_iterable(data: Any, *more: Any, **options: Any) -> Any:
        return function(collected(data), *more, **options)

    polyfill(function)(of_any_iterable)


def _declare_collecting_weights(function: Callable[..., Any]) -> None:
    """The same for functions of data and weights."""

    def of_any_iterables(data: Any, weights: Any = None) -> Any:
        return function(collected(data), None if weights is None else collected(weights))

    polyfill(function)(of_any_iterables)


for _function in (
    statistics.mean,
    statistics.geometric_mean,
    statistics.variance,
    statistics.pvariance,
    statistics.stdev,
    statistics.pstdev,
    statistics.median,
    statistics.median_low,
    statistics.median_high,
    statistics.median_grouped,
    statistics.mode,
    statistics.multimode,
):
    _declare_collecting(_function)
_declare_collecting_weights(statistics.fmean)
_declare_collecting_weights(statistics.harmonic_mean)


# --- means ---------------------------------------------------------------------------------------


@adjoint(statistics.mean)
def mean_rule(data: Sample) -> Any:
    """Every item gets the n-th part."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.mean(data)

    def mean_pullback(y_bar: Any) -> Any:
        share = y_bar / len(data)
        return (like(data, [share for _ in data]),)

    return y, mean_pullback


@adjoint(statistics.fmean)
def fmean_rule(data: Sample, weights: Sample | None = None) -> Any:
    """With weights w of sum W: w / W for an item x, (x - y) / W for its weight."""
    if not is_sample(data) or not (weights is None or is_sample(weights)):
        return NotImplemented
    y = statistics.fmean(data, weights)

    def fmean_pullback(y_bar: Any) -> Any:
        if weights is None:
            share = y_bar / len(data)
            return like(data, [share for _ in data]), None
        share = y_bar / math.fsum(weights)
        data_bar = [share * weight for weight in weights]
        weights_bar = [share * (item - y) for item in data]
        return like(data, data_bar), like(weights, weights_bar)

    return y, fmean_pullback


@adjoint(statistics.geometric_mean)
def geometric_mean_rule(data: Sample) -> Any:
    """y / (n x) for an item x."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.geometric_mean(data)

    def geometric_mean_pullback(y_bar: Any) -> Any:
        share = y_bar * y / len(data)
        return (like(data, [share / item if item else 0.0 for item in data]),)

    return y, geometric_mean_pullback


@adjoint(statistics.harmonic_mean)
def harmonic_mean_rule(data: Sample, weights: Sample | None = None) -> Any:
    """With weights w of sum W, y = W / sum(w / x): y^2 w / (W x^2) for an item x, (y - y^2 / x) / W for its weight."""
    if not is_sample(data) or not (weights is None or is_sample(weights)):
        return NotImplemented
    y = statistics.harmonic_mean(data, weights)

    def harmonic_mean_pullback(y_bar: Any) -> Any:
        if weights is None:
            share = y_bar * y * y / len(data)
            return like(data, [share / (item * item) if item else 0 * share for item in data]), None
        share = y_bar * y / sum(weights)
        pairs = zip(data, weights, strict=True)
        data_bar = [share * y * weight / (item * item) if item else 0 * share for item, weight in pairs]
        weights_bar = [share * (1 - y / item) if item else 0 * share for item in data]
        return like(data, data_bar), like(weights, weights_bar)

    return y, harmonic_mean_pullback


# --- spreads -------------------------------------------------------------------------------------


def spread_bar(data: Sample, center: Any, share: Any) -> tuple[Any, Any]:
    """The cotangents of data and given center of sum((x - center)^2) / 2, whose own is `share`."""
    middle = statistics.mean(data) if center is None else center
    data_bar = [share * (item - middle) for item in data]
    return like(data, data_bar), None if center is None else -sum(data_bar)


@adjoint(statistics.variance)
def variance_rule(data: Sample, xbar: Any = None) -> Any:
    """2 (x - mean) / (n - 1), whether the mean is given or not: to its own the items contribute nothing."""
    if not is_sample(data):
        return NotImplemented

    def variance_pullback(y_bar: Any) -> Any:
        return spread_bar(data, xbar, 2 * y_bar / (len(data) - 1))

    return statistics.variance(data, xbar), variance_pullback


@adjoint(statistics.pvariance)
def pvariance_rule(data: Sample, mu: Any = None) -> Any:
    """2 (x - mean) / n."""
    if not is_sample(data):
        return NotImplemented

    def pvariance_pullback(y_bar: Any) -> Any:
        return spread_bar(data, mu, 2 * y_bar / len(data))

    return statistics.pvariance(data, mu), pvariance_pullback


@adjoint(statistics.stdev)
def stdev_rule(data: Sample, xbar: Any = None) -> Any:
    """(x - mean) / ((n - 1) y), and 0 at y = 0."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.stdev(data, xbar)

    def stdev_pullback(y_bar: Any) -> Any:
        return spread_bar(data, xbar, y_bar / ((len(data) - 1) * y) if y else 0 * y_bar)

    return y, stdev_pullback


@adjoint(statistics.pstdev)
def pstdev_rule(data: Sample, mu: Any = None) -> Any:
    """(x - mean) / (n y), and 0 at y = 0."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.pstdev(data, mu)

    def pstdev_pullback(y_bar: Any) -> Any:
        return spread_bar(data, mu, y_bar / (len(data) * y) if y else 0 * y_bar)

    return y, pstdev_pullback


# --- medians and modes ---------------------------------------------------------------------------


def sorted_order(data: Sample) -> list[int]:
    """The indices of `data` in sorted order."""
    return sorted(range(len(data)), key=data.__getitem__)


def below_and_equal(data: Sample, value: Any) -> tuple[int, int]:
    """How many items are less than `value`, and how many equal it."""
    return sum(item < value for item in data), sum(item == value for item in data)


def first_index(data: Sample, value: Any) -> int:
    """The place of the first item that is or equals `value`."""
    return data.index(value)


non_differentiable(sorted_order, below_and_equal, first_index)


def picked_bar(data: Sample, indices: Sequence[int], share: Any) -> Any:
    """The cotangent of `data` when each of the items at `indices` has been used with the cotangent `share`."""
    return like(data, [share if index in indices else None for index in range(len(data))])


@adjoint(statistics.median)
def median_rule(data: Sample) -> Any:
    """The middle item, or both middle ones by half."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.median(data)

    def median_pullback(y_bar: Any) -> Any:
        order, middle = sorted_order(data), len(data) // 2
        if len(data) % 2:
            return (picked_bar(data, [order[middle]], y_bar),)
        return (picked_bar(data, order[middle - 1 : middle + 1], y_bar / 2),)

    return y, median_pullback


@adjoint(statistics.median_low)
def median_low_rule(data: Sample) -> Any:
    """The middle item, or the smaller of the two."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.median_low(data)

    def median_low_pullback(y_bar: Any) -> Any:
        return (picked_bar(data, [sorted_order(data)[(len(data) - 1) // 2]], y_bar),)

    return y, median_low_pullback


@adjoint(statistics.median_high)
def median_high_rule(data: Sample) -> Any:
    """The middle item, or the larger of the two."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.median_high(data)

    def median_high_pullback(y_bar: Any) -> Any:
        return (picked_bar(data, [sorted_order(data)[len(data) // 2]], y_bar),)

    return y, median_high_pullback


@adjoint(statistics.median_grouped)
def median_grouped_rule(data: Sample, interval: Any = 1.0) -> Any:
    """y = x - interval / 2 + interval (n / 2 - below) / equal, with x the middle item."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.median_grouped(data, interval)

    def median_grouped_pullback(y_bar: Any) -> Any:
        middle = sorted_order(data)[len(data) // 2]
        below, equal = below_and_equal(data, data[middle])
        interval_bar = y_bar * ((len(data) / 2 - below) / equal - 0.5)
        return picked_bar(data, [middle], y_bar), interval_bar

    return y, median_grouped_pullback


@adjoint(statistics.mode)
def mode_rule(data: Sample) -> Any:
    """The first of the items that equal the result."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.mode(data)

    def mode_pullback(y_bar: Any) -> Any:
        return (picked_bar(data, [first_index(data, y)], y_bar),)

    return y, mode_pullback


@adjoint(statistics.multimode)
def multimode_rule(data: Sample) -> Any:
    """For each result the first of the items that equal it."""
    if not is_sample(data):
        return NotImplemented
    y = statistics.multimode(data)

    def multimode_pullback(y_bar: Any) -> Any:
        data_bar: list[Any] = [None for _ in data]
        for place in range(len(y)):
            data_bar[first_index(data, y[place])] = y_bar[place]
        return (like(data, data_bar),)

    return y, multimode_pullback


# --- NormalDist: what its methods reach in C or in exact arithmetic ------------------------------

partials(
    statistics._normal_dist_inv_cdf,  # type: ignore[attr-defined]
    "p mu sigma -> x",
    lambda mu, sigma, x: sigma * math.sqrt(2 * math.pi) * math.exp(((x - mu) / sigma) ** 2 / 2),
    lambda: 1,
    lambda mu, sigma, x: (x - mu) / sigma,
)

_mean_stdev: Callable[..., Any] = statistics._mean_stdev  # type: ignore[attr-defined]
_declare_collecting(_mean_stdev)


@adjoint(_mean_stdev)
def mean_stdev_rule(data: Sample) -> Any:
    """Mean and standard deviation in one, for `NormalDist.from_samples`."""
    if not is_sample(data):
        return NotImplemented
    y = _mean_stdev(data)

    def mean_stdev_pullback(y_bar: Any) -> Any:
        mean_bar, stdev_bar = or_zero(y_bar[0]), or_zero(y_bar[1])
        n = len(data)
        share = stdev_bar / ((n - 1) * y[1]) if y[1] else 0.0
        return (like(data, [mean_bar / n + share * (item - y[0]) for item in data]),)

    return y, mean_stdev_pullback

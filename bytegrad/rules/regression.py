"""Rules of `statistics` for two samples: covariance, correlation, linear_regression.

The samples are lists or tuples, and their cotangents of the same kind; other sized iterables are collected first.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

from bytegrad.rules.declare import adjoint, polyfill
from bytegrad.rules.statistics import Sample, collected, is_sample, like, or_zero


def sized(data: Any) -> Any:
    """`data` as a list or tuple, if it has a length: functions of two samples take no iterators."""
    len(data)
    return collected(data)


def _declare_collecting(function: Callable[..., Any]) -> None:
    """Let a call with other iterables collect them; the rule, which declined, then takes the lists."""

    def of_any_iterables(x: Any, y: Any, /, **options: Any) -> Any:
        return function(sized(x), sized(y), **options)

    polyfill(function)(of_any_iterables)


for _function in (statistics.covariance, statistics.correlation, statistics.linear_regression):
    _declare_collecting(_function)


def deviations(data: Sample) -> list[Any]:
    """The items less their mean."""
    middle = statistics.fmean(data)
    return [item - middle for item in data]


@adjoint(statistics.covariance)
def covariance_rule(x: Sample, y: Sample) -> Any:
    """(y - mean of y) / (n - 1) for an item of x, and the other way round."""
    if not (is_sample(x) and is_sample(y)):
        return NotImplemented
    result = statistics.covariance(x, y)

    def covariance_pullback(result_bar: Any) -> Any:
        share = result_bar / (len(x) - 1)
        x_bar = [share * deviation for deviation in deviations(y)]
        y_bar = [share * deviation for deviation in deviations(x)]
        return like(x, x_bar), like(y, y_bar)

    return result, covariance_pullback


@adjoint(statistics.correlation)
def correlation_rule(x: Sample, y: Sample, **options: Any) -> Any:
    """With deviations u and v, r = uv / sqrt(uu vv): v / sqrt(uu vv) - r u / uu for an item of x.  Ranks: 0."""
    if not (is_sample(x) and is_sample(y)):
        return NotImplemented
    r = statistics.correlation(x, y, **options)

    def correlation_pullback(r_bar: Any) -> Any:
        if options.get("method", "linear") != "linear":
            return None, None
        u, v = deviations(x), deviations(y)
        uu, vv = sum([a * a for a in u]), sum([b * b for b in v])
        scale = math.sqrt(uu) * math.sqrt(vv)
        x_bar = [r_bar * (b / scale - r * a / uu) for a, b in zip(u, v, strict=True)]
        y_bar = [r_bar * (a / scale - r * b / vv) for a, b in zip(u, v, strict=True)]
        return like(x, x_bar), like(y, y_bar)

    return r, correlation_pullback


@adjoint(statistics.linear_regression)
def linear_regression_rule(x: Sample, y: Sample, *, proportional: Any = False) -> Any:
    """The slope, by the deviations or, if proportional, by the items; the intercept, mean y - slope mean x or 0."""
    if not (is_sample(x) and is_sample(y)):
        return NotImplemented
    line = statistics.linear_regression(x, y, proportional=proportional)

    def linear_regression_pullback(line_bar: Any) -> Any:
        slope_bar, intercept_bar = or_zero(line_bar[0]), or_zero(line_bar[1])
        slope = line[0]
        if proportional:
            u, v, level_bar = x, y, 0.0
        else:
            u, v, level_bar = deviations(x), deviations(y), intercept_bar / len(x)
            slope_bar = slope_bar - intercept_bar * statistics.fmean(x)
        share = slope_bar / sum([a * a for a in u])
        x_bar = [share * (b - 2 * slope * a) - slope * level_bar for a, b in zip(u, v, strict=True)]
        y_bar = [share * a + level_bar for a in u]
        return like(x, x_bar), like(y, y_bar)

    return line, linear_regression_pullback

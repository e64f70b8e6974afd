"""Loops over lists, zips and enumerations of lists: what is emitted, and what the other copy of the code goes on with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import gradient, hessian, jvp, withgradient
from bytegrad.stages import show

STEP = 1e-6


def products(xs: Any, ys: Any) -> Any:
    total = 0.0
    for a, b in zip(xs, ys):  # noqa: B905
        total = math.tanh(total + a * b)
    return total


def numbered(xs: Any, ys: Any) -> Any:
    total = 0.0
    for i, a in enumerate(xs):
        total = math.sin(total + i * a * ys[i % len(ys)])
    return total


def three(xs: Any, ys: Any) -> Any:
    total = 0.0
    for a, b, c in zip(xs, ys, xs):  # noqa: B905
        total += a * b * c + math.exp(-c)
    return total


def broken_off(xs: Any, ys: Any) -> Any:
    total = 0.0
    for a, b in zip(xs, ys):  # noqa: B905
        if a * b > 0.5:
            break
        total += a * math.cos(b)
    else:
        total = -total
    return total


def growing(xs: Any, ys: Any) -> Any:
    items = [*xs]
    total = 0.0
    for i, a in enumerate(items):
        if len(items) < 9:
            items.append(a * ys[0] + i)
        total += math.sin(a)
    return total


def written(xs: Any, ys: Any) -> Any:
    """Items that come later in the loop are written in it."""
    items = [*xs]
    total = 0.0
    for i, (a, b) in enumerate(zip(items, ys)):  # noqa: B905
        items[-1] = items[-1] * a
        total += a * b * (i + 1)
    return total * items[-1]


def nested(xs: Any, ys: Any) -> Any:
    total = 0.0
    for a, b in zip(xs, ys):  # noqa: B905
        for i, c in enumerate(ys):
            for d in xs:
                total = math.tanh(total + a * c - b * d * i)
    return total


def within_try(xs: Any, ys: Any) -> Any:
    total = 0.0
    for a, b in zip(xs, ys):  # noqa: B905
        try:
            total += math.log(a) * b
        except ValueError:
            total += a * b
    return total


PROGRAMS = [products, numbered, three, broken_off, growing, written, nested, within_try]
XS, YS = [0.4, -0.7, 1.1, 0.3], [0.9, 0.2, -0.5, 0.8]
CHANGES: list[Callable[[list[Any]], Any]] = [
    lambda v: [*v],
    lambda v: [v[0], 2, *v[2:]],
    tuple,
    np.array,
    lambda v: [np.float64(v[0]), *v[1:3], 1],
    lambda v: [*v],
]
"""What is passed from call to call: code that was made for the last ones meets the next."""


def check(f: Any, xs: Any, ys: Any) -> None:
    value, bars = withgradient(f, xs, ys)
    assert value == f(xs, ys)
    for which, items in enumerate((xs, ys)):
        for i in range(len(items)):
            ends = []
            for step in (STEP, -STEP):
                moved = [float(item) + step * (n == i) for n, item in enumerate(items)]
                ends.append(f(moved, ys) if which == 0 else f(xs, moved))
            bar = None if bars[which] is None else bars[which][i]
            assert (bar or 0.0) == pytest.approx((ends[0] - ends[1]) / (2.0 * STEP), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("f", PROGRAMS)
def test_gradients(f: Any) -> None:
    for change in CHANGES:
        check(f, change(XS), YS)
    for change in CHANGES:
        check(f, XS, change(YS))
    check(f, XS[:2], YS)
    check(f, XS, YS[:3])
    check(f, XS, XS)


@pytest.mark.parametrize("f", PROGRAMS)
def test_second_order(f: Any) -> None:
    v = [1.0, -0.5, 0.25, 2.0]
    along = [[x + sign * STEP * d for x, d in zip(XS, v, strict=True)] for sign in (1, -1)]
    ahead, behind = (gradient(f, xs, YS)[0] for xs in along)
    wanted = [((a or 0.0) - (b or 0.0)) / (2.0 * STEP) for a, b in zip(ahead, behind, strict=True)]
    assert np.asarray(hessian(lambda xs: f(xs, YS), XS)) @ v == pytest.approx(wanted, rel=1e-5, abs=1e-6)
    nested_bar = gradient(lambda xs: sum([(g or 0.0) * d for g, d in zip(gradient(f, xs, YS)[0], v, strict=True)]), XS)
    assert [bar or 0.0 for bar in nested_bar[0] or [0.0] * 4] == pytest.approx(wanted, rel=1e-5, abs=1e-6)
    y, y_dot = jvp(f, (XS, YS), (v, [0.0] * 4))
    assert y == f(XS, YS)
    assert y_dot == pytest.approx((f(along[0], YS) - f(along[1], YS)) / (2.0 * STEP), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("f", [products, numbered, three])
def test_nothing_is_asked_at_run_time(f: Any) -> None:
    """In the copy in which all guesses hold."""
    hot, _, _ = show(f, "primal", [list, list]).partition("# generic")
    assert "# parts" in hot
    assert "next" in hot


def test_a_rule_for_zip_is_respected() -> None:
    def backwards(*lists: Any) -> Any:
        return [tuple([items[-1 - n] for items in lists]) for n in range(len(lists[0]))]

    before = gradient(numbered, XS, YS), gradient(products, XS, YS)
    with bytegrad.override(zip, backwards):
        value, (x_bar, _) = withgradient(three, XS[:2], YS[:2])
        assert value == pytest.approx(three(XS[:2][::-1], YS[:2][::-1]))
        assert x_bar == pytest.approx(gradient(three, XS[:2][::-1], YS[:2][::-1])[0][::-1])
    assert (gradient(numbered, XS, YS), gradient(products, XS, YS)) == before


def test_a_strict_zip_is_one() -> None:
    def f(xs: Any, ys: Any) -> Any:
        total = 0.0
        for a, b in zip(xs, ys, strict=True):
            total += math.sin(a * b)
        return total

    for ys in (YS, [*YS[:2], 1, YS[3]], tuple(YS), YS):
        check(f, XS, ys)
    for _ in range(2):
        for short in (YS[:2], tuple(YS[:2]), [1, *YS]):
            with pytest.raises(ValueError, match=r"zip\(\) argument 2"):
                gradient(f, XS, short)

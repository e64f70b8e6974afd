"""`max` and `min` of two numbers, and `sum` of a list of floats: what they do by themselves, and what they leave."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pytest

import bytegrad
from bytegrad import gradient, hessian, jvp, withgradient
from bytegrad.stages import show

NAN = math.nan
PROGRAMS = [
    lambda a, b: max(a, b) * 3.0 + min(a, b) ** 2,
    lambda a, b: max(a * b, 0) + min(1, a - b),
    lambda a, b: max(min(a, b), 0.25) * max(a, 2.0 + b),
    lambda a, b: min(max(a, b), 10**3) / (1.0 + max(0.0, a)),
]
POINTS = [(0.5, 0.7), (0.7, 0.5), (-0.5, 0.25), (3.0, -2.0)]


def checked(f: Any, a: float, b: float, step: float = 1e-6) -> list[float]:
    """The partial derivatives by differences, which gradients in several calls have to be."""
    wanted = [(f(a + step, b) - f(a - step, b)) / (2 * step), (f(a, b + step) - f(a, b - step)) / (2 * step)]
    for _ in range(3):
        value, bars = withgradient(f, a, b)
        assert (type(value), value) == (type(f(a, b)), f(a, b))
        assert [bar or 0.0 for bar in bars] == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    return wanted


@pytest.mark.parametrize("f", PROGRAMS, ids=["both", "with ints", "nested", "bounded"])
@pytest.mark.parametrize("point", POINTS)
def test_extremes_of_two(f: Any, point: tuple[float, float]) -> None:
    step, (a, b) = 1e-6, point
    wanted = checked(f, a, b)
    y, y_dot = jvp(f, point, (1.0, -0.5))
    assert (y, y_dot) == (f(a, b), pytest.approx(wanted[0] - 0.5 * wanted[1], rel=1e-6))
    second = [
        (x - y) / (2 * step)
        for x, y in zip(gradient(f, a + step, b), gradient(f, a - step, b), strict=True)
        if x is not None and y is not None
    ]
    found = hessian(lambda v: f(v[0], v[1]), [a, b])[0]
    assert list(found)[: len(second)] == pytest.approx(second, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("f", "point", "bars"),
    [
        (max, (1.0, 1.0), (1.0, 0.0)),
        (min, (1.0, 1.0), (1.0, 0.0)),
        (max, (NAN, 1.0), (1.0, 0.0)),
        (max, (1.0, NAN), (1.0, 0.0)),
        (min, (NAN, 1.0), (1.0, 0.0)),
        (max, (2, 3), (0.0, 1.0)),
        (max, (2, 2.0), (1.0, 0.0)),
        (min, (-0.0, 0.0), (1.0, 0.0)),
    ],
)
def test_of_equal_ones_the_first(f: Any, point: tuple[Any, Any], bars: tuple[float, float]) -> None:
    def through_f(a: Any, b: Any) -> Any:
        return f(a, b)

    value, found = withgradient(through_f, *point)
    assert repr(value) == repr(f(*point))
    assert tuple(bar or 0.0 for bar in found) == bars


def test_known_floats_are_compared_by_emitted_code() -> None:
    text = show(lambda a, b: max(a, b) * min(a, 2.0), "primal", [float, float])
    assert text.count("# inline") == 3


def test_other_forms_are_what_they_were() -> None:
    for f, wanted in (
        (lambda x: max([x, 1.0]), 1.0),
        (lambda x: max(x, 1.0, 0.5), 1.0),
        (lambda x: max(x, 1.0, key=lambda q: -q) * x, 1.0),
        (lambda x: min((), default=x), 1.0),
        (lambda x: sum((x, x), 1.0), 2.0),
        (lambda x: sum([x, 1, x]), 2.0),
        (lambda x: sum([(x,), (x,)], (1.0,))[1], 1.0),
        (lambda x: sum([True, x]), 1.0),
    ):
        assert gradient(f, 2.0)[0] == wanted
    with pytest.raises(TypeError, match="not supported between"):
        gradient(lambda x: max(x, "1"), 2.0)


@pytest.mark.parametrize("start", [(), (2.0,), (3,)])
def test_sums_of_floats(start: tuple[Any, ...]) -> None:
    def f(xs: Any) -> Any:
        items = [x * x for x in xs]
        total = sum(items, *start)
        items[0] = total * items[1]
        items.append(total)
        return sum(items) * sum(xs) + sum([xs[0]] * 3)

    xs, step = [0.3, 1.1, -0.4], 1e-6
    value, (bars,) = withgradient(f, xs)
    assert value == f(xs)
    for n, bar in enumerate(bars):
        ends = [f([x + sign * step * (i == n) for i, x in enumerate(xs)]) for sign in (1, -1)]
        assert bar == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6)
    along = [gradient(f, [x + sign * step for x in xs])[0] for sign in (1, -1)]
    wanted = [(a - b) / (2 * step) for a, b in zip(*along, strict=True)]
    assert hessian(f, xs) @ [1.0, 1.0, 1.0] == pytest.approx(wanted, rel=1e-5)
    nested = gradient(lambda xs: sum(gradient(f, xs)[0]), xs)[0]
    assert nested == pytest.approx(wanted, rel=1e-5)


def test_the_start_has_a_cotangent_too() -> None:
    assert gradient(lambda x: sum([1.0, 2.0], x) * 3.0, 0.5) == (3.0,)
    assert gradient(lambda x: sum([x, x], x) * 3.0, 0.5) == (9.0,)


def test_rules_of_the_users_come_first() -> None:
    def f(x: float) -> Any:
        return max(x, 1.0) + sum([x, x])

    assert gradient(f, 2.0) == (3.0,)
    with bytegrad.override(max, lambda a, b: a * b), bytegrad.override(sum, lambda items: items[0] ** 2):
        assert withgradient(f, 2.0) == (6.0, (5.0,))
    assert gradient(f, 2.0) == (3.0,)


class Point(NamedTuple):
    x: Any
    y: Any


MANY = [
    lambda a, b: max(a, b, a * b) * 2.0 + min(a, 1, b, 2.0) ** 2,
    lambda a, b: max([a, b, 0.2]) * min((a * b, b, a)),
    lambda a, b: max([a]) * min(Point(a, b)) + max([b, b * b]) ** 2,
    lambda a, b: sum(v * a for v in (a, b, 2, True)) + sum((v for v in [a, b]), a),
    lambda a, b: sum(complex(v, b) for v in (a, 1.0)).imag * sum(v if v > 0.6 else 2 for v in (a, b)),
]


@pytest.mark.parametrize("f", MANY, ids=["arguments", "items", "fields", "sums", "complex sums"])
@pytest.mark.parametrize("point", POINTS)
def test_of_many(f: Any, point: tuple[float, float]) -> None:
    step, (a, b) = 1e-6, point
    wanted = checked(f, a, b)
    y, y_dot = jvp(f, point, (1.0, -0.5))
    assert (y, y_dot) == (f(a, b), pytest.approx(wanted[0] - 0.5 * wanted[1], rel=1e-6, abs=1e-8))

    def along(t: float) -> Any:
        bars = gradient(lambda t: f(a + t, b - 0.5 * t), t)
        return bars[0] or 0.0

    second = (along(step) - along(-step)) / (2 * step)
    assert hessian(lambda t: f(a + t, b - 0.5 * t), 0.0) == pytest.approx(second, rel=1e-5, abs=1e-6)


def test_of_equal_items_the_first_gets_all() -> None:
    one = 2.0
    for items in ([1.0, 2.0, 2.0], [1.0, one, one]):
        assert gradient(max, items)[0] == [None, 1.0, None]
    assert gradient(min, 2.0, 1.0, 1.0) == (None, 1.0, None)

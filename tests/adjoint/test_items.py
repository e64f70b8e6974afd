"""Loads of known slots, and the guesses that they save."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import bytegrad
from bytegrad.stages import show
from bytegrad.testing import check_gradient


def kinetic(v: list[float]) -> float:
    w = list(v)
    for _ in range(3):
        square = w[0] * w[0] + w[1] * w[1]
        w[0] -= square * w[1]
        w[1] += math.sqrt(square) * w[0]
    return w[0] * w[1]


def on_both_ways(v: list[float]) -> float:
    w = list(v)
    r = w[0] * 2.0 if w[0] > 0.0 else w[0] * 3.0
    return r * w[0]


def stored_on_one_way(v: list[float]) -> float:
    w = list(v)
    if w[0] > 0.0:
        w[0] = w[0] * w[1]
    return w[0] * w[0]


def stored_through_another_name(v: list[float]) -> float:
    w = list(v)
    rows = [w, w]
    a, b = rows
    t = a[0] * a[0]
    b[0] = t * 3.0
    return a[0] * b[0]


def stored_by_a_call(v: list[float]) -> float:
    w = list(v)
    t = w[0] * w[0]
    w.reverse()
    return t * w[0]


def carried_over_a_branch(v: list[float]) -> float:
    w, total = list(v), 0.0
    for k in range(5):
        t = w[0] * w[1]
        if k % 2:
            w[0] = math.sin(t) * w[0]
        elif t > 100.0:
            break
        else:
            w[1] = t + w[1]
        total += t * w[1]
    return total


PROGRAMS: list[Callable[..., Any]] = [
    kinetic,
    on_both_ways,
    stored_on_one_way,
    stored_through_another_name,
    stored_by_a_call,
    carried_over_a_branch,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=[p.__name__ for p in PROGRAMS])
@pytest.mark.parametrize("v", [[0.7, 1.3], [-0.4, 0.9]])
def test_gradient_is_that_of_differences(program: Callable[..., Any], v: list[float]) -> None:
    check_gradient(program, v)


@pytest.mark.parametrize("program", PROGRAMS, ids=[p.__name__ for p in PROGRAMS])
def test_ints_where_floats_were_guessed(program: Callable[..., Any]) -> None:
    """The copy of the code in which nothing is guessed takes over, also in the middle of a loop."""
    mixed = bytegrad.gradient(program, [1, 0.5])[0]
    assert mixed == pytest.approx(bytegrad.gradient(program, [1.0, 0.5])[0])


def test_each_slot_is_guessed_once_between_two_writes() -> None:
    """Two slots are read in each turn and two at the end; what is computed from them is known to be a float."""
    assert show(kinetic, "primal", [list]).count("is_float") == 4


def test_one_entry_of_the_tape_in_each_turn() -> None:
    """The guards of a turn hand on what is saved, but where they fail."""
    blocks = show(kinetic, "primal", [list]).split("\nb")
    (turn,) = [block for block in blocks if block.rstrip().endswith("jump b1(1)")]
    assert turn.count("push") == 1
    assert show(kinetic, "pullback", [list]).count("take_slot") == 4


def product_until(rows: list[list[float]]) -> float:
    total = 0.0
    for row in rows:
        product = 1.0
        for x in row:
            if x > 5.0:
                break
            product *= x
        else:
            product *= product
        total += product
    return total


def grows_while_it_is_looped_over(v: list[float]) -> float:
    squares = []
    for x in v:
        squares.append(x * x)
        if len(v) < 5:
            v.append(x * 2.0)
    return sum(squares)


def shrinks_while_it_is_looped_over(v: list[float]) -> float:
    total = 0.0
    for x in v:
        total = total * x + x
        if x > 2.0:
            del v[0]
    return total


def written_while_it_is_looped_over(v: list[float]) -> float:
    total = 0.0
    for k, x in enumerate(v):
        v[-1] = v[-1] * x
        total += x * (k + 1)
    for x in v:
        v[0] = x * v[0]
        total += x
    return total + v[0]


def same_list_twice(v: list[float]) -> float:
    total = 0.0
    for x in v:
        for y in v:
            if y > 1.0:
                continue
            total += x * y * y
    return total


def only_one_turn(v: list[float]) -> float:
    for x in v:
        return x * x
    return 0.0


LOOPS: list[tuple[Callable[..., Any], Any]] = [
    (product_until, [[1.0, 2.0, 3.0], [2.0, 7.0, 1.0], [4.0], []]),
    (grows_while_it_is_looped_over, [1.0, 2.0, 3.0]),
    (shrinks_while_it_is_looped_over, [1.0, 3.0, 0.5, 2.5]),
    (written_while_it_is_looped_over, [1.0, 0.3, 0.5]),
    (same_list_twice, [0.5, 2.0, 0.25]),
    (only_one_turn, [3.0, 1.0]),
]


@pytest.mark.parametrize(("program", "argument"), LOOPS, ids=[program.__name__ for program, _ in LOOPS])
def test_loops_over_lists(program: Callable[..., Any], argument: Any) -> None:
    check_gradient(program, argument)


def test_loops_over_lists_of_ints_and_floats() -> None:
    """The guess fails in the second turn: the other copy goes on counting where the first one was."""
    assert bytegrad.gradient(same_list_twice, [0.5, 2, 0.25, 1])[0] == [
        pytest.approx(slope) for slope in bytegrad.gradient(same_list_twice, [0.5, 2.0, 0.25, 1.0])[0]
    ]


def test_loop_that_raises_in_between() -> None:
    def caught(v: list[float]) -> float:
        total = 1.0
        try:
            for x in v:
                total *= x
                total += math.sqrt(x)
        except ValueError:
            total *= v[0]
        return total

    check_gradient(caught, [2.0, 3.0, -1.0, 4.0])


def test_second_order_through_a_loop_over_a_list() -> None:
    def slope(v: list[float]) -> float:
        return sum(g * g for g in bytegrad.gradient(same_list_twice, v)[0])

    check_gradient(slope, [0.5, 2.0, 0.25])


def test_a_loop_over_a_list_asks_nobody() -> None:
    assert "pairs" in show(only_one_turn, "primal", [None])
    assert "pairs" not in show(only_one_turn, "primal", [list])


def test_loads_that_are_ignored_are_not_shared() -> None:
    def f(v: list[float]) -> float:
        w = list(v)
        with bytegrad.ignore():
            a = w[0] * 2.0
        b = w[0] * w[0]
        with bytegrad.ignore():
            c = w[0]
        return a * b + c * w[0]

    # a and c are constants: 2 a v[0] + c.
    assert bytegrad.gradient(f, [3.0]) == ([39.0],)


def written_under_an_equal_key(v: list[float]) -> float:
    d = {True: v[0]}
    t = d[True]
    d[1] = v[0] ** 3
    return d[True] * t


def written_under_an_equal_float(v: list[float]) -> float:
    d: dict[float, float] = {0: v[0], 2: v[0]}
    t = d[0] * d[2]
    d[-0.0] = v[0] ** 3
    d[2.0] += t
    return d[0] * t + d[2] * d[0]


@pytest.mark.parametrize("program", [written_under_an_equal_key, written_under_an_equal_float])
def test_equal_keys_are_one_slot(program: Callable[..., Any]) -> None:
    """Whatever their types: what was loaded before a write under another spelling is not what is there after it."""
    check_gradient(program, [2.0])
    check_gradient(lambda v: bytegrad.gradient(program, v)[0][0] ** 2, [1.5])

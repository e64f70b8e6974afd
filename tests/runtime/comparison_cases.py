"""Comparisons that answer with more than a truth, for tests/runtime/test_comparisons.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

CASES: dict[str, Callable[[float], float]] = {}


def case(fn: Callable[[float], float]) -> Callable[[float], float]:
    """Add a function of one number."""
    CASES[fn.__name__] = fn
    return fn


class Soft:
    """A number whose comparisons are smooth."""

    __hash__ = None

    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return 1.0 / (1.0 + math.exp(self.v - getattr(other, "v", other)))

    def __eq__(self, other):
        return math.exp(-((self.v - getattr(other, "v", other)) ** 2))

    def __le__(self, other):
        return Constraint(self.v * other.v) if isinstance(other, Soft) else NotImplemented

    def __ge__(self, other):
        return [self.v * self.v, other]


class Constraint:
    def __init__(self, value):
        self.value = value


class Harder(Soft):
    def __gt__(self, other):
        return self.v * self.v * other.v


@case
def less(x):
    return (Soft(x) < Soft(2.0 * x)) * x


@case
def less_than_a_number(x):
    return Soft(x * x) < x


@case
def greater_is_less_of_the_other(x):
    return (Soft(x) > Soft(x * x)) * x


@case
def a_number_is_greater(x):
    return x > Soft(x * x * x)


@case
def equal(x):
    return (Soft(x) == Soft(3.0 * x)) * x


@case
def a_number_is_equal(x):
    return (x == Soft(x * x)) * x


@case
def unequal_is_a_truth(x):
    return (Soft(x) != Soft(3.0 * x)) * x + (x != x * x) * x


@case
def an_object_is_the_answer(x):
    return (Soft(x) <= Soft(x * x)).value


@case
def nobody_knows(x):
    try:
        return Soft(x) <= x
    except TypeError as error:
        return len(str(error)) * x * x


@case
def a_list_is_the_answer(x):
    answer = Soft(x) >= x
    return answer[0] * answer[1]


@case
def a_subclass_is_asked_first(x):
    return (Soft(x) < Harder(2.0 * x)) * x


@case
def a_chain(x):
    return Soft(x) < Soft(2.0 * x) < Soft(x)


@case
def in_a_branch_and_after_it(x):
    answer = Soft(x) < Soft(2.0)
    if answer:
        return answer * x
    return x


@case
def in_a_comprehension(x):
    return sum([bound < Soft(x) for bound in [Soft(1.0), Soft(x * x)]])


@case
def counted(x):
    class Counting:
        def __init__(self):
            self.total = 0.0

        def __eq__(self, other):
            self.total = self.total * x + other
            return NotImplemented

        __hash__ = None

    counting = Counting()
    answers: list[Any] = [counting == x, counting == 2.0 * x, counting != x]
    return counting.total * (answers == [False, False, True])


class Declining:
    def __init__(self):
        self.total = 0.0

    def __add__(self, other):
        self.total = self.total * 2.0 + other.v
        return NotImplemented


class Added:
    def __init__(self, v):
        self.v = v

    def __radd__(self, other):
        return self.v * self.v


@case
def a_sum_of_which_the_first_does_not_know(x):
    declining, added, total = Declining(), Added(x), 0.0
    for _ in range(3):
        total = total + (declining + added)
    return total * declining.total

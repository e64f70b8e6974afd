"""Iterators of C with callbacks, and over what runs Python code: the real ones, and their gradients."""

from __future__ import annotations

import collections
import copy
import ctypes
import dataclasses
import functools
import itertools
import operator
import pickle
from collections.abc import Callable
from itertools import accumulate, chain, compress, count, cycle, groupby, pairwise, starmap, takewhile, tee, zip_longest
from typing import Any

import pytest

import bytegrad
from bytegrad import grad
from bytegrad.runtime.structure import parts_of
from tests.rules.containers.check import check


def weighted(items):
    total = 0.0
    for number, item in enumerate(items):
        total += (number + 1) * item * item
    return total


class Asked:
    """An iterator whose ``__next__`` is Python code."""

    def __init__(self, x):
        self.x, self.number = x, 0

    def __iter__(self):
        return self

    def __next__(self):
        self.number += 1
        if self.number > 3:
            raise StopIteration
        return self.x * self.number


def times(x, *factors):
    for factor in factors:
        yield x * factor


# --- programs --------------------------------------------------------------------------------------


def of_a_list(x):
    return weighted(map(lambda a: a * a * x, [x, x + 1, x * 2]))


def of_two(x):
    return weighted(map(lambda a, b: a * b * x, [x, x * x, 1.0], times(x, 1.0, 2.0)))


def by_condition(x):
    kept = [filter(lambda a: a * x > 0, [x, -x, x * x]), itertools.filterfalse(None, [x, 0.0])]
    return sum([weighted(each) for each in (*kept, itertools.dropwhile(lambda a: a < 2, times(x, 1.0, 2.0, 3.0)))])


def of_rows(x):
    return weighted(starmap(lambda a, b: a * b * x, [(x, x * x), [1.0, x], times(x, 1.0, 2.0)]))


def totals(x):
    products = accumulate([x, x * x, 1.0], lambda a, b: a * b * x)
    return weighted(products) + weighted(accumulate(times(x, 1.0, 2.0), initial=x * x))


def partly_consumed(x):
    made = map(lambda a: a * a * x, [x, x + 1, x * 2])
    first = next(made)
    rest = [item for item in made]
    return first * rest[0] + rest[1] ** 2


def interleaved(x):
    items = [x, x * x, 3.0, x + 1.0]
    squares, positive = map(lambda a: a * a, items), filter(lambda a: a > 0, items)
    return next(squares) * next(positive) + next(positive) * next(squares) * next(squares)


def of_one_iterator_twice(x):
    both = iter([x, x * x, 3.0, x + 1.0])
    made = filter(lambda a: a > 1, map(lambda a, b: a * b * b, both, both))
    return next(made) * next(made)


def that_raises(x):
    seen = []

    def callback(a):
        seen.append(a * a)
        if len(seen) == 2:
            raise ValueError
        return a * 3

    made = map(callback, [x, x * x, x + 2])
    first = next(made)
    try:
        next(made)
    except ValueError:
        seen[1] = seen[1] * x
    return first * next(made) * seen[1] * seen[2]


def that_stops(x):
    seen = []

    def callback(a):
        seen.append(a * x)
        if len(seen) == 2:
            raise StopIteration
        return a

    total = 0.0
    for item in map(callback, [x, x * x, 5.0]):
        total += item * item
    return total * seen[1]


def without_end(x):
    return weighted(takewhile(lambda a: a < 9.0, map(lambda k: x * k, count(1))))


def that_changes_its_list(x):
    items = [x, x * x, 2.0]

    def callback(a):
        if len(items) < 5:
            items.insert(0, a * x)
        return a * a

    return weighted(map(callback, items)) * items[0]


def that_changes_its_list_and_decides(x):
    items = [x, x * x, 2.0]

    def callback(a):
        if len(items) < 5:
            items.insert(0, a * x)
        return True

    return weighted(filter(callback, items)) * items[0]


def taken_by_code_without_a_rule(x):
    seen = []
    collections.deque(map(lambda a: seen.append(a * a) or a, [x, x * x]), maxlen=0)
    return seen[0] * seen[1]


def that_asks_itself(x):
    seen = []

    def callback(a):
        seen.append(a * a)
        if len(seen) == 1:
            seen.append(next(made) * x)
        return a * x

    made = map(callback, [x, x * x, x + 1])
    return next(made) * next(made) * seen[1] * seen[2]


def copied(x):
    made = map(lambda a: a * a * x, iter([x, x * x, 3.0]))
    first = next(made)
    other = copy.copy(made)
    return first * next(other) * next(made)


def copied_of_a_list(x):
    made = map(lambda a: a * a * x, [x, x * x, 3.0])
    other = copy.copy(made)
    return next(made) * next(other) ** 2 + next(made)


def of_classes(x):
    products = [a * b for a, b in zip(Asked(x), [x, x], strict=False)]
    return (
        weighted(map(lambda a: a * a, Asked(x))) + weighted(products) + weighted(chain.from_iterable([Asked(x), [x]]))
    )


def groups(x):
    total = 0.0
    for key, group in groupby([x, x * x, -x, 2.0 * x], lambda a: a > 0):
        for item in group:
            total += item**3 * (1.0 if key else 2.0)
    for key, group in groupby([x, x, 2 * x]):
        total += key * key * len(list(group))
    return total


def tees(x):
    a, b = tee(times(x, 1.0, 2.0, 3.0))
    first = next(a)
    c = copy.copy(a)
    return first * weighted(b) + weighted(c) * x + weighted(a)


def cycles(x):
    items, total = cycle(times(x, 1.0, 2.0)), 0.0
    for _ in range(5):
        total = total * 0.5 + next(items) * next(items)
    return total


def over_generators(x):
    rows = [zip_longest(times(x, 1.0, 2.0), [x, x, x], fillvalue=x), pairwise(times(x, 1.0, 2.0, 3.0))]
    rows.append(enumerate(times(x, 1.0, 2.0), 1))
    total = sum([weighted([a * b for a, b in each]) for each in rows])
    return total + weighted(compress(times(x, 1.0, 2.0, 3.0), [1, 0, x])) + weighted(chain(times(x, 2.0), [x]))


def counted(x):
    return weighted(itertools.islice(count(x, 0.5), 3)) + weighted(itertools.islice(count(1.0, x), 4))


def until(x):
    return weighted(iter(iter([x, x * x, None]).__next__, None))


def of_other_callables(x):
    return weighted(map(functools.partial(operator.mul, x * x), [x, 2.0])) + weighted(map(float.__mul__, [x], [x]))


PROGRAMS: list[Callable[[Any], Any]] = [
    *(of_a_list, of_two, by_condition, of_rows, totals, partly_consumed, interleaved, of_one_iterator_twice),
    *(that_raises, that_stops, without_end, that_changes_its_list, that_changes_its_list_and_decides),
    *(taken_by_code_without_a_rule, that_asks_itself, copied, copied_of_a_list, of_classes, groups, tees, cycles),
    *(over_generators, counted, until, of_other_callables),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_gradients(program):
    check(program, 1.3)


SECOND = (of_two, by_condition, of_rows, totals, interleaved, that_raises, that_asks_itself, groups, tees)


@pytest.mark.parametrize("program", SECOND, ids=lambda program: program.__name__)
def test_second_order(program):
    step = 1e-5
    first = grad(program)
    wanted = (first(1.3 + step) - first(1.3 - step)) / (2 * step)
    assert grad(first)(1.3) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("program", [of_two, totals, that_changes_its_list, groups], ids=lambda p: p.__name__)
def test_forward(program):
    assert bytegrad.jvp(program, (1.3,), (2.0,))[1] == pytest.approx(2.0 * grad(program)(1.3))


# --- what they are ---------------------------------------------------------------------------------


def test_they_are_the_real_ones():
    def program(x):
        made = [
            *(map(operator.neg, times(x, 1.0)), filter(None, times(x, 1.0)), zip(times(x, 1.0)), enumerate(Asked(x))),
            *(starmap(pow, [(x, 2)]), accumulate(times(x, 1.0)), takewhile(bool, [x]), chain(times(x, 1.0))),
            *(groupby([x]), next(groupby([x]))[1], cycle(Asked(x)), tee(Asked(x))[0], iter(int, 1), count(x, 0.5)),
        ]
        return x, [type(each) for each in made], repr(count(0.5, 1.25))

    assert bytegrad.pullback(program, 2.0)[0] == program(2.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pickles():
    def program(x):
        made = [map(str, [1, 2, 3]), accumulate([1, 2, 3]), takewhile(bool, [1, 0]), filter(bool, (0, 1, 2))]
        for each in made:
            next(each)
        return [list(pickle.loads(pickle.dumps(each))) for each in made] + [list(each) for each in made]  # noqa: S301

    assert bytegrad.pullback(program, 2.0)[0] == program(2.0)


def test_going_on_behind_an_error():
    def program(x):
        made = map(lambda a: 1 / a, [x, 0.0, x])
        found = [next(made)]
        try:
            next(made)
        except ZeroDivisionError:
            found.append(next(made))
        return found[0] * found[1]

    check(program, 2.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_state_that_is_set_is_refused():
    def program(x):
        made = accumulate([x, x])
        next(made)
        made.__setstate__(3.0)
        return next(made)

    with pytest.raises(bytegrad.UnsupportedError, match="accumulate"):
        grad(program)(2.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_was_set_carries_nothing_where_it_does_not_matter():
    def program(x):
        made = chain([x], [x])
        made.__setstate__((iter([iter([3.0])]),))
        return x * x + len(list(made))

    assert grad(program)(2.0) == 4.0


def test_an_item_that_code_without_a_rule_took_before_others_is_refused():
    following = ctypes.PyDLL(None).PyIter_Next
    following.restype, following.argtypes = ctypes.py_object, [ctypes.py_object]

    def program(x):
        made = map(lambda a: a * a, [x, x + 1])
        return following(made) * next(made)

    assert program(2.0) == 36.0
    with pytest.raises(bytegrad.NoRuleError, match="PyIter_Next"):
        grad(program)(2.0)


def test_what_stands_for_an_argument_shows_nothing_else():
    """Code without a rule that sees it must not be taken for having used the differentiation itself."""

    def program(x):
        made = map(operator.neg, Asked(x))
        function, source = made.__reduce__()[1]
        return x, [[name for name, _ in parts_of(each)[1]] for each in (function, source)]

    assert bytegrad.pullback(program, 2.0)[0] == (2.0, [["shown"], ["source"]])


def test_what_happens_later_is_no_part_of_an_item_that_asked_for_nothing():
    """The initial value of an `accumulate` comes first, and its iterable is asked for the next one."""

    class Counting(Asked):
        asked = 0.0

        def __next__(self):
            Counting.asked = Counting.asked + 0.5 * self.x
            return super().__next__()

    def program(x):
        Counting.asked = 0.0 * x
        return sum(accumulate(Counting(x), operator.mul, initial=x)) + Counting.asked * x

    check(program, 0.7)


def test_keys_that_may_do_more_than_look_are_refused():
    class Key:
        compared = 0.0

        def __init__(self, x):
            self.x = x

        def __eq__(self, other):
            Key.compared = Key.compared + self.x
            return self.x > 0 and other.x > 0

        __hash__ = None

    def program(x):
        return sum([key.x * sum(group) for key, group in groupby([x, 2 * x, -x], Key)]) + Key.compared

    with pytest.raises(bytegrad.UnsupportedError, match="groupby, which compares keys of .*Key"):
        grad(program)(1.5)


def test_keys_that_only_look_are_compared_by_c():
    @dataclasses.dataclass
    class Key:
        x: float

    def program(x):
        return sum([key.x * sum(group) for key, group in groupby([x, 2 * x, -x, x], lambda a: Key(abs(a)))])

    check(program, 1.5)


def of_constants(x):
    ahead, behind = tee(range(4))
    total = sum([number * x for number in ahead])
    copied = copy.copy(behind)
    next(behind)
    total += sum(behind) * x * x + sum(map(lambda number: number * x, copied))
    marks, others = tee(itertools.repeat(None, 3))
    total += sum([x * x if mark is None else 0.0 for mark in marks])
    total += sum([item * item for item, _ in zip([x, x * x, 3 * x], others, strict=True)])
    total += sum([len(name) * x for name, _ in itertools.product("ab", itertools.repeat(None, 2))])
    for item in chain(itertools.repeat(None, 2), [x]):
        total = total * x if item is None else total + item
    return total


def test_iterators_of_constants():
    check(of_constants, 1.3)

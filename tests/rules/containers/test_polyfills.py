"""Builtins that iterate or call back, through the engine: what they give leads back to what they were given."""

from __future__ import annotations

import bisect
import functools
import heapq
import itertools
import math
import operator

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted


def maps(xs, y):
    squares = list(map(lambda v: v * v * y, xs))
    pairs = [*map(operator.mul, xs, squares)]
    triples = map(lambda a, b, c: a + b * c, xs, squares, itertools.count(1))
    positive = list(filter(lambda v: v > 0, xs))
    truthy = list(filter(None, [0, y, *xs]))
    return weighted(squares) + weighted(pairs) + sum(triples) + weighted(positive) + weighted(truthy)


def zips(xs, y):
    total = 0.0
    for i, (a, b) in enumerate(zip(xs, xs[1:]), start=2):
        total += i * a * b
    rows = list(zip(*[(y, 1.0), (xs[0], 2.0)]))
    columns = dict(zip("ab", xs))
    strict = [a * b for a, b in zip(xs, reversed(xs), strict=True)]
    return total + weighted(rows[0]) * rows[1][1] + columns["a"] * columns["b"] + weighted(strict) + len([*zip()])


def folds(xs, y):
    best = max(xs, key=lambda v: -v * v)
    pair = min(zip(xs, itertools.count()), key=operator.itemgetter(0))
    total = sum(xs, y) + sum((v * v for v in xs), start=0.5) + max(y, *xs) * min(xs) + max([], default=y)
    if any(v < 0 for v in xs) and all(xs):
        total *= y
    joined = sum([[v, y] for v in xs], [])
    return total + best * pair[0] + weighted(joined) + functools.reduce(lambda a, b: a * 0.7 + b, xs, y) + math.prod(xs)


def orders(xs, y):
    up, down = sorted(xs), sorted(xs, reverse=True)
    by_key = sorted(range(len(xs)), key=xs.__getitem__)
    named = sorted({"b": y, "a": xs[0]}.items())
    by_cmp = sorted(xs, key=functools.cmp_to_key(lambda a, b: (a > b) - (a < b)))
    heap = [v * y for v in xs]
    heapq.heapify(heap)
    heapq.heappush(heap, y)
    smallest = heapq.heappop(heap)
    largest = heapq.nlargest(2, xs)
    merged = list(heapq.merge(up, [y]))
    where = bisect.bisect(up, y)
    bisect.insort(up, y)
    return (
        weighted(up) + 2 * weighted(down) + xs[by_key[0]] * where + named[0][1] * named[1][1] + weighted(by_cmp)
        + smallest * heap[0] + weighted(largest) + weighted(merged)
    )  # fmt: skip


def tools(xs, y):
    total = weighted(itertools.accumulate(xs)) + weighted(itertools.accumulate(xs, operator.mul, initial=y))
    total += weighted(itertools.chain(xs, [y], (v * 2 for v in xs))) + weighted(itertools.islice(xs, 1, None, 2))
    total += sum(a * b for a, b in itertools.product(xs, [y, 2.0])) + sum(
        a * b for a, b in itertools.combinations(xs, 2)
    )
    total += sum(a - b * 2 for a, b in itertools.permutations(xs, 2)) + sum(a * b for a, b in itertools.pairwise(xs))
    total += weighted(itertools.starmap(pow, [(y, 2), (xs[0], 3)])) + weighted(itertools.takewhile(lambda v: v > 0, xs))
    total += weighted(itertools.dropwhile(lambda v: v > 0, xs)) + weighted(itertools.compress(xs, [1, 0, 1]))
    for key, group in itertools.groupby(sorted(xs), key=lambda v: v > 0):
        total += (1 + key) * weighted(group)
    one, two = itertools.tee(v * y for v in xs)
    total += next(one) * weighted(two) + weighted(one)
    longest = [a * b for a, b in itertools.zip_longest(xs, [y], fillvalue=3.0)]
    cycled = list(itertools.islice(itertools.cycle(xs), 5))
    total += (
        weighted(longest)
        + weighted(cycled)
        + sum(itertools.repeat(y, 3))
        + weighted(itertools.filterfalse(None, [0.0]))
    )
    return total + weighted(itertools.chain.from_iterable([xs, xs[:1]]))


def iterators(xs, y):
    iterator = iter(xs)
    first, second = next(iterator), next(iterator)
    rest = [*iterator]
    nothing = next(iterator, y)
    values = iter((y, first))
    pairs = list(zip(values, values))
    stack = [y, first * 2]
    popped = list(iter(stack.pop, y))
    step = iter({"a": y, "b": second}.items())
    next(step)
    (name, value) = next(step)
    backwards = reversed(xs)
    return (
        first * second
        + weighted(rest) * nothing
        + weighted(pairs[0])
        + weighted(popped)
        + value * len(name)
        + next(backwards)
    )


def generators(xs, y):
    def running(values):
        total = yield y
        for v in values:
            received = yield total * v
            total = total * 0.5 + (received or v)
        return total * y

    def outer(values):
        last = yield from running(values)
        yield last * 2

    made = running(xs)
    one = next(made)
    two = made.send(y * 2)
    three = made.send(one * two)
    return one * two + three + sum(itertools.islice(outer([*xs]), 0)) + weighted(v for v in xs if v > 0)


@pytest.mark.parametrize("fn", [maps, zips, folds, orders, tools, iterators, generators])
def test_polyfills(fn):
    check(fn, [1.3, -0.7, 0.4], 0.9)


def joined_text(xs):
    text = ",".join(str(int(v)) for v in xs) + "-".join(["a", "b"]) + "".join(map(str, [1, 2]))
    return xs[0] * len(text) * text.count(",")


def test_text_made_of_iterators_is_just_text():
    assert gradient(joined_text, [2.0, 3.0]) == ([8.0, None],)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda xs: max([]), ([1.0],)),
        (lambda xs: list(zip(xs, [], strict=True)), ([1.0],)),
        (lambda xs: sum(["a"]), ([1.0],)),
        (lambda xs: sorted(xs, key=5), ([1.0],)),
        (lambda xs: sorted([1.0, "a"]), ([1.0],)),
        (lambda xs: next(iter([])), ([1.0],)),
        (lambda xs: functools.reduce(operator.add, []), ([1.0],)),
        (lambda xs: "".join(v for v in xs), ([1.0],)),
        (lambda xs: [*5], ([1.0],)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)

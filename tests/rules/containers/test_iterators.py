"""`zip`, `enumerate` and their like: the real iterators, in every use, and the cotangents of what they give."""

from __future__ import annotations

import copy
import itertools
import pickle
import sys
from collections import OrderedDict, deque
from itertools import chain, combinations, count, cycle, islice, pairwise, permutations, product, repeat, zip_longest
from types import GeneratorType

import numpy as np
import pytest

from bytegrad import UnsupportedError, grad, gradient, pullback
from tests.rules.containers.check import check

pytestmark = pytest.mark.filterwarnings("ignore:Pickle, copy:DeprecationWarning")


def flat(item):
    """The numbers of an item, which may be a tuple of tuples."""
    if not isinstance(item, tuple):
        return [item]
    return [number for part in item for number in flat(part)]


def weighted(items):
    total, place = 0.0, 1.0
    for item in items:
        for number in flat(item):
            total += place * number * number
            place += 1.0
    return total


def by_next(items):
    total = weighted([next(items), next(items)])
    return total * weighted(items)


SOURCES = {
    "list": lambda x, y: [x, y, x * y],
    "tuple": lambda x, y: (x, y, x * y),
    "deque": lambda x, y: deque([x, y, x * y]),
    "values": lambda x, y: {"a": x, "b": y, "c": x * y}.values(),
    "items": lambda x, y: OrderedDict([(1, x), (2, y), (3, x * y)]).items(),
    "array": lambda x, y: np.array([x, y, x * y]),
    "iterator": lambda x, y: iter([0.5, x, y, x * y]),
    "range": lambda x, y: range(1, 4),
    "generator": lambda x, y: (item * 2.0 for item in (x, y, x * y)),
    "repeat": lambda x, y: repeat(x * y, 3),
    "combinations of numbers": lambda x, y: combinations([1.0, 2.0, 3.0], 2),
    "nested": lambda x, y: zip([x, y, 2.0], (1.0, x * y, y), strict=True),
}
MADE = {
    "zip": lambda source: zip(source, [1.0, 2.0, 3.0]),
    "enumerate": lambda source: enumerate(source, 1),
    "zip_longest": lambda source: zip_longest(source, (1.0, 2.0), fillvalue=0.5),
    "chain": lambda source: chain([0.5], source, (2.0,)),
    "islice": lambda source: islice(source, 1, None),
    "cycle": lambda source: islice(cycle(source), 7),
    "pairwise": lambda source: pairwise(chain(source, [3.0])),
    "product": lambda source: product(source, [1.0, 2.0]),
    "permutations": lambda source: permutations(source, 2),
    "combinations": lambda source: combinations(source, 2),
    "grouper": lambda source: zip(*[iter([*source, 1.5])] * 2),
    "enumerate of zip": lambda source: enumerate(zip(source, [1.0, 2.0, 3.0])),
}
if sys.version_info >= (3, 12):
    MADE["batched"] = lambda source: itertools.batched(chain(source, [0.5]), 3)
USES = {
    "loop": weighted,
    "next": by_next,
    "list": lambda made: weighted(list(made)),
    "star": lambda made: weighted([0.5, *made]),
    "comprehension": lambda made: weighted([2.0 * number for item in made for number in flat(item)]),
    "partly": lambda made: weighted([next(made)]) * weighted(islice(made, 1)) + weighted(made),
    "again": lambda made: weighted(iter(made)) + weighted(made),
}


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("source", SOURCES)
def test_gradients(source, made):
    for use in USES.values():
        check(lambda x, y, use=use: use(MADE[made](SOURCES[source](x, y))), 1.5, 0.75)


@pytest.mark.parametrize("made", [*MADE, "itself"])
@pytest.mark.parametrize("source", SOURCES)
def test_what_comes_behind_or_beside_them(source, made):
    def make(x, y):
        items = SOURCES[source](x, y)
        return items if made == "itself" else MADE[made](items)

    check(lambda x, y: weighted(chain(make(x, y), [x * y, y])), 0.7, 1.3)
    check(lambda x, y: weighted(zip_longest(make(x, y), [x * y] * 14, fillvalue=x)), 0.7, 1.3)


@pytest.mark.parametrize("made", MADE)
def test_second_order(made):
    def program(x):
        return weighted(MADE[made]([x, x * x, 2.0]))

    step = 1e-5
    first = grad(program)
    wanted = (first(1.3 + step) - first(1.3 - step)) / (2 * step)
    assert grad(first)(1.3) == pytest.approx(wanted, rel=1e-6)


REAL = {
    zip: lambda xs: zip(xs, xs),
    enumerate: lambda xs: enumerate(xs),
    zip_longest: lambda xs: zip_longest(xs, xs[1:], fillvalue=xs[0]),
    chain: lambda xs: chain(xs, xs),
    islice: lambda xs: islice(xs, 1, 3),
    cycle: lambda xs: cycle(xs),
    pairwise: lambda xs: pairwise(xs),
    product: lambda xs: product(xs, repeat=2),
    permutations: lambda xs: permutations(xs),
    combinations: lambda xs: combinations(xs, 2),
    count: lambda xs: count(3, 5),
    repeat: lambda xs: repeat(xs, 3),
}


@pytest.mark.parametrize("kind", REAL, ids=lambda kind: kind.__name__)
def test_they_are_the_real_ones(kind):
    def program(xs):
        made = REAL[kind](xs)
        assert type(made) is kind
        assert not isinstance(made, GeneratorType)
        next(made)
        return repr(made).partition(" at ")[0], list(islice(made, 4))

    for xs in ([1.0, 2.0, 3.0], (1, 2, 3), "abc", range(4)):
        value, _ = pullback(program, xs)
        assert value == program(xs)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="they cannot be copied any more")
@pytest.mark.parametrize("kind", [zip, enumerate, zip_longest, chain, islice, product, permutations])
def test_copies(kind):
    def program(xs):
        made = REAL[kind](xs)
        next(made)
        other = copy.copy(made)
        return list(made), list(other)

    assert pullback(program, [1.0, 2.0, 3.0])[0] == program([1.0, 2.0, 3.0])


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="they cannot be pickled any more")
def test_pickles():
    def program(xs):
        made = zip(xs, enumerate(xs))
        next(made)
        return list(pickle.loads(pickle.dumps(made)))

    assert pullback(program, [1.0, 2.0])[0] == program([1.0, 2.0])


def test_list_that_grows():
    def program(x):
        xs = [x, x * x]
        total = 0.0
        for i, (a, b) in enumerate(zip(xs, chain(xs, [5.0]))):
            total += (i + 1) * a * b
            if len(xs) < 5:
                xs.append(a * b)
        return total

    check(program, 1.1)


def test_list_that_is_written_to():
    def program(x):
        xs = [x, 2.0, 3.0, 4.0]
        total = 0.0
        for i, a in enumerate(xs):
            total += a * a
            if i < 3:
                xs[i + 1] = xs[i + 1] * a
            xs[i] = 0.0
        return total

    check(program, 1.1)


def test_array_that_becomes_active():
    """An array without a cotangent gets one while a loop is over it."""

    def by_loop(x):
        a, total, i = np.zeros(4), 0.0, 0
        for v in a:
            total += v * (i + 1)
            if i < 3:
                a[i + 1] = x + v
            i += 1
        return total

    def by_enumerate(x):
        a, total = np.zeros(4), 0.0
        for i, v in enumerate(a):
            total += v * (i + 1)
            if i < 3:
                a[i + 1] = x * (v + 1.0)
        return total

    def by_next(x):
        a = np.zeros(3)
        items = iter(a)
        first = next(items)
        a[1] = x * x
        return first + next(items)

    for program in (by_loop, by_enumerate, by_next):
        check(program, 1.3)


def test_shared_iterators():
    def program(xs):
        it = iter(xs)
        pairs, numbered = zip(it, it), enumerate(it, 1)
        total = 0.0
        a, b = next(pairs)
        total += a * b * b
        i, c = next(numbered)
        total += i * c * a
        total += next(it) * c
        for a, b in pairs:
            total += a * a * b
        return total

    check(program, [1.0, 1.5, 0.5, 2.0, 2.5, 3.0])


def test_arguments_that_are_items():
    def program(x, n):
        total = sum(a * b for a, b in zip(repeat(x), [1.0, 2.0, 3.0]))
        total += sum(a * a for a in repeat(x * x, 3))
        total += weighted(zip_longest([x], [1.0, 2.0, 3.0], fillvalue=x * x))
        total += weighted(islice(zip(count(x), "abc"), 0)) + sum(a * a for a, _ in zip(count(x), [1, 2, 3]))
        total += sum(i * a for i, a in enumerate([x, 2.0], n))
        total += sum(i * i for i, _ in zip(count(n, n), [1, 2, 3]))
        return total

    value, back = pullback(program, 1.5, 2)
    assert value == program(1.5, 2)

    step = 1e-6
    x_bar = (program(1.5 + step, 2) - program(1.5 - step, 2)) / (2 * step)
    # By n: of enumerate, x + 2; of the squares of n, 2 n and 3 n, 28 n.
    assert back(1.0) == pytest.approx((x_bar, 1.5 + 2.0 + 28.0 * 2), rel=1e-6)


def test_items_taken_by_code_without_a_rule():
    """What a source tells of is taken into account; where it cannot be known, the gradient is refused."""

    def by_position(xs):
        pairs = zip(xs, xs[1:])
        assert (xs[1], xs[2]) in pairs
        a, b = next(pairs)
        return a * b * b

    def of_all(xs):
        made = product(xs, xs)
        assert (xs[0], xs[2]) in made
        a, b = next(made)
        return a * b * b

    def by_step(xs):
        made = count(round(xs[0]), 2)
        assert 5 in made
        return next(made) * xs[1]

    def of_a_cycle(xs):
        made = cycle(xs)
        total = weighted(islice(made, 4))
        assert xs[2] in made
        return total * next(made) * next(made) ** 2

    def at_its_second_round(xs):
        made = cycle(xs)
        for _ in range(5):
            next(made)
        assert xs[2] in made
        return next(made) * next(made) ** 2

    for program in (by_position, of_all, by_step, of_a_cycle, at_its_second_round):
        check(program, [1.0, 2.0, 3.0, 4.0])

    def of_what_remembers(xs):
        pairs = pairwise(xs)
        assert (xs[1], xs[2]) in pairs
        a, b = next(pairs)
        return a * b * b

    for xs in ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0]):
        value, back = pullback(of_what_remembers, xs)
        assert value == of_what_remembers(xs)
        with pytest.raises(UnsupportedError, match="an item of pairwise"):
            back(1.0)


def test_strict():
    def program(xs):
        total = 0.0
        try:
            for a, b in zip(xs, xs[1:], strict=True):
                total += a * b * b
        except ValueError as error:
            return total, str(error)

    (value, text), back = pullback(program, [1.0, 2.0, 3.0])
    assert (value, text) == program([1.0, 2.0, 3.0])
    assert back((1.0, None)) == ([4.0, 4.0 + 9.0, 12.0],)


def test_what_python_code_iterates_over():
    class Countdown:
        def __init__(self, xs):
            self.xs = xs

        def __iter__(self):
            yield from reversed(self.xs)

    def program(xs):
        return weighted(zip(Countdown(xs), enumerate(Countdown(xs)))) + weighted(product(Countdown(xs), xs))

    check(program, [1.0, 2.0, 3.0])


def test_a_dict_that_changes_its_size():
    def program(xs):
        held = {"a": xs[0], "b": xs[1]}
        total = 0.0
        try:
            for i, key in enumerate(held):
                total += held[key] * (i + 1)
                held["c"] = 1.0
        except RuntimeError as error:
            return total, str(error)

    assert pullback(program, [1.0, 2.0])[0] == program([1.0, 2.0])
    assert gradient(lambda xs: program(xs)[0], [1.0, 2.0]) == ([1.0, None],)


def left(kind):
    def program(x):
        iterator = kind(x)
        next(iterator)
        return x**3 * iterator.__length_hint__()

    return program


@pytest.mark.parametrize(
    "kind",
    [
        lambda x: iter((x, x)),
        lambda x: iter([x, x]),
        lambda x: reversed([x, x]),
        lambda x: iter({1: x, 2: x}.values()),
        lambda x: iter({1: x, 2: x}.items()),
        lambda x: iter(deque([x, x])),
        lambda x: reversed(deque([x, x])),
        lambda x: repeat(x, 2),
    ],
    ids=range(8),
)
def test_how_many_are_left_carries_nothing(kind):
    assert gradient(left(kind), 2.0) == (12.0,)

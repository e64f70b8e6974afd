"""`reversed`: the real iterator, in every use, and the cotangents of what it gives."""

from __future__ import annotations

import copy
import itertools
import math
import operator
import pickle
from collections import OrderedDict, deque

import numpy as np
import pytest

from bytegrad import NoRuleError, debug, grad, gradient, pullback
from tests.rules.containers.check import check


def weighted(items):
    total = 0.0
    for place, item in enumerate(items):
        total += (place + 1.0) * item * item
    return total


def by_next(items):
    first = next(items)
    return first * 2.0 + weighted(items)


SOURCES = {
    "list": lambda x, y: [x, y, x * y],
    "tuple": lambda x, y: (x, y, x * y),
    "deque": lambda x, y: deque([x, y, x * y]),
    "values": lambda x, y: {"a": x, "b": y, "c": x * y}.values(),
    "keys": lambda x, y: {x: 1, y: 2, x * y: 3},
    "ordered": lambda x, y: OrderedDict(a=x, b=y, c=x * y).values(),
}
USES = {
    "loop": lambda source: weighted(reversed(source)),
    "method": lambda source: weighted(source.__reversed__() if hasattr(source, "__reversed__") else reversed(source)),
    "next": lambda source: by_next(reversed(source)),
    "list": lambda source: weighted(list(reversed(source))),
    "star": lambda source: weighted([0.5, *reversed(source)]),
    "unpack": lambda source: (lambda a, b, c: a * b + b * c * c)(*reversed(source)),
    "comprehension": lambda source: weighted([item * 2.0 for item in reversed(source)]),
    "generator": lambda source: weighted(item * 2.0 for item in reversed(source)),
    "zip": lambda source: sum(a * b for a, b in zip(reversed(source), source, strict=True)),
    "grouper": lambda source: sum(a * a * b for a, b in zip(*[reversed(source)] * 2, strict=False)),
    "enumerate": lambda source: sum(i * item * item for i, item in enumerate(reversed(source), 1)),
    "map": lambda source: sum(map(math.sin, reversed(source))),
    "sum": lambda source: sum(reversed(source)),
    "chain": lambda source: weighted(itertools.chain(reversed(source), reversed(source))),
    "islice": lambda source: weighted(itertools.islice(reversed(source), 1, None)),
    "sorted": lambda source: weighted(sorted(reversed(source))),
    "max": lambda source: max(reversed(source)) ** 2,
    "array": lambda source: float(np.sum(np.array(list(reversed(source))) ** 2)),
    "partly": lambda source: weighted(itertools.takewhile(lambda item: item > 1.0, reversed(source))),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("source", SOURCES)
def test_gradients(source, use):
    def program(x, y):
        return USES[use](SOURCES[source](x, y))

    check(program, 1.5, 0.75)


@pytest.mark.parametrize("source", ["list", "tuple", "values"])
def test_second_derivatives(source):
    def program(x):
        return weighted(item * x for item in reversed(SOURCES[source](x, 0.75)))

    def slope(x):
        return gradient(program, x)[0]

    assert grad(slope)(1.5) == pytest.approx((slope(1.5 + 1e-5) - slope(1.5 - 1e-5)) / 2e-5, rel=1e-7)


def test_items_that_c_takes_are_not_confused_with_others():
    def program(x, y):
        items = reversed([x, y, x * y, 3.0 * x])
        "".join(str(n) for n in zip(items, "ab", strict=False))
        return next(items) * y

    assert gradient(program, 2.0, 3.0) == gradient(lambda x, y: x * y, 2.0, 3.0)


def test_changes_while_it_goes():
    def program(x, y):
        items = [x, y, x * y]
        backwards = reversed(items)
        total = next(backwards)
        items[1] = x * x
        items.append(5.0 * y)
        total += next(backwards) * 3.0
        del items[:]
        return total + sum(backwards) + sum(items)

    check(program, 2.0, 3.0)


def test_it_is_the_real_iterator():
    def program(x):
        found = [reversed([x, 1]), reversed((x, 1)), reversed({x: 1}), reversed(deque([x])), reversed(range(3))]
        found += [reversed({x: 1}.values()), reversed({x: 1}.items())]
        hints = [iterator.__length_hint__() for iterator in found]
        copies = [list(copy.copy(iterator)) for iterator in found[:2]]
        pickled = [list(pickle.loads(pickle.dumps(iterator))) for iterator in found[:2]]
        return [type(iterator).__name__ for iterator in found], hints, copies, pickled

    with debug(transform_all=True):
        assert pullback(program, 2.0)[0] == program(2.0)


def test_texts():
    """The real iterator, which says how many characters are left; what is read from them is refused."""

    def program(x):
        made = reversed("abc")
        return [type(made) is reversed, operator.length_hint(made), next(made), *made], x * x

    value, back = pullback(program, 3.0)
    assert value == program(3.0)
    assert back((None, 1.0)) == (6.0,)
    with pytest.raises(NoRuleError):
        gradient(lambda x: float("".join(reversed("".join(reversed(str(x)))))), 3.5)


class Multiples:
    """A sequence that has only subscripts and a length, both in Python; what is asked for is counted."""

    def __init__(self, x):
        self.x, self.asked = x, []

    def __len__(self):
        self.asked.append("len")
        return 3

    def __getitem__(self, index):
        self.asked.append(index)
        if index >= 3:
            raise IndexError
        return self.x * self.x * (index + 1)


class Tuple(tuple):
    __slots__ = ()


def both_ways(x):
    return weighted(reversed(Multiples(x))) * weighted(iter(Multiples(x * 2.0))) + by_next(reversed(Tuple([x, x * x])))


def changed_on_the_way(x):
    items = Multiples(x)
    forwards, backwards = iter(items), reversed(items)
    first = next(forwards) * next(backwards)
    items.x = x * x
    second = next(forwards) + next(backwards)
    items.x = 0.5
    return first * second * sum(forwards) + sum(map(operator.mul, backwards, [x]))


def that_stores(x):
    seen = []

    class Storing(Multiples):
        def __getitem__(self, index):
            seen.append(self.x * index)
            return super().__getitem__(index)

    items = [item * x for item in zip(iter(Storing(x)), reversed(Storing(x * x)), strict=False) for item in item]
    return weighted(items) * weighted(seen)


@pytest.mark.parametrize("program", [both_ways, changed_on_the_way, that_stores])
def test_objects_that_have_only_subscripts(program):
    check(program, 1.25)

    def slope(x):
        return gradient(program, x)[0]

    assert grad(slope)(1.25) == pytest.approx((slope(1.25 + 1e-5) - slope(1.25 - 1e-5)) / 2e-5, rel=1e-7)


def test_iterators_by_subscripts_are_the_real_ones():
    def program(x):
        items = Multiples(x)
        made = [iter(items), reversed(items)]
        found = [type(iterator).__name__ for iterator in made]
        found += [next(iterator) for iterator in made]
        found += [operator.length_hint(iterator) for iterator in made]
        found += [list(pickle.loads(pickle.dumps(iterator))) for iterator in made]
        found += [list(copy.copy(iterator)) for iterator in made]
        made[0].__setstate__(0)
        return found, [list(iterator) for iterator in made], items.asked

    with debug(transform_all=True):
        assert pullback(program, 2.0)[0] == program(2.0)


@pytest.mark.parametrize("bad", [5, {1, 2}, type("Unsized", (), {"__getitem__": lambda self, index: index})()])
def test_what_cannot_be_reversed(bad):
    with pytest.raises(TypeError) as wanted:
        reversed(bad)
    with pytest.raises(TypeError) as found:
        pullback(lambda x: x * len(list(reversed(bad))), 2.0)
    assert str(found.value) == str(wanted.value)

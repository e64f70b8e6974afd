"""Lists: every method and operator that moves items, with values that matter before and after."""

from __future__ import annotations

import operator

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check


def weighted(items):
    """A value in which every item and every place counts."""
    total = 0.0
    weight = 1.0
    for item in items:
        total += weight * item * item
        weight += 0.7
    return total


def appended(x, y):
    xs = [x]
    xs.append(y)
    xs.append(x * y)
    return weighted(xs)


def appended_to_argument(xs, y):
    xs.append(y * xs[0])
    return weighted(xs)


def inserted(x, y):
    xs = [x, y]
    xs.insert(0, x * y)
    xs.insert(-1, y * 3)
    xs.insert(100, x + 1)
    xs.insert(-100, y - 1)
    xs.insert(2, 5.0)
    return weighted(xs)


def popped(xs):
    a = xs.pop()
    b = xs.pop(0)
    c = xs.pop(-2)
    xs.insert(1, c * a)
    return weighted(xs) + a * b


def removed(xs):
    xs.remove(xs[1])
    xs.remove(xs[-1])
    return weighted(xs)


def cleared(xs):
    total = xs[0] * xs[1]
    xs.clear()
    xs.append(total)
    xs.append(total * 2)
    return weighted(xs)


def reversed_in_place(xs):
    xs.reverse()
    xs[0] = xs[0] * xs[1]
    xs.reverse()
    return weighted(xs)


def sorted_in_place(xs):
    xs.sort()
    xs[0] *= 3
    xs.sort(reverse=True)
    xs.sort(key=lambda v: (v - 0.6) ** 2)
    return weighted(xs)


def sorted_by_name(xs):
    pairs = [(str(i % 2), x) for i, x in enumerate(xs)]
    pairs.sort(key=operator.itemgetter(0))
    return weighted([x for _, x in pairs])


def extended(xs, y):
    xs.extend([y, y * y])
    xs.extend((xs[0], y))
    xs.extend(xs)
    xs.extend(range(2))
    xs.extend(v * 2 for v in xs[:2])
    xs.extend({"a": y}.values())
    return weighted(xs)


def copied(xs):
    ys = xs.copy()
    zs = list(xs)
    ws = xs[:]
    xs[0] = xs[1] * 2
    ys[1] *= 3
    zs[2] *= xs[0]
    ws.append(ys[1])
    return weighted(xs) + 2 * weighted(ys) + 3 * weighted(zs) + weighted(ws)


def built(x, y):
    return (
        weighted(list((x, y, 1.0)))
        + weighted(list(v * v for v in (x, y)))
        + weighted(list({"a": x, "b": y}.values()))
        + weighted(list(map(lambda v: v * 3, [x, y])))
        + len(list("abc"))
        + len(list())
    )


def added(xs, y):
    ys = xs + [y] + xs[:1]
    ys += [y * y]
    ys += (xs[1],)
    ys += (v + 1 for v in [y])
    return weighted(ys)


def multiplied(xs, y):
    ys = xs * 2 + 2 * [y]
    ys *= 2
    zs = [y] * 3
    zs *= 0
    zs += [y] * True
    return weighted(ys) + weighted(zs) + weighted(xs * 0)


def aliased_in_place(xs):
    ys = xs
    ys += [ys[0] * ys[1]]
    ys *= 2
    return weighted(xs)


def sliced(xs):
    return weighted(xs[1:3]) + weighted(xs[::-1]) + weighted(xs[-3::2]) + weighted(xs[5:]) + weighted(xs[:-1][1:])


def slices_set(xs, y):
    xs[1:2] = [y, y * xs[0], 3.0]
    xs[:0] = (xs[-1],)
    xs[-1:] = []
    xs[3:1] = [y + 1]
    xs[::2] = [v * 2 for v in xs[::2]]
    xs[4:] = (v * y for v in xs[1:3])
    xs[1:1] = xs
    return weighted(xs)


def slices_deleted(xs, y):
    xs += [y, y * y, xs[0] * 3, 4.0]
    del xs[1:3]
    del xs[::3]
    del xs[-1]
    del xs[0:0]
    return weighted(xs)


def items_set(xs, y):
    xs[0] = y
    xs[-1] = xs[0] * xs[1]
    xs[1], xs[0] = xs[0] * 2, xs[1]
    xs[True] += y
    del xs[1]
    return weighted(xs)


def questions(xs, y):
    n = xs.index(xs[1]) + xs.count(y) + len(xs) + (y in xs) + (xs == [y]) + (xs < [y])
    return n * weighted(xs) * y


def methods_by_other_names(xs, y):
    add = xs.append
    add(y)
    list.append(xs, y * 2)
    get = xs.__getitem__
    list.__setitem__(xs, 0, get(1) * y)
    operator.setitem(xs, 1, operator.getitem(xs, 0) + 1)
    operator.delitem(xs, 2)
    ys = operator.add(xs, [y])
    operator.iadd(ys, [y * 3])
    return weighted(operator.mul(ys, 2)) + max(range(3), key=xs.__getitem__)


def nested(x, y):
    grid = [[x, y], [y, x * y]]
    rows = grid[:]
    rows[0].append(grid[1][1])
    grid.reverse()
    grid[0][0] *= 2
    return weighted(rows[0]) + weighted(grid[0]) + sum(map(sum, rows))


def of_tuples(x, y):
    pairs = [(x, y), (y, x * y)]
    pairs.append((pairs[0][1], 3.0))
    pairs.sort(key=lambda pair: pair[0])
    pairs.insert(1, pairs.pop())
    (a, b), *_ = pairs
    return a * b + weighted([v for _, v in pairs])


def mixed_kinds(x, y):
    xs = [x, "text", None, [y], (x, "a"), y]
    xs.pop(1)
    xs[1], xs[0] = xs[0], xs[1]
    xs.insert(0, "more")
    return xs[2] if isinstance(xs[2], float) else sum(v for v in xs if isinstance(v, float)) * xs[3][0] * xs[4][0]


def iterated(xs):
    total = 0.0
    for i, v in enumerate(xs):
        if i < 2:
            xs.append(v * 2)
        total += i * v
    iterator = iter(xs)
    first = next(iterator)
    xs[1] = first * xs[2]
    return total * next(iterator) + sum(iterator) + next(reversed(xs))


FUNCTIONS_OF_TWO = (appended, inserted, built, nested, of_tuples, mixed_kinds)
FUNCTIONS_OF_A_LIST = (
    *(popped, removed, cleared, reversed_in_place, sorted_in_place, sorted_by_name, copied, aliased_in_place),
    *(sliced, iterated),
)
FUNCTIONS_OF_A_LIST_AND_A_NUMBER = (
    *(appended_to_argument, extended, added, multiplied, slices_set, slices_deleted, items_set, questions),
    methods_by_other_names,
)


@pytest.mark.parametrize("fn", FUNCTIONS_OF_TWO)
def test_lists_made_inside(fn):
    check(fn, 1.3, 0.7)


@pytest.mark.parametrize("fn", FUNCTIONS_OF_A_LIST)
def test_lists_passed_in(fn):
    check(fn, [1.3, 0.7, 0.4, 2.1, -0.5])


@pytest.mark.parametrize("fn", FUNCTIONS_OF_A_LIST_AND_A_NUMBER)
def test_lists_and_numbers(fn):
    check(fn, [1.3, 0.7, 0.4, 2.1], 0.9)


def test_the_gradient_has_the_layout_of_the_argument_as_it_was():
    assert gradient(lambda xs: xs.pop(0) * 3, [2.0, 1.0]) == ([3.0, None],)
    assert gradient(lambda xs: (xs.clear(), xs.append(1.0), xs[0])[2], [2.0, 1.0]) == (None,)
    assert gradient(lambda xs: (xs.reverse(), xs[0] * 2)[1], [2.0, 1.0]) == ([None, 2.0],)


class Stack(list):
    """A list with a method overridden, an attribute and one more method."""

    def __init__(self, items=(), scale=1.0):
        super().__init__(items)
        self.scale = scale
        self.pushed = 0

    def append(self, value):
        self.pushed += 1
        super().append(value * self.scale)

    def push(self, value):
        self.append(value)
        return self


class Bare(list):
    """A list by another name."""


def subclassed(x, y):
    stack = Stack([x, y], scale=y)
    stack.push(x * y).push(2.0)
    stack.insert(0, x)
    stack[1:2] = [y, y]
    bare = Bare([x, y])
    bare.append(stack.pop())
    bare += stack
    bare[0] = bare[-1] * stack[0]
    return weighted(stack) + weighted(bare) * stack.pushed + weighted(bare[::2]) + weighted(Bare(v for v in (x, y)))


class Doubled(list):
    """A list whose items are doubled on the way out."""

    def __getitem__(self, index):
        return super().__getitem__(index) * 2

    def __iter__(self):
        return (v * 2 for v in super().__iter__())


def overridden(x, y):
    items = Doubled([x, y])
    return items[0] * sum(items) + weighted(list(items)) + weighted(items.copy())


def test_subclasses():
    check(subclassed, 1.3, 0.7)
    check(overridden, 1.3, 0.7)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda xs: xs.pop(9), ([1.0],)),
        (lambda xs: xs.remove(3.0), ([1.0],)),
        (lambda xs: xs.insert("a", 1.0), ([1.0],)),
        (lambda xs: xs + (1.0,), ([1.0],)),
        (lambda xs: xs * 1.5, ([1.0],)),
        (lambda xs: xs.append(), ([1.0],)),
        (lambda xs: xs.append(1.0, 2.0), ([1.0],)),
        (lambda xs: xs.sort(1), ([1.0],)),
        (lambda xs: xs.__setitem__(slice(0, 1), 5), ([1.0],)),
        (lambda xs: xs.extend(5), ([1.0],)),
        (lambda xs: list(xs, xs), ([1.0],)),
        (lambda xs: list(x=xs), ([1.0],)),
        (lambda x: list.append(x, x), (1.0,)),
        (lambda xs: xs[1:3:2].__setitem__(slice(0, 9, 2), [1.0, 2.0]), ([1.0, 2.0],)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)


class Radd:
    """Knows how to be added to a list on its right."""

    def __init__(self, value):
        self.value = value

    def __radd__(self, other):
        return sum(other) * self.value


def right_operand_first(x, y):
    return ([x, y] + Radd(y)) * 2


def right_operand_in_place(x, y):
    xs = [x, y]
    xs += Radd(y)
    return xs


def test_the_right_operand_comes_before_a_list():
    check(right_operand_first, 1.3, 0.7)
    check(right_operand_in_place, 1.3, 0.7)

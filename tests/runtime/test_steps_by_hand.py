"""Generators, coroutines and asynchronous generators that are driven by hand: by `next`, `send`, `throw` and `anext`."""

from __future__ import annotations

from types import AsyncGeneratorType, CoroutineType, GeneratorType

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check


async def squares_and_products(x):
    received = yield x * x
    yield received * x


async def caught_by_itself(x):
    try:
        yield x * x
    except ValueError as error:
        yield error.args[0] * x


async def cube(x):
    return x * x * x


class Asking:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        received = yield self.value
        return received * self.value


async def asking(x):
    return await Asking(x * x)


async def one_cube(x):
    yield x * x * x


def two(x):
    received = yield x * x
    yield received * x


def unbound_methods_of_generators(x):
    items = two(x)
    return GeneratorType.send(items, GeneratorType.__next__(items)) * next(map(GeneratorType.__next__, [two(x)]))


def unbound_methods_of_coroutines(x):
    return value_of(CoroutineType.send, cube(x), None) * value_of(CoroutineType.__await__(cube(x)).__next__)


def unbound_methods_of_asynchronous_generators(x):
    return value_of(AsyncGeneratorType.__anext__(one_cube(x)).send, None) ** 2


def value_of(step, *args):
    with pytest.raises(StopIteration) as caught:
        step(*args)
    return caught.value.value


def asked_by_hand(x):
    items = squares_and_products(x)
    first = value_of(items.asend(None).send, None)
    return first * value_of(items.asend(first * x).send, None)


def asked_by_next(x):
    items = squares_and_products(x)
    first = value_of(next, items.__anext__().__await__())
    return first * value_of(items.asend(first * x).__next__)


def asked_within_a_coroutine(x):
    async def asked(items, value):
        return await items.asend(value)

    async def both():
        items = squares_and_products(x)
        first = await asked(items, None)
        return first * await asked(items, first)

    return value_of(both().send, None)


def thrown_by_hand(x):
    items = caught_by_itself(x)
    first = value_of(items.asend(None).send, None)
    return value_of(items.athrow(ValueError(first * x)).send, None)


def closed_by_hand(x):
    left = []

    async def items():
        try:
            yield x * x
        finally:
            left.append(x * x * x)

    some = items()
    first = value_of(some.asend(None).send, None)
    value_of(some.aclose().send, None)
    return first * left[0]


def a_coroutine_that_next_runs(x):
    return value_of(next, cube(x).__await__())


def a_coroutine_that_is_sent_to(x):
    running = asking(x).__await__()
    first = next(running)
    return value_of(running.send, first * x)


@pytest.mark.parametrize(
    "program",
    [
        asked_by_hand,
        asked_by_next,
        asked_within_a_coroutine,
        thrown_by_hand,
        closed_by_hand,
        a_coroutine_that_next_runs,
        a_coroutine_that_is_sent_to,
        unbound_methods_of_generators,
        unbound_methods_of_coroutines,
        unbound_methods_of_asynchronous_generators,
    ],
)
def test_steps_by_hand(program):
    check(program, 1.3)


@pytest.mark.parametrize("program", [asked_by_hand, thrown_by_hand, closed_by_hand, a_coroutine_that_is_sent_to])
def test_second_derivatives_of_steps_by_hand(program):
    check(lambda x: gradient(program, x)[0], 1.3)


def test_an_ending_that_a_method_which_was_kept_brings():
    def f(x):
        running = cube(x)
        step = running.send
        try:
            step(None)
        except StopIteration as ending:
            return ending.value

    check(f, 1.3)


def items_or_a_default(x):
    async def main():
        items = one_cube(x)
        first = await anext(items, 0.0)
        asked = anext(items, x * x)
        return first * await asked

    return value_of(main().send, None)


class Counted:
    def __init__(self, x):
        self.x, self.n = x, 0

    async def __anext__(self):
        self.n += 1
        if self.n > 2:
            raise StopAsyncIteration
        return self.x * self.n


def items_of_a_class_or_a_default(x):
    async def main():
        items = Counted(x)
        return await anext(items, 0.0) * await anext(items) * await anext(items, x * x)

    return value_of(main().send, None)


@pytest.mark.parametrize("program", [items_or_a_default, items_of_a_class_or_a_default])
def test_an_item_or_a_default(program):
    check(program, 1.3)

"""What `await` cannot wait for is refused as in a plain call; a `super` that is not bound has attributes of its own."""

from __future__ import annotations

import asyncio

import pytest

from bytegrad import debug, pullback
from tests.rules.containers.check import check


async def spam():
    return "spam"


class Answers:
    def __init__(self, answer):
        self.answer = answer

    def __await__(self):
        return self.answer


async def wait_for(awaitable):
    return await awaitable


def outcome(make):
    awaited = make()
    coroutine = wait_for(awaited)
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return "value", stop.value
    except TypeError as error:
        return str(error)
    finally:
        coroutine.close()
        if hasattr(awaited, "answer") and hasattr(awaited.answer, "close"):
            awaited.answer.close()


def answers_a_coroutine():
    return Answers(spam())


def answers_itself():
    found = Answers(None)
    found.answer = found
    return found


@pytest.mark.parametrize(
    "make",
    [lambda: Answers(None), lambda: Answers(42), answers_itself, answers_a_coroutine, lambda: Answers(iter([])), int],
    ids=range(6),
)
def test_as_in_a_plain_call(make):
    with debug(transform_all=True):
        assert pullback(outcome, make)[0] == outcome(make)


class Base:
    def scaled(self, x):
        return 2 * x


class Derived(Base):
    pass


Derived.above = super(Derived)


class Leaf(Derived):
    def scaled(self, x):
        return self.above.scaled(x) * super().scaled(x)


def test_super_that_is_bound_as_an_attribute():
    def program(x):
        unbound = super(Derived)
        return Leaf().scaled(x), unbound.__self__, unbound.__thisclass__

    with debug(transform_all=True):
        y, back = pullback(program, 3.0)
    assert y == program(3.0)
    assert back((1.0, None, None)) == (24.0,)


class Later:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self.value


class Items:
    def __init__(self, x, wrap):
        self.x, self.wrap, self.n = x, wrap, 0

    def __aiter__(self):
        return self

    def __anext__(self):
        self.n += 1
        if self.n > 3:
            raise StopAsyncIteration
        return self.wrap(self.x * self.n)


def future(value):
    found = asyncio.get_running_loop().create_future()
    found.set_result(value)
    return found


async def at_once(value):
    return value


@pytest.mark.parametrize("wrap", [Later, future, at_once])
def test_async_for_over_items_that_are_awaited(wrap):
    async def total(x):
        found = 0.0
        async for item in Items(x, wrap):
            found += item * item
        return found

    def program(x):
        return asyncio.run(total(x))

    check(program, 2.0)
    with debug(transform_all=True):
        assert pullback(program, 2.0)[0] == program(2.0)


def test_async_for_over_what_cannot_be_awaited():
    async def total():
        async for item in Items(1.0, float):
            return item

    def program():
        try:
            asyncio.run(total())
        except TypeError as error:
            return str(error), str(error.__cause__)

    assert pullback(program)[0] == program()

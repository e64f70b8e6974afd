"""What `await` cannot wait for is refused as in a plain call; a `super` that is not bound has attributes of its own."""

from __future__ import annotations

import asyncio

import pytest

from bytegrad import debug, gradient, pullback
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


class HandingOn:
    def __init__(self, future):
        self.future = future

    def __await__(self):
        return self.future.__await__()


class Delegating(HandingOn):
    def __await__(self):
        return (yield from self.future.__await__())


class Iterating(HandingOn):
    def __await__(self):
        return (yield from self.future)


class Iterated(HandingOn):
    def __await__(self):
        return iter(self.future)


class Unbound(HandingOn):
    def __await__(self):
        return type(self.future).__await__(self.future)


def by_hand(step):
    async def wait(awaitable):
        iterator = awaitable.__await__()
        try:
            step(iterator)
        except StopIteration as ending:
            return ending.value

    return wait


WAYS = [lambda future: future, HandingOn, Delegating, Iterating, Iterated, Unbound]
WAYS += [by_hand(next), by_hand(lambda iterator: iterator.send(None)), by_hand(lambda iterator: iterator.__next__())]


def awaited_at_once(x, way):
    async def main():
        return await way(future(x * x)) * x

    return asyncio.run(main())


@pytest.mark.parametrize("way", WAYS, ids=range(len(WAYS)))
def test_ways_of_waiting_for_a_future(way):
    check(lambda x: awaited_at_once(x, way), 1.3)


@pytest.mark.parametrize("way", WAYS[:6], ids=range(6))
def test_ways_of_waiting_for_what_comes_later(way):
    def f(x):
        async def give(later):
            await asyncio.sleep(0)
            later.set_result(x * x)

        async def main():
            later = asyncio.get_running_loop().create_future()
            giving = asyncio.create_task(give(later))
            found = await way(later) * x
            await giving
            return found

        return asyncio.run(main())

    check(f, 1.3)


def test_second_derivatives_of_what_a_future_held():
    check(lambda x: gradient(awaited_at_once, x, WAYS[0])[0], 1.3)


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


class Unawaitable:
    def __init__(self, x):
        self.x = x

    def __aiter__(self):
        return self

    def __anext__(self):
        return self

    def __await__(self):
        self.x = self.x * self.x
        return iter([1 / 0])


class Unending:
    def __aiter__(self):
        return 1.0


@pytest.mark.parametrize("make", [Unawaitable, lambda x: Unending()])
def test_async_for_over_what_raises_when_it_is_asked(make):
    async def total(x):
        items = make(x)
        try:
            async for _ in items:
                pass
        except TypeError as error:
            return getattr(items, "x", x) * x, str(error), repr(error.__cause__)

    def program(x):
        return asyncio.run(total(x))

    value, back = pullback(program, 3.0)
    assert value == program(3.0)
    slope = (program(3.0 + 1e-6)[0] - program(3.0 - 1e-6)[0]) / 2e-6
    assert back((1.0, None, None))[0] == pytest.approx(slope)


def test_what_is_no_asynchronous_iterator_is_said_as_in_a_plain_call() -> None:
    class Numbers:
        def __anext__(self) -> int:
            return 3

    def f(x: float) -> tuple[float, list[str]]:
        said: list[str] = []

        async def main() -> None:
            for use in (lambda: anext(1), lambda: aiter(1), lambda: anext(Numbers()), lambda: anext(Numbers(), 2)):
                try:
                    await use()
                except TypeError as error:
                    said.append(str(error))
            try:
                async for _ in 1:
                    pass
            except TypeError as error:
                said.append(str(error))

        with pytest.raises(StopIteration):
            main().send(None)
        return x * x, said

    (_, plain), (_, said) = f(2.0), pullback(f, 2.0)[0]
    assert len(plain) == 5
    assert said == plain

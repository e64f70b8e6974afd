"""Coroutines, asynchronous generators and contexts, driven by hand and by asyncio's event loop."""

import asyncio
import contextlib
import types

from tests.corpus.declare import case


async def squared(a):
    return a * a


async def counted(x):
    for i in range(1, 4):
        yield x * i


def driven_by_hand(x):
    running = squared(x)
    try:
        running.send(None)
    except StopIteration as stop:
        return stop.value


def awaited_in_turn(x):
    async def main():
        return await squared(x) * await squared(await squared(x))

    return asyncio.run(main())


def gathered(x):
    async def slowly(a):
        await asyncio.sleep(0)
        return a * a

    async def main():
        return sum(await asyncio.gather(slowly(x), slowly(2 * x)))

    return asyncio.run(main())


class Lent:
    def __init__(self, value):
        self.value = value

    async def __aenter__(self):
        return self.value**2

    async def __aexit__(self, kind, error, trace):
        self.value *= 3
        return kind is KeyError


def async_with(x):
    async def main():
        lent = Lent(x)
        async with lent as value:
            raise KeyError(value)
        return value * lent.value

    return asyncio.run(main())


def async_for_and_comprehension(x):
    async def main():
        total = 0.0
        async for value in counted(x):
            total += value * x
        return total + sum([v * v async for v in counted(total)])

    return asyncio.run(main())


class Steps:
    def __init__(self, x):
        self.x, self.n = x, 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.n += 1
        if self.n > 3:
            raise StopAsyncIteration
        return self.x * self.n


class Awaitable:
    def __init__(self, x):
        self.x = x

    def __await__(self):
        doubled = yield from self.inner()
        return doubled * self.x

    def inner(self):
        return self.x * 2
        yield


def protocols_of_classes(x):
    async def main():
        return sum([v async for v in Steps(x)]) * await Awaitable(x)

    return asyncio.run(main())


def exception_of_a_coroutine(x):
    async def fails():
        raise ValueError(x * x)

    async def main():
        try:
            await fails()
        except ValueError as error:
            return error.args[0] * x

    return asyncio.run(main())


@contextlib.asynccontextmanager
async def lending(a):
    yield a * a


def context_manager_of_a_generator(x):
    async def main():
        async with lending(x) as y:
            return y * x

    return asyncio.run(main())


def through_a_queue(x):
    async def produce(queue):
        for i in range(3):
            await queue.put(x * i)
        await queue.put(None)

    async def main():
        queue = asyncio.Queue()
        producer = asyncio.create_task(produce(queue))
        total = 0.0
        while (value := await queue.get()) is not None:
            total += value * value
        await producer
        return total

    return asyncio.run(main())


def sent_to_an_async_generator(x):
    async def running():
        total = 0.0
        while True:
            total += yield total * x

    async def main():
        generator = running()
        await generator.asend(None)
        await generator.asend(x)
        result = await generator.asend(x * x)
        await generator.aclose()
        return result

    return asyncio.run(main())


def futures_and_groups(x):
    async def main():
        future = asyncio.get_running_loop().create_future()
        future.set_result(x * x)
        async with asyncio.timeout(500), asyncio.TaskGroup() as group:
            task = group.create_task(squared(x))
        return await future * task.result() * await asyncio.wait_for(squared(x), 300)

    return asyncio.run(main())


@types.coroutine
def suspended(a):
    received = yield
    return a * received


def sent_to_a_coroutine(x):
    async def main():
        return await suspended(x) * x

    running = main()
    running.send(None)
    try:
        running.send(x * x)
    except StopIteration as stop:
        return stop.value


def memory_shared_by_tasks(x):
    async def main():
        box = [x]

        async def grow(factor):
            for _ in range(2):
                box[0] *= factor
                await asyncio.sleep(0)

        await asyncio.gather(grow(x), grow(2.0))
        return box[0]

    return asyncio.run(main())


CASES = (
    case(driven_by_hand, 1.3),
    case(awaited_in_turn, 1.3),
    case(gathered, 1.3),
    case(async_with, 1.3),
    case(async_for_and_comprehension, 1.3),
    case(protocols_of_classes, 1.3),
    case(exception_of_a_coroutine, 1.3),
    case(context_manager_of_a_generator, 1.3),
    case(through_a_queue, 1.3),
    case(sent_to_an_async_generator, 1.3),
    case(futures_and_groups, 1.3),
    case(sent_to_a_coroutine, 1.3),
    case(memory_shared_by_tasks, 1.3),
)

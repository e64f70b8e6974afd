"""Callbacks of event loops and futures: what they do is reversed in its turn."""

from __future__ import annotations

import asyncio
import concurrent.futures
import time
from typing import Any

import pytest

import bytegrad
from tests.rules.containers.check import check


def result_set_by_the_loop(x, y):
    async def main():
        loop = asyncio.get_running_loop()
        first, second = loop.create_future(), loop.create_future()
        loop.call_soon(first.set_result, x * y)
        loop.call_later(0.001, lambda: second.set_result(x * x))
        return await first * await second

    return asyncio.run(main())


def chained_futures(x, y):
    async def main():
        loop = asyncio.get_running_loop()
        first, second = loop.create_future(), loop.create_future()
        first.add_done_callback(lambda f: second.set_result(f.result() * y))
        first.set_result(x * x)
        return await second

    return asyncio.run(main())


def list_filled_by_callbacks(x, y):
    async def main():
        loop, out = asyncio.get_running_loop(), []
        loop.call_soon(out.append, x * y)
        loop.call_soon_threadsafe(out.append, y)
        loop.call_at(loop.time(), out.append, x)
        await asyncio.sleep(0.005)
        out[0] *= out[1]
        return out[0] * out[2]

    return asyncio.run(main())


def callback_of_a_task(x, y):
    async def work():
        await asyncio.sleep(0)
        return x * x

    async def main():
        out = []
        task = asyncio.create_task(work())
        task.add_done_callback(lambda t: out.append(t.result() * y))
        await task
        await asyncio.sleep(0)
        return out[0]

    return asyncio.run(main())


def shielded(x, y):
    async def work():
        await asyncio.sleep(0)
        return x * y

    async def main():
        return await asyncio.shield(work()) * x

    return asyncio.run(main())


def in_threads(x, y):
    async def main():
        loop = asyncio.get_running_loop()
        one = await asyncio.to_thread(lambda a: a * y, x)
        two = await loop.run_in_executor(None, lambda: x * x)
        return one * two + sum(await asyncio.gather(*[asyncio.to_thread(pow, x, i) for i in range(3)]))

    return asyncio.run(main())


FUNCTIONS = (
    result_set_by_the_loop,
    chained_futures,
    list_filled_by_callbacks,
    callback_of_a_task,
    shielded,
    in_threads,
)


@pytest.mark.parametrize("fn", FUNCTIONS, ids=lambda fn: fn.__name__)
def test_what_callbacks_do_is_reversed(fn: Any) -> None:
    check(fn, 1.3, 0.7)


def test_callbacks_of_a_future_are_called_where_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    set_result = concurrent.futures.Future.set_result

    def set_late(future: Any, result: Any) -> None:
        time.sleep(0.05)
        set_result(future, result)

    monkeypatch.setattr(concurrent.futures.Future, "set_result", set_late)
    check(in_threads, 1.3, 0.7)


def test_a_callback_can_be_removed() -> None:
    def f(x: float) -> float:
        async def main() -> float:
            out = [x]

            def double(future: Any) -> None:
                out[0] *= 2.0

            future = asyncio.get_running_loop().create_future()
            future.add_done_callback(double)
            assert future.remove_done_callback(double) == 1
            future.set_result(None)
            await asyncio.sleep(0)
            return out[0] * out[0]

        return asyncio.run(main())

    assert bytegrad.gradient(f, 3.0) == (6.0,)


def test_a_callback_that_raises_is_the_loops_affair_but_cannot_be_reversed() -> None:
    def f(x: float) -> float:
        async def main() -> float:
            loop, out = asyncio.get_running_loop(), []
            loop.set_exception_handler(lambda loop, context: out.append(type(context["exception"])))
            loop.call_soon(lambda: x / 0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert out == [ZeroDivisionError]
            return x

        return asyncio.run(main())

    value, back = bytegrad.pullback(f, 3.0)
    assert value == 3.0
    with pytest.raises(bytegrad.UnsupportedError, match="callback"):
        back(1.0)

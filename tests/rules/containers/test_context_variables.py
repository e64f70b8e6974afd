"""Context variables: values in several contexts, copies of contexts, tokens and defaults."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check


def run_in_a_copy(x, y):
    level = contextvars.ContextVar("level", default=x * y)
    total = level.get()
    level.set(x)
    inner = contextvars.copy_context()

    def work(a, *, b):
        level.set(level.get() * y)
        return level.get() * a + b

    total += inner.run(work, x, b=y)
    inner.run(level.set, level.get() * 3)
    return total * level.get() + inner[level] ** 2 + inner.get(level, x) + inner.run(level.get)


def tokens(x, y):
    level = contextvars.ContextVar("level")
    level.set(x)
    token = level.set(y)
    total = token.old_value * level.get()
    level.reset(token)
    empty = contextvars.Context()
    return total + level.get() ** 2 + empty.get(level, y) * level.get(y) + empty.run(level.get, x * y)


def two_tasks(x, y):
    level = contextvars.ContextVar("level")

    async def work(a):
        level.set(a * x)
        await asyncio.sleep(0)
        level.set(level.get() * y)
        await asyncio.sleep(0)
        return level.get()

    async def main():
        first, second = await asyncio.gather(work(x), work(y))
        return first * second**2

    return asyncio.run(main())


def nested_runs(x, y):
    level = contextvars.ContextVar("level", default=1.0)
    outer, inner = contextvars.Context(), contextvars.Context()

    def deepest():
        level.set(level.get() * y)
        return level.get()

    def work():
        level.set(x * x)
        return inner.run(deepest) * level.get()

    return outer.run(work) + level.get() * x


@pytest.mark.parametrize("fn", [run_in_a_copy, tokens, two_tasks, nested_runs], ids=lambda fn: fn.__name__)
def test_values_of_each_context(fn):
    check(fn, 1.3, 0.7)


def test_a_context_that_is_entered_says_so_as_in_a_plain_call():
    context = contextvars.copy_context()
    with pytest.raises(RuntimeError, match="cannot enter context"):
        gradient(lambda x: context.run(lambda: context.run(lambda: x)), 1.0)

"""What `await` cannot wait for is refused as in a plain call; a `super` that is not bound has attributes of its own."""

from __future__ import annotations

import pytest

from bytegrad import debug, pullback


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

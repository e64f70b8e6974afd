"""Methods that a builtin or a statement asks, and that raise: the exception is the user's, and what was done counts or is refused."""

from __future__ import annotations

import functools
import sys

import pytest

from bytegrad import NoRuleError, gradient, pullback


class Raising:
    def __init__(self, seen, x):
        self.seen, self.x = seen, x

    def _fail(self, *_):
        self.seen.append(self.x * self.x)
        raise KeyError("mine")

    __len__ = __iter__ = __float__ = __hash__ = __format__ = __enter__ = __getitem__ = __bool__ = __index__ = _fail

    def __exit__(self, *_):
        pass


def entered(value):
    with value:
        pass


ASKING = {
    "len": len,
    "iter": iter,
    "list": list,
    "all": all,
    "loop": lambda value: [item for item in value],
    "unpack": lambda value: [a for a, b in [value]],
    "star": lambda value: print(*value),
    "float": float,
    "hash": hash,
    "format": format,
    "text": lambda value: f"{value:3}",
    "with": entered,
    "item": lambda value: value[0],
    "truth": lambda value: not value,
    "index": lambda value: [1.0, 2.0][value],
}


@pytest.mark.parametrize("name", ASKING)
def test_the_exception_is_the_method_s_own(name):
    def f(x):
        seen = []
        try:
            ASKING[name](Raising(seen, x))
        except KeyError as error:
            assert error.args == ("mine",)
            return seen[0]
        return 0.0

    value, back = pullback(f, 3.0)
    assert value == f(3.0) == 9.0
    try:
        (bar,) = back(1.0)
    except NoRuleError:
        return
    assert bar == 6.0


def test_keywords_of_a_partial_are_its_own():
    assert gradient(lambda x: functools.partial(pow, base=x)(exp=3.0), 2.0) == (12.0,)
    assert gradient(lambda x: functools.partial(pow, exp=3.0)(base=x), 2.0) == (12.0,)
    assert gradient(lambda x: dict(a=1.0) and pow(**{"base": x, "exp": 3.0}), 2.0) == (12.0,)


def test_a_recursion_limit_just_above_the_frame() -> None:
    """The limit can be set, and set back, where the runtime has no room for frames of its own."""

    def recurse(x: float) -> float:
        return recurse(x * 2.0) + 1.0

    def program(x: float) -> tuple[float, bool]:
        limit, depth, reached = sys.getrecursionlimit(), 1, False
        try:
            while True:
                try:
                    sys.setrecursionlimit(depth)
                except RecursionError:
                    depth += 1
                else:
                    break
            sys.setrecursionlimit(depth + 10)
            try:
                recurse(x)
            except RecursionError:
                reached = True
        finally:
            sys.setrecursionlimit(limit)
        return x * x, reached

    before = sys.getrecursionlimit()
    try:
        value, back = pullback(program, 3.0)
        assert sys.getrecursionlimit() == before
    finally:
        sys.setrecursionlimit(before)
    assert value == (9.0, True)
    assert back((1.0, None)) == (6.0,)

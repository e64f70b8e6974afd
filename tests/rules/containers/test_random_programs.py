"""Random sequences of operations on containers, mixed with arithmetic: what catches a slot that is led astray."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import given, note, settings

from tests.rules.containers.check import check
from tests.rules.containers.random_programs import OF_DEQUES, OF_DICTS, OF_LISTS, compiled, programs

# No two numbers are equal: `remove` would have the choice.
LIST = [0.7, -0.4, 1.2]
OTHER = [0.35, -0.9]
DICT = {"a": 0.7, "c": -0.4, "b": 1.2}
KINDS = {
    "list": (programs(OF_LISTS, LIST, OTHER), LIST, OTHER),
    "dict": (programs(OF_DICTS, DICT, {"d": 0.3}), DICT, {"d": 0.3}),
    "deque": (programs(OF_DEQUES, deque(LIST), deque(OTHER)), LIST, OTHER),
}


def check_programs(kind: str, **options: Any) -> None:
    strategy, xs, ys = KINDS[kind]

    @settings(deadline=None, database=None, **options)
    @given(strategy)
    def random_program(source):
        if kind == "deque":
            # The arguments are lists, made deques inside: differences are taken along lists.
            first, *rest = source.splitlines()
            source = "\n".join([first, "    xs, ys = deque(xs), deque(ys)", *rest])
        note(source)
        check(compiled(source), 0.8, xs, ys)

    random_program()


@pytest.mark.parametrize("kind", KINDS)
def test_random_programs(kind):
    check_programs(kind, max_examples=30, derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_random_programs(kind):
    check_programs(kind, max_examples=500)

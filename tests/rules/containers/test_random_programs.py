"""Random sequences of operations on containers, mixed with arithmetic: what catches a slot that is led astray."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, note, settings

from tests.rules.containers.check import check
from tests.rules.containers.random_programs import OF_DEQUES, OF_DICTS, OF_LISTS, compiled, programs

EXAMPLES = 40
# No two numbers are equal: `remove` would have the choice.
LIST = [0.7, -0.4, 1.2]
OTHER = [0.35, -0.9]
DICT = {"a": 0.7, "c": -0.4, "b": 1.2}


def run(source: str, xs: object, ys: object) -> None:
    note(source)
    check(compiled(source), 0.8, xs, ys)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(programs(OF_LISTS, LIST, OTHER))
def test_lists(source):
    run(source, LIST, OTHER)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(programs(OF_DICTS, DICT, {"d": 0.3}))
def test_dicts(source):
    run(source, DICT, {"d": 0.3})


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(programs(OF_DEQUES, deque(LIST), deque(OTHER)))
def test_deques(source):
    # The arguments are lists, made deques inside: differences are taken along lists.
    lines = source.splitlines()
    lines[1:1] = ["    xs, ys = deque(xs), deque(ys)"]
    run("\n".join(lines), LIST, OTHER)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["list", "dict", "deque"])
def test_many_more(kind):
    body = {"list": test_lists, "dict": test_dicts, "deque": test_deques}[kind]
    settings(max_examples=1000, deadline=None)(body)()

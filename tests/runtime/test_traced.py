"""`sys.settrace` on transformed functions: which functions are called, and which lines they run."""

from __future__ import annotations

import sys

import pytest

from bytegrad import pullback


def squares(x):
    yield x
    for n in range(2):
        yield x * n


def consume(x):
    total = 0.0
    for item in squares(x):
        total += item
    return total


def straight(x):
    y = x * 2.0
    if y > 3.0:
        y -= 1.0
    return y


def traced(f, name, x):
    """The events of functions called `name`, each with its line."""
    found = []

    def trace(frame, event, arg):
        if frame.f_code.co_name == name:
            found.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        f(x)
    finally:
        sys.settrace(before)
    return found


def events(f, name, x):
    found = traced(f, name, x)
    # Several instructions of one line may be seen one by one where a call has been made in between.
    return [one for one, last in zip(found, [None, *found], strict=False) if one != last or one[0] != "line"]


def test_lines_of_a_function():
    assert events(lambda x: pullback(straight, x), "straight", 2.0) == events(straight, "straight", 2.0)


def test_calls_and_lines_of_a_generator():
    expected = events(consume, "squares", 2.0)
    assert ("call", 0) in expected
    assert events(lambda x: pullback(consume, x), "squares", 2.0) == expected


def matched(x):
    match [x, x * x]:
        case [first, second] if first > second:
            return first * x
        case [first, _] if first > 5.0:
            return first
        case [first, second, *rest] if rest:
            return second
        case other:
            return other[1] * x


@pytest.mark.skipif(sys.version_info < (3, 13), reason="going back to take the next step of a call counts as a line")
@pytest.mark.parametrize("x", [0.5, 6.0, 2.0])
def test_a_pattern_that_fails_is_seen_once(x):
    def lines(f):
        return [line for event, line in traced(f, "matched", x) if event == "line"]

    assert lines(lambda x: pullback(matched, x)) == lines(matched)

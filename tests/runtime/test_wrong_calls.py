"""Calls that are errors: the exception is that of the plain call, by type and message."""

from __future__ import annotations

import itertools

import pytest

from bytegrad import gradient, pullback


def too_many_defaults(a, b):
    return a * b


too_many_defaults.__defaults__ = (7.0, 2.0, 3.0)


def keyword_of(x, f, **keywords):
    return f(x, **keywords)


CALLS = {
    "min": lambda x: min(x, comparison=True),
    "hasattr": lambda x: hasattr(x, "real", x=x),
    "getattr": lambda x: getattr(x, "real", x=x),
    "next": lambda x: next(iter([x]), x=2),
    "abs": lambda x: abs(x, x),
    "abs by name": lambda x: abs(x=x),
    "range": lambda x: range(),
    "sorted": lambda x: sorted([x], x),
    "append": lambda x: [].append(x, x),
    "get": lambda x: {}.get(default=x),
    "sum": lambda x: sum(),
    "own": lambda x: keyword_of(x, abs, unknown=1),
    "unpack a number": lambda x: [a for a, b in [x]],
    "unpack too few": lambda x: [a for a, b in [(x,)]],
    "unpack too many": lambda x: [a for a, b in [(x, x, x)]],
    "unpack endless": lambda x: [a for a, b in [itertools.repeat(x)]],
    "unpack a star": lambda x: [a for a, *b, c in [[x]]],
    "unpack a star of a number": lambda x: [a for a, *b in [x]],
}


@pytest.mark.parametrize("name", CALLS)
def test_as_in_a_plain_call(name):
    with pytest.raises(Exception) as plain:
        CALLS[name](2.0)
    with pytest.raises(plain.type) as caught:
        pullback(CALLS[name], 2.0)
    assert type(caught.value) is plain.type
    assert str(caught.value) == str(plain.value)


def test_more_defaults_than_parameters():
    assert too_many_defaults() == 6.0
    assert gradient(lambda x: too_many_defaults(x) * too_many_defaults(), 5.0) == (18.0,)

"""The protocol between emitted code and the runtime.

A step is ``(function, arguments, next)``.  Emitted code calls ``function(*arguments)``, which returns a pair
``(record, value)``, or, where `next` is not None, whatever `next` takes to give another step.  A step whose function
is None is the end: its arguments are the pair.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

Step = tuple[Any, tuple[Any, ...], Any]
Record = tuple[Any, ...] | None


class Left(tuple[Any, ...]):
    """The pair of a call that an exception has left: there is a record of what it did, and no value to look at."""

    __slots__ = ()


def done(record: Record, value: Any) -> Step:
    """The end: nothing is left to call."""
    return (None, (record, value), None)


def _plain(value: Any) -> Step:
    return (None, (None, value), None)


def native(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Step:
    """Call `function` as it stands, from the user's frame; nothing is recorded."""
    if not callable(function):
        # None would be taken for the end; and what is raised is to be what a plain call raises.
        function, args = operator.call, (function, *args)
    if kwargs:
        return (functools.partial(function, **kwargs), args, _plain)
    return (function, args, _plain)


def run(step: Step) -> tuple[Record, Any]:
    """Take all steps here: for callers that are not emitted code."""
    while True:
        function, args, following = step
        if function is None:
            return args
        pair = function(*args)
        if following is None:
            return pair
        step = following(pair)

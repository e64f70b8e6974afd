"""Loops of which a few states are kept: binomial checkpointing."""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from operator import index
from typing import Any, SupportsIndex

from bytegrad.errors import ArgumentError
from bytegrad.rules.checkpoint import checkpointed
from bytegrad.rules.declare import check_function, non_differentiable, polyfill


def checkpointed_loop(n: int, step: Callable[..., Any], state: Any, /, *args: Any, states: int | None = None) -> Any:
    """The state after ``for i in range(n): state = step(i, state, *args)``, of which few states are kept.

    On the way back, stretches of the loop are run again from the states that were kept: at most `states` of them at a
    time beside the first one, by default about log2(n).  With s states, steps are called again at most r times, where
    r is the smallest number with ``comb(s + 1 + r, r) >= n``: 4 times for 1000 steps.  `step` may do what a
    `checkpointed` function may; it must not change the state that it gets, but return a new one.

    Raises: ArgumentError for a number of steps, or of states, that is negative or not whole, and for a step that cannot
    be called.
    Source: A. Griewank and A. Walther, Algorithm 799: revolve, ACM Transactions on Mathematical Software 26 (2000).

    >>> from bytegrad import checkpointed_loop, gradient
    >>> def heated(i, x, rate):
    ...     return x + rate * (1.0 - x)
    >>> of_x, of_rate = gradient(lambda x, rate: checkpointed_loop(100, heated, x, rate), 0.0, 0.01)
    >>> round(of_x, 9), round(of_rate, 9)
    (0.366032341, 36.972963765)
    """
    check_function("checkpointed_loop", step, _USE)
    for i in range(_checked(n, states)[0]):
        state = step(i, state, *args)
    return state


_USE = "write checkpointed_loop(n, step, state), step being a function of the number of the step and the state"


def _checked(n: int, states: int | None) -> tuple[int, int]:
    """The numbers of steps and of states to keep."""
    for number in (n, 0 if states is None else states):
        if not isinstance(number, SupportsIndex):
            raise ArgumentError(f"{number!r} is no number of steps or of states", fixes="give a whole number")
    n = index(n)
    kept = max(n - 1, 0).bit_length() if states is None else index(states)
    if n < 0 or kept < 0:
        raise ArgumentError(f"a loop of {n} steps with {kept} states", fixes="give numbers that are not negative")
    return n, kept


@polyfill(checkpointed_loop)
def followed_loop(n: int, step: Callable[..., Any], state: Any, /, *args: Any, states: int | None = None) -> Any:
    """`checkpointed_loop`, inside of a differentiated function."""
    check_function("checkpointed_loop", step, _USE)
    n, kept = _checked(n, states)
    return _stretch(0, n, kept, step, state, args) if n else state


def _stretch(begin: int, end: int, states: int, step: Callable[..., Any], state: Any, args: tuple[Any, ...]) -> Any:
    """The state after the steps from `begin` to `end`, of which the last is kept for the way back."""
    while end - begin > 1:
        middle = begin + first_part(end - begin, states)
        # It keeps the state that it begins with, and runs again with all the states when the rest is done.
        state = checkpointed(_stretch, begin, middle, states, step, state, args)
        begin, states = middle, max(states - 1, 0)
    return step(begin, state, *args)


def first_part(length: int, states: int) -> int:
    """How many of `length` steps to go before the next state is kept, if `states` can be.

    >>> first_part(10, 0), first_part(10, 1), first_part(10, 9)
    (9, 6, 1)
    """
    # The state at the beginning is kept as well.
    every, repeats = states + 1, 0
    while comb(every + repeats, every) < length:
        repeats += 1
    return max(1, length - comb(every + repeats - 1, every - 1))


non_differentiable(_checked, first_part)

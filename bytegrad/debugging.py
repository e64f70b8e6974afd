"""`debug`: switches for looking closely at what differentiation does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bytegrad.runtime import registry
from bytegrad.runtime.checks import CHECKS, USERS, Checks
from bytegrad.testing.called_rules import checked_pullback


class Debugging:
    """What `debug` has seen so far."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    @property
    def transformed(self) -> int:
        """How many functions were called by way of their augmented primal: code objects, each counted once."""
        return len(self._checks.codes)

    def __repr__(self) -> str:
        return f"<debug: {self.transformed} functions transformed>"


@contextmanager
def debug(*, check_finite: bool = False, check_rules: bool = False, transform_all: bool = False) -> Iterator[Debugging]:
    """Differentiate with checks, for the calls that the thread or task makes inside of the ``with``.

    `check_finite` raises a NotFiniteError where a cotangent first becomes infinite or NaN: it names the operation and
    the line of your code that was being reversed.

    `check_rules` holds what the rules by `adjoint` return to their contract (a cotangent for each argument, of its
    structure, shape and kind of numbers; nothing that is given is changed), and to differences of the function in a
    random direction, where those settle.  For that the function is called again, several times, with copies.

    `transform_all` sends every Python function without a rule that differentiated code calls through the transform,
    whether anything that it gets or returns is active or not: a program then does under it what it does in a plain
    call, or the transform is wrong.  What is called by code written in C (``__hash__`` by a dict) runs as it stands.

    Tracebacks keep the frames of bytegrad.

    Raises: NotFiniteError, RuleError (from within the differentiated call).

    >>> from bytegrad import gradient
    >>> def loss(x):
    ...     y = x * 1e200
    ...     return y**1.5 * 1e200
    >>> with debug(check_finite=True):
    ...     gradient(loss, 1e-9)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    bytegrad.errors.NotFiniteError: the cotangent of an operand of mul, whose value is 1e+191, is infinite...
      in loss, <...>:2
      Possible fixes: keep away from the pole or the overflow: choose another branch, clip, or scale
    >>> from bytegrad import debug, pullback
    >>> with debug(transform_all=True) as seen:
    ...     y, _ = pullback(lambda: sorted([2, 1], key=lambda n: -n))
    >>> y, seen.transformed >= 2
    ([2, 1], True)
    """
    checks = Checks(check_finite, checked_pullback if check_rules else None, transform_all)
    token = CHECKS.set(checks)
    USERS.append(checks)
    # Functions that were prepared without checks are not to be used now.
    registry.touch()
    try:
        yield Debugging(checks)
    finally:
        CHECKS.reset(token)
        USERS.remove(checks)

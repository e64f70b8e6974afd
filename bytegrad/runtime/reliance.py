"""What compiled code was told while it was made, of rules and of classes: it holds until one of these changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary


class Reliance:
    """What was asked about while one function was compiled, by hash; whether all of it is as it was."""

    __slots__ = ("__weakref__", "asked", "holds")

    def __init__(self) -> None:
        self.asked: set[int] = set()
        self.holds = True
        _ALL[id(self)] = self

    def add(self, target: Any) -> None:
        """What was compiled holds no longer than what is known of `target`."""
        self.asked.add(_hash(target))


_ALL: WeakValueDictionary[int, Reliance] = WeakValueDictionary()
UNDER_WAY: list[Reliance] = []
"""Those of what is being compiled.  If another thread asks meanwhile, they rely on more than they need to."""


@contextmanager
def relying() -> Iterator[Reliance]:
    """While something is compiled."""
    reliance = Reliance()
    UNDER_WAY.append(reliance)
    try:
        yield reliance
    finally:
        UNDER_WAY[:] = [other for other in UNDER_WAY if other is not reliance]


def rely_on(target: Any) -> None:
    """What is being compiled relies on what is known of `target`."""
    for reliance in UNDER_WAY:
        reliance.add(target)


def rely_as(known: Reliance) -> None:
    """What is being compiled uses code that has been compiled before."""
    for reliance in UNDER_WAY:
        reliance.asked |= known.asked


def outdate(*targets: Any) -> None:
    """Something has changed of each of `targets`: code that relies on one does not hold; none stands for all."""
    hashes = {_hash(target) for target in targets}
    for ref in _ALL.valuerefs():
        reliance = ref()
        if reliance is not None and not (hashes and reliance.asked.isdisjoint(hashes)):
            reliance.holds = False


def _hash(target: Any) -> int:
    """The hash by which the table of rules finds it: two that share one are taken for the same."""
    try:
        return hash(target)
    except TypeError:
        return id(target)

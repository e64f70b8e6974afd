"""What a call does, as far as the world can see: values, errors, and the order in which it asks its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import bytegrad
from bytegrad.runtime import registry

Log = list[Any]
MOST_ITEMS = 30


class Watched:
    """An iterable whose iterator, which has no `__iter__` of its own, tells `log` of every `iter` and `next`.

    An exception among the items is raised where it stands.
    """

    def __init__(self, log: Log, name: str, items: Iterable[Any]) -> None:
        self.log = log
        self.name = name
        self.items = items

    def __iter__(self) -> WatchedIterator:
        self.log.append(("iter", self.name))
        return WatchedIterator(self)


class WatchedIterator:
    """The iterator of a `Watched`."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.items = iter(watched.items)

    def __next__(self) -> Any:
        self.watched.log.append(("next", self.watched.name))
        item = next(self.items)
        if isinstance(item, Exception):
            raise item
        return item


class WatchedSource(WatchedIterator):
    """An iterator with an `__iter__`."""

    def __init__(self, log: Log, name: str, items: Iterable[Any]) -> None:
        super().__init__(Watched(log, name, items))

    def __iter__(self) -> WatchedSource:
        self.watched.log.append(("iter", self.watched.name))
        return self


def polyfills_of(original: Any) -> list[Any]:
    """The functions that are declared to stand for `original`."""
    return [rule.function for rule in registry.lookup(original) if isinstance(rule, registry.Polyfill)]


def recorded(log: Log, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, telling `log` of every call."""

    def call(*args: Any) -> Any:
        log.append((name, args))
        return function(*args)

    return call


def outcome(call: Callable[[], Any]) -> Any:
    """What `call` returns or raises, in a form to compare."""
    try:
        return ("returned", call())
    except Exception as error:
        return ("raised", type(error), str(error))


def driven(call: Callable[[], Any], log: Log) -> list[Any]:
    """The outcome of making an iterator, then of every `next` up to the end, with the log in between."""
    made = outcome(call)
    if made[0] == "raised":
        return [made, *log]
    iterator = iter(made[1])
    seen: list[Any] = [*log]
    for _ in range(MOST_ITEMS):
        log.clear()
        step = outcome(lambda: next(iterator))
        seen += [*log, step]
        if step[0] == "raised":
            break
    return seen


def assert_lazy_same(original: Any, polyfill: Any, call: Callable[[Any, Log], Any]) -> None:
    """`call(function, log)` makes the same iterator with both functions, and it runs alike."""
    log: Log = []
    wanted = driven(lambda: call(original, log), log)
    log = []
    got = driven(lambda: call(polyfill, log), log)
    assert got == wanted, f"got {got}, wanted {wanted}"


def transformed(call: Callable[..., Any]) -> Any:
    """What `call()` returns with every Python function on the way transformed."""
    with bytegrad.debug(transform_all=True):
        value, _ = bytegrad.pullback(call)
    return value


def assert_lazy_same_transformed(original: Any, call: Callable[[Any, Log], Any]) -> None:
    """`call(original, log)` makes the same iterator, and it runs alike, when it is transformed."""
    wanted_log: Log = []
    wanted = driven(lambda: call(original, wanted_log), wanted_log)
    log: Log = []
    got = transformed(lambda: driven(lambda: call(original, log), log))
    assert got == wanted, f"got {got}, wanted {wanted}"


def assert_same_transformed(original: Any, call: Callable[[Any, Log], Any]) -> None:
    """`call(original, log)` has the same outcome and leaves the same log when it is transformed, as text."""
    wanted_log: Log = []
    wanted = outcome(lambda: call(original, wanted_log))
    log: Log = []
    got = transformed(lambda: outcome(lambda: call(original, log)))
    assert repr((got, log)) == repr((wanted, wanted_log)), f"got {got} after {log}, wanted {wanted} after {wanted_log}"


def assert_same(original: Any, polyfill: Any, call: Callable[[Any, Log], Any]) -> None:
    """`call(function, log)` has the same outcome and leaves the same log with both functions, as text."""
    wanted_log: Log = []
    wanted = outcome(lambda: call(original, wanted_log))
    log: Log = []
    got = outcome(lambda: call(polyfill, log))
    assert repr((got, log)) == repr((wanted, wanted_log)), f"got {got} after {log}, wanted {wanted} after {wanted_log}"

"""Containers that a rule's pullback may look into: what they held when the rule was called.

The pullback sees that again when it runs, whatever the program has put into them since; afterwards they hold what
the program left.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable
from typing import Any

MUTABLE = (list, dict, set, bytearray, collections.deque)
Held = list[tuple[Any, list[Any]]]


def contents(operands: Iterable[Any]) -> Held:
    """What the containers among `operands` hold now, and those inside them."""
    held: Held = []
    seen: set[int] = set()
    pending = [operand for operand in operands if issubclass(type(operand), (*MUTABLE, tuple))]
    while pending:
        container = pending.pop()
        if id(container) in seen:
            continue
        seen.add(id(container))
        items = _items(container)
        if not isinstance(container, tuple):
            held.append((container, items))
        inside = container.values() if isinstance(container, dict) else items
        pending.extend(item for item in inside if issubclass(type(item), (*MUTABLE, tuple)))
    return held


def _items(container: Any) -> list[Any]:
    return list(container.items()) if isinstance(container, dict) else list(container)


def changed(held: Held) -> bool:
    """Whether one of the containers holds something else now."""
    for container, items in held:
        now = _items(container)
        if len(now) != len(items) or any(a is not b and a != b for a, b in zip(now, items, strict=True)):
            return True
    return False


def as_held(held: Held, function: Callable[[Any], Any], argument: Any) -> Any:
    """Call ``function(argument)`` while the containers hold what they did."""
    if not changed(held):
        return function(argument)
    after = [(container, _items(container)) for container, _ in held]
    _put(held)
    try:
        return function(argument)
    finally:
        _put(after)


def _put(held: Held) -> None:
    for container, items in held:
        if isinstance(container, (list, bytearray)):
            container[:] = items
        else:
            container.clear()
            (container.extend if isinstance(container, collections.deque) else container.update)(items)

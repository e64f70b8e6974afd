"""What `list(it)`, `tuple(it)`, `set(it)`, `dict(it)` and their like do with an iterable that is not a plain container.

These have no rule of their own: copying a list or a dict is an operation on memory, which the engine knows.  It
leads here the calls whose argument is an iterator, a generator or an object with an `__iter__` of its own.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from bytegrad.rules.polyfills.native import MISSING, PAIR, argument_error, natively

# How long C takes an iterable without a length to be; it asks even where it then knows no better.
_EXPECTED_BY_LIST = 8
_EXPECTED_BY_TUPLE = 10


def list_from(iterable: Iterable[Any]) -> list[Any]:
    """`list(iterable)`.  Like C it asks for the length first, and passes on what `__len__` raises."""
    natively(operator.length_hint, iterable, _EXPECTED_BY_LIST)
    return [item for item in iterable]


def tuple_from(iterable: Iterable[Any]) -> tuple[Any, ...]:
    """`tuple(iterable)`."""
    natively(operator.length_hint, iterable, _EXPECTED_BY_TUPLE)
    return tuple([item for item in iterable])


def set_from(iterable: Iterable[Any]) -> set[Any]:
    """`set(iterable)`."""
    return {item for item in iterable}


def frozenset_from(iterable: Iterable[Any]) -> frozenset[Any]:
    """`frozenset(iterable)`."""
    return frozenset({item for item in iterable})


def dict_from(source: Any = MISSING, /, *extra: Any, **items: Any) -> dict[Any, Any]:
    """`dict(mapping_or_pairs, **items)`."""
    if extra:
        argument_error(dict, source, *extra)
    result: dict[Any, Any] = {}
    if source is not MISSING:
        update_mapping(result, source)
    for key, value in items.items():
        result[key] = value
    return result


def update_mapping(target: Any, source: Any) -> None:
    """`dict.update(target, source)`: from a mapping, which has `keys`, or from pairs."""
    if not hasattr(source, "keys"):
        _update_from_pairs(target, source)
        return
    for key in list_from(iter(source.keys())):
        target[key] = source[key]


def _update_from_pairs(target: Any, pairs: Iterable[Any]) -> None:
    index = 0
    for pair in pairs:
        entry = pair if type(pair) in (tuple, list) else _as_list(pair, index)
        if len(entry) != PAIR:
            message = f"dictionary update sequence element #{index} has length {len(entry)}; 2 is required"
            raise ValueError(message)
        target[entry[0]] = entry[1]
        index += 1  # noqa: SIM113 - `enumerate` would be one more polyfill on the way


def _as_list(pair: Any, index: int) -> list[Any]:
    try:
        return list_from(pair)
    except TypeError:
        message = f"cannot convert dictionary update sequence element #{index} to a sequence"
        raise TypeError(message) from None


def list_extend(self: list[Any], iterable: Iterable[Any]) -> None:
    """`list.extend(self, iterable)`: each item is in the list before the next is asked for."""
    iterator = iter(iterable)
    natively(operator.length_hint, iterable, _EXPECTED_BY_LIST)
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            return
        list.append(self, item)

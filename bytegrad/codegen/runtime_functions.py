"""What emitted code calls of the runtime: named here, bound by the floor above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Runtime:
    """The functions of the runtime that emitted code calls, bound by the floor above."""

    generic: dict[str, Callable[..., Any]]
    stale: Callable[..., Any]
    sent: Callable[..., Any]
    sending: Callable[..., Any] = lambda ctx, iterator: None
    returned: Callable[..., Any] = lambda inner, value: None
    exhausted: Callable[..., Any] = lambda record: None
    unwound: Callable[..., Any] = lambda ctx, following, exc: None
    raised: Callable[..., Any] = lambda record: None
    """What leads `unwound` to the record of the exceptions that a ``raise`` has made."""
    guarded: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """The functions of `generic` for calls whose exceptions may be caught: what they call records its unwinding."""
    at_sites: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """The functions of `generic` that note short ways: their last argument is the site."""
    guarded_at_sites: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """The same for calls whose exceptions may be caught."""
    stored: Callable[..., Any] = lambda ctx, record, y_bar: ()
    """The reversal of an attribute that was stored."""
    read: Callable[..., Any] = lambda ctx, record, y_bar: ()
    """The reversal of an item that was read."""
    unpacked: Callable[..., Any] = lambda ctx, record, y_bar: ()
    """The reversal of a tuple or list that was taken apart."""
    constructed: Callable[..., Any] = lambda obj, pair: pair
    """The record and value of a class's call, from those of its ``__init__``."""
    reverse_arranged: Callable[..., Any] = lambda ctx, record, y_bar: ()
    reverse_made: Callable[..., Any] = lambda ctx, record, y_bar: ()
    """The reversal of a class's call, by that of its ``__init__``."""
    swapped: Callable[[Any], Any] = lambda pair: pair
    """The record and value of a method that got its two operands the other way round."""
    ask_others: Callable[..., Any] = lambda ctx, op, a, b, pair: None
    """The step that asks further methods of an operator after the one at a site has answered NotImplemented."""
    paired: Callable[[Any], Any] = lambda iterator: iterator
    """An iterator that gives pairs of no record and an item."""
    miss: Callable[..., Any] = lambda value, missed, point: None
    """Takes note that a value was not of the type that was guessed."""
    recorder: Callable[..., Any] = lambda *args: None
    """What makes the record of an operator or a ufunc on arrays that emitted code has run."""
    short: Callable[..., Any] = lambda target, passed, keywords, ahead: None
    """The short way of a call of one of numpy's functions or methods: see `array_calls`."""
    number_rule: Callable[[Any], Any] = lambda function: None
    """The rule of an operator on numbers alone, if it is made of partial derivatives."""
    in_place_rule: Callable[[str], Any] = lambda op: None
    """The rule of an in-place operator on arrays, if it is made of partial derivatives."""
    before_in_place: Callable[..., Any] = lambda ctx, rule, active, target, operand: None
    """What makes the record of an in-place operator on an array, before that is run."""
    array_item: Callable[..., Any] = lambda ctx, y, array, key: None
    """The record of ``y = array[key]``."""
    of_array: Callable[[str], bool] = lambda name: False
    """Whether an array's attribute is a method, a constant or a view."""
    array: type | None = None
    """The type of arrays."""
    of_arrays: Callable[[Any], Any] = lambda function: None
    """The rule of an operator on arrays or of a ufunc, if it is made of partial derivatives."""
    of_owner: Callable[..., Any] = lambda ctx, record, y_bar: ()
    """The reversal of a call that did not get the owner, which is an operand."""
    of_floats: Callable[..., Any] = lambda op, active=None: None
    """The reversal of an operation on floats, and the derivatives that its record has; None if there is another."""
    kernel_in_runs: Callable[[Any], str | None] = lambda target: None
    """The kind of operation that a function, or an operator by its name, is in a run of operations on arrays."""
    settings_in_runs: Callable[[str, list[Any]], bool] = lambda kind, settings: False
    """Whether an operation of that kind may be in a run if it gets these settings."""
    run_recorder: Callable[..., Any] = lambda ops, carried, outs, give_up: None
    """What makes the records of a run: see `array_runs`."""

"""Exceptions as values: what they carry, and texts made of them."""

from __future__ import annotations

import traceback
from typing import Any

from bytegrad.rules.declare import polyfill, resolver
from bytegrad.rules.polyfills.native import argument_error
from bytegrad.runtime.attribute_slots import by_value, reverse_slot
from bytegrad.runtime.attributes import DESCRIPTORS
from bytegrad.runtime.context import Context
from bytegrad.runtime.opaque_calls import reverse_untraced
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.where import user_frame


def _carried(name: str) -> Any:
    """How an attribute is read that holds what an exception was made with."""

    def load(ctx: Context, owner: Any, found: Any, value: Any) -> Step:
        if not by_value(value):
            return done(None, value)
        if ctx.raised_here(owner):
            return done((reverse_slot, owner, name, 1), value)
        reason = f"{name!r} of a {type(owner).__name__} that code without a derivative rule raised has a cotangent"
        fixes = "test for the condition before the call, or write a rule for the function that raises"
        return done((reverse_untraced, value, 1, reason, fixes, user_frame()), value)

    return load


for _kind, _name in ((BaseException, "args"), (SystemExit, "code")):
    DESCRIPTORS[vars(_kind)[_name]] = _carried(_name)


@polyfill(BaseException.add_note)
def add_note_polyfill(self: Any, note: Any, /) -> None:
    """`exception.add_note(note)`."""
    if not isinstance(note, str) or not isinstance(getattr(self, "__notes__", []), list):
        argument_error(BaseException.add_note, self, note)
    if not hasattr(self, "__notes__"):
        self.__notes__ = []
    self.__notes__.append(note)


def _text(function: Any) -> None:
    """A text of the exception at hand, or of the stack: nobody can tell what went into it."""

    @resolver(function)
    def text_resolver(ctx: Context, /, *args: Any, **kwargs: Any) -> Step:
        y = function(*args, **kwargs)
        reason = f"the text of {function.__module__}.{function.__name__}() was made into something with a cotangent"
        n = len(args) + len(kwargs)
        return done((reverse_untraced, y, n, reason, "use what the exception carries instead", user_frame()), y)


for _function in (traceback.format_exc, traceback.format_exception, traceback.format_stack):
    _text(_function)

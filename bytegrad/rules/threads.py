"""Threads: what runs in another thread is not differentiated, so starting one is refused."""

from __future__ import annotations

import _thread
from typing import Any

from bytegrad.errors import UnsupportedError
from bytegrad.rules.declare import resolver
from bytegrad.runtime.context import Context
from bytegrad.runtime.where import user_frame


def _refuse(ctx: Context, *args: Any, **kwargs: Any) -> Any:
    raise UnsupportedError(
        "cannot differentiate through a thread that is started inside the function",
        where=user_frame(),
        fixes="do the work in the same thread, or write a rule for the function that starts it (docs/adding-a-rule.md)",
    )


for _name in ("start_new_thread", "start_joinable_thread"):
    if hasattr(_thread, _name):
        resolver(getattr(_thread, _name))(_refuse)

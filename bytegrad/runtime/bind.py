"""Gives the emitter the runtime's functions by operation: the one place where names meet code."""

from __future__ import annotations

from typing import Any

from bytegrad.errors import UnsupportedError
from bytegrad.runtime import arithmetic, attributes, compile, dispatch, generators, iteration, matching, statements, subscripts
from bytegrad.runtime.dispatch import user_frame


def stale() -> Any:
    """A builtin or a global number that code was compiled for is no longer what it was."""
    raise UnsupportedError(
        "a function or number that this code relies on was replaced while it was running",
        where=user_frame(),
        fixes="make the replacement before the differentiated function is called",
    )


compile.RUNTIME.stale = stale
compile.RUNTIME.sent = generators.sent
compile.RUNTIME.generic.update(generators.OPERATIONS)
compile.RUNTIME.generic.update(arithmetic.OPERATIONS)
compile.RUNTIME.generic.update(attributes.OPERATIONS)
compile.RUNTIME.generic.update(subscripts.OPERATIONS)
compile.RUNTIME.generic.update(statements.OPERATIONS)
compile.RUNTIME.generic.update(iteration.OPERATIONS)
compile.RUNTIME.generic.update(matching.OPERATIONS)
compile.RUNTIME.generic.update(call=dispatch.call, call_method=dispatch.call_method, call_ex=dispatch.call_star)

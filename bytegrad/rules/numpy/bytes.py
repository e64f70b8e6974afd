"""Arrays as bytes and back: what comes back out of bytes has a derivative that cannot be followed."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.numpy import create, ndarray  # noqa: F401  (their rules come behind those here)
from bytegrad.runtime import registry
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step


def _without_rule(function: Any) -> None:
    """Declare that `function` is called as it stands, and that what it gives may hold numbers that matter."""

    def resolve(ctx: Any, *args: Any, **kwargs: Any) -> Step:
        return call_opaque(ctx, function, args, kwargs)

    registry.register(function, Resolver(resolve))


for _function in (
    *(np.ndarray.tobytes, np.ndarray.dumps, np.ndarray.dump, np.ndarray.tofile, np.generic.tobytes, np.load),
    *(np.ndarray.__reduce__, np.ndarray.__reduce_ex__, np.ndarray.__setstate__),
    *(np.ndarray.__repr__, np.ndarray.__str__, np.ndarray.__format__),
):
    _without_rule(_function)


def _shared(ctx: Any, /, *args: Any, **kwargs: Any) -> Step:
    """``np.from_dlpack(x)``: another array over the memory of `x`."""
    if args and isinstance(args[0], np.ndarray):
        ctx.arrays.expose(args[0])
    return call_opaque(ctx, np.from_dlpack, args, kwargs)


registry.register(np.from_dlpack, Resolver(_shared))

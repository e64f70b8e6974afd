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


for _function in (np.ndarray.tobytes, np.ndarray.dumps, np.generic.tobytes, np.load):
    _without_rule(_function)

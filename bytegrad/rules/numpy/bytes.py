"""Arrays as bytes and back: what comes back out of bytes has a derivative that cannot be followed."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import primitive
from bytegrad.rules.numpy import create, ndarray  # noqa: F401  (their rules come behind those here)
from bytegrad.runtime import registry
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.operands import source_of
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step


def _as_bytes(method: Any) -> None:
    """Declare that the bytes which `method` gives may hold numbers that matter."""

    def resolve(ctx: Any, array: Any, *args: Any, **kwargs: Any) -> Step:
        return call_opaque(ctx, method, (array, *args), kwargs)

    registry.register(method, Resolver(resolve))


@primitive(np.frombuffer)
def frombuffer_augmented(ctx: Any, buffer: Any, *args: Any, **kwargs: Any) -> Any:
    """Of bytes, the numbers are active: if their cotangents matter, so does where the bytes came from."""
    y = np.frombuffer(buffer, *args, **kwargs)
    source = source_of(ctx, y, ()) if isinstance(buffer, bytes) else None
    return (None if source is None else (_reverse_frombuffer, source, len(args) + len(kwargs))), y


def _reverse_frombuffer(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, source, n = record
    y_bar = source.take(ctx, y_bar)
    return (0 if y_bar is None else y_bar, *(0,) * n)


for _method in (np.ndarray.tobytes, np.ndarray.dumps, np.generic.tobytes):
    _as_bytes(_method)

"""Text made of arrays, and arrays made of text: what is read out of a text may be what was written into another.

numpy's code for text and files is called as it stands, as `str` is, and not differentiated.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bytegrad.rules.numpy import create, ndarray  # noqa: F401  (their rules come behind those here)
from bytegrad.runtime import registry
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO


def _as_it_stands(function: Any, ctx: Any, *args: Any, **kwargs: Any) -> Step:
    return call_opaque(ctx, function, args, kwargs)


for _function in (
    *(np.array2string, np.array_repr, np.array_str, np.format_float_positional, np.format_float_scientific),
    *(np.savetxt, np.save, np.savez, np.savez_compressed, np.loadtxt, np.fromfile),
):
    registry.register(_function, Resolver(partial(_as_it_stands, _function)))

# numbers out of texts -------------------------------------------------------------------------------------------


def _read(function: Any, ctx: Any, /, *args: Any, **kwargs: Any) -> Any:
    """A conversion: of texts into numbers, its result is active as numbers that are parsed are."""
    if not args or not _is_text(args[0]):
        return NotImplemented
    y = function(*args, **kwargs)
    texts = np.asarray(args[0])
    if texts.dtype.kind not in "SU" or y.dtype.kind not in "fc":
        return NotImplemented if args[0] is not texts else done(None, y)
    part = ctx.arrays.activate(y) if isinstance(y, np.ndarray) else None
    return done((_reverse_read, part, texts, len(args) + len(kwargs)), y)


def _is_text(data: Any) -> bool:
    """Whether `data` is text, or the first thing in it is."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (str, bytes)) or (isinstance(data, np.ndarray) and data.dtype.kind in "SU")


def _reverse_read(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, part, texts, n = record
    bar = y_bar if part is None else part.take(ctx)
    if bar is not None and bar is not ZERO:
        for text in texts.ravel().tolist():
            ctx.texts.note(text)
    return (ZERO,) * n


for _conversion in (np.array, np.asarray, np.asanyarray, np.ndarray.astype):
    registry.register(_conversion, Resolver(partial(_read, _conversion)))

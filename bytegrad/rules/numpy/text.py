"""Text made of arrays: numpy's code for it is called as it stands, as `str` is, and not differentiated."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bytegrad.runtime import registry
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step


def _as_it_stands(function: Any, ctx: Any, *args: Any, **kwargs: Any) -> Step:
    return call_opaque(ctx, function, args, kwargs)


for _function in (
    *(np.array2string, np.array_repr, np.array_str, np.format_float_positional, np.format_float_scientific),
    *(np.savetxt, np.save, np.savez, np.savez_compressed),
):
    registry.register(_function, Resolver(partial(_as_it_stands, _function)))

"""numpy's scalar types as functions: ``np.float64(x)`` converts numbers, and arrays elementwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, non_differentiable
from bytegrad.rules.numpy.create import from_data


def _declare(kind: type) -> None:
    @adjoint(kind)
    def scalar_rule(*values: Any) -> Any:
        y = kind(*values)
        if not values:
            return y, nothing_flows
        _, pullback = from_data(np.asarray(y), values[0])
        return y, pullback


def nothing_flows(y_bar: Any) -> Any:
    """The pullback of a constant."""
    return ()


for _kind in dict.fromkeys(np.sctypeDict.values()):
    if issubclass(_kind, np.inexact) or issubclass(_kind, np.integer):
        _declare(_kind)
    else:
        non_differentiable(_kind)

"""Functions of scipy that forward code looks into as short programs of numpy's functions, and those that are linear."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.runtime.sight import WRITTEN


def log_of_sum(a: Any, axis: Any = None) -> Any:
    """``scipy.special.logsumexp(a, axis)``."""
    top = np.max(a, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(a - top), axis=axis)) + np.max(a, axis=axis)


def soft_maximum(x: Any, axis: Any = None) -> Any:
    """``scipy.special.softmax(x, axis)``."""
    shifted = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


def log_of_soft_maximum(x: Any, axis: Any = None) -> Any:
    """``scipy.special.log_softmax(x, axis)``."""
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


for _callee, _function in (
    (sp.logsumexp, log_of_sum),
    (sp.softmax, soft_maximum),
    (sp.log_softmax, log_of_soft_maximum),
):
    WRITTEN[_callee, 1] = WRITTEN[_callee, 2] = _function

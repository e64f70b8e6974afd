"""Functions of numpy's that need no rule: their own Python code is differentiated, down to functions that have one."""

from __future__ import annotations

from typing import Any

import numpy as np

TRANSFORMED: list[Any] = [
    np.piecewise,
    np.real_if_close,
    np.interp,  # with a period; else there is a rule
    np.nan_to_num,  # with copy=False; else there is a rule
    np.kaiser,
    np.emath.sqrt,
    np.emath.log,
    np.emath.log2,
    np.emath.log10,
    np.emath.logn,
    np.emath.power,
    np.emath.arcsin,
    np.emath.arccos,
    np.emath.arctanh,
]

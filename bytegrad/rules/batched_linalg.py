"""Forward rules of linear algebra for many directions at once: numpy takes stacks of matrices as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.batched import Flags
from bytegrad.rules.numpy.decompositions import cholesky_forward
from bytegrad.rules.numpy.linalg import inv_forward, solve_forward
from bytegrad.runtime.forward_rules import ALONG


def solve_rows(flags: Flags, a: Any, b: Any, a_dot: Any, b_dot: Any) -> Any:
    """``np.linalg.solve``; of a vector a column is made, since it would be a matrix with the axis."""
    is_vector = np.ndim(b) - flags[1] == 1
    column = np.reshape(b, (*np.shape(b), 1)) if is_vector else b
    column_dot = np.reshape(b_dot, (*np.shape(b_dot), 1)) if is_vector else b_dot
    x = np.linalg.solve(a, column)
    x_dot = np.linalg.solve(a, column_dot - a_dot @ x)
    return (x[..., 0], x_dot[..., 0]) if is_vector else (x, x_dot)


def inv_rows(flags: Flags, a: Any, a_dot: Any) -> Any:
    """``np.linalg.inv``."""
    y, push = inv_forward(a)
    return y, push(a_dot)


def cholesky_rows(flags: Flags, a: Any, a_dot: Any) -> Any:
    """``np.linalg.cholesky`` of the lower triangle."""
    y, push = cholesky_forward(a)
    return y, push(a_dot)


ALONG.update({solve_forward: solve_rows, inv_forward: inv_rows, cholesky_forward: cholesky_rows})

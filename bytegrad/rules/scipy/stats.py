"""Rules of `scipy.stats`: its compiled kernel estimates.

The distributions are Python on top of `scipy.special`, whose rules this loads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import _stats, rankdata

from bytegrad.rules.declare import adjoint, non_differentiable

non_differentiable(rankdata)


def _kernel_estimate(routine: Any, logarithmic: bool) -> None:
    """Declare the rule of a kernel estimate for one type of numbers."""

    def kernel_estimate_rule(points: Any, values: Any, xi: Any, cho_cov: Any, dtype: Any, *rest: Any) -> Any:
        """Shapes: points (n, d), values (n, p), xi (m, d), cho_cov (d, d), result (m, p)."""
        y = np.asarray(routine(points, values, xi, cho_cov, dtype, *rest))

        def kernel_estimate_pullback(y_bar: Any) -> Any:
            solved = np.linalg.solve(cho_cov, np.transpose(points)), np.linalg.solve(cho_cov, np.transpose(xi))
            whitened, targets = np.transpose(solved[0]), np.transpose(solved[1])
            gaps = np.expand_dims(targets, 1) - np.expand_dims(whitened, 0)  # (m, n, d)
            scale = (2 * np.pi) ** (-np.shape(points)[1] / 2) / np.prod(np.diagonal(cho_cov))
            kernel = scale * np.exp(-np.sum(gaps * gaps, axis=-1) / 2)  # (m, n)
            bar = y_bar * np.exp(-y) if logarithmic else y_bar
            values_bar = np.matmul(np.transpose(kernel), bar)
            pull = -kernel * np.matmul(bar, np.transpose(values))  # of the squared distances, times -2
            along = np.expand_dims(pull, -1) * gaps
            at_targets, at_points = np.sum(along, axis=1), -np.sum(along, axis=0)
            # z = cho_cov^-1 x, and the determinant
            targets_bar = np.linalg.solve(np.transpose(cho_cov), np.transpose(at_targets))
            points_bar = np.linalg.solve(np.transpose(cho_cov), np.transpose(at_points))
            cho_bar = -np.matmul(targets_bar, targets) - np.matmul(points_bar, whitened)
            total = np.sum(kernel * np.matmul(bar, np.transpose(values)))
            cho_bar = np.tril(cho_bar) - total * np.diag(1 / np.diagonal(cho_cov))
            return np.transpose(points_bar), values_bar, np.transpose(targets_bar), cho_bar, None

        return y, kernel_estimate_pullback

    adjoint(routine)(kernel_estimate_rule)


for _kind in ("float", "double", "long double"):
    _kernel_estimate(_stats.gaussian_kernel_estimate[_kind], False)
    _kernel_estimate(_stats.gaussian_kernel_estimate_log[_kind], True)

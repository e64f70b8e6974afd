"""Rules of `scipy.cluster.vq`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.cluster import vq

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.gather import scatter_add


@adjoint(vq.vq)
def vq_rule(obs: Any, code_book: Any, check_finite: Any = True) -> Any:
    """Which code is nearest is constant, its distance is not; of distance 0 the derivative is 0."""
    result = vq.vq(obs, code_book, check_finite)
    codes, distances = result

    def vq_pullback(result_bar: Any) -> Any:
        bar = result_bar[1]
        if bar is None:
            return None, None
        step = np.take(code_book, codes, axis=0)
        gaps = np.subtract(obs, step)
        zero = np.equal(distances, 0)
        scaled = np.where(zero, 0.0, bar / np.where(zero, 1.0, distances))
        step = gaps * (np.expand_dims(scaled, -1) if np.ndim(gaps) > 1 else scaled)
        return step, -scatter_add(np.shape(code_book), (codes,), step)

    return result, vq_pullback

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

ni = pytest.importorskip("scipy.ndimage")

from tests.rules.scipy.test_interpolate import total  # noqa: E402
from tests.rules.scipy.through_engine import check_gradient  # noqa: E402

IMAGE = np.sin(np.arange(12.0)).reshape(3, 4)
MODES = ["reflect", "nearest", "mirror", "wrap", "constant"]


@pytest.mark.parametrize("mode", MODES)
def test_filters(mode: str) -> None:
    weights, window = np.array([0.2, 0.5, -0.3, 0.4]), np.array([[0.2, 0.5], [-0.3, 0.4], [0.1, 0.7]])
    check_gradient(lambda x, w: total(ni.correlate1d(x, w, mode=mode, cval=0.7)), IMAGE, weights)
    check_gradient(lambda x, w: total(ni.convolve1d(x, w, axis=0, mode=mode, origin=-1)), IMAGE, weights[:3])
    check_gradient(lambda x, w: total(ni.correlate(x, w, mode=mode)), IMAGE, window)
    check_gradient(lambda x: total(ni.uniform_filter(x, 3, mode=mode)), IMAGE)
    check_gradient(lambda x: total(ni.gaussian_filter(x, 0.8, mode=mode)), IMAGE)


@pytest.mark.parametrize("mode", [*MODES, "grid-wrap", "grid-constant"])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_interpolation(mode: str, order: int) -> None:
    at = np.array([[0.3, 1.6, -0.7, 2.4, 1.2], [0.6, 2.3, 1.4, 3.7, -0.2]])

    def f(x: Any, at: Any) -> Any:
        return total(ni.map_coordinates(x, at, order=order, mode=mode, cval=0.5))

    check_gradient(f, IMAGE, at, tolerance=1e-6)

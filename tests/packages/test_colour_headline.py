"""The headline of Zygote's documentation, digit by digit, through unmodified colour-science.

The documented numbers come from Colors.jl v0.9.5, whose RGB{N0f8} stores XYZ and Lab in single precision and does the
rest in double.  In double precision alone the value differs by 1.9e-6 and the gradient by 3.6e-6, whatever the AD;
the caller's two roundings (whose derivative is the identity) give the documented digits back.
"""

from __future__ import annotations

import numpy as np
import pytest

import bytegrad

pytestmark = pytest.mark.filterwarnings("ignore")

DOCUMENTED_VALUE = 86.60823557376344
DOCUMENTED_GRADIENT = (
    (0.4590887719632896, -9.598786801605689, 14.181383399012862),
    (-1.7697549557037275, 28.88472330558805, -0.044793892637761346),
)
TOLERANCE = 1e-9

RED, GREEN = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def colour_difference():
    """CIEDE2000 between two RGB arrays, with the matrix and the white point of Colors.jl v0.9.5."""
    colour = pytest.importorskip("colour")
    pytest.importorskip("scipy")
    matrix = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    white = np.array([0.95047, 1.0]) / (0.95047 + 1 + 1.08883)
    space = colour.RGB_Colourspace(
        "Colors.jl sRGB",
        np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]]),
        white,
        "D65",
        matrix,
        np.linalg.inv(matrix),
        colour.models.eotf_inverse_sRGB,
        colour.models.eotf_sRGB,
    )

    def lab(rgb):
        xyz = colour.RGB_to_XYZ(rgb, space, apply_cctf_decoding=True).astype(np.float32)
        return colour.XYZ_to_Lab(xyz.astype(np.float64), white).astype(np.float32)

    def difference(a, b):
        return float(colour.delta_E(lab(a).astype(np.float64), lab(b).astype(np.float64), method="CIE 2000"))

    return difference


def test_value(colour_difference) -> None:
    assert colour_difference(RED, GREEN) == pytest.approx(DOCUMENTED_VALUE, rel=0, abs=TOLERANCE)


def test_gradient(colour_difference) -> None:
    gradient = bytegrad.gradient(colour_difference, RED, GREEN)
    np.testing.assert_allclose(gradient, DOCUMENTED_GRADIENT, rtol=0, atol=TOLERANCE)

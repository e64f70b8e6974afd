from __future__ import annotations

from typing import Any

import numpy as np
import pytest

sg = pytest.importorskip("scipy.signal")

from tests.rules.numpy.array_cases import A, C, Case, start_numbers  # noqa: E402
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize  # noqa: E402

start_numbers("scipy_signal")

MODES = ("full", "same", "valid")


@parametrize(
    *[case(f, A(6), A(3), mode) for f in (sg.convolve, sg.correlate, sg.fftconvolve) for mode in MODES],
    *[case(f, C(3), C(5), mode=mode) for f in (sg.convolve, sg.correlate, sg.oaconvolve) for mode in MODES],
    *[case(f, A(4, 5), A(2, 3), mode) for f in (sg.convolve, sg.correlate, sg.oaconvolve) for mode in MODES],
    case(sg.convolve, A(6), A(3), method="direct"),
    case(sg.correlate, C(6), C(3), "same", "fft"),
    case(sg.convolve, A(), A()),
    case(sg.fftconvolve, A(2, 5), A(2, 3), axes=1),
    case(sg.fftconvolve, A(2, 5), A(1, 3), "same", axes=(1,)),
    case(sg.oaconvolve, A(2, 5), A(2, 3), "valid", axes=-1),
)
def test_convolutions(row: Case) -> None:
    check(row)


@parametrize(
    *[
        case(f, A(4, 5), A(2, 3), mode, boundary)
        for f in (sg.convolve2d, sg.correlate2d)
        for mode in MODES
        for boundary in ("fill", "wrap", "symm")
    ],
    case(sg.convolve2d, C(4, 5), C(3, 2), "same", fillvalue=0),
    case(sg.convolve2d, A(4, 5), A(3, 2), "same", fillvalue=2),
    case(sg.correlate2d, C(4, 5), C(3, 2), mode="full", boundary="symm"),
    case(sg.convolve2d, A(2, 3), A(4, 5), mode="valid"),
)
def test_planes(row: Case) -> None:
    check(row)


@parametrize(
    case(sg.lfilter, A(3), np.array([1.5, -0.4, 0.2]), A(7)),
    case(sg.lfilter, A(3), np.array([2.0, 0.5]), A(2, 6)),
    case(sg.lfilter, A(2), np.array([1.2]), A(6, 2), axis=0),
    case(sg.lfilter, A(1), np.array([1.5, -0.4, 0.2]), A(5)),
    case(sg.lfilter, C(2), np.array([1.5, -0.4 + 0.3j]), C(6)),
    case(sg.lfilter, A(3), np.array([1.5, -0.4, 0.2]), A(7), zi=A(2)),
    case(sg.lfilter, A(3), np.array([1.5, -0.4, 0.2, 0.1]), A(2, 2), -1, A(2, 3)),
    case(sg.lfilter, A(2), np.array([2.0, -0.4, 0.2]), A(5, 2), axis=0, zi=A(2, 1)),
    case(sg.lfilter, 1.5, np.array([1.5, 0.5]), A(5)),
)
def test_filters(row: Case) -> None:
    check(row, layouts=False)


def sections(count: int) -> Any:
    sos = A(count, 6) / 4
    sos[:, 3] = 1.0
    return sos


@parametrize(
    case(sg.sosfilt, sections(2), A(6)).only(1),
    case(sg.sosfilt, sections(1), A(6, 2), axis=0).only(1),
    case(sg.sosfilt, sections(2), A(2, 6), zi=A(2, 2, 2)).only(1, "zi"),
)
def test_sections(row: Case) -> None:
    check(row, layouts=False)


def test_coefficients_of_sections() -> None:
    sos, x, y_bar = sections(2), A(6), A(6)
    (sos_bar, *_) = np_rule(sg.sosfilt)(sos, x)[1](y_bar)
    tangent = A(2, 6) * (np.arange(6) != 3)  # scipy wants the leading coefficients to be 1
    up, down = sg.sosfilt(sos + 1e-5 * tangent, x), sg.sosfilt(sos - 1e-5 * tangent, x)
    assert np.sum(sos_bar * tangent) == pytest.approx(np.sum(y_bar * (up - down)) / 2e-5, rel=1e-6)


@parametrize(
    case(sg.upfirdn, A(3), A(5)),
    case(sg.upfirdn, A(4), A(5), 2, 3),
    case(sg.upfirdn, A(3), A(2, 5), up=3),
    case(sg.upfirdn, C(2), C(5, 2), down=2, axis=0),
)
def test_upfirdn(row: Case) -> None:
    check(row, layouts=False)

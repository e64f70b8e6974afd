from __future__ import annotations

import numpy as np
import pytest

from tests.rules.numpy.array_cases import A, C, Case
from tests.rules.numpy.linalg_cases import case, check, parametrize

ONE_AXIS = [np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft]
SEVERAL_AXES = [np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn]
TWO_AXES = [np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2]


def transforms(functions: list[object], shape: tuple[int, ...], *args: object, **keywords: object) -> list[Case]:
    """A row for each function, on real arrays for real transforms and on complex ones for others."""
    real = (np.fft.rfft, np.fft.ihfft, np.fft.rfftn, np.fft.rfft2)
    return [case(f, (A if f in real else C)(*shape), *args, **keywords) for f in functions]


@parametrize(
    *transforms(ONE_AXIS, (5,)),
    *transforms(ONE_AXIS, (4,)),
    *transforms(ONE_AXIS, (2, 5), 4),
    *transforms(ONE_AXIS, (2, 5), 7, norm="ortho"),
    *transforms(ONE_AXIS, (4, 3), axis=0, norm="forward"),
    *transforms(ONE_AXIS, (4, 2), n=9, axis=0, norm="backward"),
    *transforms(ONE_AXIS, (2, 5), n=6, axis=1, norm="forward"),
    case(np.fft.fft, A(4)),
    case(np.fft.irfft, A(4)),
)
def test_one_axis(row: Case) -> None:
    check(row)


def test_list() -> None:
    check(case(np.fft.fft, [1.5, 2.5, 0.5]), second_order=False)


@parametrize(
    *transforms(SEVERAL_AXES, (3, 4)),
    *transforms(SEVERAL_AXES, (2, 3, 4), axes=(0, 2), norm="ortho"),
    *transforms(SEVERAL_AXES, (3, 4), (4, 2), axes=(1, 0)),
    *transforms(SEVERAL_AXES, (3, 4), (2, 6), (-2, -1), "forward"),
    *transforms(SEVERAL_AXES, (3, 4), (-1, 5), axes=(0, 1)),
    *transforms(SEVERAL_AXES[:2], (3, 4), (3, 4), axes=(1, 1)),
    *transforms(TWO_AXES, (3, 4)),
    *transforms(TWO_AXES, (3, 4), (2, 5)),
    *transforms(TWO_AXES, (3, 2, 4), s=(4, 4), axes=(0, 2), norm="forward"),
)
def test_several_axes(row: Case) -> None:
    check(row)


@parametrize(
    case(np.fft.fftshift, A(5)),
    case(np.fft.fftshift, A(3, 4), axes=1),
    case(np.fft.ifftshift, A(5)),
    case(np.fft.ifftshift, C(3, 4), axes=(0, 1)),
)
def test_shifts(row: Case) -> None:
    check(row)


@pytest.mark.parametrize("target", [np.fft.fftfreq, np.fft.rfftfreq])
def test_frequencies(target: object) -> None:
    check(case(target, 5, 1.5))

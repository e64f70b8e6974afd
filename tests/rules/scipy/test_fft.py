from __future__ import annotations

from typing import Any

import pytest

sf = pytest.importorskip("scipy.fft")

from tests.rules.numpy.array_cases import A, C, Case, start_numbers  # noqa: E402
from tests.rules.numpy.linalg_cases import case, check, parametrize  # noqa: E402

start_numbers("scipy_fft")

REAL = ("rfft", "ihfft")


def transforms(ending: str, shape: tuple[int, ...], *args: Any, **keywords: Any) -> list[Case]:
    """A row for each Fourier transform, on real arrays for real ones and on complex ones for others."""
    names = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
    return [case(getattr(sf, n + ending), (A if n in REAL else C)(*shape), *args, **keywords) for n in names]


@parametrize(
    *transforms("", (5,)),
    *transforms("", (3, 4), 6, axis=0, norm="forward"),
    *transforms("", (2, 5), n=4, norm="ortho"),
    *transforms("n", (3, 4)),
    *transforms("n", (3, 4), (4, 2), axes=(1, 0), norm="ortho"),
    *transforms("n", (2, 3, 4), s=(3, 5), norm="forward"),
    *transforms("2", (3, 4)),
    *transforms("2", (3, 2, 4), s=(4, 4), axes=(0, 2), workers=1),
    case(sf.fftshift, A(5)),
    case(sf.ifftshift, A(3, 4), axes=1),
    case(sf.fftfreq, 5, 1.5),
    case(sf.rfftfreq, 4, d=1.5),
)
def test_fourier(row: Case) -> None:
    check(row, second_order=row.fn not in (sf.fftfreq, sf.rfftfreq))


@parametrize(
    *[
        case(getattr(sf, name), A(5), kind, norm=norm, orthogonalize=orthogonalize)
        for name in ("dct", "idct", "dst", "idst")
        for kind in (1, 2, 3, 4)
        for norm in (None, "ortho", "forward")
        for orthogonalize in (None, True, False)
    ],
    case(sf.dct, A(2, 5), 2, 4, 0),
    case(sf.idct, C(2, 5), n=7),
    case(sf.dct, A(2, 5), overwrite_x=False),
    case(sf.dctn, A(3, 4)),
    case(sf.dctn, A(3, 4), 3, axes=(1,), norm="ortho"),
    case(sf.idctn, A(3, 4), s=(4, 2), axes=(0, 1)),
    case(sf.dstn, A(3, 4), 2, (5, 3)),
    case(sf.idstn, A(2, 3, 4), type=1, axes=(0, 2), norm="forward", orthogonalize=True),
)
def test_trigonometric(row: Case) -> None:
    check(row, second_order=row.args[0].ndim > 1, layouts=False)

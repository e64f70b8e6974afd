"""The transforms of `scipy.fftpack`."""

import numpy as np
import pytest
import scipy.fftpack as fp

from bytegrad.testing import check_gradient

X = np.array([[0.3, 1.2, -0.7, 2.0, 0.4], [1.0, 0.2, 0.9, -1.1, 0.6], [0.5, 0.1, -0.3, 0.8, 1.4]])
ALONG = [{}, {"n": 7}, {"n": 4}, {"axis": 0}]
KINDS = [{"type": 1}, {"type": 3, "norm": "ortho"}]
CASES = [
    *[(name, options) for name in ("fft", "ifft", "rfft", "irfft") for options in ALONG],
    *[(name, {}) for name in ("fft2", "ifft2", "fftn", "ifftn", "dctn", "idctn", "dstn", "idstn")],
    *[(name, options) for name in ("dct", "idct", "dst", "idst") for options in (*ALONG, *KINDS)],
]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_gradient(name, options):
    transform = getattr(fp, name)

    def weighed(x):
        y = transform(x, **options)
        return np.sum(np.cos(np.arange(y.size)).reshape(y.shape) * (y.real + 2 * y.imag))

    check_gradient(weighed, X, order=1)

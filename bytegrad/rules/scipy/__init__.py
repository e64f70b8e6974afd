"""The rules of scipy: which modules declare them, for which of scipy's own modules.

They are loaded when a program that has imported those is differentiated; scipy is never imported for their sake.
"""

from bytegrad.runtime import registry

MODULES = {
    "cluster.vq": "cluster",
    "fft": "fft",
    "fftpack": "fftpack",
    "integrate": "integrate",
    "interpolate": "interpolate interpolate_splines interpolate_radial interpolate_scattered fitpack_curves "
    "fitpack_surfaces",
    "linalg": "linalg linalg_factorizations linalg_eigenvalues linalg_functions linalg_schur linalg_structured "
    "linalg_equations linalg_lapack",
    "ndimage": "ndimage ndimage_windows",
    "optimize": "optimize optimize_minima optimize_functions optimize_linear",
    "signal": "signal signal_filters",
    "sparse._sparsetools": "sparse_kernels",
    "sparse.linalg": "sparse sparse_factors",
    "spatial.distance": "spatial",
    "spatial.transform": "rotations",
    "special": "special special_bessel special_elliptic special_polynomials special_outputs special_probability "
    "special_softmax tangents",
    "stats": "stats",
}
"""Modules below `scipy`, and those below this one with their rules."""

for _module, _rules in MODULES.items():
    registry.when_imported(f"scipy.{_module}", *[f"{__name__}.{name}" for name in _rules.split()])

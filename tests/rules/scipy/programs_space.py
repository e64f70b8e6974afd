"""Calls of functions of points, images, rotations and sparse matrices, by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate, ndimage, spatial
from scipy.cluster import vq
from scipy.sparse import linalg as sparse_linalg
from scipy.spatial.transform import Rotation, RotationSpline, Slerp

X = np.array([0.7, -1.2, 0.5, 1.4, -0.3, 0.9, 0.2, -0.8])
H = np.array([0.5, 0.3, -0.2])
M = np.array([[0.7, -1.2, 0.5, 1.4], [-0.3, 0.9, 0.2, -0.8], [1.1, 0.4, -0.6, 0.3]])
K = np.array([[0.5, 0.3], [-0.2, 0.8]])
LONG = np.sin(np.arange(40.0) * 0.7) + 0.1 * np.cos(np.arange(40.0) ** 1.5)
T = np.array([0.0, 0.4, 1.1, 1.7, 2.6])
Y = np.array([0.3, 1.1, -0.4, 0.9, 1.7])
AT = np.array([0.2, 0.9, 1.9, 2.4])
SPD = np.array([[2.3, -0.4, 0.7], [-0.4, 1.9, -0.8], [0.7, -0.8, 2.8]])
V = np.array([0.7, -1.2, 0.5])


PROGRAMS: dict[str, list[Any]] = {
    "scipy.cluster.vq.vq": [(lambda o, c: vq.vq(o, c)[1], M.T, M.T[:2] + 0.1), (lambda o: vq.whiten(o), M)],
    "scipy.interpolate.RegularGridInterpolator": [
        (
            lambda v, at, m=m: interpolate.RegularGridInterpolator((np.arange(5.0), np.arange(6.0)), v, method=m)(at),
            np.sin(np.arange(30.0)).reshape(5, 6),
            np.array([[0.3, 1.6], [2.4, 3.3]]),
        )
        for m in ("linear", "slinear")
    ]
    + [
        (
            lambda v, at: interpolate.RegularGridInterpolator(
                (np.arange(5.0), np.arange(6.0)), v, bounds_error=False, fill_value=None
            )(at),
            np.sin(np.arange(30.0)).reshape(5, 6),
            np.array([[0.3, 1.6], [4.4, 5.3]]),
        ),
        (
            lambda v, at: interpolate.interpn((np.arange(5.0), np.arange(6.0)), v, at),
            np.sin(np.arange(30.0)).reshape(5, 6),
            np.array([[0.3, 1.6], [2.4, 3.3]]),
        ),
    ],
    "scipy.ndimage.map_coordinates": [
        (
            lambda x, at, o=o, m=m: ndimage.map_coordinates(x, at, order=o, mode=m, cval=0.3),
            np.sin(np.arange(20.0)).reshape(4, 5),
            np.array([[0.3, 1.6, 2.7], [0.6, 3.3, 1.4]]),
        )
        for o in (1, 3)
        for m in ("constant", "nearest", "reflect", "wrap", "mirror")
    ],
    "scipy.sparse.linalg.bicgstab": [(lambda a, b: sparse_linalg.bicgstab(a, b, rtol=1e-12)[0], SPD, V)],
    "scipy.sparse.linalg.cg": [
        (lambda a, b: sparse_linalg.cg((a + a.T) / 2, b, rtol=1e-12)[0], SPD, V),
        (lambda a, b: sparse_linalg.cg((a + a.T) / 2, b, x0=np.ones(3), rtol=1e-12, maxiter=50)[0], SPD, V),
    ],
    "scipy.sparse.linalg.gmres": [(lambda a, b: sparse_linalg.gmres(a, b, rtol=1e-12)[0], SPD, V)],
    "scipy.spatial.transform.Rotation": [
        (lambda r, v: Rotation.from_rotvec(r).apply(v), V, V + 1),
        (lambda e: Rotation.from_euler("xyz", e).as_matrix(), V),
        (lambda q: Rotation.from_quat(q).as_rotvec(), np.array([0.1, 0.5, -0.3, 0.9])),
        (lambda r, s: (Rotation.from_rotvec(r) * Rotation.from_rotvec(s).inv()).as_quat(), V, V[::-1].copy()),
        (lambda m: Rotation.from_matrix(m).as_euler("zyx"), np.eye(3) + 0.1 * np.arange(9.0).reshape(3, 3)),
        (lambda r: Rotation.from_rotvec(r).magnitude(), V),
        (lambda r: (Rotation.from_rotvec(r) ** 0.5).as_mrp(), V),
        (
            lambda a, b: Rotation.align_vectors(a, b)[0].as_matrix(),
            np.eye(3) + 0.1,
            np.eye(3) + 0.1 * np.arange(9.0).reshape(3, 3),
        ),
    ],
    "scipy.spatial.transform.Slerp": [
        (lambda r, t: Slerp([0.0, 1.0, 2.0], Rotation.from_rotvec(r))(t).as_quat(), SPD / 3, np.array([0.3, 1.6])),
        (
            lambda r, t: RotationSpline([0.0, 1.0, 2.0], Rotation.from_rotvec(r))(t).as_quat(),
            SPD / 3,
            np.array([0.3, 1.6]),
        ),
    ],
    "ndimage": [
        (lambda x, w: ndimage.correlate1d(x, w, mode="nearest"), M, H),
        (lambda x, w: ndimage.convolve1d(x, w, axis=0, mode="constant", cval=0.4), M, H),
        (lambda x, w: ndimage.convolve(x, w, mode="wrap"), M, K),
        (lambda x, w: ndimage.correlate(x, w), M, K),
        (lambda x: ndimage.gaussian_filter(x, 0.8), M),
        (lambda x, s: ndimage.gaussian_filter1d(x, s), M, 0.8),
        (lambda x: ndimage.gaussian_filter(x, [0.5, 1.2], order=[0, 1], truncate=3.0), M),
        (lambda x: ndimage.zoom(x, 1.7), M),
        (lambda x: ndimage.zoom(x, [2.0, 1.5], order=1, mode="nearest"), M),
        (lambda x: ndimage.shift(x, [0.3, -0.6], order=1), M),
        (lambda x: ndimage.rotate(x, 20.0, reshape=False), M),
        (lambda x: ndimage.uniform_filter(x, 3), M),
        (lambda x: ndimage.median_filter(x, 3), M),
        (lambda x: ndimage.maximum_filter(x, 2), M),
        (lambda x: ndimage.minimum_filter1d(x, 3), M),
        (lambda x: ndimage.percentile_filter(x, 40, 3), M),
        (lambda x: ndimage.sobel(x), M),
        (lambda x: ndimage.prewitt(x), M),
        (lambda x: ndimage.laplace(x), M),
        (lambda x: ndimage.gaussian_laplace(x, 0.7), M),
        (lambda x: ndimage.gaussian_gradient_magnitude(x, 0.7), M),
        (lambda x: ndimage.spline_filter(x), M),
        (lambda x: ndimage.center_of_mass(np.abs(x)), M),
        (lambda x: ndimage.sum_labels(x, np.array([[1, 1, 2, 2]] * 3), [1, 2]), M),
        (lambda x: ndimage.mean(x, np.array([[1, 1, 2, 2]] * 3), [1, 2]), M),
        (lambda x: ndimage.maximum(x, np.array([[1, 1, 2, 2]] * 3), [1, 2]), M),
        (lambda x: ndimage.grey_dilation(x, 2), M),
        (lambda x: ndimage.grey_opening(x, 2), M),
    ],
    "spatial": [
        *[
            (lambda x, m=m: spatial.distance.pdist(x, m), M)
            for m in (
                "euclidean",
                "sqeuclidean",
                "cityblock",
                "chebyshev",
                "canberra",
                "braycurtis",
                "cosine",
                "correlation",
                "minkowski",
            )
        ],
        *[
            (lambda x, y, m=m: spatial.distance.cdist(x, y, m), M, M[:2] * 1.3 + 0.11)
            for m in (
                "euclidean",
                "sqeuclidean",
                "cityblock",
                "chebyshev",
                "canberra",
                "braycurtis",
                "cosine",
                "correlation",
            )
        ],
        (
            lambda x, y: spatial.distance.cdist(x, y, "minkowski", p=3, w=np.array([1.0, 2.0, 0.5, 1.5])),
            M,
            M[:2] * 1.3 + 0.11,
        ),
        (lambda x, y: spatial.distance.cdist(x, y, lambda u, v: np.sum((u - v) ** 4)), M, M[:2] * 1.3 + 0.11),
        *[
            (lambda u, v, m=m: getattr(spatial.distance, m)(u, v), X, X[::-1] * 1.7 + 0.31)
            for m in (
                "euclidean",
                "sqeuclidean",
                "cityblock",
                "chebyshev",
                "canberra",
                "braycurtis",
                "cosine",
                "correlation",
            )
        ],
        (lambda u, v: spatial.distance.jensenshannon(u, v), np.abs(X), np.abs(X[::-1]) + 0.3),
        (lambda u, v: spatial.distance.minkowski(u, v, 3), X, X[::-1] * 1.7 + 0.31),
        (lambda x, y: spatial.procrustes(x, y)[2], M, M * M),
        (lambda v: spatial.geometric_slerp([1.0, 0.0], v / np.linalg.norm(v), 0.3), np.array([0.3, 0.8])),
    ],
    "sparse": [
        (lambda a, b: sparse_linalg.lsqr(a, b, atol=1e-13, btol=1e-13)[0], SPD, V),
        (lambda a, b: sparse_linalg.expm_multiply(a, b), SPD / 5, V),
    ],
}

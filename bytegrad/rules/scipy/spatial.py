"""Rules of `scipy.spatial`: distances between points, and rotations.

Distances: of the metrics of `cdist` and `pdist` all that are not about booleans have rules; their parameters (`w`,
`V`, `VI`) are constant.  The distance of two equal points has derivative zero, and so have equal coordinates.
Rotations: scipy has each of its compiled functions in Python too, and it is that which is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial import distance

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.gather import scatter_add

Bars = tuple[Any, Any]


def _ratio(a: Any, b: Any) -> Any:
    """``a / b``, and 0 where `b` is 0."""
    zero = np.equal(b, 0)
    return np.where(zero, 0.0, a / np.where(zero, 1.0, b))


# Metrics: the cotangents of two arrays of points from that of their distances.
# Shapes: u, v (..., n), d, bar (..., 1).


def _euclidean(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    step = bar * _ratio(w * (u - v), d)
    return step, -step


def _sqeuclidean(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    step = 2 * bar * w * (u - v)
    return step, -step


def _cityblock(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    step = bar * w * np.sign(u - v)
    return step, -step


def _minkowski(u: Any, v: Any, d: Any, bar: Any, p: Any = 2.0, w: Any = 1.0) -> Bars:
    size = np.abs(u - v)
    powers = np.where(np.equal(size, 0), 0.0, np.where(np.equal(size, 0), 1.0, size) ** (p - 1))
    step = bar * w * np.sign(u - v) * _ratio(powers, d ** (p - 1))
    return step, -step


def _chebyshev(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    chosen = np.equal(np.abs(u - v) * np.not_equal(w, 0), d)
    step = bar * np.sign(u - v) * chosen / np.maximum(np.sum(chosen, axis=-1, keepdims=True), 1)
    return step, -step


def _canberra(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    total, size = np.abs(u) + np.abs(v), np.abs(u - v)
    common = _ratio(np.sign(u - v), total)
    return bar * w * (common - _ratio(size * np.sign(u), total**2)), bar * w * (
        -common - _ratio(size * np.sign(v), total**2)
    )


def _braycurtis(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    below = np.sum(w * np.abs(u + v), axis=-1, keepdims=True)
    across, along = np.sign(u - v), d * np.sign(u + v)
    return bar * w * _ratio(across - along, below), bar * w * _ratio(-across - along, below)


def _seuclidean(u: Any, v: Any, d: Any, bar: Any, V: Any = None) -> Bars:
    return _euclidean(u, v, d, bar, 1.0 / V)


def _mahalanobis(u: Any, v: Any, d: Any, bar: Any, VI: Any = None) -> Bars:
    both = np.matmul(u - v, (VI + np.transpose(VI)) / 2)
    step = bar * _ratio(both, d)
    return step, -step


def _cosine(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    size_u = np.sqrt(np.sum(w * u * u, axis=-1, keepdims=True))
    size_v = np.sqrt(np.sum(w * v * v, axis=-1, keepdims=True))
    similarity = 1 - d
    u_bar = -bar * w * (_ratio(v, size_u * size_v) - similarity * _ratio(u, size_u**2))
    v_bar = -bar * w * (_ratio(u, size_u * size_v) - similarity * _ratio(v, size_v**2))
    return u_bar, v_bar


def _correlation(u: Any, v: Any, d: Any, bar: Any, w: Any = 1.0) -> Bars:
    shares = w / np.sum(np.broadcast_to(w, np.shape(u)[-1:]))
    u_bar, v_bar = _cosine(
        u - np.sum(shares * u, axis=-1, keepdims=True), v - np.sum(shares * v, axis=-1, keepdims=True), d, bar, w
    )
    return (
        u_bar - shares * np.sum(u_bar, axis=-1, keepdims=True),
        v_bar - shares * np.sum(v_bar, axis=-1, keepdims=True),
    )


def _jensenshannon(u: Any, v: Any, d: Any, bar: Any) -> Bars:
    sum_u, sum_v = np.sum(u, axis=-1, keepdims=True), np.sum(v, axis=-1, keepdims=True)
    p, q = u / sum_u, v / sum_v
    middle = (p + q) / 2
    scale = _ratio(bar, 4 * d)  # of d = sqrt(js / 2)
    p_bar, q_bar = scale * np.log(_ratio(p, middle)), scale * np.log(_ratio(q, middle))
    u_bar = (p_bar - np.sum(p_bar * p, axis=-1, keepdims=True)) / sum_u
    return u_bar, (q_bar - np.sum(q_bar * q, axis=-1, keepdims=True)) / sum_v


METRICS: dict[str, Callable[..., Bars]] = {
    "euclidean": _euclidean,
    "sqeuclidean": _sqeuclidean,
    "cityblock": _cityblock,
    "minkowski": _minkowski,
    "chebyshev": _chebyshev,
    "canberra": _canberra,
    "braycurtis": _braycurtis,
    "seuclidean": _seuclidean,
    "mahalanobis": _mahalanobis,
    "cosine": _cosine,
    "correlation": _correlation,
    "jensenshannon": _jensenshannon,
}


def _canonical(metric: Any) -> str | None:
    """scipy's own name of a metric that was given by one of its names or as a function of `scipy.spatial.distance`."""
    info = distance._METRIC_ALIAS.get(metric.lower()) if isinstance(metric, str) else distance._METRIC_INFOS
    if isinstance(info, list):
        info = next((known for known in info if known.canonical_name == getattr(metric, "__name__", None)), None)
    return None if info is None or info.canonical_name not in METRICS else info.canonical_name


def _parameters(name: str, points: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a metric, with scipy's defaults, which depend on the points only as constants."""
    if name == "seuclidean" and given.get("V") is None:
        return {"V": np.var(points, axis=0, ddof=1)}
    if name == "mahalanobis" and given.get("VI") is None:
        return {"VI": np.transpose(np.linalg.inv(np.cov(np.transpose(points))))}
    return {key: value for key, value in given.items() if value is not None}


def _depends_on_all(name: str, given: dict[str, Any]) -> bool:
    """Whether the parameters of a metric would be made of the points themselves."""
    return (name == "seuclidean" and given.get("V") is None) or (name == "mahalanobis" and given.get("VI") is None)


@adjoint(distance.cdist)
def cdist_rule(XA: Any, XB: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """The sums over all partners of each point."""
    name = _canonical(metric)
    if name is None or out is not None or _depends_on_all(name, kwargs):
        return NotImplemented
    y = distance.cdist(XA, XB, metric, **kwargs)

    def cdist_pullback(y_bar: Any) -> Any:
        first, second = np.asarray(XA, dtype=float), np.asarray(XB, dtype=float)
        options = _parameters(name, first, kwargs)
        u, v = np.expand_dims(first, 1), np.expand_dims(second, 0)
        u_bar, v_bar = METRICS[name](u, v, np.expand_dims(y, -1), np.expand_dims(y_bar, -1), **options)
        return np.sum(u_bar, axis=1), np.sum(v_bar, axis=0)

    return y, cdist_pullback


@adjoint(distance.pdist)
def pdist_rule(X: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """Each distance to both of its points."""
    name = _canonical(metric)
    if name is None or out is not None or _depends_on_all(name, kwargs):
        return NotImplemented
    y = distance.pdist(X, metric, **kwargs)

    def pdist_pullback(y_bar: Any) -> Any:
        points = np.asarray(X, dtype=float)
        first, second = np.triu_indices(len(points), 1)
        u, v = np.take(points, first, axis=0), np.take(points, second, axis=0)
        options = _parameters(name, points, kwargs)
        u_bar, v_bar = METRICS[name](u, v, np.expand_dims(y, -1), np.expand_dims(y_bar, -1), **options)
        shape = np.shape(points)
        return (scatter_add(shape, (first,), u_bar) + scatter_add(shape, (second,), v_bar),)

    return y, pdist_pullback


@adjoint(distance.squareform)
def squareform_rule(X: Any, force: str = "no", checks: bool = True) -> Any:
    """Distances as a symmetric matrix, or the upper triangle of one as a vector."""
    y = distance.squareform(X, force, checks)
    shape = np.shape(X)

    def squareform_pullback(y_bar: Any) -> Any:
        matrix = shape if len(shape) == 2 else np.shape(y)
        above = np.triu_indices(matrix[0], 1)
        return (y_bar[above] + np.transpose(y_bar)[above] if len(shape) == 1 else scatter_add(shape, above, y_bar),)

    return y, squareform_pullback

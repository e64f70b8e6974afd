"""Forward code of objects of the user's classes: as arguments, as data, and made on the way; of packed arguments."""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad import Tangent, directional
from bytegrad.runtime import forward

X = np.array([0.3, 0.7, 1.1])
V = np.array([1.0, -0.5, 0.2])


@dataclass(frozen=True)
class Point:
    x: Any
    y: Any = 2.0

    def moved(self, d: Any) -> Point:
        return Point(self.x + d, self.y * d)

    @property
    def square(self) -> Any:
        return self.x**2 + self.y**2


@dataclass
class Layer:
    at: Point
    w: Any
    name: str = "layer"
    act: Any = np.tanh

    @staticmethod
    def cubed(v: Any) -> Any:
        return v**3

    @classmethod
    def made(cls, w: Any) -> Layer:
        return cls(Point(1.0), w)

    def __call__(self, x: Any) -> Any:
        return self.act(self.w @ x)


class Base(abc.ABC):
    factor = 3.0

    @abc.abstractmethod
    def of(self, x: Any) -> Any: ...

    def scaled(self, x: Any) -> Any:
        return self.of(x) * self.factor


class Derived(Base):
    __slots__ = ("c",)

    def __init__(self, c: Any) -> None:
        self.c = c

    def of(self, x: Any) -> Any:
        return x**2 * self.c


class Vector:
    def __init__(self, *xs: Any) -> None:
        self.xs = xs

    def __add__(self, other: Vector) -> Vector:
        return Vector(self.xs[0] + other.xs[0], self.xs[1] + other.xs[1])

    def __rmul__(self, k: Any) -> Vector:
        return Vector(k * self.xs[0], k * self.xs[1])

    def __neg__(self) -> Vector:
        return Vector(-self.xs[0], -self.xs[1])

    def __lt__(self, other: Vector) -> bool:
        return bool(self.xs[0] < other.xs[0])

    def __getitem__(self, i: int) -> Any:
        return self.xs[i]

    def __len__(self) -> int:
        return 2


class Model:
    def __init__(self, *layers: Any, rate: float = 0.1) -> None:
        self.layers, self.rate = [*layers], rate

    def loss(self, x: Any) -> Any:
        y = x
        for layer in self.layers:
            y = layer(y)
        return np.sum((y - x) ** 2) + self.rate * np.sum(x**2)


MODEL = Model(Layer(Point(0.5, 0.7), np.outer(X, X)), Layer(Point(0.1), np.eye(3) + 0.2, "second"))


def frozen(x: Any) -> Any:
    p = Point(x[0])
    for i in range(3):
        p = p.moved(x[i])
    return p.square * p.y


def with_methods(x: Any) -> Any:
    layer = Layer.made(np.outer(x, x))
    return np.sum(layer(x)) + layer.at.square * x[2] + layer.cubed(x[0]) + Layer.cubed(x[1])


def inherited(x: Any) -> Any:
    made = Derived(x[0] * 2.0)
    return made.scaled(x[1]) * made.factor


def with_operators(x: Any) -> Any:
    v, w = Vector(x[0], x[1]), Vector(x[2], x[0] * x[1])
    u = 2.0 * (v + w) + -v
    if v < w:
        u = u + w
    return u[0] * u[1] ** 2 * len(u)


def in_lists(x: Any) -> Any:
    points = [Point(v, v * v) for v in x]
    return sum([p.square for p in points]) * points[0].x + sum(p.x * p.y for p in points)


def asked(x: Any) -> Any:
    p = Point(x[0])
    scale = x[1] if isinstance(p, Point) and type(p) is Point and not isinstance(p, (Layer, list)) else 0.0
    return scale * p.x**2 * (1.0 if p else 0.0)


def packed(a: Any, *rest: Any, by: float = 2.0, **named: Any) -> Any:
    return a * rest[0] * named["z"] * by


def with_packed(x: Any) -> Any:
    def local(*pair: Any) -> Any:
        return pair[0] * pair[1]

    both = (x, x * x)
    return np.sum(packed(x, x * x, z=x, by=3.0)) + np.sum(packed(x, x, 1.0, z=1.0)) + np.sum(local(*both))


def of_data(x: Any) -> Any:
    return MODEL.loss(x) * MODEL.layers[1].at.square


MADE = (frozen, with_methods, inherited, with_operators, in_lists, asked, with_packed)


@pytest.mark.parametrize("f", [*MADE, of_data, MODEL.loss, functools.partial(Model.loss, MODEL)])
def test_products_and_hessians_are_differences_of_gradients(f: Callable[[Any], Any]) -> None:
    found, step = directional.product(f, X, V), 1e-5
    assert found is not None
    ahead, behind = (bytegrad.gradient(f, X + sign * step * V)[0] for sign in (1, -1))
    assert found == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-6)
    one = forward.forward_of(f, (X,), (0,), slope=True)
    assert one is not None
    rows = directional._as_arrays(one, f, X)
    assert rows == pytest.approx(directional._row_by_row(one, X), rel=1e-11, abs=1e-12)
    assert rows @ V == pytest.approx(found)
    y, y_dot = bytegrad.jvp(f, (X,), (V,))
    assert (y, y_dot) == (pytest.approx(f(X)), pytest.approx(bytegrad.gradient(f, X)[0] @ V))


def of_layer(layer: Any) -> Any:
    return np.sum(layer(X)) * layer.at.square


def test_objects_as_arguments() -> None:
    layer, direction = Layer(Point(0.5, 0.7), np.outer(X, X)), Tangent(at=Tangent(x=1.0), w=np.ones((3, 3)))
    found, step = bytegrad.hvp(of_layer, layer, direction), 1e-5
    assert directional.product(of_layer, layer, direction) == found
    ahead, behind = (bytegrad.gradient(of_layer, Layer(Point(0.5 + h, 0.7), layer.w + h))[0] for h in (step, -step))
    assert found.w == pytest.approx((ahead.w - behind.w) / (2 * step), rel=1e-6)
    assert found.at.y == pytest.approx((ahead.at.y - behind.at.y) / (2 * step), rel=1e-6)
    assert [*found] == ["at", "w"]
    _, y_dot = bytegrad.jvp(of_layer, (layer,), (direction,))
    assert y_dot == pytest.approx(
        bytegrad.gradient(of_layer, layer)[0].at.x + np.sum(bytegrad.gradient(of_layer, layer)[0].w)
    )
    for wrong in (Tangent(z=1.0), {"w": np.ones(3)}, 3.0, Tangent(name=1.0)):
        with pytest.raises(bytegrad.SeedError):
            bytegrad.hvp(of_layer, layer, wrong)


def test_data_and_classes_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def exact() -> Any:
        return (bytegrad.gradient(of_data, X + 1e-5 * V)[0] - bytegrad.gradient(of_data, X - 1e-5 * V)[0]) / 2e-5

    for change in (
        lambda: monkeypatch.setattr(MODEL, "rate", 3.0),
        lambda: [monkeypatch.setattr(layer, "act", np.sin) for layer in MODEL.layers],
        lambda: monkeypatch.setattr(MODEL, "layers", MODEL.layers[::-1]),
        lambda: monkeypatch.setattr(Layer, "__call__", lambda self, x: self.w @ x**2),
        lambda: monkeypatch.setattr(Point, "square", property(lambda self: self.x * 5.0)),
    ):
        before = bytegrad.hvp(of_data, X, V)
        change()
        assert directional.product(of_data, X, V) is not None
        assert bytegrad.hvp(of_data, X, V) == pytest.approx(exact(), rel=1e-6, abs=1e-6)
        assert not np.allclose(before, exact())


class Noting:
    """Its methods have side effects."""

    def __init__(self) -> None:
        self.calls = 0

    def of(self, x: Any) -> Any:
        self.calls += 1
        return x**3


def test_what_changes_an_object_from_outside_is_not_seen_through() -> None:
    noting = Noting()
    f = lambda x: np.sum(noting.of(x))  # noqa: E731
    assert directional.product(f, X, V) is None
    assert noting.calls == 0


def test_an_object_that_holds_the_argument_is_not_taken_for_data() -> None:
    layer = Layer(Point(1.0), X)
    f = lambda x: np.sum(layer.w * x)  # noqa: E731
    assert directional.product(f, X, V) is None
    assert directional.product(f, X.copy(), V).tolist() == [0.0] * 3


def test_objects_in_containers_are_not_compared() -> None:
    def found(x: Any) -> Any:
        points = [Point(x[0]), Point(x[1])]
        return x[0] ** 2 if points == [Point(x[0]), Point(x[1])] else x[1]

    assert directional.product(found, X, V) is None


def weighted(x: Any, data: Any, scale: float = 2.0, mode: str = "cubed") -> Any:
    return np.sum((x * data) ** 3) * scale * (1.0 if mode == "cubed" else 10.0)


def by_name(x: Any, *, k: Any) -> Any:
    return np.sum(x**3) * k


def test_keyword_arguments_are_passed_on() -> None:
    data = np.array([0.5, 1.0, 2.0])
    exact = np.diag(6.0 * data**3 * X)
    assert bytegrad.hvp(weighted, X, V, data=data) == pytest.approx(2.0 * exact @ V)
    assert bytegrad.hessian(weighted, X, data=data, mode="other", scale=1.0) == pytest.approx(10.0 * exact)
    assert bytegrad.diaghessian(weighted, X, data=data)[0] == pytest.approx(2.0 * np.diag(exact))
    assert bytegrad.hvp(MODEL.loss, X, V).shape == (3,)
    assert directional.product(functools.partial(weighted, data=data), X, V) is not None
    with pytest.raises(TypeError, match="unexpected keyword argument 'q'"):
        bytegrad.hvp(weighted, X, V, data=data, q=1.0)
    with pytest.raises(bytegrad.ScalarError, match="<lambda>"):
        bytegrad.hessian(lambda x, k: x * k, X, k=2.0)


def test_keyword_arguments_in_the_general_way() -> None:
    assert bytegrad.hvp(by_name, X, V, k=2.0) == pytest.approx(12.0 * X * V)
    assert bytegrad.hessian_reverse(by_name, X, k=1.0) == pytest.approx(np.diag(6.0 * X))

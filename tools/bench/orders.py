"""Second derivatives and derivatives in a direction, in units of the gradient of the same function."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import bytegrad

N = 100
LARGE = 10**6


def rosenbrock_loop(x: Any) -> Any:
    """A loop over numbers."""
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock(x: Any) -> Any:
    """The same of arrays."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def network(x: Any) -> Any:
    """Two products with a matrix."""
    weights = np.full((len(x), len(x)), 1.0 / len(x))
    return np.sum(np.tanh(weights @ np.tanh(weights @ x)))


def soft_maximum(x: Any) -> Any:
    """Shifted by the largest of its numbers."""
    shifted = np.exp(x - x.max())
    return np.sum(shifted / np.sum(shifted) * np.arange(len(x)))


def normalised(x: Any) -> Any:
    """A product with a matrix, its mean and its deviation."""
    y = np.full((len(x), len(x)), 1.0 / len(x)) @ x + x
    return np.sum(np.tanh((y - y.mean()) / y.std()) * x)


def filled(x: Any) -> Any:
    """Writes into an array."""
    y = np.zeros(len(x))
    y[0], y[1:] = x[0], x[1:] - x[:-1] ** 2
    y[::2] *= x[::2]
    return np.sum(y * y)


POINTS = np.linspace(0.0, 1.0, 30)


def gaussian_process(t: Any) -> Any:
    """The likelihood of 30 values, in three parameters of the kernel."""
    distance = POINTS[:, None] - POINTS[None, :]
    kernel = np.exp(-0.5 * distance * distance * np.exp(t[0])) * np.exp(t[1]) + np.eye(len(POINTS)) * np.exp(t[2])
    values = np.sin(6.0 * POINTS)
    return 0.5 * values @ np.linalg.solve(kernel, values) + 0.5 * np.linalg.slogdet(kernel)[1]


SAMPLES = np.sin(np.arange(60.0 * N)).reshape(60, N)
LABELS = np.arange(60) % 2


class Classifier:
    """A model that is an object: its data are attributes."""

    def __init__(self) -> None:
        self.samples, self.labels, self.rate = SAMPLES, LABELS, 0.1

    def loss(self, w: Any) -> Any:
        """Logistic regression."""
        z = self.samples @ w
        return np.mean(np.logaddexp(0.0, z) - self.labels * z) + self.rate * np.sum(w**2)


def sines_loop(x: Any) -> Any:
    """A loop over the elements of an array."""
    total = 0.0
    for i in range(len(x)):
        total += math.sin(x[i]) * x[i - 1]
    return total


def filtered(x: Any) -> Any:
    """A recurrence that is written into an array element by element."""
    y = np.zeros_like(x)
    for i in range(1, len(x)):
        y[i] = 0.9 * y[i - 1] + np.tanh(x[i])
    return y[-1] ** 2 + np.sum(y)


@dataclass
class Point:
    """Two numbers, with operators."""

    x: Any
    y: Any

    def __add__(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)

    def __mul__(self, factor: Any) -> Point:
        return Point(self.x * factor, self.y * factor)


def points(x: Any) -> Any:
    """Sums of objects that are made on the way."""
    total = Point(0.0, 0.0)
    for i in range(0, len(x), 2):
        total = total + Point(x[i], x[i + 1]) * x[i]
    return total.x**2 + total.y**2


def log_sum_exp(x: Any) -> Any:
    """Shifted by the largest."""
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


@dataclass(frozen=True, slots=True)
class Order:
    """A function of one argument."""

    name: str
    fn: Callable[[Any], Any]
    x: Any
    with_hessian: bool = True


ORDERS = (
    Order("Rosenbrock, list of 100", rosenbrock_loop, [0.01 * i for i in range(N)]),
    Order("Rosenbrock, array of 100", rosenbrock, np.linspace(0.0, 1.0, N)),
    Order("two layers, array of 100", network, np.linspace(0.0, 1.0, N)),
    Order("softmax, array of 100", soft_maximum, np.linspace(0.0, 1.0, N)),
    Order("normalised, array of 100", normalised, np.linspace(0.1, 1.0, N)),
    Order("writes, array of 100", filled, np.linspace(0.1, 1.0, N)),
    Order("log-sum-exp, array of 100", log_sum_exp, np.linspace(0.0, 1.0, N)),
    Order("logistic regression, a method", Classifier().loss, np.linspace(0.1, 1.0, N)),
    Order("sines, loop over an array", sines_loop, np.linspace(0.1, 1.0, N)),
    Order("recurrence, loop of writes", filtered, np.linspace(0.1, 1.0, N)),
    Order("points, objects, list of 100", points, [0.01 * i + 0.1 for i in range(N)]),
    Order("Gaussian process, 3 numbers", gaussian_process, np.array([0.5, 0.2, -1.0])),
    Order("Rosenbrock, array of 10^6", rosenbrock, np.linspace(0.0, 1.0, LARGE), with_hessian=False),
)
TARGETS = {"jvp": "", "hvp": "<= 4", "hessian": "<= 40"}


def seconds(call: Callable[[], Any], runs: int = 3) -> float:
    """The least CPU seconds of a call, compilation left out."""
    call()
    found = []
    for _ in range(runs):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found)


def order_lines(show: Callable[[str], None]) -> None:
    """Measure everything and show a line for each function."""
    columns = "{:<30} {:>12}" + "   {:>9} {:>6}" * len(TARGETS)
    show(columns.format("function", "gradient", *[text for target in TARGETS.items() for text in target]))
    for order in ORDERS:
        fn, x = order.fn, order.x
        v = [1.0] * len(x) if isinstance(x, list) else np.ones(len(x))
        calls = {
            "jvp": lambda fn=fn, x=x, v=v: bytegrad.jvp(fn, (x,), (v,)),
            "hvp": lambda fn=fn, x=x, v=v: bytegrad.hvp(fn, x, v),
            "hessian": lambda fn=fn, x=x: bytegrad.hessian(fn, x),
        }
        one = seconds(lambda fn=fn, x=x: bytegrad.gradient(fn, x), runs=20)  # type: ignore[misc]
        ratios = [
            f"{seconds(call) / one:.1f}" if name != "hessian" or order.with_hessian else "-"
            for name, call in calls.items()
        ]
        show(columns.format(order.name, f"{one * 1e6:.0f} us", *[text for ratio in ratios for text in (ratio, "")]))

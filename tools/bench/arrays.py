"""What is measured of arrays: small and large ones, products, stencils in place, loops over elements.

`np` is the module's own global, looked up at each use, so that a peer which needs another one can be given it.
"""

from __future__ import annotations

import numpy as np

from tools.bench.programs import Program


def log_sum_exp(x):
    largest = np.max(x)
    return np.log(np.sum(np.exp(x - largest))) + largest


def logistic_regression(weights, bias, x):
    return np.sum(1.0 / (1.0 + np.exp(-(weights @ x + bias))))


def perceptron(w1, b1, w2, b2, x, y):
    h = np.maximum(x @ w1 + b1, 0.0)
    z = h @ w2 + b2
    largest = np.max(z, axis=-1, keepdims=True)
    lse = np.log(np.sum(np.exp(z - largest), axis=-1, keepdims=True)) + largest
    return np.sum(y * (lse - z)) / x.shape[0]


def leapfrog(positions, velocities, masses, steps, dt):
    for _ in range(steps):
        d = positions[None, :, :] - positions[:, None, :]
        squares = np.sum(d * d, axis=2) + 0.01
        pull = dt / (squares * np.sqrt(squares))
        velocities = velocities + np.sum(d * (masses[None, :] * pull)[:, :, None], axis=1)
        positions = positions + velocities * dt
    return np.sum(positions * positions)


def diffusion(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += 0.2 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1])
    return np.sum(u**2)


def recurrent(wx, wh, bias, xs):
    h = np.zeros((xs.shape[1], wh.shape[0]))
    for t in range(xs.shape[0]):
        h = np.tanh(xs[t] @ wx + h @ wh + bias)
    return np.sum(h * h)


def reads(x):
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] * x[i]
    return total


def writes(x):
    out = np.zeros(len(x))
    for i in range(len(x)):
        out[i] = x[i] * 2.0
    return np.sum(out * out)


def elementwise(x):
    return np.sum(np.sin(x) * np.exp(-x * x))


def _numbers(*shape):
    """Numbers between -1 and 1, always the same."""
    return np.sin(1.7 * np.arange(1, 1 + int(np.prod(shape)))).reshape(shape).copy()


_CLASSES = np.eye(10)[np.arange(256) % 10]
ARRAYS = (
    Program("log-sum-exp, 100", log_sum_exp, (_numbers(100),), target=3.5),
    Program("logistic, 10 x 784", logistic_regression, (_numbers(10, 784), _numbers(10), _numbers(784)), 3, 3.5),
    Program(
        "perceptron, 784-32-10, 1",
        perceptron,
        (_numbers(784, 32), _numbers(32), _numbers(32, 10), _numbers(10), _numbers(1, 784), _CLASSES[:1]),
        4,
        4,
    ),
    Program(
        "perceptron, 784-256-10, 256",
        perceptron,
        (0.1 * _numbers(784, 256), _numbers(256), _numbers(256, 10), _numbers(10), _numbers(256, 784), _CLASSES),
        4,
        2.5,
    ),
    Program("4 bodies, arrays", leapfrog, (_numbers(4, 3), _numbers(4, 3), np.arange(1.0, 5.0), 20, 0.01), 2, 3.5),
    Program(
        "recurrent, 50 x 32 x 64",
        recurrent,
        (0.1 * _numbers(32, 64), 0.1 * _numbers(64, 64), _numbers(64), _numbers(50, 32, 32)),
        3,
        3.5,
    ),
    Program("diffusion in place, 64 x 64", diffusion, (_numbers(64, 64), 200), 1, 7),
    Program("elementwise, 10^2", elementwise, (_numbers(100),), 1, 3.5),
    Program("elementwise, 10^4", elementwise, (_numbers(10**4),), 1, 2.5),
)
"""Measured with the other programs."""

LARGE = (
    *[Program(f"reads x[i], 10^{k}", reads, (_numbers(10**k),)) for k in (3, 4, 5, 6)],
    *[Program(f"writes out[i], 10^{k}", writes, (_numbers(10**k),)) for k in (3, 4, 5, 6)],
    Program("diffusion, 512 x 512, 1000 steps", diffusion, (_numbers(512, 512), 1000), 1, 7),
)
"""Measured when asked for by name: what a loop costs for each element must not depend on how many there are."""

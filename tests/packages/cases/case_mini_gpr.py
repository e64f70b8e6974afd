"""mini-gpr: Gaussian processes: kernel classes with operators, annotations of shapes, decorators, deepcopy."""

import numpy as np
from mini_gpr.kernels import RBF, Constant, Linear
from mini_gpr.models import GPR

from tests.corpus import case

X = np.array([[0.0], [0.7], [1.5], [2.2]])
Y = np.array([0.1, 0.6, 0.9, 0.7])


def kernel_algebra(sigma, constant):
    return float(np.sum((RBF(sigma=sigma) + Constant(constant) * Linear())(X, X + 0.1)))


def predict(sigma, noise, y):
    model = GPR(RBF(sigma=sigma), noise=noise)
    model.fit(X, y)
    return float(model.predict(np.array([[1.1]]))[0])


def log_likelihood(sigma, scale, noise):
    model = GPR(RBF(sigma=sigma, scale=scale), noise=noise)
    model.fit(X, Y)
    return float(model.log_likelihood)


CASES = (
    case(kernel_algebra, 0.8, 1.3),
    # np.linalg.solve, decorators.
    case(predict, 0.8, 0.2, Y),
    # slogdet, cholesky.
    case(log_likelihood, 0.8, 1.1, 0.2),
)

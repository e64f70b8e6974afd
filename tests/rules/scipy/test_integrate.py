from __future__ import annotations

import ctypes
import ctypes.util
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

scipy, integrate = pytest.importorskip("scipy"), pytest.importorskip("scipy.integrate")

from bytegrad import NoRuleError, grad, gradient  # noqa: E402
from bytegrad.rules.scipy.kronrod import FIFTEEN, TWENTY_ONE, wynn_weights  # noqa: E402
from tests.rules.scipy.through_engine import check_gradient  # noqa: E402

INTEGRALS = [
    lambda a, b: integrate.quad(lambda t: np.exp(-a * t) * np.sin(t), 0.0, b)[0],
    lambda a, b: integrate.quad(lambda t, k: math.exp(-k * t) * math.sin(t), 0.0, b, args=(a,))[0],
    lambda a, b: integrate.quad(lambda t: math.sin(a * t), b, 0.2)[0],
    lambda a, b: integrate.quad(lambda t: math.sin(40 * a * t), 0.0, b)[0],
    lambda a, b: integrate.quad(lambda t: math.exp(-a * t), b, math.inf)[0],
    lambda a, b: integrate.quad(lambda t: math.exp(a * t), -math.inf, b)[0],
    lambda a, b: integrate.quad(lambda t: math.exp(-a * t * t) * math.cos(b * t), -math.inf, math.inf)[0],
    lambda a, b: integrate.quad(lambda t: math.cos(a * t), 0.0, b, full_output=1)[0],
    lambda a, b: integrate.dblquad(lambda y, x: a * x * y * y, 0, b, 0, lambda x: a * x)[0],
    lambda a, b: integrate.nquad(lambda x, y: a * x * y, [(0, b), (0, 1)])[0],
]


@pytest.mark.parametrize("f", INTEGRALS, ids=map(str, range(len(INTEGRALS))))
def test_quad(f: Callable[..., Any]) -> None:
    check_gradient(f, 0.8, 1.5)


SINGULAR = [
    lambda a, b: integrate.quad(lambda t: math.cos(a * t) / math.sqrt(t), 0.0, b)[0],
    lambda a, b: integrate.quad(lambda t: math.log(t) * a, 0.0, b)[0],
    lambda a, b: integrate.quad(lambda t: abs(t - 0.3) ** a, 0.0, b)[0],
    lambda a, b: integrate.quad(lambda t: abs(t - 0.3) ** a, 0.0, b, points=[0.3])[0],
]


@pytest.mark.parametrize("f", SINGULAR, ids=map(str, range(len(SINGULAR))))
def test_quad_at_singularities(f: Callable[..., Any]) -> None:
    check_gradient(f, 0.8, 1.5, tolerance=1e-6)


def test_the_integrand_is_called_as_often_as_without_differentiation() -> None:
    calls: list[float] = []

    def integrand(t: float, a: float) -> float:
        calls.append(t)
        return a * t

    integrate.quad(integrand, 0.0, 1.0, args=(2.0,))
    plain = list(calls)
    calls.clear()
    assert gradient(lambda a: integrate.quad(integrand, 0.0, 1.0, args=(a,))[0], 2.0) == pytest.approx((0.5,))
    assert calls == plain


def test_integrand_with_an_array() -> None:
    weights = np.array([0.5, 1.5, 2.5])
    check_gradient(lambda w: integrate.quad(lambda t: float(np.sum(w * np.cos(w * t))), 0.0, 1.0)[0], weights)


def test_kronrod_rules() -> None:
    for rule in (FIFTEEN, TWENTY_ONE):
        assert np.sum(rule.weights) == pytest.approx(2.0)
        assert rule.weights @ rule.nodes**10 == pytest.approx(2 / 11)
        np.testing.assert_allclose(rule.to_ends @ np.exp(rule.nodes), np.exp([-1.0, 1.0]), rtol=1e-10)


@pytest.mark.slow
def test_second_derivatives_but_for_those_in_which_the_nodes_move() -> None:
    def f(a: float, b: float) -> float:
        return float(integrate.quad(lambda t: t**a, 0.0, b)[0])

    first = gradient(lambda a: grad(f, 1)(a, 1.3), 0.7)[0]
    assert first == pytest.approx(1.3**0.7 * np.log(1.3))
    for argnum in range(2):
        with pytest.raises(NoRuleError, match="second derivatives"):
            gradient(lambda b, n=argnum: grad(f, n)(0.7, b), 1.3)


def test_extrapolation_of_a_geometric_sequence() -> None:
    sums = 2.0 - 0.7 ** np.arange(6)
    weights = wynn_weights(sums, 2.0)
    assert weights @ sums == pytest.approx(2.0)
    assert np.sum(weights) == pytest.approx(1.0)


def test_python_layers() -> None:
    x = np.array([0.1, 0.5, 0.9, 0.7, 0.2])
    check_gradient(lambda y: float(integrate.simpson(y, dx=0.3)), x)
    nodes = 2 * x
    check_gradient(lambda y: float(integrate.trapezoid(y, nodes)), x)
    check_gradient(lambda y: float(np.sum(integrate.cumulative_trapezoid(y) ** 2)), x)


def test_odeint() -> None:
    t = np.array([0.0, 0.5, 1.5])

    def f(a: float, y0: Any) -> Any:
        return np.sum(integrate.odeint(lambda y, s: [y[1], -a * y[0]], y0, t, rtol=1e-12, atol=1e-12) ** 2)

    check_gradient(f, 1.3, np.array([1.0, 0.2]), tolerance=1e-6)
    check_gradient(
        lambda k: integrate.odeint(lambda s, y, k: -k * y, [1.0], t, args=(k,), tfirst=True, rtol=1e-12, atol=1e-12)[
            -1, 0
        ],
        0.7,
        tolerance=1e-6,
    )


def test_integrands_of_c() -> None:
    """They are run as they stand, and refused only where the integral varies."""
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    library.cos.restype, library.cos.argtypes = ctypes.c_double, (ctypes.c_double,)
    cosine = scipy.LowLevelCallable(library.cos)
    assert gradient(lambda a: a * integrate.quad(cosine, 0.0, 1.0)[0], 2.0) == pytest.approx((math.sin(1.0),))
    with pytest.raises(NoRuleError, match="_qagse"):
        gradient(lambda b: integrate.quad(cosine, 0.0, b)[0], 1.0)


def test_roots_in_what_has_no_rule() -> None:
    """The error is that of the function without a rule, where its root is looked for."""
    stats = pytest.importorskip("scipy.stats")
    with pytest.raises(NoRuleError, match="von_mises_cdf"):
        gradient(lambda kappa: stats.vonmises.ppf(0.3, kappa), 1.5)

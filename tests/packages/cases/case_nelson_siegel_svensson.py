"""nelson_siegel_svensson: dataclass curves with __call__; least squares through np.linalg.lstsq."""

import numpy as np
from nelson_siegel_svensson import NelsonSiegelCurve, NelsonSiegelSvenssonCurve
from nelson_siegel_svensson.calibrate import errorfn_ns_ols

from tests.corpus import case

T = np.array([0.5, 1.0, 2.0, 5.0, 10.0, 30.0])
Y = np.array([0.01, 0.012, 0.016, 0.02, 0.025, 0.03])


def nss_curve(b0, b1, b2, b3, t1, t2):
    return np.sum(NelsonSiegelSvenssonCurve(b0, b1, b2, b3, t1, t2)(T))


def ns_forward(b0, b1, b2, tau):
    return float(NelsonSiegelCurve(b0, b1, b2, tau).forward(3.0))


def curve_object(curve):
    return np.sum(curve(T) ** 2) * 100


def calibration_error(tau, y):
    return errorfn_ns_ols(tau, T, y) * 1e5


CASES = (
    case(ns_forward, 0.03, -0.01, 0.02, 2.0),
    # A dataclass with methods; isinstance on Number.
    case(nss_curve, 0.03, -0.01, 0.02, 0.01, 2.0, 4.0),
    # The gradient with respect to a dataclass.
    case(curve_object, NelsonSiegelCurve(0.03, -0.01, 0.02, 2.0)),
    case(calibration_error, 2.0, Y),
)

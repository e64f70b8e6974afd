"""colorspacious: a conversion graph of lambdas, CIECAM02 namedtuples, masks with in-place writes."""

import numpy as np
from colorspacious import cspace_convert, deltaE

from tests.corpus import case

WEIGHTS = np.array([0.5, 0.3, 0.2])


def cam02ucs_delta_e(a, b):
    return float(deltaE(a, b, input_space="sRGB1"))


def lab(a):
    return float(np.dot(cspace_convert(a, "sRGB1", "CIELab"), WEIGHTS))


def jch(a):
    return float(cspace_convert(a, "sRGB1", "JCh")[0])


def cvd(a):
    space = {"name": "sRGB1+CVD", "cvd_type": "deuteranomaly", "severity": 50}
    return float(np.sum(cspace_convert(a, space, "sRGB1") ** 2))


RED = np.array([0.8, 0.3, 0.2])
BLUE = np.array([0.1, 0.5, 0.9])
CASES = (
    # Boolean masks, item assignment.
    case(lab, RED),
    # CIECAM02.
    case(cam02ucs_delta_e, RED, BLUE, name="cam02ucs_deltaE"),
    case(jch, RED),
    # Matrix interpolation.
    case(cvd, RED),
)

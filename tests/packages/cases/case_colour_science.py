"""colour-science: arrays, domain-range decorators, as_float_array coercions, in-place edits, a conversion graph."""

import colour
import numpy as np

from tests.corpus import case

D65 = np.array([0.3127, 0.3290])


def headline_de2000(a, b):
    l1 = colour.XYZ_to_Lab(colour.sRGB_to_XYZ(a), D65)
    l2 = colour.XYZ_to_Lab(colour.sRGB_to_XYZ(b), D65)
    return colour.delta_E(l1, l2, method="CIE 2000")


def de_cmc_float(l1, l2):
    return float(colour.delta_E(l1, l2, method="CMC"))


def ciecam02(xyz):
    s = colour.XYZ_to_CIECAM02(xyz, np.array([95.05, 100.0, 108.88]), 318.31, 20.0)
    return float(s.J + 0.1 * s.C)


def planck_law(temperature):
    return float(colour.colorimetry.planck_law(500e-9, temperature) * 1e-13)


def ictcp(rgb):
    return float(np.sum(colour.RGB_to_ICtCp(rgb) ** 2))


def de2000_batch(lab):
    return np.sum(colour.delta_E(lab, lab[::-1] * 0.9 + 3.0, method="CIE 2000"))


def luv(xyz):
    return float(np.dot(colour.XYZ_to_Luv(xyz, D65), np.array([0.2, 0.5, 0.3])))


def four_colours():
    r = np.random.default_rng(0)
    return np.stack([r.uniform(20, 80, 4), r.uniform(-40, 40, 4), r.uniform(-40, 40, 4)], 1)


CASES = (
    case(headline_de2000, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])),
    # np.where branches, float().
    case(de_cmc_float, np.array([60.0, 30.0, -20.0]), np.array([55.0, 10.0, 35.0])),
    # A dataclass as result, errstate contexts.
    case(ciecam02, np.array([57.06, 43.06, 31.96])),
    # A scalar through as_float_array.
    case(planck_law, 5000.0),
    # PQ; vector_dot, which is einsum or matmul.
    case(ictcp, np.array([0.45, 0.31, 0.2])),
    case(de2000_batch, four_colours()),
    # In-place edits, tsplit and tstack.
    case(luv, np.array([0.2065, 0.1219, 0.0513])),
)

"""tinyff: pair forces over a structured neighbour list whose fields are written; attrs classes with converters."""

import numpy as np
from tinyff.forcefield import ForceField
from tinyff.neighborlist import NBuildSimple
from tinyff.pairwise import CutOffWrapper, LennardJones

from tests.corpus import case


def force_field():
    return ForceField([CutOffWrapper(LennardJones(1.1, 0.9), 2.2)], nbuild=NBuildSimple(2.2))


def lj_pairs(d):
    return float(LennardJones(1.1, 0.9).compute(d)[0].sum())


def lj_parameters(epsilon, sigma):
    return float(CutOffWrapper(LennardJones(epsilon, sigma), 2.5).compute(np.array([1.0, 1.4, 2.0]))[0].sum())


def total_energy(positions):
    return float(force_field().compute(positions, 5.0)[0])


def pressure(positions):
    return float(force_field().compute(positions, 5.0, 1)[2]) * 100


POSITIONS = np.array([[0.1, 0.2, 0.3], [1.3, 0.3, 0.3], [0.4, 1.3, 0.5], [0.3, 0.5, 1.5]])
CASES = (
    # energy *= ... in place.
    case(lj_pairs, np.array([1.0, 1.4, 2.0])),
    # attrs converter=float.
    case(lj_parameters, 1.1, 0.9),
    # Structured arrays, minimum image, index gathers.
    case(total_energy, POSITIONS),
    # First derivatives as primal code.
    case(pressure, POSITIONS),
)

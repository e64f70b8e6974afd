"""chempy, as its users call it.

Electrochemistry, Debye-Hueckel, water properties, Arrhenius/Eyring; backend argument, unit-aware helpers, warnings.
"""

from chempy.arrhenius import arrhenius_equation
from chempy.debye_huckel import A as DH_A
from chempy.debye_huckel import extended_log_gamma
from chempy.electrochemistry.nernst import nernst_potential
from chempy.properties.sulfuric_acid_density_myhre_1998 import sulfuric_acid_density
from chempy.properties.water_density_tanaka_2001 import water_density
from chempy.properties.water_permittivity_bradley_pitzer_1979 import water_permittivity
from chempy.properties.water_viscosity_korson_1969 import water_viscosity

from tests.corpus import case


def nernst(co, ci, T):
    return nernst_potential(co, ci, 1, T) * 100


def water(T):
    return water_density(T) / 1000.0 + water_viscosity(T) * 1000.0


def perm(T, P):
    return water_permittivity(T, P)


def dh(I, T):
    return extended_log_gamma(I, 1, 3e-10 * 10000000000.0, DH_A(78.0, T, 997.0), 0.33)


def arr(T, Ea):
    return arrhenius_equation(10000000000.0, Ea, T) / 1000.0


def acid(w, T):
    return sulfuric_acid_density(w, T) / 1000.0


CASES = (
    case(nernst, 145.0, 15.0, 310.0, name="nernst"),
    case(arr, 298.0, 42000.0, name="arrhenius"),
    # Warning range checks.
    case(water, 298.15, name="water_properties"),
    case(perm, 298.15, 2.0, name="permittivity"),
    case(dh, 0.05, 298.0, name="debye_huckel"),
    case(acid, 0.4, 290.0, name="sulfuric_acid_density"),
)

"""thermo, as its users call it.

Cubic equations of state (objects with hundreds of attributes, __slots__ + properties, complex cubic roots), activity
models.
"""

from thermo import PR, PRMIX, SRK, Wilson

from tests.corpus import case


def pr_volume(T, P):
    return PR(Tc=507.6, Pc=3025000.0, omega=0.2975, T=T, P=P).V_l * 10000.0


def pr_critical(Tc, Pc, om):
    e = PR(Tc=Tc, Pc=Pc, omega=om, T=400.0, P=1000000.0)
    return e.fugacity_l / 100000.0 + e.H_dep_l / 10000.0


def prmix(zs, T, P):
    e = PRMIX(
        T=T,
        P=P * 1000000.0,
        Tcs=[126.1, 190.6],
        Pcs=[3394000.0, 4604000.0],
        omegas=[0.04, 0.011],
        zs=zs,
        kijs=[[0.0, 0.0289], [0.0289, 0.0]],
    )
    return e.V_l * 100000.0 + sum(e.lnphis_l)


def wilson(T, xs):
    g = Wilson(
        T=T,
        xs=xs,
        ABCDEF=(
            [[0.0, 3.870101271243586], [0.07939943395502425, 0.0]],
            [[0.0, -375.2835], [-31.1208, 0.0]],
            [[0.0] * 2] * 2,
            [[0.0] * 2] * 2,
            [[0.0] * 2] * 2,
            [[0.0] * 2] * 2,
        ),
    )
    return g.GE() / 100.0 + g.gammas()[0]


def srk_psat(T):
    return SRK(Tc=507.6, Pc=3025000.0, omega=0.2975, T=299.0, P=1000000.0).Psat(T) / 100000.0


CASES = (
    # Cubic root, object state.
    case(pr_volume, 299.0, 1000000.0, name="pr_liquid_volume"),
    # Constructor arguments.
    case(pr_critical, 507.6, 3025000.0, 0.2975, name="pr_fugacity"),
    case(srk_psat, 400.0, name="srk_psat"),
    # Mixture rules over lists, nested lists filled in place.
    case(prmix, [0.5, 0.5], 115.0, 1.0, name="prmix_lnphi"),
    case(wilson, 331.42, [0.252, 0.748], name="wilson_gamma"),
)

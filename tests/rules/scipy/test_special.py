from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

sp = pytest.importorskip("scipy.special")

from scipy.special import _ufuncs  # noqa: E402

from bytegrad import gradient  # noqa: E402
from bytegrad.errors import NoRuleError  # noqa: E402
from bytegrad.rules.numpy.elementwise import elementwise_rule  # noqa: E402
from bytegrad.rules.scipy.incomplete import betainc_by_aa, betainc_by_ab, betainc_by_bb, gammainc_by_a_twice  # noqa: E402
from bytegrad.runtime import registry  # noqa: E402
from bytegrad.runtime.tangent import Poison  # noqa: E402
from bytegrad.testing import check_gradient  # noqa: E402
from tests.rules.numpy.array_cases import A, C, Case, P, U, start_numbers  # noqa: E402
from tests.rules.numpy.linalg_cases import case, check, np_rule, parametrize  # noqa: E402

start_numbers("scipy_special")


def X(low: float, high: float) -> Any:
    """Three numbers between `low` and `high`."""
    return low + (high - low) * np.array([0.13, 0.48, 0.83])


# One argument: where to evaluate.
EVERYWHERE = """cbrt exp2 exp10 expm1 exprel cosm1 sindg cosdg expit log_expit softplus erf erfc erfcx erfi dawsn ndtr
log_ndtr j0 j1 i0 i1 i0e i1e ber bei berp beip"""
POSITIVE = """entr gamma gammaln loggamma rgamma psi y0 y1 k0 k1 k0e k1e exp1 expi ker kei kerp keip spence wrightomega
itstruve0 it2struve0 itmodstruve0 lambertw"""
UNIT = "logit ndtri erfcinv ellipk ellipkm1 ellipe kolmogi"
IN_THE_PLANE = "expm1 log1p erf erfc erfcx erfi dawsn wofz gamma loggamma rgamma exp1 expi spence wrightomega"
POLYNOMIALS = "legendre sh_legendre chebyt chebyu chebyc chebys sh_chebyt sh_chebyu hermite hermitenorm laguerre"
OF_ANY_DEGREE = ("legendre", "sh_legendre", "chebyt", "chebyu", "chebyc", "chebys", "laguerre")
ON_THE_LINE: dict[str, Any] = {
    **dict.fromkeys(EVERYWHERE.split(), X(-2, 2)),
    **dict.fromkeys(POSITIVE.split(), X(0.3, 3)),
    **dict.fromkeys(UNIT.split(), X(0.1, 0.9)),
    "kolmogorov": X(0.5, 1.4),
    "log1p": X(0.5, 1.4),
    "tandg": X(0.5, 1.4),
    "cotdg": X(0.5, 1.4),
    "erfinv": X(-0.9, 0.9),
    "ndtri_exp": X(-3, -0.2),
}
PRIVATE: dict[str, Any] = {
    "_log1pmx": X(-0.5, 2),
    "_log1mexp": X(-3, -0.2),
    "_cospi": X(-1, 1),
    "_sinpi": X(-1, 1),
    "_lgam1p": X(-0.5, 2),
    "_scaled_exp1": X(0.3, 3),
    "_kolmogc": X(0.5, 1.4),
    "_kolmogci": X(0.1, 0.9),
    "_cosine_cdf": X(-2, 2),
    "_cosine_invcdf": X(0.1, 0.9),
}
# Functions whose derivative has none of its own: there is no second order.
ONCE = ["psi", "kolmogorov", "kolmogi", "_kolmogc", "_kolmogci", "smirnov", "smirnovi", "elliprf", "elliprc", "elliprg"]


def second_order(row: Case) -> bool:
    return row.fn.__name__ not in ONCE


REAL = [case(getattr(sp, name), x) for name, x in ON_THE_LINE.items()]


@parametrize(*REAL, *[case(getattr(_ufuncs, name), x) for name, x in PRIVATE.items()])
def test_real_argument(row: Case) -> None:
    check(row, second_order=second_order(row), layouts=False)


@parametrize(*[case(getattr(sp, name), C(3) / 2 + 0.3) for name in IN_THE_PLANE.split()])
def test_complex_argument(row: Case) -> None:
    check(row, second_order=row.fn.__name__ not in ("gamma", "loggamma", "rgamma"), layouts=False)


N3 = np.array([0, 1, 4])


@parametrize(
    case(sp.radian, A(3), A(3), A(3)),
    case(sp.powm1, P(3), A(3)),
    case(sp.xlogy, P(3), P(3)),
    case(sp.xlog1py, P(3), P(3)),
    case(sp.rel_entr, P(3), P(3)),
    case(sp.kl_div, P(3), P(3)),
    case(sp.huber, np.array([1.5, 0.3, 0.9]), np.array([0.7, 0.8, -1.6])),
    case(sp.pseudo_huber, P(3), A(3)),
    case(sp.boxcox, P(3), A(3)),
    case(sp.boxcox, P(3), 0.0).only(0),
    case(sp.boxcox1p, P(3), A(3)),
    case(sp.inv_boxcox, P(3), P(3)),
    case(sp.inv_boxcox1p, P(3), P(3)),
    case(sp.owens_t, A(3), A(3)),
    case(sp.polygamma, 2, P(3)),
    case(sp.polygamma, N3, P(3)),
    case(sp.beta, P(3), P(3)),
    case(sp.betaln, P(3), P(3)),
    case(sp.binom, P(3) + 2, P(3)),
    case(sp.poch, P(3), P(3)),
    case(_ufuncs._zeta, 2, P(3)),
    case(sp.zeta, 2.5, P(3)).only(1),
    case(sp.gdtr, P(3), P(3) + 1, P(3)).only(0, 2),
    case(sp.gdtrc, P(3), P(3) + 1, P(3)).only(0, 2),
    case(sp.gdtrix, P(3), P(3) + 1, U(3) / 3 + 0.5).only(0, 2),
    case(sp.expn, np.array([0, 1, 4]), P(3)),
    case(sp.jv, 1.5, P(3)).only(1),
    case(sp.jn, 2, P(3)).only(1),
    case(sp.jv, 2, C(3)).only(1),
    case(sp.yn, 2, P(3)).only(1),
    case(sp.yv, 1.5, P(3)).only(1),
    case(sp.iv, 1.5, P(3)).only(1),
    case(sp.kn, 2, P(3)).only(1),
    case(sp.kv, 1.5, P(3)).only(1),
    case(sp.kv, 1.5, C(3) / 2 + 1.5).only(1),
    case(sp.jve, 1.5, P(3)).only(1),
    case(sp.yve, 1.5, P(3)).only(1),
    case(sp.ive, 1.5, P(3)).only(1),
    case(sp.kve, 1.5, P(3)).only(1),
    *[case(f, 1.5, C(3) / 2 + 1.5).only(1) for f in (sp.hankel1, sp.hankel2, sp.hankel1e, sp.hankel2e)],
    *[case(f, 2, P(3)) for f in (_ufuncs._spherical_jn, _ufuncs._spherical_yn)],
    *[case(f, 2, P(3)) for f in (_ufuncs._spherical_in, _ufuncs._spherical_kn)],
    case(sp.struve, 1.5, P(3)).only(1),
    case(sp.modstruve, 1.5, P(3)).only(1),
    case(sp.hyp0f1, 1.5, A(3)).only(1),
    case(sp.hyp0f1, 1.5, C(3)).only(1),
    case(sp.hyp1f1, 0.7, 1.5, A(3)).only(2),
    case(sp.hyp2f1, 0.7, 1.5, 2.2, U(3)).only(3),
    case(sp.hyperu, 0.7, 1.5, P(3)).only(2),
    case(sp.wright_bessel, 0.7, 1.5, P(3)).only(2),
    case(sp.log_wright_bessel, 0.7, 1.5, P(3)).only(2),
    case(sp.ellipkinc, P(3), U(3) / 2),
    case(sp.ellipeinc, P(3), U(3) / 2),
    case(sp.elliprf, P(3), P(3), P(3)),
    case(sp.elliprc, P(3), P(3)),
    case(sp.elliprg, P(3), P(3), P(3)),
    case(sp.agm, P(3), P(3)),
    *[case(getattr(sp, f"eval_{name}"), N3, X(0.2, 0.9)) for name in POLYNOMIALS.split()],
    case(sp.eval_legendre, 3, np.array([-1.0, 0.5, 1.0]) * 0.999),
    *[case(getattr(sp, f"eval_{name}"), n, X(0.2, 0.7)).only(1) for name in OF_ANY_DEGREE for n in (0.6, 1.7, 2.5)],
    case(sp.hankel1e, 0.7, P(3)).only(1),
    case(sp.hankel2e, 0.7, P(3)).only(1),
    case(sp.eval_genlaguerre, N3, 0.7, P(3)).only(2),
    case(sp.eval_gegenbauer, N3, 0.7, U(3)).only(2),
    case(sp.eval_jacobi, N3, 0.7, 1.2, U(3)).only(3),
    case(sp.eval_sh_jacobi, N3, 3.0, 1.2, P(3) / 2).only(3),
    case(sp.lpmv, 1, 3, U(3)).only(2),
    case(sp.sph_harm_y, 3, 1, X(0.3, 2.5), A(3)),
    case(sp.sph_harm_y, 3, -2, X(0.3, 2.5), A(3)),
    case(sp.voigt_profile, A(3), P(3), P(3)),
    case(sp.pdtr, 2, P(3)),
    case(sp.pdtrc, 2, P(3)),
    case(sp.pdtri, 2, P(3) / 2),
    case(sp.bdtr, 2.0, 5, P(3) / 2).only(2),
    case(sp.bdtrc, 2.0, 5, P(3) / 2).only(2),
    case(sp.bdtri, 2.0, 5, P(3) / 2).only(2),
    case(sp.nbdtr, 2, 5, P(3) / 2),
    case(sp.nbdtrc, 2, 5, P(3) / 2),
    case(sp.nbdtri, 2, 5, P(3) / 2),
    case(sp.nrdtrimn, P(3) / 2, P(3), A(3)),
    case(sp.nrdtrisd, 0.5, np.array([0.6, 0.8, 0.95]), np.array([1.5, 2.5, 1.2])),
    case(sp.smirnov, 4, X(0.05, 0.45)),
    case(sp.smirnovi, 4, X(0.1, 0.6)),
    case(_ufuncs._beta_pdf, U(3) / 3 + 0.5, P(3), P(3)),
    case(_ufuncs._binom_pmf, np.array([1.0, 2.0]), 4.0, np.array([0.3, 0.6])).only(2),
    case(_ufuncs._binom_cdf, np.array([1.0, 2.0]), 4.0, np.array([0.3, 0.6])).only(2),
    case(_ufuncs._binom_sf, np.array([1.0, 2.0]), 4.0, np.array([0.3, 0.6])).only(2),
    case(_ufuncs._nbinom_pmf, np.array([1.0, 2.0]), P(2), np.array([0.3, 0.6])).only(1, 2),
    case(_ufuncs._cauchy_ppf, U(3) / 3 + 0.5, A(3), P(3)),
    case(_ufuncs._cauchy_isf, U(3) / 3 + 0.5, A(3), P(3)),
    case(_ufuncs._iv_ratio, 1.5, P(3)).only(1),
    *[case(_ufuncs._ncx2_pdf, P(3), df, P(3)).only(0, 2) for df in (4.5, 2.0, 1.3)],
    *[case(sp.chndtr, P(3), df, P(3)).only(0, 2) for df in (4.5, 2.0, 1.3)],
    case(sp.multigammaln, P(3) + 2, 3),
    case(sp.comb, P(3) + 2, P(3)),
    case(sp.perm, P(3) + 2, P(3)),
    case(sp.factorial, P(3)),
)
def test_several_arguments(row: Case) -> None:
    check(row.loosely(1e-6), second_order=second_order(row), layouts=False)


@parametrize(
    case(sp.gammainc, P(3), P(3)),
    case(sp.gammainc, np.array([0.1, 3.0, 30.0]), np.array([2.0, 25.0, 20.0])),
    case(sp.gammaincc, P(3), P(3)),
    case(sp.gammaincinv, P(3), U(3) / 3 + 0.5),
    case(sp.gammainccinv, P(3), U(3) / 3 + 0.5),
    case(sp.betainc, P(3), P(3), U(3) / 3 + 0.5),
    case(sp.betaincc, P(3), P(3), U(3) / 3 + 0.5),
    case(sp.betaincinv, P(3), P(3), U(3) / 3 + 0.5),
    case(sp.betainccinv, P(3), P(3), U(3) / 3 + 0.5),
    case(sp.gdtr, P(3), P(3) + 1, P(3)),
    case(sp.gdtria, U(3) / 3 + 0.5, P(3), P(3)),
    case(sp.gdtrib, P(3), U(3) / 3 + 0.5, P(3)),
    case(sp.gdtrix, P(3), P(3), U(3) / 3 + 0.5),
    case(sp.chdtr, P(3) * 3, P(3)),
    case(sp.chdtrc, P(3) * 3, P(3)),
    case(sp.chdtri, P(3) * 3, U(3) / 3 + 0.5),
    case(sp.chdtriv, U(3) / 3 + 0.5, P(3)),
    case(sp.stdtr, P(3) * 3, A(3)),
    case(sp.stdtrit, P(3) * 3, np.array([0.3, 0.6, 0.9])),
    case(sp.stdtridf, np.array([0.8, 0.9]), np.array([1.1, 1.8])),
    case(sp.fdtr, P(3) * 3, P(3) * 3, P(3)),
    case(sp.fdtrc, P(3) * 3, P(3) * 3, P(3)),
    case(sp.fdtri, P(3) * 3, P(3) * 3, np.array([0.3, 0.6, 0.9])),
    case(sp.btdtria, U(3) / 3 + 0.5, P(3), U(3) / 3 + 0.5),
    case(sp.btdtrib, P(3), U(3) / 3 + 0.5, U(3) / 3 + 0.5),
    case(_ufuncs._beta_ppf, U(3) / 3 + 0.5, P(3), P(3)),
    case(_ufuncs._nbinom_cdf, np.array([1.0, 2.0]), P(2), np.array([0.3, 0.6])).only(1, 2),
    case(_ufuncs._nbinom_sf, np.array([1.0, 2.0]), P(2), np.array([0.3, 0.6])).only(1, 2),
)
def test_parameters_of_incomplete_functions(row: Case) -> None:
    check(row.loosely(1e-6), second_order=False, layouts=False)


SHAPES = np.array([0.4, 2.0, 7.5])
PLACES = np.array([0.15, 0.5, 0.9])
SECOND: list[tuple[Any, ...]] = [
    (sp.gammainc, SHAPES, 3 * PLACES),
    (sp.gammaincc, SHAPES, 60 * PLACES),
    (sp.gammaincinv, SHAPES, PLACES),
    (sp.betainc, SHAPES, SHAPES[::-1] + 0.3, PLACES),
    (sp.betainc, SHAPES[:, None], 1.7, PLACES),
    (sp.betaincinv, SHAPES, SHAPES[::-1] + 0.3, PLACES),
    (sp.stdtr, 3 * SHAPES, PLACES - 0.7),
    (sp.fdtr, SHAPES, 3 * SHAPES, PLACES),
]


@pytest.mark.parametrize("row", SECOND, ids=range(len(SECOND)))
def test_second_order_in_the_parameters(row: tuple[Any, ...]) -> None:
    f, *args = row
    check_gradient(lambda *args: np.sum(f(*args) * PLACES), *args)


@pytest.mark.parametrize("f", [betainc_by_aa, betainc_by_ab, betainc_by_bb])
def test_second_derivatives_of_betainc_are_differentiable_in_the_argument(f: Any) -> None:
    check_gradient(lambda x: np.sum(f(SHAPES, SHAPES[::-1] + 0.3, x)), PLACES)


def test_third_derivatives_in_the_parameters_are_refused() -> None:
    for f in (lambda a: gammainc_by_a_twice(a, 1.5), lambda a: betainc_by_ab(a, 1.7, 0.4)):
        with pytest.raises(NoRuleError, match="third derivative"):
            gradient(f, 1.3)


@parametrize(
    case(sp.gammainc, 1.5, P(3)).only(1),
    case(sp.betainc, 1.5, 0.7, U(3) / 3 + 0.5).only(2),
    case(sp.stdtr, 3.0, A(3)).only(1),
    case(sp.chdtr, 3.0, P(3)).only(1),
)
def test_second_order_in_the_argument(row: Case) -> None:
    check(row.loosely(1e-6), layouts=False)


@parametrize(
    case(sp.airy, A(3)),
    case(sp.airy, C(3)),
    case(sp.fresnel, A(3)),
    case(sp.fresnel, C(3)),
    case(sp.sici, P(3)),
    case(sp.sici, C(3)),
    case(sp.shichi, P(3)),
    case(sp.itj0y0, P(3)),
    case(sp.iti0k0, P(3)),
    case(sp.it2j0y0, P(3)),
    case(sp.it2i0k0, P(3)),
    case(sp.itairy, P(3)),
    case(sp.kelvin, P(3)),
    case(sp.ellipj, P(3), U(3) / 3 + 0.4),
    case(sp.pbdv, 1.5, A(3)).only(1),
    case(sp.pbvv, 1.5, A(3)).only(1),
    case(sp.pbwa, 0.5, A(3)).only(1),
)
def test_several_results(row: Case) -> None:
    # scipy's integrals of Bessel and Airy functions are good to eight digits or fewer
    check(row.loosely(1e-4), second_order=False, layouts=False)


@parametrize(
    case(sp.logsumexp, A(4)),
    case(sp.logsumexp, A(2, 3), axis=1),
    case(sp.logsumexp, A(2, 3), axis=0, keepdims=True),
    case(sp.logsumexp, A(2, 3), axis=(0, 1)),
    case(sp.logsumexp, A(2, 3), b=P(3)),
    case(sp.logsumexp, A(2, 3), axis=1, b=A(2, 3), return_sign=True),
    case(sp.logsumexp, C(3)),
    case(sp.logsumexp, C(3), return_sign=True),
    case(sp.softmax, A(4)),
    case(sp.softmax, A(2, 3), axis=1),
    case(sp.softmax, A(2, 3), axis=(0, 1)),
    case(sp.log_softmax, A(4)),
    case(sp.log_softmax, A(2, 3), axis=0),
)
def test_sums_of_exponentials(row: Case) -> None:
    check(row)


def test_logsumexp_of_infinities() -> None:
    _, pullback = np_rule(sp.logsumexp)(np.array([np.inf, 1.0, np.inf]))
    np.testing.assert_array_equal(pullback(1.0)[0], [0.5, 0.0, 0.5])
    _, pullback = np_rule(sp.logsumexp)(np.array([-np.inf, -np.inf]))
    np.testing.assert_array_equal(pullback(1.0)[0], [0.5, 0.5])
    _, pullback = np_rule(sp.logsumexp)(np.array([-np.inf, 1.0]))
    np.testing.assert_array_equal(pullback(1.0)[0], [0.0, 1.0])


@pytest.mark.parametrize(
    ("fn", "args", "slope"),
    [
        (sp.exprel, (0.0,), 0.5),
        (sp.spence, (1.0,), -1.0),
        (sp.rgamma, (-2.0,), 2.0),
        (sp.rgamma, (0.0,), 1.0),
        (sp.j1, (0.0,), 0.5),
        (sp.i1e, (0.0,), 0.5),
        (sp.ellipk, (0.0,), np.pi / 8),
        (sp.ellipe, (0.0,), -np.pi / 8),
    ],
)
def test_removable_singularities(fn: Any, args: Any, slope: float) -> None:
    (rule,) = registry.lookup(fn)
    _, pullback = elementwise_rule(fn, rule)(*args)
    assert np.real(pullback(1.0)[0]) == pytest.approx(slope)


def test_lambertw_at_zero() -> None:
    assert np_rule(sp.lambertw)(0.0)[1](1.0) == (1.0,)


def test_orders_are_refused() -> None:
    (rule,) = registry.lookup(sp.jv)
    assert isinstance(rule, registry.Partials)
    assert isinstance(rule.functions[0](1.5), Poison)
    v_bar, x_bar = np_rule(sp.pbdv)(1.5, 0.7)[1]((1.0, None))
    assert np.isfinite(x_bar)
    assert isinstance(v_bar, Poison)


@pytest.mark.filterwarnings("ignore:.*truncated to an integer:RuntimeWarning", "ignore:non-integer arg n")
@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (sp.kn, (2.6, 0.7)),
        (sp.yn, (2.6, 0.7)),
        (sp.expn, (0.6, 0.7)),
        (sp.expn, (2.6, 0.7)),
        (sp.bdtr, (1.6, 3.4, 0.7)),
        (sp.nbdtrc, (1.6, 3.4, 0.7)),
    ],
    ids=lambda v: getattr(v, "__name__", None),
)
def test_orders_are_truncated_as_scipy_does(fn: Any, args: Any) -> None:
    *orders, x = args
    whole = [float(int(order)) for order in orders]
    assert gradient(lambda x: fn(*orders, x), x) == gradient(lambda x: fn(*whole, x), x)


@pytest.mark.parametrize("order", [1.5, 2])
def test_orders_may_be_numbers(order: Any) -> None:
    x = np.array([0.4, 0.9])
    (x_bar,) = gradient(lambda x: np.sum(sp.jv(order, x)), x)
    np.testing.assert_allclose(x_bar, sp.jvp(order, x))
    with pytest.raises(NoRuleError, match="no derivative rule in its parameter 'v'"):
        gradient(lambda v: np.sum(sp.jv(v, x)), 1.5)


def test_every_rule_has_a_row() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    for name in dir(sp):
        target = getattr(sp, name)
        if callable(target) and not isinstance(target, type) and registry.lookup(target):
            rules = registry.lookup(target)
            constant = all(isinstance(rule, registry.NonDifferentiable) for rule in rules)
            assert (
                constant
                or name in ("elliprd", "elliprj", "digamma", "sinc", "zetac")
                or name.removeprefix("eval_") in source
            ), name


def test_polygamma_of_a_number() -> None:
    assert gradient(lambda x: sp.polygamma(1, x), 0.7)[0] == pytest.approx(float(sp.polygamma(2, 0.7)))

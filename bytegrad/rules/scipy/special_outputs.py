"""Functions of `scipy.special` with several results, whose derivatives are in one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.special as sp

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import project, weigh
from bytegrad.rules.scipy.limits import regular_quotient
from bytegrad.rules.scipy.refusal import refused

Slopes = Callable[..., Sequence[Any]]


def of_one_argument(target: Any, slopes: Slopes) -> None:
    """Declare the rule of ``target(x)``; ``slopes(x, *results)`` are the derivatives of the results."""

    def outputs_rule(x: Any, **keywords: Any) -> Any:
        results = target(x, **keywords)

        def outputs_pullback(result_bars: Any) -> Any:
            return (_combined(result_bars, slopes(x, *results), x),)

        return results, outputs_pullback

    adjoint(target)(outputs_rule)


def of_order_and_argument(target: Any, slopes: Slopes) -> None:
    """Declare the rule of ``target(v, x)``, which has no derivative in the order v."""

    def outputs_rule(v: Any, x: Any, **keywords: Any) -> Any:
        results = target(v, x, **keywords)

        def outputs_pullback(result_bars: Any) -> Any:
            return refused(target.__name__, "order"), _combined(result_bars, slopes(v, x, *results), x)

        return results, outputs_pullback

    adjoint(target)(outputs_rule)


def _combined(result_bars: Any, slopes: Sequence[Any], x: Any) -> Any:
    """The sum of what the results' cotangents give for `x`."""
    parts = [weigh(bar, np.asarray(slope)) for bar, slope in zip(result_bars, slopes, strict=True) if bar is not None]
    return project(sum(parts[1:], parts[0]), x) if parts else None


of_one_argument(sp.airy, lambda x, ai, aip, bi, bip: (aip, x * ai, bip, x * bi))
of_one_argument(sp.fresnel, lambda x, s, c: (np.sin(np.pi / 2 * x * x), np.cos(np.pi / 2 * x * x)))
of_one_argument(sp.sici, lambda x, si, ci: (regular_quotient(np.sin(x), x, 1.0), np.cos(x) / x))
of_one_argument(sp.shichi, lambda x, shi, chi: (regular_quotient(np.sinh(x), x, 1.0), np.cosh(x) / x))
of_one_argument(sp.itj0y0, lambda x, ij, iy: (sp.j0(x), sp.y0(x)))
of_one_argument(sp.iti0k0, lambda x, ii, ik: (sp.i0(x), sp.k0(x)))
of_one_argument(sp.it2j0y0, lambda x, ij, iy: (regular_quotient(1 - sp.j0(x), x, 0.0), -sp.y0(x) / x))
of_one_argument(sp.it2i0k0, lambda x, ii, ik: (regular_quotient(sp.i0(x) - 1, x, 0.0), -sp.k0(x) / x))
of_one_argument(sp.itairy, lambda x, a, b, c, d: (sp.airy(x)[0], sp.airy(x)[2], sp.airy(-x)[0], sp.airy(-x)[2]))
of_one_argument(
    sp.kelvin, lambda x, be, ke, bep, kep: (bep, kep, 1j * be - regular_quotient(bep, x, 0.5j), 1j * ke - kep / x)
)
of_order_and_argument(sp.pbdv, lambda v, x, y, slope: (slope, (x * x / 4 - v - 0.5) * y))
of_order_and_argument(sp.pbvv, lambda v, x, y, slope: (slope, (x * x / 4 - v - 0.5) * y))
of_order_and_argument(sp.pbwa, lambda a, x, y, slope: (slope, (a - x * x / 4) * y))


@adjoint(sp.ellipj)
def ellipj_rule(u: Any, m: Any, **keywords: Any) -> Any:
    """Jacobi's elliptic functions and the amplitude: each a function of the amplitude and m."""
    results = sp.ellipj(u, m, **keywords)
    sn, cn, dn, phi = results

    def ellipj_pullback(result_bars: Any) -> Any:
        by_u = (cn * dn, -sn * dn, -m * sn * cn, dn)
        limit = -(u - sn * cn) / 4
        turn = regular_quotient((1 - m) * u - sp.ellipeinc(phi, m) + m * sn * cn / dn, 2 * m * (1 - m), limit)
        by_m = (cn * dn * turn, -sn * dn * turn, -m * sn * cn * turn - sn * sn / (2 * dn), dn * turn)
        return _combined(result_bars, by_u, u), _combined(result_bars, by_m, m)

    return results, ellipj_pullback

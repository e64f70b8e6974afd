"""The minimisers of `scipy.optimize` other than `minimize`: each finds the same kind of minimum in its own way."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize as so
from scipy.optimize import _cobyla_py, _lbfgsb_py, _optimize, _slsqp_py, _tnc

from bytegrad.rules.declare import polyfill
from bytegrad.rules.scipy.attached import natively, unknown
from bytegrad.rules.scipy.optimize_minima import Function, as_minimum, as_minimum_of_one, as_tuple
from bytegrad.rules.scipy.stationary import slope_of

# One local minimum: what `fmin` and its like call.


def _local(solver: Function, *names: str) -> None:
    """Declare the rule of a minimiser whose parameters from the fourth on are called `names`, as far as they matter."""

    def local_polyfill(fun: Any, x0: Any, args: Any = (), *rest: Any, **options: Any) -> Any:
        said = {**dict(zip(names, rest, strict=False)), **options}
        remembers = isinstance(fun, _optimize.MemoizeJac)
        result = natively(solver, fun, x0, args, *rest, **options)

        def objective(point: Any) -> Any:
            value = fun.fun(point, *as_tuple(args))[0] if remembers else fun(point, *as_tuple(args))
            return np.sum(value)

        return as_minimum(
            result, objective, slope_of(objective), said.get("bounds"), said.get("constraints", ()), solver.__name__
        )

    polyfill(solver)(local_polyfill)


for _name in ("bfgs", "cg", "newtoncg"):
    _local(getattr(_optimize, f"_minimize_{_name}"))
_local(_optimize._minimize_neldermead, "callback", "bounds")
_local(_optimize._minimize_powell, "callback", "bounds")
_local(_lbfgsb_py._minimize_lbfgsb, "jac", "bounds")
_local(_tnc._minimize_tnc, "jac", "bounds")
_local(_slsqp_py._minimize_slsqp, "jac", "bounds", "constraints")
_local(_cobyla_py._minimize_cobyla, "constraints")


# One variable: what `fminbound`, `brent` and `golden` call.


def _of_one(solver: Function, bounded: bool) -> None:
    """Declare the rule of a minimiser of functions of one variable."""

    def of_one_polyfill(func: Any, ends: Any = None, args: Any = (), **options: Any) -> Any:
        result = natively(solver, func, ends, args, **options)
        return as_minimum_of_one(result, func, as_tuple(args), ends if bounded else None)

    polyfill(solver)(of_one_polyfill)


_of_one(_optimize._minimize_scalar_brent, False)
_of_one(_optimize._minimize_scalar_golden, False)
_of_one(_optimize._minimize_scalar_bounded, True)


# The least of all minima within bounds.


def _global(solver: Function, *names: str) -> None:
    """Declare the rule of a minimiser whose parameters from the third on begin with `args` and `names`."""

    def global_polyfill(func: Any, bounds: Any, *rest: Any, **options: Any) -> Any:
        said = {**dict(zip(("args", *names), rest, strict=False)), **options}
        args = as_tuple(said.get("args", ()))
        result = natively(solver, func, bounds, *rest, **options)

        def objective(point: Any) -> Any:
            return np.sum(func(point, *args))

        if said.get("integrality") is not None:
            result["x"] = unknown(result["x"], (solver.__name__, "integrality"), objective(result["x"]))
            return result
        constraints = said.get("constraints")
        return as_minimum(result, objective, slope_of(objective), bounds, constraints, solver.__name__)

    polyfill(solver)(global_polyfill)


_global(so.differential_evolution)
_global(so.dual_annealing)
_global(so.shgo, "constraints")
_global(so.direct)

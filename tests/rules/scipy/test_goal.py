"""Every function of scipy that is to be differentiable: calls of it with its keywords, through the engine."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")

from tests.rules.scipy.goal import GOAL
from tests.rules.scipy.through_engine import check_gradient

MODULES = ("special", "stats", "linalg", "signal", "numeric", "space")
PROGRAMS: dict[str, dict[str, list[Any]]] = {
    module: import_module(f"tests.rules.scipy.programs_{module}").PROGRAMS for module in MODULES
}
PREFIXES = {"fft": "fft.", "integrate": "integrate.", "other": "scipy.", "signal": "signal."}
"""Of the names in programs that hold several of scipy's modules."""
# What differences of a solver's results are worth.
LOOSE = {"integrate.odeint": 1e-6, "integrate.solve_ivp": 1e-5, "scipy.sparse.linalg.cg": 1e-6, "logm": 1e-6}


def scalar(result: Any) -> float:
    """One number that depends on all that a call returns."""
    if isinstance(result, (tuple, list)):
        return sum([scalar(part) * (number + 1) for number, part in enumerate(result)])
    values = np.asarray(result)
    if values.dtype.kind == "c":
        values = values.real + 0.7 * values.imag
    if values.dtype.kind != "f":
        return 0.0
    return float(np.sum(values * np.cos(np.arange(1.0, values.size + 1)).reshape(values.shape)))


ROWS = [
    pytest.param(module, name, marks=() if module == "special" else pytest.mark.slow)
    for module in MODULES
    for name in PROGRAMS[module]
]


@pytest.mark.parametrize(("module", "name"), ROWS)
def test_programs(module: str, name: str) -> None:
    for f, *args in PROGRAMS[module][name]:

        def program(*args: Any, f: Any = f) -> float:
            # Copies, since some calls let scipy overwrite what it gets.
            return scalar(f(*[arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_gradient(program, *args, tolerance=LOOSE.get(name, 1e-6))


def test_every_name_has_a_program() -> None:
    found = {name for programs in PROGRAMS.values() for name in programs}
    wanted = {PREFIXES.get(module, "") + name for module, names in GOAL.items() for name in names}
    assert not wanted - found

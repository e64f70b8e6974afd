"""The stored values and gradients of the package cases, and how near a gradient has to come to them.

`references.json` has, per ``package/case``: the value, the gradient along the real variables of the arguments, the
error estimate of the differences that gave it (Ridders extrapolation), and whether the function iterates to a
tolerance.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.corpus import Case
from tests.packages.cases import REQUIRES

RELATIVE_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Reference:
    """What a package case must give."""

    value: float
    gradient: list[float]
    gradient_error: float
    iterative: bool

    @property
    def tolerance(self) -> float:
        """How far an entry of a gradient may be from this one."""
        return RELATIVE_TOLERANCE * max(map(abs, self.gradient)) + 10 * self.gradient_error


def _stored() -> dict[str, Reference]:
    text = Path(__file__).with_name("references.json").read_text(encoding="utf-8")
    return {key: Reference(**entry) for key, entry in json.loads(text).items()}


REFERENCES = _stored()


def load_case(key: str) -> Case:
    """The case ``package/case``; skips the test if a package that it needs is not installed."""
    package, _, name = key.partition("/")
    for required in REQUIRES[package]:
        if importlib.util.find_spec(required) is None:
            pytest.skip(f"{required} is not installed")
    with warnings.catch_warnings():
        # What a package's own import warns of is not ours to mend.
        warnings.simplefilter("ignore")
        module = importlib.import_module(f"tests.packages.cases.case_{package}")
    cases: dict[str, Case] = {case.name: case for case in module.CASES}
    return cases[name]

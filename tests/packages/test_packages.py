"""Unmodified third-party packages: the value is that of a plain call, the gradient that of the stored reference."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import bytegrad
from tests.differences import flat_gradient, fresh, same
from tests.packages.cases import REQUIRES, SLOW
from tests.packages.references import REFERENCES, load_case

# A package may warn of its own doings; what it must not do is warn of ours, and that is tested with the corpus.
pytestmark = pytest.mark.filterwarnings("ignore")


KEYS = [pytest.param(key, marks=pytest.mark.slow if SLOW & {key, key.partition("/")[0]} else ()) for key in REFERENCES]


@pytest.mark.parametrize("key", KEYS)
def test_plain_value_is_the_stored_one(key: str) -> None:
    """The case does what its reference was computed from, on this Python and with this version of the package."""
    case = load_case(key)
    assert float(case.fn(*fresh(case.args))) == pytest.approx(REFERENCES[key].value, rel=1e-9)


@pytest.mark.parametrize("key", KEYS)
def test_value_and_gradient(key: str) -> None:
    case, reference = load_case(key), REFERENCES[key]
    plain_args, args = fresh(case.args), fresh(case.args)
    wanted = case.fn(*plain_args)
    value, gradient = bytegrad.withgradient(case.fn, *args)
    assert same(value, wanted)
    assert same(args, plain_args), "the arguments are as a plain call leaves them"
    flat = np.array(flat_gradient(gradient, case.args))
    np.testing.assert_allclose(flat, reference.gradient, rtol=0, atol=reference.tolerance)


def test_every_case_module_is_listed() -> None:
    modules = {path.stem.removeprefix("case_") for path in Path(__file__).parent.glob("cases/case_*.py")}
    assert modules == set(REQUIRES)
    assert modules == {key.partition("/")[0] for key in REFERENCES}


@pytest.mark.parametrize("package", REQUIRES)
def test_every_case_has_a_reference(package: str) -> None:
    keys = [key for key in REFERENCES if key.startswith(f"{package}/")]
    if any(importlib.util.find_spec(required) is None for required in REQUIRES[package]):
        pytest.skip(f"{package} is not installed")
    load_case(keys[0])
    module = importlib.import_module(f"tests.packages.cases.case_{package}")
    assert sorted(f"{package}/{case.name}" for case in module.CASES) == sorted(keys)

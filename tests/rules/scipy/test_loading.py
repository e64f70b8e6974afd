from __future__ import annotations

import subprocess
import sys
import textwrap
from importlib.util import find_spec

import pytest

if find_spec("scipy") is None:
    pytest.skip("scipy is not installed", allow_module_level=True)


def run(program: str) -> None:
    """Run a program in a Python that has imported nothing yet."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_scipy_is_not_imported_for_its_rules() -> None:
    run("""
        import sys, bytegrad
        assert bytegrad.gradient(lambda x: x * x, 3.0) == (6.0,)
        assert "scipy" not in sys.modules
        import scipy.fft
        assert bytegrad.gradient(lambda x: x * x, 3.0) == (6.0,)
        assert "bytegrad.rules.scipy.fft" in sys.modules
        assert "bytegrad.rules.scipy.optimize" not in sys.modules and "scipy.optimize" not in sys.modules
    """)


def test_imported_before_bytegrad() -> None:
    run("""
        from scipy.special import erf
        import bytegrad
        assert abs(bytegrad.gradient(erf, 0.0)[0] - 1.1283791670955126) < 1e-15
    """)


def test_imported_by_what_is_differentiated() -> None:
    run("""
        import bytegrad
        def f(x):
            from scipy.special import gammaln, logsumexp
            return logsumexp([gammaln(x), 1.0])
        value, (slope,) = bytegrad.withgradient(f, 2.5)
        assert value == f(2.5)
        step = 1e-6
        assert abs(slope - (f(2.5 + step) - f(2.5 - step)) / (2 * step)) < 1e-8
    """)


def test_imported_lazily_after_a_gradient() -> None:
    run("""
        import bytegrad, scipy
        f = lambda x: scipy.optimize.brentq(lambda t: t * t - x, 0.0, 9.0, xtol=1e-14)
        assert bytegrad.gradient(lambda x: x, 1.0) == (1.0,)
        for _ in range(2):
            assert abs(bytegrad.gradient(f, 4.0)[0] - 0.25) < 1e-9
    """)


def test_importing_all_of_scipy_loads_all_rules() -> None:
    run("""
        import bytegrad, sys, pathlib, importlib
        from bytegrad.rules.scipy import MODULES
        for name in MODULES:
            importlib.import_module(f"scipy.{name}")
        bytegrad.gradient(lambda x: x, 1.0)
        folder = pathlib.Path(bytegrad.__file__).parent / "rules" / "scipy"
        missing = {f.stem for f in folder.glob("*.py") if f"bytegrad.rules.scipy.{f.stem}" not in sys.modules}
        assert missing == {"__init__"}, missing
    """)

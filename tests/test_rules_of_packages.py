"""Rules that a package ships are found when, and only when, what they are for is used."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

import bytegrad

SOURCE = Path(__file__).parent / "rules_package" / "src"
ENTRY_POINTS = "[bytegrad.rules]\nwavetable = wavetable.derivatives\n"

NOT_FOR_OTHERS = """
import sys
from bytegrad import gradient
assert gradient(lambda x: x * x, 3.0) == (6.0,)
assert "wavetable" not in sys.modules and "wavetable.derivatives" not in sys.modules
"""
IMPORTED_BEFORE = """
import math, sys
from bytegrad import gradient
import wavetable
assert "wavetable.derivatives" not in sys.modules
assert gradient(wavetable.lookup, 0.5) == (math.cos(0.5),)
assert "wavetable.derivatives" in sys.modules
"""
IMPORTED_AFTER_OTHER_USE = NOT_FOR_OTHERS + IMPORTED_BEFORE
IMPORTED_ON_THE_WAY = (
    NOT_FOR_OTHERS
    + """
import math
def imports(x):
    from wavetable import lookup
    return 2.0 * lookup(x)
assert gradient(imports, 0.5) == (2.0 * math.cos(0.5),)
"""
)
PROGRAMS = [NOT_FOR_OTHERS, IMPORTED_BEFORE, IMPORTED_AFTER_OTHER_USE, IMPORTED_ON_THE_WAY]
NAMES = ["not_for_others", "imported_before", "imported_after_other_use", "imported_on_the_way"]


def run(program: str, *folders: Path) -> None:
    root = Path(bytegrad.__file__).parent.parent
    path = os.pathsep.join(map(str, [*folders, root]))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def installed_in(folder: Path, entry_points: str) -> Path:
    """A folder in which there is a distribution of this name, as an installer leaves it."""
    info = folder / "wavetable_example-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wavetable-example\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    return folder


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_rules_are_found_when_their_target_is_used(program: str, tmp_path: Path) -> None:
    run(program, installed_in(tmp_path, ENTRY_POINTS), SOURCE)


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_rules_of_the_installed_package_are_found(program: str) -> None:
    try:
        distribution("wavetable-example")
    except PackageNotFoundError:
        assert "TOX_ENV_NAME" not in os.environ, "tox installs it"
        pytest.skip("tests/rules_package is not installed")
    run(program)


def test_without_its_rules_the_package_is_what_its_code_says(tmp_path: Path) -> None:
    """A place in a table is a rounded number, so the derivative of what stands there is none."""
    run(
        "import bytegrad, wavetable\nassert bytegrad.gradient(wavetable.lookup, 0.5) == (None,)",
        installed_in(tmp_path, ""),
        SOURCE,
    )


FUNCTION = "[bytegrad.rules]\nno_such_module = loud_rules:declare\n"
BROKEN = "[bytegrad.rules]\nwavetable = no_such_rules\n"


def test_an_entry_point_may_name_a_function_and_no_module(tmp_path: Path) -> None:
    (tmp_path / "loud_rules.py").write_text("def declare():\n    print('declared')\n")
    run(
        """
import contextlib, io, bytegrad
out = io.StringIO()
with contextlib.redirect_stdout(out):
    bytegrad.gradient(abs, 1.0), bytegrad.gradient(abs, 2.0)
assert out.getvalue() == "declared\\n", out.getvalue()
""",
        installed_in(tmp_path, FUNCTION),
    )


def test_rules_that_cannot_be_loaded_are_a_warning(tmp_path: Path) -> None:
    run(
        """
import warnings, bytegrad, wavetable
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    assert bytegrad.gradient(lambda x: x * x, 3.0) == (6.0,)
assert "the rules 'wavetable' of the package wavetable-example could not be loaded" in str(seen[0].message), seen
""",
        installed_in(tmp_path, BROKEN),
        SOURCE,
    )

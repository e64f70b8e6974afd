"""The `golden` fixture: a stored text that a test's result must equal, one file per function."""

from __future__ import annotations

import difflib
import gc
import re
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
# What is met for the first time is compiled, which may take longer than the time that an example has.
settings.register_profile("compiling", deadline=None)
settings.load_profile("compiling")

GOLDEN = Path(__file__).parent / "golden"
# The oldest supported Python has no file of its own: its text is the one for all.
LATER_PYTHONS = ((3, 12), (3, 13), (3, 14))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name tests without the addresses of objects, which are not the same in the processes that share a run."""
    for item in items:
        item._id = ADDRESS.sub("", item.nodeid)


def pytest_collection_finish() -> None:
    """The tests themselves, and all modules, are out of the collector's sight: each pass over them takes long."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/ anew from what the tests got")


class Golden:
    """Compares texts with the files of `tests/golden/`; `--update-golden` writes them instead.

    `name.ir` holds for every Python; `name.py312.ir`, where it exists, holds from 3.12 on.
    """

    def __init__(self, folder: Path, update: bool, python: tuple[int, int]) -> None:
        self._folder = folder
        self._update = update
        self._python = python

    def check(self, name: str, text: str) -> None:
        """Fail unless `text` is what is stored under `name` (``folder/function.stage``) for this Python."""
        text = text.rstrip("\n") + "\n"
        candidates = self._candidates(name)
        stored = next((path for path in candidates if path.exists()), None)
        if stored is not None and stored.read_text(encoding="utf-8") == text:
            return
        if self._update:
            self._write(name, text)
            return
        if stored is None:
            pytest.fail(f"no golden file {candidates[-1].name}; write it with --update-golden and read it")
        wanted = stored.read_text(encoding="utf-8").splitlines()
        difference = difflib.unified_diff(wanted, text.splitlines(), str(stored), "this run", lineterm="")
        pytest.fail("\n".join(difference), pytrace=False)

    def _candidates(self, name: str) -> list[Path]:
        """The files that may hold `name` for this Python, the most special first."""
        later = [f".py{major}{minor}" for major, minor in LATER_PYTHONS if (major, minor) <= self._python]
        return [self._folder / f"{name}{version}.ir" for version in (*reversed(later), "")]

    def _write(self, name: str, text: str) -> None:
        """Store `text`: the oldest Python writes the file for all, a later one only what differs from it."""
        *special, shared = self._candidates(name)
        target = shared
        if special and any(path.exists() for path in (*special[1:], shared)):
            special[0].unlink(missing_ok=True)
            inherited = next(path for path in (*special[1:], shared) if path.exists())
            if inherited.read_text(encoding="utf-8") == text:
                return
            target = special[0]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden.check("lift/pow_loop", dump(function))`."""
    return Golden(GOLDEN, request.config.getoption("--update-golden"), sys.version_info[:2])

"""Everything that differs between Python versions: one file each, and the choice of the running one."""

from __future__ import annotations

import importlib
import sys

from bytegrad.cpython.define import Dialect
from bytegrad.errors import UnsupportedError

_MODULES = {(3, 11): "py311", (3, 12): "py312", (3, 13): "py313"}
# 3.14 is written but has never run (docs/adding-a-python.md): refusing it is better than a crash.


def _current() -> Dialect:
    name = _MODULES.get(sys.version_info[:2])
    if name is None:
        raise UnsupportedError(
            f"bytegrad reads the bytecode of CPython 3.11 to 3.13, not of {sys.version.split()[0]}",
            fixes="run it with one of these (docs/adding-a-python.md says what a new version needs)",
        )
    dialect: Dialect = importlib.import_module(f"bytegrad.cpython.{name}").DIALECT
    return dialect


CURRENT = _current()
"""The running Python's dialect."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from bytegrad.rules import constants
from bytegrad.runtime import registry


@pytest.mark.parametrize("function", [len, isinstance, id, hash, range, time.time, str.isdigit], ids=str)
def test_declared(function: Any) -> None:
    assert registry.NON_DIFFERENTIABLE in registry.lookup(function)


@pytest.mark.parametrize("function", [str, repr, format, ascii, hasattr, getattr, float, sys.exc_info], ids=str)
def test_values_may_pass(function: Any) -> None:
    assert registry.NON_DIFFERENTIABLE not in registry.lookup(function)


def test_names() -> None:
    """A misspelt name would be passed over: every name exists in one of the supported Pythons."""
    of_some = {"splitroot", "get_original_bases", "_compile_repl", "_compile_template"}
    missing = {name for owner, names in constants.FUNCTIONS for name in names.split() if not hasattr(owner, name)}
    assert missing <= of_some


def test_no_name_is_listed_twice() -> None:
    listed = [(owner, name) for owner, names in constants.FUNCTIONS for name in names.split()]
    assert len({(id(owner), name) for owner, name in listed}) == len(listed)

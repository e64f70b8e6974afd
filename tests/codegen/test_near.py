"""Late stretches of code that are written in the middle of a function, near the loops that jump to them."""

from __future__ import annotations

import pytest
from bytecode import Label

from bytegrad import UnsupportedError
from bytegrad.codegen import primal
from bytegrad.codegen.link import Linker
from bytegrad.runtime import compile as compiling
from tests.corpus import CASES
from tests.rules.containers.check import check

CHOSEN = ("async", "await", "generator", "loop", "try", "with", "while", "raise", "yield", "delegat", "match")


@pytest.fixture
def at_every_block(monkeypatch):
    monkeypatch.setattr(primal, "FAR", 1)
    monkeypatch.setattr(compiling, "_CACHE", type(compiling._CACHE)())


@pytest.mark.parametrize("case", [case for case in CASES if any(word in case.name for word in CHOSEN)], ids=str)
@pytest.mark.usefixtures("at_every_block")
def test_stretches_in_the_middle(case):
    check(case.fn, *case.args)


def far_away(n):
    linker, label = Linker(), Label()
    linker.const(None)
    linker.add("SEND", label, None)
    for _ in range(n):
        linker.add("NOP", 0, None)
    linker.place(label)
    linker.add("RETURN_VALUE", 0, None)
    return linker.code_object((lambda: None).__code__, (), (), co_name="f", co_stacksize=2)


def test_a_send_that_the_interpreter_could_not_return_from_is_refused():
    assert far_away(60_000).co_name == "f"
    with pytest.raises(UnsupportedError, match="too long"):
        far_away(70_000)

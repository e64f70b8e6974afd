"""show: every stage of every function of the corpus, as text that does not depend on the run."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from bytegrad.adjoint.augmented import augmented_ir
from bytegrad.codegen.generic import guards_of
from bytegrad.errors import ArgumentError
from bytegrad.ir.parse import parse
from bytegrad.ir.printer import dump
from bytegrad.ir.verify import verify
from bytegrad.lift.decode import argument_names
from bytegrad.runtime.compile import differentiate
from bytegrad.stages import STAGES, show, show_code
from tests.corpus import FUNCTIONS
from tests.corpus.control import pow_loop
from tests.corpus.functions import generator_consumed

PYTHON_FUNCTIONS = [fn for fn in FUNCTIONS if hasattr(fn, "__code__")]


def name(fn: Any) -> str:
    return str(fn.__qualname__)


@pytest.mark.parametrize("fn", PYTHON_FUNCTIONS, ids=name)
@pytest.mark.parametrize("stage", ["ir", "primal", "pullback"])
def test_texts_can_be_read_back(fn: Callable[..., Any], stage: str) -> None:
    text = show(fn, stage)
    function = parse(text)
    verify(function)
    without_comments = "\n".join(line.partition("  #")[0].rstrip() for line in text.splitlines())
    assert dump(function, types=True) == without_comments


@pytest.mark.parametrize("fn", PYTHON_FUNCTIONS, ids=name)
def test_the_augmented_primal_is_verified_before_it_is_normalised(fn: Any) -> None:
    made = differentiate(fn.__code__, fn.__globals__, (None,) * len(argument_names(fn.__code__)))
    verify(augmented_ir(made.found, made.storage, guards_of(made.found)).function)
    verify(made.lifted.function)


def test_saved_values_are_those_that_the_pullback_takes() -> None:
    primal, pullback = show(pow_loop, "primal", [float, int]), show(pow_loop, "pullback", [float, int])
    saved = {line.rpartition("[")[2] for line in primal.splitlines() if line.startswith("  save")}
    (unpacked,) = [line for line in pullback.splitlines() if "unpack_record" in line]
    assert unpacked.endswith(f"[{len(saved)}]")
    pushed = next(line for line in primal.splitlines() if line.startswith("  push"))
    popped = next(line for line in pullback.splitlines() if " = pop" in line)
    assert popped.endswith(f"[{pushed.count('%')}]")


def test_a_generator_leaves_its_record_before_each_yield() -> None:
    inner = next(c for c in generator_consumed.__code__.co_consts if hasattr(c, "co_flags") and c.co_flags & 0x20)

    lines = [line.strip().partition("  ")[0] for line in show_code(inner, {}, "primal").splitlines()]
    for index, line in enumerate(lines):
        if "= yield" in line:
            assert "leave_record" in lines[index - 1]


def test_what_has_no_bytecode() -> None:
    with pytest.raises(ArgumentError, match="has no bytecode"):
        show(functools.partial(pow_loop, 1.0))
    with pytest.raises(ArgumentError, match="no stage 'tape'"):
        show(pow_loop, "tape")
    with pytest.raises(ArgumentError, match="3 types for the 2 parameters of pow_loop: x, n"):
        show(pow_loop, "ir", [float, float, float])


@pytest.mark.slow
def test_texts_do_not_depend_on_the_run() -> None:
    program = (
        "from bytegrad.stages import STAGES, show\n"
        "from tests.corpus import FUNCTIONS\n"
        "for fn in FUNCTIONS:\n"
        "    if hasattr(fn, '__code__'):\n"
        "        for stage in STAGES:\n"
        "            print(show(fn, stage))\n"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert len(STAGES) == 5

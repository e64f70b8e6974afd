"""lift: every code object becomes a function that keeps the rules of the IR, and nothing of it is lost."""

from __future__ import annotations

from types import CodeType, FunctionType

import pytest

from bytegrad.cpython import CURRENT
from bytegrad.errors import UnsupportedError
from bytegrad.ir.nodes import Block
from bytegrad.ir.ops import NEVER_RAISES
from bytegrad.ir.parse import parse
from bytegrad.ir.passes.normalise import normalise
from bytegrad.ir.printer import dump
from bytegrad.ir.verify import verify
from bytegrad.lift import lift
from bytegrad.lift.function import Lifted
from tests.corpus import FUNCTIONS as FUNCTIONS_OF_THE_CORPUS
from tests.lift.code_objects import MODULES, module_code, walk

FUNCTIONS = [fn for fn in FUNCTIONS_OF_THE_CORPUS if hasattr(fn, "__code__")]


def check(code: CodeType) -> None:
    """The lifted function is valid, before and after normalisation, and so is what is read back."""
    lifted = lift(code)
    function = lifted.function
    verify(function)
    assert_every_instruction_is_in_one_block(lifted)
    assert_raising_instructions_end_blocks(lifted)
    normalise(function)
    verify(function)
    text = dump(function)
    assert dump(parse(text)) == text


def assert_every_instruction_is_in_one_block(lifted: Lifted) -> None:
    """The blocks' ranges are those decoded instructions that can be reached, each once."""
    owner: dict[int, Block] = {}
    for block in lifted.function.blocks:
        for index in range(lifted.starts[block], lifted.ends[block]):
            assert index not in owner
            owner[index] = block
    for block in lifted.function.blocks:
        for instr in block.instrs:
            assert instr.origin < 0 or owner[instr.origin] is block


def assert_raising_instructions_end_blocks(lifted: Lifted) -> None:
    """Where exceptions are handled, what can raise is the last decoded instruction of a block that has the handler."""
    handlers = lifted.program.handlers
    for block in lifted.function.blocks:
        for instr in block.instrs:
            if instr.origin >= 0 and handlers[instr.origin] is not None and instr.op not in NEVER_RAISES:
                assert block.handler is not None or instr.op in ("is_done", "is_returned")
                assert instr.origin == lifted.ends[block] - 1


@pytest.mark.parametrize("fn", FUNCTIONS, ids=lambda fn: fn.__qualname__)
def test_the_corpus_is_lifted(fn: FunctionType) -> None:
    for code in walk(fn.__code__):
        check(code)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_lifted(module: str) -> None:
    for code in module_code(module):
        try:
            check(code)
        except UnsupportedError as error:
            # `bytecode` cannot read every code object (tests/lift/test_decode.py): those are refused, with their name.
            assert code.co_qualname in str(error)


def test_parameters_are_the_users() -> None:
    source = "def f(a, /, b, *args, c=1, **kwargs): return a"
    (code,) = [constant for constant in compile(source, "", "exec").co_consts if isinstance(constant, CodeType)]
    function = lift(code).function
    assert function.names == ("a", "b", "c", "args", "kwargs")
    assert len(function.params) == len(function.names)


def test_an_unsupported_instruction_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: row for name, row in CURRENT.opcodes.items() if name != "BINARY_OP"}
    monkeypatch.setattr(CURRENT, "opcodes", without)
    monkeypatch.setitem(CURRENT.unsupported, "BINARY_OP", "arithmetic")
    code = compile("x + 1", "model.py", "eval")
    with pytest.raises(UnsupportedError) as caught:
        lift(code)
    assert str(caught.value) == (
        "cannot differentiate arithmetic (BINARY_OP)\n"
        "  in <module>, model.py:1\n"
        "  Possible fixes: write a rule for <module> (docs/adding-a-rule.md)"
    )

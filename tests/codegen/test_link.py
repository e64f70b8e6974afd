"""The linker writes what the package `bytecode` would: for whole modules of the standard library, and at the edges."""

from __future__ import annotations

import argparse
import asyncio.tasks
import contextlib
import dis
import statistics
import types

import pytest
from bytecode import Bytecode, Label
from bytecode.instr import UNSET, InstrLocation, TryBegin, TryEnd

from bytegrad.codegen.link import Linker
from bytegrad.lift.decode import _apart, unclash


def code_objects(module):
    pending = [vars(value).get("__code__") or value.__code__ for value in functions_of(module)]
    while pending:
        code = pending.pop()
        yield unclash(code)
        pending += [const for const in code.co_consts if isinstance(const, types.CodeType)]


def functions_of(module):
    for value in vars(module).values():
        for function in (value, *(vars(value).values() if isinstance(value, type) else ())):
            if isinstance(function, types.FunctionType) and function.__module__ == module.__name__:
                yield function


def split(items):
    """Two instructions for those that are two in one, as they are decoded."""
    return [one for item in items for one in _apart(item)]


def linked(code, items):
    linker, regions = Linker(), {}
    for name in code.co_varnames:
        linker.local(name)
    for item in items:
        if isinstance(item, Label):
            linker.place(item)
        elif isinstance(item, TryBegin):
            regions[id(item)] = linker.begin(item.target, item.stack_depth, item.push_lasti)
        elif isinstance(item, TryEnd):
            linker.end(regions[id(item.entry)])
        else:
            linker.add(item.name, 0 if item.arg is UNSET else item.arg, item.location)
    return linker.code_object(code, code.co_cellvars, code.co_freevars)


def reading(code):
    """What a code object says, without the order of its constants and names."""
    entries = [tuple(entry) for entry in dis._parse_exception_table(code)]
    instrs = [(i.opname, i.offset, _operand(i), i.positions) for i in dis.get_instructions(code)]
    return instrs, [entry for entry in entries if entry[0] < entry[1]]


def _operand(instr):
    return repr(instr.argval) if isinstance(instr.argval, types.CodeType) else instr.argval


@pytest.mark.parametrize("module", [argparse, asyncio.tasks, contextlib, statistics], ids=lambda m: m.__name__)
def test_as_bytecode_writes_it(module):
    for code in code_objects(module):
        made = Bytecode.from_code(code, conserve_exception_block_stackdepth=True)
        made[:] = list(split(made))
        made.argnames = list(code.co_varnames)
        wanted = made.to_code(stacksize=code.co_stacksize, compute_exception_stack_depths=False)
        found = linked(code, list(made))
        assert reading(found) == reading(wanted.replace(co_argcount=code.co_argcount)), code.co_qualname


def make(instrs, name="made"):
    def like():
        pass

    linker = Linker()
    linker.add("RESUME", 0, None)
    for instr in instrs:
        linker.place(instr) if isinstance(instr, Label) else linker.add(*instr)
    code = linker.code_object(like.__code__, (), (), co_name=name, co_stacksize=10)
    return types.FunctionType(code, {})


def test_jumps_and_constants_past_a_byte():
    far, line = Label(), InstrLocation(5, 5, 0, 4)
    filler = [part for n in range(400) for part in (("LOAD_CONST", 1000.0 + n, line), ("POP_TOP", 0, line))]
    function = make(
        [("JUMP_FORWARD", far, line), *filler, far, ("LOAD_CONST", "there", line), ("RETURN_VALUE", 0, line)]
    )
    assert function() == "there"
    assert len(function.__code__.co_consts) == 401


@pytest.mark.parametrize(
    "place",
    [
        (None, None, None, None), (7, None, None, None), (3, 3, 2, 9), (3, 3, 79, 94), (3, 3, 80, 96), (4, 4, 100, 127),
        (5, 5, 100, 128), (40, 44, 0, 300), (1, 1, 5, 6),
    ],
)  # fmt: skip
def test_positions(place):
    location = InstrLocation(*place)
    function = make([("LOAD_CONST", 1, location), ("POP_TOP", 0, location)] * 30 + [
        ("LOAD_CONST", None, InstrLocation(9, 9, 0, 1)), ("RETURN_VALUE", 0, None)])  # fmt: skip
    positions = list(function.__code__.co_positions())[1:]
    assert positions[:60] == [place if place[2] is not None or place[0] is None else (7, 7, None, None)] * 60
    assert positions[60:] == [(9, 9, 0, 1)] * 2


def test_equal_constants_of_different_types_are_kept_apart():
    function = make([("LOAD_CONST", 1.0, None), ("LOAD_CONST", 1, None), ("LOAD_CONST", True, None),
                     ("BUILD_TUPLE", 3, None), ("RETURN_VALUE", 0, None)])  # fmt: skip
    assert list(map(type, function())) == [float, int, bool]

"""dump: every form of line, numbers that do not depend on how the function was made, constants that do not move."""

from __future__ import annotations

import datetime
import functools
import math
import operator
import sys
import types
from typing import Any

import numpy as np
import pytest

from bytegrad.ir.constants import Named, literal, resolve, same_constant
from bytegrad.ir.nodes import Block, Branch, Const, Edge, Function, Instr, Jump, Raise, Return, Value
from bytegrad.ir.ops import NULL, SELF, UNBOUND
from bytegrad.ir.parse import parse
from bytegrad.ir.printer import dump
from bytegrad.ir.same import same

POW = """\
def pow_(x, n):
b0(%0, %1):
  %2 = gt %1, 0
  br %2 ? b1(%1, 1) : b2(1)
b1(%3, %4):
  %5 = isub %3, 1
  %6 = imul %4, %0
  %7 = gt %5, 0
  br %7 ? b1(%5, %6) : b2(%6)
b2(%8):
  return %8"""


def pow_function(first_value: int = 0, first_block: int = 0) -> Function:
    """`def pow_(x, n): r = 1; while n > 0: n -= 1; r *= x; return r`, with numbers from where one likes."""
    v = [Value(first_value + i) for i in range(9)]
    entry, loop, done = (Block(first_block + 7 * i) for i in range(3))
    entry.params, loop.params, done.params = [v[0], v[1]], [v[3], v[4]], [v[8]]
    entry.instrs = [Instr("gt", (v[1], Const(0)), (v[2],))]
    entry.terminator = Branch(v[2], Edge(loop, [v[1], Const(1)]), Edge(done, [Const(1)]))
    loop.instrs = [
        Instr("isub", (v[3], Const(1)), (v[5],)),
        Instr("imul", (v[4], v[0]), (v[6],)),
        Instr("gt", (v[5], Const(0)), (v[7],)),
    ]
    loop.terminator = Branch(v[7], Edge(loop, [v[5], v[6]]), Edge(done, [v[6]]))
    done.terminator = Return(v[8])
    return Function("pow_", [entry, loop, done], ("x", "n"))


def test_a_loop() -> None:
    assert dump(pow_function()) == POW


def test_numbers_are_in_order_of_appearance() -> None:
    assert dump(pow_function(50, 3)) == POW


def test_every_form_of_line() -> None:
    x, y, z, error = Value(0), Value(1), Value(2), Value(3)
    entry, rest, handler = Block(0, [x]), Block(1), Block(2, [error])
    entry.instrs = [
        Instr("getattr", (x,), (y,), "x"),
        Instr("load_global", (), (z,), "print"),
        Instr("setitem", (x, Const(1), y)),
        Instr("unpack", (x,), (Value(4), Value(5)), 2),
        Instr("call", (z, y), (), ("key",)),
    ]
    entry.terminator, entry.handler = Jump(Edge(rest)), Edge(handler, [x])
    rest.instrs = [Instr("raise", ())]
    rest.terminator = Raise()
    handler.terminator = Return(error)
    assert dump(Function("f.<locals>.g", [entry, rest, handler])) == (
        "def f.<locals>.g():\n"
        "b0(%0):\n"
        '  %1 = getattr %0 ["x"]\n'
        '  %2 = load_global ["print"]\n'
        "  setitem %0, 1, %1\n"
        "  %3, %4 = unpack %0 [2]\n"
        '  call %2, %1 [("key",)]\n'
        "  jump b1\n"
        "  except -> b2(%0)\n"
        "b1:\n"
        "  raise\n"
        "  raise\n"
        "b2(%5):\n"
        "  return %5"
    )


def test_types_are_shown_on_demand() -> None:
    function = pow_function()
    function.params[0].type, function.blocks[1].params[1].type = np.ndarray, float
    function.blocks[0].instrs[0].result.type = bool
    assert dump(function) == POW
    shown = dump(function, types=True).splitlines()
    assert shown[1:3] == ["b0(%0: numpy.ndarray, %1):", "  %2: bool = gt %1, 0"]
    assert shown[4] == "b1(%3, %4: float):"


def test_what_breaks_the_rules_can_be_shown() -> None:
    block: Any = Block(0, [Value(0)], [Instr("neg", ("not an operand",), ())])  # type: ignore[arg-type]
    block.terminator = Jump(Edge(Block(1)))
    assert dump(Function("broken", [block])) == "def broken():\nb0(%0):\n  neg ?str\n  jump b?"


LITERALS = [
    (1, "1"),
    (-3, "-3"),
    (10**2000, hex(10**2000)),
    (True, "True"),
    (None, "None"),
    (..., "Ellipsis"),
    (-0.0, "-0.0"),
    (1e300, "1e+300"),
    (math.inf, "inf"),
    (-math.inf, "-inf"),
    (math.nan, "nan"),
    (2j, "2j"),
    (complex(-0.0, math.inf), "(-0+infj)"),
    ("it's", '"it\'s"'),
    ('"\\\n\x00é', '"\\"\\\\\\n\\x00é"'),
    (b"a'\"\xff", 'b"a\'\\"\\xff"'),
    ((), "()"),
    ((1,), "(1,)"),
    ((1.0, ("a", None)), '(1.0, ("a", None))'),
    (frozenset(), "frozenset()"),
    (frozenset({"b", "a", "c"}), 'frozenset({"a", "b", "c"})'),
    (slice(None, -1), "slice(None, -1, None)"),
    (NULL, "NULL"),
    (UNBOUND, "UNBOUND"),
    (SELF, "SELF"),
    (math, "@math"),
    (np.linalg, "@numpy.linalg"),
    (math.sin, "@math.sin"),
    (len, "@builtins.len"),
    (operator.mul, "@operator.mul"),
    (functools.reduce, "@functools.reduce"),
    (operator.attrgetter, "@operator.attrgetter"),
    (float, "@builtins.float"),
    (types.NoneType, "@builtins.NoneType"),
    (str.upper, "@builtins.str.upper"),
    (datetime.datetime, "@datetime.datetime"),
    (np.add, "@numpy.add"),
    (np.sum, "@numpy.sum"),
    (np.ndarray.sum, "@numpy.ndarray.sum"),
    (Named("@code:f.<locals>.<lambda>"), "@code:f.<locals>.<lambda>"),
]


@pytest.mark.parametrize(("value", "text"), LITERALS, ids=[text[:30] for _, text in LITERALS])
def test_constants_are_written_and_read_back(value: Any, text: str) -> None:
    assert literal(value) == text
    read = parse(f"def f():\nb0:\n  return {text}").blocks[0].terminator.operands()[0]
    assert isinstance(read, Const)
    assert type(read.value) is type(value)
    assert literal(read.value) == text
    assert same_constant(read.value, value, nans=True)


class Made:
    def __getattr__(self, name: str) -> str:
        raise AssertionError("the printer must not run the user's code")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (object(), "@object:object"),
        ([1], "@object:list"),
        (np.float64(1.0), "@object:float64"),
        ([].append, "@object:builtin_function_or_method"),
        (type("odd name", (), {})(), "@object:odd_name"),
        (pow_function.__code__, "@code:pow_function"),
        (pow_function.__code__.replace(co_qualname="<generic parameters of f>"), "@code:<generic parameters of f>"),
        ((lambda: 0).__code__, "@code:<lambda>"),
    ],
)
def test_other_objects_are_only_named(value: Any, text: str) -> None:
    assert literal(value) == text
    assert resolve(text) == Named(text)


def test_attributes_that_are_made_on_demand_are_not_asked_for() -> None:
    assert literal(Made()) == "@object:Made"


def test_a_name_that_stands_for_something_else_by_now_is_not_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("renamed_module")
    module.sine = math.sin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "renamed_module", module)
    assert resolve("@renamed_module.sine") == Named("@renamed_module.sine")
    assert resolve("@no.such.module") == Named("@no.such.module")
    assert resolve("@.odd") == Named("@.odd")


DIFFERENT = [(0.0, -0.0), (1, True), (1, 1.0), (0j, -0j), ("a", b"a"), ((1,), (True,)), ((1,), (1, 1)), ([], [])]
DIFFERENT += [(frozenset({0.0}), frozenset({-0.0})), (slice(1), slice(True)), (object(), object())]


@pytest.mark.parametrize(("first", "second"), DIFFERENT, ids=literal)
def test_constants_that_must_not_be_confused(first: Any, second: Any) -> None:
    assert not same_constant(first, second)
    assert not same_constant(first, second, nans=True)


def test_only_the_same_nan_is_the_same() -> None:
    first, second = float("nan"), float("nan")
    assert same_constant(first, first)
    assert not same_constant(first, second)
    assert not same_constant((first,), (second,))
    assert same_constant((first, frozenset({first})), (second, frozenset({second})), nans=True)


def test_same_ignores_numbers_but_not_structure() -> None:
    assert same(pow_function(), pow_function(9, 4))
    for change in ("isub %3, 1", "b1(%1, 1)", "b2(%6)", "return %8", "(x, n)"):
        other = {"isub %3, 1": "isub %3, True", "b1(%1, 1)": "b1(%0, 1)", "b2(%6)": "b2(%4)", "return %8": "return %0"}
        assert not same(pow_function(), parse(POW.replace(change, other.get(change, "(x, m)"))))

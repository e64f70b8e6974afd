"""parse: the inverse of dump, and errors that say where."""

from __future__ import annotations

import pytest
from hypothesis import given

from bytegrad.ir.nodes import Const, Function
from bytegrad.ir.parse import ParseError, parse
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.printer import dump
from bytegrad.ir.same import same
from tests.ir.random_functions import functions

EVERY_FORM = """\
def outer.<locals>.f(x, .0, y$1):
b0(%0, %1, %2):
  %3 = getattr %0 ["x"]
  %4 = load_global ["a # b"]
  setitem %0, 1, %3
  %5, %6 = unpack %0 [2]
  %7 = call %4, @math.sin, NULL [("key", "it's")]
  %8 = make_function [(@code:outer.<locals>.<lambda>, 0)]
  nothing
  jump b2((1, 2), %0, (1+2j), 1j)
  except -> b3
b1:
  raise %9
  raise
b2(%10, %11, %12, %13):
  %9 = caught
  br %10 ? b1 : b2(-1, inf, slice(None, 2, None), frozenset({"a", 1}))
b3:
  return @object:Thing"""


def test_every_form_of_line() -> None:
    function = parse(EVERY_FORM)
    assert function.name == "outer.<locals>.f"
    assert function.names == ("x", ".0", "y$1")
    assert dump(function) == EVERY_FORM


@given(functions)
def test_round_trip(function: Function) -> None:
    text = dump(function)
    assert dump(parse(text)) == text
    assert same(parse(text), function)


@given(functions)
def test_round_trip_of_pruned_functions(function: Function) -> None:
    prune_params(function)
    assert same(parse(dump(function)), function)


def test_types_round_trip() -> None:
    text = """\
def f(x):
b0(%0: float, %1: numpy.ndarray):
  %2: NoneType = note %0
  %3: some.where.f.<locals>.Thing, %4: odd = unpack %1 [2]
  return %2"""
    function = parse(text)
    assert dump(function, types=True) == text
    assert [value.type for value in function.params] == [float, __import__("numpy").ndarray]
    assert function.blocks[0].instrs[0].result.type is type(None)


def test_layout_and_comments_do_not_matter() -> None:
    text = "\n\n  def f( x ):   # a function\n b0 ( %0 ) : # its block\n\n%1=add %0,'#1'# sum\n   # rest\n return %1\n"
    assert dump(parse(text)) == 'def f(x):\nb0(%0):\n  %1 = add %0, "#1"\n  return %1'


def test_a_name_that_imports_is_what_it_names() -> None:
    (operand,) = parse("def f():\nb0:\n  return @operator.mul").blocks[0].terminator.operands()
    assert isinstance(operand, Const)
    assert operand.value(2, 3) == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected a function, found nothing"),
        ("b0:\n  return 1", "line 1: expected 'def name(x, y):', found 'b0:'"),
        ("def f():", "line 1: expected a block such as 'b0(%0):', found no more lines"),
        ("def f():\n  return 1", "line 2: expected a block such as 'b0(%0):', found 'return 1'"),
        ("def f():\nb0:", "line 2: expected a terminator in the block, found no line"),
        ("def f():\nb0:\n  except -> b0", "line 2: expected a terminator in the block, found no line"),
        (
            "def f():\nb0:\n  %0 = note",
            "line 3: expected a terminator ('jump', 'br', 'return' or 'raise'), found '%0 = note'",
        ),
        ("def f():\nb0:\n  return", "line 3: expected an operand, found the end of the line"),
        ("def f():\nb0:\n  return 1 2", "line 3: expected the end of the line, found '2'"),
        ("def f():\nb0:\n  return x", "line 3: expected an operand, found 'x'"),
        ("def f():\nb0:\n  raise 1", "line 3: expected the end of the line, found '1'"),
        ("def f():\nb0:\n  jump 3", "line 3: expected a block such as b0, found '3'"),
        ("def f():\nb0:\n  jump b1", "line 3: expected a block that is there, found b1"),
        ("def f():\nb0:\n  raise\nb0:\n  raise", "line 4: expected one block b0, found a second b0"),
        ("def f():\nb0:\n  br 1 ? b0", "line 3: expected ':', found the end of the line"),
        ("def f():\nb0:\n  %0 add 1\n  raise", "line 3: expected '=', found 'add'"),
        ("def f():\nb0:\n  %0 = 1\n  raise", "line 3: expected the name of an operation, found '1'"),
        ("def f():\nb0:\n  add 1,\n  raise", "line 3: expected an operand, found the end of the line"),
        ("def f():\nb0:\n  add [x]\n  raise", "line 3: expected a constant, found 'x'"),
        ("def f():\nb0:\n  add [1\n  raise", "line 3: expected ']', found the end of the line"),
        ("def f():\nb0(%0: 1):\n  raise", "line 2: expected a type, found '1'"),
        ("def f():\nb0(x):\n  raise", "line 2: expected a value such as %0, found 'x'"),
        ("def f():\nb0:\n  return slice(1)", "line 3: expected slice(start, stop, step), found the end of the line"),
        ("def f():\nb0:\n  return !", "line 3: expected a token of the format, found '!'"),
        ('def f():\nb0:\n  return "\\x1"', "line 3: expected an operand, found '\"\\\\x1\"'"),
        ("def f():\nb0:\n  return 1_0", "line 3: expected a token of the format, found '1_0'"),
    ],
)
def test_errors_say_where_and_what(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)
    assert caught.value.line == int(message.split()[1].rstrip(":"))

"""decode: code that is easily miscompiled runs in its augmented form as it does plainly."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest

import bytegrad
from bytegrad.errors import UnsupportedError
from bytegrad.lift.decode import argument_names, decode, unclash
from tests.lift.bytecode_cases import CASES


@pytest.mark.parametrize("fn", CASES.values(), ids=CASES)
def test_it_does_what_a_plain_call_does(fn: Callable[[], Any]) -> None:
    assert bytegrad.pullback(fn)[0] == fn()


def code_of(source: str, name: str) -> CodeType:
    """The code of the function `name` that `source` defines."""
    work = [compile(source, "model.py", "exec")]
    while work:
        code = work.pop()
        if code.co_name == name:
            return code
        work += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    raise LookupError(name)


def test_handlers_and_targets_are_indices_of_instructions() -> None:
    program = decode(code_of("def f(xs):\n for x in xs:\n  try: g(x)\n  except E: return 1\n return 2", "f"))
    count = len(program.instrs)
    assert len(program.targets) == len(program.handlers) == len(program.positions) == count
    assert all(target is None or 0 <= target < count for target in program.targets)
    call = next(i for i, instr in enumerate(program.instrs) if instr.name == "CALL")
    handler = program.handlers[call]
    assert handler is not None
    assert program.instrs[handler.target].name == "PUSH_EXC_INFO"
    # The iterator of the loop stays where it is.
    assert handler.depth == 1
    assert [program.items[position] for position in program.positions] == program.instrs


def test_a_local_with_the_name_of_a_free_variable_is_renamed() -> None:
    code = code_of("def f():\n T = 1\n def g(xs): return T, xs\n return g", "g")
    assert unclash(code) is code
    clashing = code.replace(co_varnames=("T",))
    assert unclash(clashing).co_varnames == ("T$0",)
    assert unclash(clashing).co_freevars == ("T",)


def test_argument_names() -> None:
    assert argument_names(code_of("def f(a, /, b, *c, d, **e): x = 1", "f")) == ("a", "b", "d", "c", "e")


def test_what_bytecode_cannot_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise ValueError("5 is not a valid Intrinsic2Op")

    monkeypatch.setattr("bytecode.Bytecode.from_code", fail)
    with pytest.raises(UnsupportedError) as caught:
        decode(code_of("def f(x): return x", "f"))
    assert str(caught.value) == (
        "the bytecode of f cannot be read: 5 is not a valid Intrinsic2Op\n"
        "  in f, model.py:1\n"
        "  Possible fixes: write a rule for the function (docs/adding-a-rule.md)"
    )


GENERIC = """
def of_generic(x):
    def scaled[T = [3.0]](y: T): return y * x
    class Holder[T = int, *Ts = *tuple[int, T]]:
        def get(self): return scaled(x)
    type Alias[T = list] = dict[T, T]
    default = scaled.__type_params__[0].__default__
    return Holder().get() * len(default), Holder.__type_params__[0].__default__, Alias.__name__
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="type parameters have defaults from 3.13 on")
def test_defaults_of_type_parameters() -> None:
    namespace: dict[str, Any] = {}
    exec(GENERIC, namespace)
    of_generic = namespace["of_generic"]
    value, back = bytegrad.pullback(of_generic, 2.0)
    assert value == of_generic(2.0) == (4.0, int, "Alias")
    assert back((1.0, None, None)) == (4.0,)
    assert bytegrad.gradient(lambda x: bytegrad.gradient(lambda x: of_generic(x)[0], x)[0], 2.0) == (2.0,)

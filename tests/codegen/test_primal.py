"""The augmented primal is the user's code, replayed: it does the same, at the same lines, under the same names."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest

import bytegrad
from bytegrad.lift.decode import argument_names
from bytegrad.runtime.compile import adjoint_of, augmented_function
from bytegrad.runtime.context import Context
from tests.codegen import observed
from tests.corpus import CASES, FUNCTIONS, RAISING, Case
from tests.differences import fresh, same

PYTHON_FUNCTIONS = [fn for fn in FUNCTIONS if inspect.isfunction(fn)]
TYPED = (float, int, bool, str, tuple, list, dict)
PLAIN = [case for case in CASES if inspect.isfunction(case.fn)]


def augmented(case: Case, *, typed: bool) -> Callable[..., Any]:
    """The augmented primal of the case's function; `typed`: for the types of its arguments, else for any."""
    fn: Any = case.fn
    names = argument_names(fn.__code__)
    kinds: list[type | None] = [None] * len(names)
    if typed and len(names) == len(case.args) == fn.__code__.co_argcount:
        kinds = [type(arg) if type(arg) in TYPED else None for arg in case.args]
    return augmented_function(fn, adjoint_of(fn, tuple(kinds)))


@pytest.mark.parametrize("typed", [False, True], ids=["any types", "exact types"])
@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_value_and_state_are_those_of_a_plain_call(case: Case, typed: bool) -> None:
    plain_args, args = fresh(case.args), fresh(case.args)
    wanted = case.fn(*plain_args)
    _, value = augmented(case, typed=typed)(Context(), *args)
    assert same(value, wanted)
    assert same(args, plain_args)


def lines_run(call: Callable[..., Any], args: tuple[Any, ...], like: CodeType) -> list[list[int]]:
    """The lines that `call(*args)` runs in each frame of the function with the code `like`, repetitions left out."""
    lines: dict[FrameType, list[int]] = {}
    wanted = (like.co_name, like.co_filename, like.co_firstlineno)

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if (code.co_name, code.co_filename, code.co_firstlineno) != wanted:
            return None
        seen = lines.setdefault(frame, [])
        if event == "line" and seen[-1:] != [frame.f_lineno]:
            seen.append(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call(*args)
    except Exception:
        # What is raised is compared elsewhere.
        assert lines
    finally:
        sys.settrace(before)
    return list(lines.values())


@pytest.mark.parametrize("case", [*PLAIN, *RAISING], ids=str)
def test_the_same_lines_run(case: Case) -> None:
    code = getattr(case.fn, "__code__")  # noqa: B009 - a function, for the type checker any callable
    wanted = lines_run(case.fn, fresh(case.args), code)
    emitted = augmented(case, typed=True)
    assert lines_run(emitted, (Context(), *fresh(case.args)), code) == wanted


# Frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fn", observed.SMALL, ids=lambda fn: fn.__name__)
def test_nothing_stands_between_two_frames_of_the_user(fn: Callable[..., Any]) -> None:
    assert bytegrad.pullback(fn, 1.5)[0] == fn(1.5)


def test_recursion_goes_as_deep_as_in_a_plain_call() -> None:
    assert bytegrad.pullback(observed.depth_of, 200)[0] == observed.depth_of(200) == 200


# Code objects -----------------------------------------------------------------------------------------------------


def emitted_code(fn: Any) -> CodeType:
    return adjoint_of(fn, (None,) * len(argument_names(fn.__code__))).augmented


@pytest.mark.parametrize("fn", [*PYTHON_FUNCTIONS, observed.with_docstring], ids=lambda fn: fn.__qualname__)
def test_the_code_object_is_the_users_but_for_the_context(fn: Any) -> None:
    code, made = fn.__code__, emitted_code(fn)
    for attribute in ("co_name", "co_qualname", "co_filename", "co_firstlineno", "co_flags", "co_freevars"):
        assert getattr(made, attribute) == getattr(code, attribute), attribute
    assert made.co_argcount == code.co_argcount + 1
    assert made.co_posonlyargcount == code.co_posonlyargcount + 1
    assert made.co_kwonlyargcount == code.co_kwonlyargcount
    assert set(made.co_cellvars) == set(code.co_cellvars)
    ours = [name for name in made.co_varnames if name.startswith("$")]
    assert sorted([*ours, *code.co_varnames]) == sorted(made.co_varnames)
    assert {line for *_, line in made.co_lines()} <= {line for *_, line in code.co_lines()} | {None}


def test_defaults_and_documentation_are_kept() -> None:
    fn = observed.with_docstring
    made = augmented_function(fn, adjoint_of(fn, (None,) * 5))  # type: ignore[arg-type]
    assert made.__doc__ == "Says what it does."
    assert made.__defaults__ == (2.0,)
    assert made.__kwdefaults__ == {"key": 1.0}
    assert made(Context(), 3.0)[1] == 6.0
    assert made(Context(), 3.0, 5.0, 7.0, key=11.0, other=13.0)[1] == 165.0


def test_locals_keep_their_order() -> None:
    fn = observed.with_docstring
    names = [name for name in emitted_code(fn).co_varnames if not name.startswith("$")]
    assert names == list(fn.__code__.co_varnames)

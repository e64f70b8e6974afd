"""Every function of the corpus, differentiated: the value, the state left behind, the gradient, the exception."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bytegrad
from tests.corpus import CASES, RAISING, Case
from tests.differences import flat_gradient, fresh, leaves, numerical_gradient, same
from tests.golden.chosen import CHOSEN

RELATIVE_TOLERANCE = 1e-6


@pytest.mark.parametrize("case", CASES, ids=str)
def test_value_and_state_are_those_of_a_plain_call(case: Case) -> None:
    plain_args, args = fresh(case.args), fresh(case.args)
    wanted = case.fn(*plain_args)
    y, back = bytegrad.pullback(case.fn, *args)
    assert same(y, wanted)
    assert same(args, plain_args), "after pullback"
    back(1.0)
    assert same(args, plain_args), "after back"
    assert same(case.fn(*fresh(case.args)), wanted), "a plain call afterwards"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradient_is_that_of_central_differences(case: Case) -> None:
    args = fresh(case.args)
    gradient = bytegrad.gradient(case.fn, *args)
    assert isinstance(gradient, tuple)
    assert len(gradient) == len(case.args)
    wanted = numerical_gradient(case.fn, case.args)
    scale = max(map(abs, wanted), default=0.0)
    # Along the arguments as they were: some functions change the shape of theirs.
    assert flat_gradient(gradient, case.args) == pytest.approx(wanted, rel=0, abs=RELATIVE_TOLERANCE * scale + 1e-12)


# The first second derivative of a construct compiles much of the runtime: each construct once by default, all as slow.
ONCE_WRONG = (
    "linked_list",
    "metaclass_and_decorator",
    "async_for_and_comprehension",
    "context_manager_of_a_generator",
    "sent_to_a_coroutine",
)
READING_BY_NAME = (
    "locals_before_a_change",
    "locals_with_a_cell",
    "locals_in_a_loop",
    "eval_of_variables",
    "exec_that_raises",
)
SECOND = [
    pytest.param(case, marks=() if case.name in (*CHOSEN, *ONCE_WRONG) else pytest.mark.slow)
    for case in CASES
    if case.name not in READING_BY_NAME
]


@pytest.mark.parametrize("case", SECOND, ids=str)
def test_second_derivatives_are_differences_of_the_first(case: Case) -> None:
    def weighted(*args: Any) -> float:
        gradient = flat_gradient(bytegrad.gradient(case.fn, *args), case.args)
        return sum([bar * (1.0 + 0.3 * place) for place, bar in enumerate(gradient)])

    wanted = numerical_gradient(weighted, case.args)
    scale = max(map(abs, wanted), default=0.0)
    found = flat_gradient(bytegrad.gradient(weighted, *fresh(case.args)), case.args)
    assert found == pytest.approx(wanted, rel=0, abs=1e-5 * scale + 1e-7)


@pytest.mark.parametrize("name", READING_BY_NAME)
def test_second_derivatives_are_refused_of_what_reads_variables_by_name(name: str) -> None:
    (case,) = [case for case in CASES if case.name == name]
    with pytest.raises(bytegrad.NoRuleError, match=r"frame\.f_locals has a cotangent"):
        bytegrad.gradient(lambda *args: flat_gradient(bytegrad.gradient(case.fn, *args), case.args)[0], *case.args)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_back_can_be_called_again(case: Case) -> None:
    _, back = bytegrad.pullback(case.fn, *fresh(case.args))
    first, doubled, again = back(1.0), back(2.0), back(1.0)
    flat = [flat_gradient(gradient, case.args) for gradient in (first, doubled, again)]
    assert flat[0] == flat[2]
    assert flat[1] == pytest.approx([2 * x for x in flat[0]], rel=1e-12)


@pytest.mark.parametrize("case", RAISING, ids=str)
def test_exceptions_are_those_of_a_plain_call(case: Case) -> None:
    assert outcome(bytegrad.pullback, case) == outcome(call_plainly, case)


def call_plainly(fn: Callable[..., Any], *args: Any) -> Any:
    return fn(*args)


def outcome(call: Callable[..., Any], case: Case) -> tuple[type, str, str, list[tuple[str, int | None, str]]]:
    """The exception of `call(case.fn, *args)`: type, message, cause, and its frames in the corpus."""
    try:
        result = call(case.fn, *fresh(case.args))
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [(f.filename, f.lineno, f.name) for f in frames if Path(f.filename).parent.name == "corpus"]
        return type(error), str(error), repr(error.__cause__), ours
    pytest.fail(f"{case} returned {result}")


def test_the_corpus_is_smooth_where_it_is_tried() -> None:
    """Differences of two step sizes agree: else a disagreement would say nothing about bytegrad."""
    for case in CASES:
        coarse = numerical_gradient(case.fn, case.args)
        fine = numerical_gradient(case.fn, case.args, step=0.005)
        assert len(coarse) == len(leaves(case.args))
        assert coarse == pytest.approx(fine, rel=1e-7, abs=1e-7 * max(map(abs, fine), default=0.0)), case.name

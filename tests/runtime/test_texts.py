"""What was read as a number is known by what it says; a coincidence with a constant is no dependence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bytegrad
from bytegrad.runtime.poisoning import reachable
from bytegrad.runtime.texts import Texts, numerals


def test_numerals_that_tell_have_digits_enough() -> None:
    assert numerals("at 1.625, -0.0012345e-7 and .98765 of 12") == {"1.625", "0.0012345e-7", ".98765"}
    assert numerals("1.0 200 0.001") == set()


def test_texts_are_the_same_whole_or_by_a_telling_numeral() -> None:
    texts = Texts()
    assert not texts.hold("1.5")
    texts.note("1.5\n")
    assert texts.hold("1.5")
    assert not texts.hold("a = 1.5")
    texts.note("2.71828")
    assert texts.hold("a = 2.71828")
    texts.note(b"12345678abcdefgh")
    assert texts.hold(b"12345678")
    assert not texts.hold(b"12345679")
    texts.clear()
    assert not texts.hold("1.5")


def through_a_file(path: str, text: str) -> float:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    with open(path, encoding="ascii") as file:
        return float(file.read())


def test_a_number_written_to_a_file_by_name_is_refused_where_it_is_written(tmp_path: Path) -> None:
    def f(x: float) -> float:
        return through_a_file(os.path.join(tmp_path, "a"), repr(x)) * 2.0

    with pytest.raises(bytegrad.NoRuleError, match="no derivative rule for repr") as refusal:
        bytegrad.gradient(f, 2.0)
    assert ".f, " in str(refusal.value)


def test_what_is_only_written_or_only_read_does_not_matter(tmp_path: Path) -> None:
    def f(x: float) -> float:
        factor = through_a_file(os.path.join(tmp_path, "a"), "2.71828")
        label = f"at {x}"
        return factor * x + len(label)

    assert bytegrad.gradient(f, 1.3) == (2.71828,)


def test_a_constant_written_with_the_same_digits_does_not_matter(tmp_path: Path) -> None:
    def f(x: float, constants: Any) -> float:
        return through_a_file(os.path.join(tmp_path, "a"), repr(constants["scale"] * 1.0)) * x

    assert bytegrad.gradient(lambda x: f(x, {"scale": 2.5}), 1.3) == (2.5,)


def test_each_reversal_finds_for_itself_what_was_read(tmp_path: Path) -> None:
    def f(x: float) -> tuple[float, float]:
        return through_a_file(os.path.join(tmp_path, "a"), repr(x)), 3.0 * x

    _, back = bytegrad.pullback(f, 1.3)
    with pytest.raises(bytegrad.NoRuleError):
        back((1.0, 1.0))
    assert back((None, 1.0)) == (3.0,)


def test_a_number_that_c_writes_is_refused(tmp_path: Path) -> None:
    def f(x: float) -> float:
        path = os.path.join(tmp_path, "a")
        with open(path, "w", encoding="ascii") as file:
            print(x, file=file)
        with open(path, encoding="ascii") as file:
            return float(file.read())

    with pytest.raises(bytegrad.NoRuleError, match="no derivative rule for print"):
        bytegrad.gradient(f, 1.3)


def test_arrays_of_classes_of_their_own_are_read_as_arrays() -> None:
    class Quantity(np.ndarray):
        def tolist(self) -> Any:
            raise NotImplementedError

    texts = Texts()
    texts.note("2.71828")
    assert texts.hold_numbers(np.array([1.0, 2.71828]).view(Quantity))
    texts.note_numbers(np.array([3.14159]).view(Quantity))
    assert texts.hold("3.14159")
    held = np.array([[1.625], None], dtype=object).view(Quantity)
    assert any(at is held[0] for at, _, _ in reachable([held]))

"""The rows of the rules' own tests, as calls that the engine differentiates."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

import bytegrad
from tests.rules.numpy import array_cases
from tests.rules.numpy.array_cases import Case


def modules() -> list[str]:
    """The test modules next to this one that have rows."""
    return sorted(path.stem for path in Path(__file__).parent.glob("test_*.py") if "engine" not in path.stem)


def rows() -> Iterator[tuple[str, Case]]:
    """Every row, after the name of its module."""
    for name in modules():
        module = import_module(f"{__package__}.{name}")
        for test in vars(module).values():
            for mark in getattr(test, "pytestmark", ()) if callable(test) else ():
                if mark.name == "parametrize" and mark.args[0] == "row":
                    yield from ((name, row) for row in mark.args[1] if isinstance(row, Case))


def call(fn: Any, keywords: dict[str, Any], *args: Any) -> Any:
    """What is differentiated."""
    return fn(*args, **keywords)


def check(row: Case) -> None:
    """The value is that of a plain call, the derivative that of differences; nothing is changed; back works twice."""
    before = [np.copy(x) for x in array_cases.variables(row).values()]
    random = np.random.default_rng(crc32(str(row).encode()))
    with np.errstate(all="ignore"):
        expected = row.fn(*row.args, **row.keywords)
        y, back = bytegrad.pullback(call, row.fn, dict(row.keywords), *row.args)
    array_cases._check_value(array_cases._defined(row, y), array_cases._defined(row, expected))
    y_bar = array_cases.random_seed(expected, row.integers, random)
    (_, keywords_bar, *args_bar), (_, *again) = back(y_bar), back(y_bar)
    np.testing.assert_equal([keywords_bar, *args_bar], again, "a second call gives another answer")
    for old, new in zip(before, array_cases.variables(row).values(), strict=True):
        np.testing.assert_array_equal(old, new, "an argument was changed")
    cotangents = {i: bar for i, bar in enumerate(args_bar)} | (keywords_bar or {})
    _check_direction(row, cotangents, y_bar, random)


def _check_direction(row: Case, cotangents: dict[Any, Any], y_bar: Any, random: np.random.Generator) -> None:
    tangents: dict[Any, Any] = {}
    exact = 0.0
    for path, x in array_cases.variables(row).items():
        x_bar = array_cases.part(cotangents, path)
        array_cases._check_kind(x_bar, x)
        tangents[path] = array_cases.normal(np.shape(x), np.iscomplexobj(x), random)
        exact += 0.0 if x_bar is None else float(np.vdot(x_bar, tangents[path]).real)
    array_cases._close(exact, array_cases.difference(row, tangents, y_bar), row, "all arguments together")

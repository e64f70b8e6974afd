"""The rows of the rules' own tests, as calls that the engine differentiates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
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
    """The call by a sequence and a mapping."""
    return fn(*args, **keywords)


@cache
def call_of(n: int, names: tuple[str, ...]) -> Any:
    """A function that calls its first parameter, written with `n` arguments and these keywords."""
    args = [f"a{i}" for i in range(n)]
    given = ", ".join((*args, *(f"{name}=k_{name}" for name in names)))
    scope: dict[str, Any] = {}
    exec(f"def call({', '.join(('fn', *(f'k_{name}' for name in names), *args))}): return fn({given})", scope)
    return scope["call"]


def check(row: Case) -> None:
    """The value is that of a plain call, the derivative that of differences; nothing is changed; back works twice."""
    before = [np.copy(x) for x in array_cases.variables(row).values()]
    random = np.random.default_rng(crc32(str(row).encode()))
    with np.errstate(all="ignore"):
        expected = row.fn(*row.args, **row.keywords)
        function = call_of(len(row.args), tuple(row.keywords))
        y, back = bytegrad.pullback(function, row.fn, *row.keywords.values(), *row.args)
    array_cases._check_value(array_cases._defined(row, y), array_cases._defined(row, expected))
    y_bar = array_cases.random_seed(expected, row.integers, random)
    (_, *bars), (_, *again) = back(y_bar), back(y_bar)
    np.testing.assert_equal(bars, again, "a second call gives another answer")
    for old, new in zip(before, array_cases.variables(row).values(), strict=True):
        np.testing.assert_array_equal(old, new, "an argument was changed")
    cotangents = dict(zip((*row.keywords, *range(len(row.args))), bars, strict=True))
    _check_direction(row, cotangents, y_bar, random)


def call_out(fn: Any, keywords: dict[str, Any], out: Any, *args: Any) -> Any:
    """The same call, writing into an array that already depends on the arguments."""
    target = out * 1.0
    fn(*args, **keywords, out=target)
    return target


def check_out(row: Case) -> None:
    """With ``out=``, the derivative is that of the plain call, and what was in the array before has none."""
    random = np.random.default_rng(crc32(str(row).encode()))
    with np.errstate(all="ignore"):
        out = np.asarray(row.fn(*row.args, **row.keywords))
        _, back = bytegrad.pullback(call, row.fn, dict(row.keywords), *row.args)
        y, back_out = bytegrad.pullback(call_out, row.fn, dict(row.keywords), out, *row.args)
    y_bar = array_cases.random_seed(out, False, random)
    (_, keywords_bar, *args_bar) = back(y_bar)
    for _ in range(2):
        (_, keywords_again, out_bar, *args_again) = back_out(y_bar)
        np.testing.assert_array_equal(0.0 if out_bar is None else out_bar, 0.0)
        np.testing.assert_equal([keywords_again, *args_again], [keywords_bar, *args_bar])
    np.testing.assert_array_equal(y, out)


def takes_out(row: Case) -> bool:
    """Whether the function can write its result into an array, of the result's own type."""
    if "out" in row.keywords or "where" in row.keywords:
        return False
    with np.errstate(all="ignore"):
        try:
            y = row.fn(*row.args, **row.keywords)
            target = np.asarray(y) * 1.0
            row.fn(*row.args, **row.keywords, out=target)
        except (TypeError, ValueError):
            return False
    return isinstance(y, np.ndarray | np.generic) and y.dtype == target.dtype and y.dtype.kind in "fc"


def _check_direction(row: Case, cotangents: dict[Any, Any], y_bar: Any, random: np.random.Generator) -> None:
    tangents: dict[Any, Any] = {}
    exact = 0.0
    for path, x in array_cases.variables(row).items():
        x_bar = array_cases.part(cotangents, path)
        array_cases._check_kind(x_bar, x)
        tangents[path] = _laid_out(array_cases.normal(np.shape(x), np.iscomplexobj(x), random), x)
        exact += 0.0 if x_bar is None else float(np.vdot(x_bar, tangents[path]).real)
    array_cases._close(exact, array_cases.difference(row, tangents, y_bar), row, "all arguments together")


def _laid_out(tangent: Any, x: Any) -> Any:
    """`tangent` in the memory order of `x`, on which the result of some functions depends."""
    if not isinstance(x, np.ndarray):
        return tangent
    same = np.empty_like(x, tangent.dtype)
    same[...] = tangent
    return same

"""Types that are guessed, of rows that are lists and of what is unpacked; and what is done where a guess was wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import gradient, hessian, withgradient
from bytegrad.runtime import compile as compiling
from bytegrad.stages import show
from tools.bench.everyday import matrix_product

STEP = 1e-6


def looped(rows: Any) -> Any:
    total = 0.0
    for row in rows:
        for q in row:
            total = math.tanh(total + q * q)
    return total


def unpacked(rows: Any) -> Any:
    total = 0.0
    for a, b in rows:
        total = math.tanh(total + a * b)
    return total


def written(x: Any, n: int) -> Any:
    grid = [[0.0] * n for _ in range(n)]
    for i in range(n):
        grid[i][0] = x * i
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            grid[i][j] = 0.25 * (grid[i - 1][j] + grid[i + 1][j]) + grid[i][j - 1] * grid[i][j]
    return grid[n - 2][n - 2] + grid[1][1]


def aliased(x: Any, n: int) -> Any:
    row = [x, 1.0]
    rows = [row, row, [x * x, 2.0]]
    for i in range(n):
        rows[i][0] = rows[i][0] * rows[i - 1][1] + x
        rows[i][1] += rows[i][0]
    return row[0] * rows[2][1]


def differences(f: Callable[[float], float], x: float) -> float:
    return (f(x + STEP) - f(x - STEP)) / (2.0 * STEP)


def check_matrix(f: Callable[..., Any], rows: list[Any], *rest: Any) -> None:
    """The value is the plain call's, and every entry of the gradient is that of differences."""
    value, (found, *_) = withgradient(f, rows, *rest)
    assert value == f(rows, *rest)
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):

            def at(q: float, i: int = i, j: int = j) -> Any:
                moved = [list(row) if isinstance(row, tuple) else row.copy() for row in rows]
                moved[i][j] = q
                return f(
                    [type(row)(m) if isinstance(row, tuple) else m for row, m in zip(rows, moved, strict=True)], *rest
                )

            wanted = differences(at, float(entry))
            bar = None if found is None or found[i] is None else found[i][j]
            assert (bar or 0.0) == pytest.approx(wanted, rel=1e-6, abs=1e-8)


def entries(seed: int, n: int = 3) -> list[Any]:
    r = random.Random(seed)
    return [[r.uniform(-1.0, 1.0) for _ in range(n)] for _ in range(n)]


def test_rows_are_guessed_to_be_lists() -> None:
    text = show(matrix_product, "primal", [list, list, int])
    assert text.count("is_list") == 2
    hot = text.split("is_float")[0]
    assert "# generic" not in hot


@pytest.mark.parametrize(
    "make",
    [
        lambda row: row,
        tuple,
        np.array,
        lambda row: [round(4.0 * q) for q in row],
        lambda row: [q if q > 0.0 else 1 for q in row],
    ],
    ids=["lists", "tuples", "arrays", "ints", "mixed"],
)
@pytest.mark.parametrize("f", [looped, unpacked], ids=["looped", "unpacked"])
def test_whatever_the_rows_are_and_were(f: Any, make: Any) -> None:
    """Each call meets code that was made for what the calls before it met."""
    size = 2 if f is unpacked else 3
    rows = [row[:size] for row in entries(1)]
    for mixed in (
        rows,
        [make(row) for row in rows],
        [rows[0], make(rows[1]), rows[2]],
        [make(rows[0]), *rows[1:]],
        rows,
    ):
        check_matrix(f, mixed)


def test_rows_of_a_product() -> None:
    a, b = entries(2), entries(3)
    for first, second in ((a, b), ([*map(tuple, a)], b), (a, [*map(np.array, b)]), (a, b)):
        check_matrix(matrix_product, first, second, 3)


@pytest.mark.parametrize("f", [written, aliased], ids=["written", "aliased"])
def test_rows_that_are_written(f: Any) -> None:
    n = 6 if f is written else 3
    for x in (0.4, 0.7, 0.2):
        value, (x_bar, _) = withgradient(f, x, n)
        assert value == f(x, n)
        assert x_bar == pytest.approx(differences(lambda q: f(q, n), x), rel=1e-7)
        wanted = differences(lambda q: gradient(f, q, n)[0], x)
        assert hessian(lambda q: f(q, n), x) == pytest.approx(wanted, rel=1e-6, abs=1e-7)


def shared(x: Any, n: int) -> Any:
    powers = [x**k for k in range(n)]
    total = 0.0
    for i in range(1, n - 1):
        for j in range(i, n - 1):
            total += powers[i] * powers[j]
    return total


def test_a_variable_of_an_inner_function_is_guessed_to_be_what_it_is_at_first() -> None:
    """`n` belongs to a comprehension too, where these are functions."""
    for _ in range(3):
        x_bar = gradient(shared, 0.7, 6)[0]
        assert x_bar == pytest.approx(differences(lambda q: shared(q, 6), 0.7), rel=1e-7)
    assert all(not made.missed and not made.seen for made in compiling.compiled(shared.__code__))


def counted(x: Any, limits: Any) -> Any:
    """The limits are read where a float was guessed, in the midst of a loop over a range."""
    total = 0.0
    for i in range(3):
        for j in range(1, limits[i] + 1):
            total += x**j * (limits[0] - 0.5)
    return total


def test_a_guess_that_fails_within_a_loop() -> None:
    """The other copy goes on with the iterators that it finds."""
    for limits in ([2, 3, 1], [2, 3, 1], (1, 2, 3), [3, 1, 2], [1, True, 2], [2, 3, 1]):
        value, (x_bar, _) = withgradient(counted, 0.6, limits)
        assert value == counted(0.6, limits)
        assert x_bar == pytest.approx(differences(lambda q, limits=limits: counted(q, limits), 0.6), rel=1e-7)


def test_what_was_found_is_guessed_the_next_time() -> None:
    def f(x: Any, limits: Any) -> Any:
        return x * (limits[0] - 1) + limits[1] * x

    for _ in range(4):
        assert gradient(f, 0.5, [3, 2])[0] == 4.0
    (made,) = [made for made in compiling.compiled(f.__code__) if made.seen]
    assert {*made.seen.values()} == {int}
    assert not made.missed
    for limits, wanted in (([3.0, 2], 4.0), ([3, 2.0], 4.0), ([3.5, 2.5], 5.0)):
        assert gradient(f, 0.5, limits)[0] == wanted
    (made,) = [made for made in compiling.compiled(f.__code__) if made.seen]
    assert None in made.seen.values()


def test_code_is_not_made_anew_for_ever() -> None:
    """A function in which many guesses are wrong stays as it is in the end."""
    source = "def f(x, v):\n    t = x\n" + "".join(f"    t = t * v[{n}]\n" for n in range(30)) + "    return t\n"
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    f = namespace["f"]
    for _ in range(40):
        assert gradient(f, 2.0, [1] * 30)[0] == 1.0
    before = {id(made) for made in compiling.compiled(f.__code__)}
    assert gradient(f, 2.0, [1] * 30)[0] == 1.0
    assert {id(made) for made in compiling.compiled(f.__code__)} == before

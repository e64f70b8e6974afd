"""Second order of the rows of `array_cases`: pullbacks differentiated by recording, against differences of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from unittest.mock import patch

import numpy as np

from bytegrad.rules.numpy import broadcast
from tests.rules.numpy.array_cases import (
    Case,
    inner,
    is_double,
    normal,
    outputs,
    part,
    random_seed,
    run,
    variables,
    with_values,
)
from tests.rules.numpy.recorder import Recorded, Tape, plain, recording

STEP = 1e-4


def of_second_order(rows: Iterable[Case]) -> list[Case]:
    """The rows that can be recorded: double precision throughout, no nested lists, no masked calls of ufuncs."""
    return [
        row
        for row in rows
        if not row.integers
        and all(len(path) == 1 and is_double(x) for path, x in variables(row).items())
        and not (isinstance(row.fn, np.ufunc) and "where" in row.keywords)
    ]


def check_second_order(row: Case, random: np.random.Generator) -> None:
    """Hold the derivatives of the pullback, in the variables of `row` and in y_bar, to differences."""
    paths = list(variables(row))
    start = [np.asarray(x)[()] if np.ndim(x) == 0 else x for x in variables(row).values()]
    with np.errstate(all="ignore"):
        y_bar = random_seed(row.fn(*row.args, **row.keywords), False, random)
        flat_seed = [np.asarray(seed) for seed in outputs(y_bar) if seed is not None]
        weights = [normal(np.shape(x), np.iscomplexobj(x), random) for x in start]

        def slopes(values: list[Any]) -> list[Any]:
            args, keywords = with_values(row, dict(zip(paths, values[: len(paths)], strict=True)))
            _, pull = run(row.fn, args, keywords)
            cotangents = pull(_refilled(y_bar, iter(values[len(paths) :])))
            return [part(cotangents, path) for path in paths]

        point = [*start, *flat_seed]
        gradient = _recorded_gradient(slopes, point, weights)
        for i, x in enumerate(point):
            tangent = normal(np.shape(x), np.iscomplexobj(x), random)
            ours = 0.0 if gradient[i] is None else inner(gradient[i], tangent)
            theirs = _difference(slopes, point, i, tangent, weights)
            precision = max(row.tolerance, 1e-6)
            close = abs(ours - theirs) <= precision * (1 + abs(theirs))
            assert close, f"second order: {ours!r}, differences {theirs!r}"
        _check_linear_at_zero(slopes, start, flat_seed, weights, gradient[len(start) :])


def _check_linear_at_zero(
    slopes: Any, start: list[Any], seeds: list[np.ndarray], weights: list[Any], wanted: list[Any]
) -> None:
    """A pullback is linear, at the seed 0 too: forward mode differentiates it there."""
    found = _recorded_gradient(slopes, [*start, *[np.zeros_like(seed) for seed in seeds]], weights)[len(start) :]
    for ours, theirs, seed in zip(found, wanted, seeds, strict=True):
        at_zero, at_seed = [np.zeros_like(seed) if bar is None else plain(bar) for bar in (ours, theirs)]
        assert np.allclose(at_zero, at_seed, rtol=1e-9, atol=1e-12), "the pullback is not linear where the seed is 0"


def _refilled(y_bar: Any, seeds: Any) -> Any:
    """`y_bar` with the next of `seeds` in place of each of its arrays and numbers."""
    if isinstance(y_bar, tuple | list):
        return type(y_bar)([_refilled(item, seeds) for item in y_bar])
    return None if y_bar is None else next(seeds)


def _recorded_gradient(slopes: Any, point: list[Any], weights: list[Any]) -> list[Any]:
    tape = Tape()
    inputs = [Recorded(x, tape) for x in point]
    # Constants among the arguments are Python numbers, and their cotangents would be made such.
    with recording(), patch.dict(broadcast._PYTHON_NUMBERS, clear=True):
        results = slopes(inputs)
        kept = [(x_bar, weight) for x_bar, weight in zip(results, weights, strict=True) if x_bar is not None]
        return tape.gradient([x_bar for x_bar, _ in kept], [weight for _, weight in kept], inputs)


def _difference(slopes: Any, point: list[Any], i: int, tangent: Any, weights: list[Any]) -> float:
    total = 0.0
    for steps, factor in ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0)):
        moved = [x + steps * STEP * tangent if j == i else x for j, x in enumerate(point)]
        pairs = zip(slopes(moved), weights, strict=True)
        total += factor * sum(inner(plain(x_bar), weight) for x_bar, weight in pairs if x_bar is not None)
    return total / (12 * STEP)

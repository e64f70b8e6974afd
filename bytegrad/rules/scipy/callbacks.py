"""Functions of the user's that compiled code calls back: each call is recorded as it happens, and reversed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.steps import run
from bytegrad.runtime.tangent import ZERO, Poison, accum


class RecordedCalls:
    """A stand-in for `function` that compiled code can call, and that remembers how to reverse each call."""

    def __init__(self, ctx: Context, function: Callable[..., Any]) -> None:
        self.ctx, self.function = ctx, function
        self.arguments: list[tuple[Any, ...]] = []
        self.values: list[Any] = []
        self._records: list[Any] = []

    def __call__(self, *args: Any) -> Any:
        """Call the function, from the solver."""
        if args and isinstance(args[0], np.ndarray):
            args = (np.array(args[0]), *args[1:])  # what the solver passes is its own memory, and changes
        record, value = run(resolve(self.ctx, self.function, args, {}))
        self.arguments.append(args)
        self.values.append(value)
        self._records.append(record)
        return value

    @property
    def is_active(self) -> bool:
        """Whether any call may have a cotangent to pass on."""
        return any(record is not None for record in self._records)

    def number_at(self, x: Any, args: tuple[Any, ...]) -> int:
        """The number of the last call at `x`; one more call is made if there was none."""
        for number in range(len(self.values) - 1, -1, -1):
            if np.array_equal(self.arguments[number][0], x):
                return number
        self(x, *args)
        return len(self.values) - 1

    def reverse(self, ctx: Context, seeds: dict[int, Any]) -> tuple[Any, ...]:
        """Reverse all calls, the last one first; `seeds` are the cotangents of their values by number.

        Returns the sum of the cotangents of the arguments after the first; the first is the solver's own.
        """
        total: tuple[Any, ...] | None = None
        for number in range(len(self._records) - 1, -1, -1):
            record = self._records[number]
            if record is None:
                continue
            seed = seeds.get(number)
            carried = ZERO if seed is None else ctx.absorb(self.values[number], seed)
            bars = tuple(record[0](ctx, record, carried))[1 : len(self.arguments[number])]
            total = bars if total is None else tuple(accum(a, b) for a, b in zip(total, bars, strict=True))
        return () if total is None else total


def jacobian_at(function: Callable[..., Any], x: Any, args: tuple[Any, ...]) -> Any:
    """The derivative of ``function(x, *args)`` in `x`, a number or a vector: a number or a matrix.

    The function is called once; nothing of the call is seen outside, so it is not recorded either.
    """
    while isinstance(function, RecordedCalls):
        function = function.function
    ctx = Context()
    point = np.array(x, dtype=float) if np.ndim(x) else float(x)
    if np.ndim(x):
        ctx.arrays.activate(point)
    record, value = run(resolve(ctx, function, (point, *args), {}))
    outputs = np.ravel(np.asarray(value, dtype=float)).size
    if record is None:
        return np.zeros((outputs, np.size(x))) if np.ndim(x) else 0.0
    rows = []
    for number in range(outputs):
        ctx.begin_reverse()
        try:
            rows.append(_row(ctx, record, value, point, number))
        finally:
            ctx.finish_reverse()
    return np.stack(rows) if np.ndim(x) else rows[0]


def _row(ctx: Context, record: Any, value: Any, point: Any, number: int) -> Any:
    """The derivatives of the component `number` of `value`."""
    seed: Any = 1.0
    if np.ndim(value):
        seed = (np.arange(np.size(value)) == number).astype(float).reshape(np.shape(value))
        seed = seed if isinstance(value, np.ndarray) else seed.tolist()
    bar = record[0](ctx, record, ctx.absorb(value, seed))[0]
    if isinstance(bar, Poison):
        raise bar.error
    if not np.ndim(point):
        return 0.0 if bar is ZERO else float(bar)
    part = ctx.arrays.shadow(point)
    found = None if part is None else part.take(ctx)
    return np.zeros(np.size(point)) if found is None else np.ravel(found)

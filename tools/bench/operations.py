"""What one operation on arrays of size 1 costs: the augmented primal on top of the plain call, and the pullback.

Each is repeated in a loop, so that what a differentiation costs once is shared by many.
"""

from __future__ import annotations

import linecache
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import bytegrad

TARGET = 3.0
"""Microseconds, of either."""
REPEATED = 100
ROUNDS = 25
OPERATIONS = {
    "multiply": "y * c",
    "sin": "np.sin(y)",
    "maximum": "np.maximum(y, c)",
    "where": "np.where(y > 9.0, c, y)",
    "sum": "np.sum(y, keepdims=True)",
    "max": "np.max(y, keepdims=True)",
    "prod": "np.prod(y, keepdims=True)",
    "cumsum": "np.cumsum(y)",
    "matmul": "m @ y",
    "outer": "np.outer(y, c)[0]",
    "einsum": "np.einsum('i,i->i', y, c)",
    "solve": "np.linalg.solve(m, y)",
    "slice": "y[0:1] * c",
    "index": "y[places]",
    "take": "np.take(y, places)",
    "reshape": "y.reshape(1, 1)[0]",
    "concatenate": "np.concatenate([y, c])[:1]",
    "stack": "np.stack([y, c])[0]",
    "copy": "y.copy()",
}
"""By their names, expressions of the arrays `y`, `c` (1,) and `m` (1, 1); their results are of the shape of `y`."""
_COLUMNS = "{:<32} {:>8} {:>14} {:>14}"


def repeated(name: str) -> Callable[..., Any]:
    """The function that repeats an operation."""
    source = (
        f"def {name}(y, c, m):\n    for _ in range({REPEATED}):\n        y = {OPERATIONS[name]}\n    return np.sum(y)\n"
    )
    file = f"<the operation {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"np": np, "places": np.array([0])}
    exec(compile(source, file, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    return function


def measured(name: str) -> tuple[float, float, float]:
    """Microseconds of one operation, the least of all rounds: plain, what the primal has more, the pullback."""
    f = repeated(name)
    args = (np.array([0.7]), np.array([1.01]), np.eye(1))
    for _ in range(8):
        bytegrad.pullback(f, *args)[1](1.0)
    rounds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        f(*args)
        plain = time.process_time()
        _, back = bytegrad.pullback(f, *args)
        primal = time.process_time()
        back(1.0)
        rounds.append((plain - begin, primal - plain, time.process_time() - primal))
    plain, primal, reverse = (min(times) * 1e6 / REPEATED for times in zip(*rounds, strict=True))
    return plain, primal - plain, reverse


def operation_lines(show: Callable[[str], None]) -> None:
    """Measure all and show a line for each."""
    show(_COLUMNS.format(f"microseconds (target: {TARGET:g} each)", "plain", "primal more", "pullback more"))
    for name in OPERATIONS:
        plain, primal, reverse = measured(name)
        show(_COLUMNS.format(name, f"{plain:.2f}", f"{primal:.2f}", f"{reverse - plain:.2f}"))

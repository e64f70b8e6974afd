"""Peak memory and time of the gradient of a loop, plain and with few states kept: `python -m tools.checkpoint_memory`.

The state is an array of 10,000 numbers (80 kB); each step takes its sine.  Prints the table of docs/control.md.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad import checkpointed_loop, gradient

STEPS = (10, 30, 100, 300, 1000, 3000)


def step(i: int, x: Any, w: float) -> Any:
    """One step of the loop."""
    return np.sin(w * x)


def plain(n: int) -> Callable[..., Any]:
    """The loop as one writes it."""

    def loss(x: Any, w: float) -> Any:
        for i in range(n):
            x = step(i, x, w)
        return np.sum(x)

    return loss


def kept(n: int) -> Callable[..., Any]:
    """The loop of which few states are kept."""
    return lambda x, w: np.sum(checkpointed_loop(n, step, x, w))


def measured(f: Callable[..., Any], x: Any) -> tuple[float, float]:
    """Peak memory in MB, and seconds, of the gradient of `f`, compiled before."""
    gradient(f, x[:2], 1.1)
    begin = time.perf_counter()
    gradient(f, x, 1.1)
    seconds = time.perf_counter() - begin
    tracemalloc.start()
    gradient(f, x, 1.1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6, seconds


def main() -> int:
    """Print the table."""
    x = np.linspace(0.0, 1.0, 10_000)
    print("| steps | plain: MB | s | checkpointed_loop: MB | s |")
    print("| --- | --- | --- | --- | --- |")
    for n in STEPS:
        (plain_mb, plain_s), (kept_mb, kept_s) = measured(plain(n), x), measured(kept(n), x)
        print(f"| {n} | {plain_mb:.1f} | {plain_s:.2f} | {kept_mb:.1f} | {kept_s:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Times of several callables in one run: blocks of each in turn, so that a slow moment of the machine meets all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 15
BLOCK_SECONDS = 0.01
MOST_SECONDS = 10.0


def calls_in_a_block(call: Callable[[], Any]) -> int:
    """How many calls take about BLOCK_SECONDS; the first calls also warm caches."""
    n = 1
    while True:
        seconds = block_seconds(call, n)
        if seconds > 0.3 * BLOCK_SECONDS:
            return max(1, round(n * BLOCK_SECONDS / seconds))
        n *= 4


def block_seconds(call: Callable[[], Any], n: int) -> float:
    """CPU seconds of `n` calls."""
    start = time.process_time()
    for _ in range(n):
        call()
    return time.process_time() - start


def interleaved_medians(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Name -> median CPU seconds of one call."""
    for call in calls.values():
        # What one of them imports may make another one compile again.
        call()
    sizes = {name: calls_in_a_block(call) for name, call in calls.items()}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    started = time.perf_counter()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            samples[name].append(block_seconds(call, sizes[name]) / sizes[name])
        if time.perf_counter() - started > MOST_SECONDS:
            break
    return {name: statistics.median(times) for name, times in samples.items()}

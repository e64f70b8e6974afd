"""What is paid once: import, the first gradient, the tape, the stack; each in a process of its own."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

IMPORT = """
import time, numpy
start = time.perf_counter()
import bytegrad
print(time.perf_counter() - start)
"""

FIRST_GRADIENT = """
import time
import bytegrad
from tools.example_colour import colour_difference
start = time.perf_counter()
bytegrad.gradient(colour_difference, [0.8, 0.3, 0.2], [0.1, 0.5, 0.9])
print(time.perf_counter() - start)
"""

# One float is saved in each iteration: the old value of the product.
TAPE = """
import tracemalloc
import bytegrad
from tools.bench.programs import pow_loop
bytegrad.pullback(pow_loop, 1.5, 10)[1](1.0)
iterations = 10**6
tracemalloc.start()
before = tracemalloc.get_traced_memory()[0]
y, back = bytegrad.pullback(pow_loop, 1.000001, iterations)
held = tracemalloc.get_traced_memory()[0] - before
tracemalloc.stop()
expected = iterations * 1.000001 ** (iterations - 1)
assert abs(back(1.0)[0] - expected) < 1e-6 * expected
print(held / iterations)
"""

RECURSION = """
import bytegrad
from tools.bench.programs import call_chain
bytegrad.gradient(call_chain, 0.7, 900)
print(900)
"""


_FUNCTIONS = """
import colorsys, fractions, gc, inspect, statistics, textwrap, time, tracemalloc
from bytegrad.runtime.compile import compile_adjoint, emitted
modules = (statistics, fractions, colorsys)
owners = [*modules, *[kind for module in modules for kind in vars(module).values() if inspect.isclass(kind)]]
found = {f for owner in owners for f in vars(owner).values() if inspect.isfunction(f)}
functions = [f for f in found if f.__module__ in {module.__name__ for module in modules} and "<" not in f.__name__]
def pair(f):
    made = compile_adjoint(f.__code__, f.__globals__, (None,) * len(inspect.signature(f).parameters))
    emitted(made.pullback)
    return made
"""

COMPILING = (
    _FUNCTIONS
    + """
def seconds(job, *args):
    times = []
    for _ in range(5):
        start = time.process_time()
        job(*args)
        times.append(time.process_time() - start)
    return min(times)
def plainly(source):
    for _ in range(20):
        compile(source, "", "exec")
sources = [(f, textwrap.dedent(inspect.getsource(f))) for f in functions]
gc.disable()
print(statistics.median([20 * seconds(pair, f) / seconds(plainly, source) for f, source in sources]))
"""
)

KEPT = (
    _FUNCTIONS
    + """
for f in functions:
    pair(f)
gc.collect()
tracemalloc.start()
kept = [pair(f) for f in functions]
gc.collect()
print(tracemalloc.get_traced_memory()[0] / len(kept) / 1024)
"""
)


@dataclass(frozen=True, slots=True)
class Cost:
    """A figure that `code` prints, in `unit`; at most `target`."""

    name: str
    code: str
    unit: str
    target: float
    runs: int = 1


COSTS = (
    Cost("import beyond numpy's", IMPORT, "s", 0.3, runs=5),
    Cost("first gradient of coloraide's delta E 2000, compilation included", FIRST_GRADIENT, "s", 3.0, runs=3),
    Cost("compiling a function and its pullback, over CPython's compile, median of three modules", COMPILING, "", 30.0),
    Cost("memory kept for a compiled function, of which there are at most 4,096", KEPT, "KB", 64.0),
    Cost("tape of a loop of 10^6 iterations, per saved float", TAPE, "bytes", 100.0),
    Cost("recursion differentiated under the default limit", RECURSION, "deep", 900.0),
)


def measure(cost: Cost) -> tuple[float | None, str]:
    """The median figure of its runs, or None and the last line of the error."""
    figures = []
    # As installed: with the bytecode of modules stored, whatever this process was told.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(cost.runs):
        command = [sys.executable, "-c", cost.code]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return None, (done.stderr.strip().splitlines() or ["no message"])[-1]
        figures.append(float(done.stdout))
    return statistics.median(figures), ""


def cost_lines(show: Callable[[str], None]) -> None:
    """Measure everything and show a line for each."""
    for cost in COSTS:
        figure, error = measure(cost)
        if figure is None:
            show(f"{cost.name}: {error}")
        else:
            show(f"{cost.name}: {figure:.3g} {cost.unit} (target: {cost.target:g})")

"""`python -m tools.bench`: gradient time / plain call time of every program, beside autograd's, then what is paid once.

All ratios are of one run, of medians, with the measured calls interleaved.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import bytegrad
import bytegrad.api
from tools.bench.arrays import ARRAYS, LARGE
from tools.bench.costs import cost_lines
from tools.bench.everyday import EVERYDAY
from tools.bench.measure import interleaved_medians
from tools.bench.operations import operation_lines
from tools.bench.orders import order_lines
from tools.bench.peers import autograd_call
from tools.bench.programs import PROGRAMS, Program

COLUMNS = "{:<32} {:>11}   {:>16} {:>7}   {:>13} {:>7}   {:>10}"
Call = Callable[[], Any]


def through_the_api(program: Program) -> Call:
    """A call of `value_and_grad(f)`."""
    argnums = 0 if program.active == 1 else tuple(range(program.active))
    value_and_grad = bytegrad.value_and_grad(program.fn, argnums)
    return lambda: value_and_grad(*program.args)


def compiled_pair(program: Program) -> Call:
    """A call of the two functions that bytegrad made of the program, nothing around them."""
    augmented, pullback = bytegrad.api.compiled_pair(program.fn, *program.args)

    def both() -> Any:
        record, y = augmented(*program.args)
        return y, pullback(record, 1.0)

    return both


MAKERS: dict[str, Callable[[Program], Call | None]] = {
    "api": through_the_api,
    "pair": lambda program: None if program in (*EVERYDAY, *ARRAYS, *LARGE) else compiled_pair(program),
    "autograd": autograd_call,
}


def measured_line(program: Program) -> str:
    """The program's row of the table; a call that fails is shown as refused, by the name of its error."""
    calls: dict[str, Call] = {"plain": lambda: program.fn(*program.args)}
    shown: dict[str, str] = {}
    for name, make in MAKERS.items():
        try:
            call = make(program)
            if call is None:
                shown[name] = "-"
                continue
            call()
            calls[name] = call
        except Exception as error:
            shown[name] = f"refused: {type(error).__name__}" if name != "autograd" else "refused"
    seconds = interleaved_medians(calls)
    plain = seconds.pop("plain")
    shown.update({name: f"{time / plain:.1f}" for name, time in seconds.items()})
    targets = [f"<= {target:g}" if target else "" for target in (program.target, program.pair_target)]
    return COLUMNS.format(
        program.name, f"{plain * 1e6:.2f} us", shown["api"], targets[0], shown["pair"], targets[1], shown["autograd"]
    )


def main() -> None:
    """Measure the programs whose names contain a word of the command line, or all, and then the costs."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "words",
        nargs="*",
        help="only what has one of these in its name, loops over 10^k elements too; or orders, operations",
    )
    words = parser.parse_args().words
    print(f"Python {sys.version.split()[0]}; ratios to the plain call\n")
    print(COLUMNS.format("program", "plain call", "value_and_grad", "", "compiled pair", "", "autograd"))
    for program in (*PROGRAMS, *EVERYDAY, *ARRAYS, *(LARGE if words else ())):
        if not words or any(word.lower() in program.name.lower() for word in words):
            print(measured_line(program), flush=True)
    if not words or "orders" in words:
        print()
        order_lines(lambda line: print(line, flush=True))
    if not words or "operations" in words:
        print()
        operation_lines(lambda line: print(line, flush=True))
    if not words:
        print()
        cost_lines(lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()

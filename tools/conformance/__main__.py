"""``python -m tools.conformance [--group core,model] [--modules test_with,test_patma] [-j 2]``: the full run.

It runs the modules of the running interpreter's own ``test`` package, prints how many functions were transformed, and
fails if a test that passes in a plain run does anything else under the transform without looking at what must differ.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

from tools.conformance.catalogue import GROUPS, known_reason, modules_of
from tools.conformance.compare import Comparison, compare


def report(results: list[Comparison]) -> int:
    """Print what was found; the number of mismatches without an excuse."""
    mismatches = [mismatch for result in results for mismatch in result.mismatches]
    unexpected = [mismatch for mismatch in mismatches if not mismatch.expected]
    reasons = Counter(m.tags[0] if m.tags else known_reason(m.test) for m in mismatches if m.expected)
    print(f"\nCPython {platform.python_version()}")
    print(f"{sum(result.transformed for result in results)} functions transformed (counted once for each test)")
    print(f"{sum(result.passing for result in results)} tests pass in a plain run; under the transform")
    print(f"{len(mismatches)} of them do not: {len(unexpected)} unexpected")
    for reason, count in reasons.most_common():
        print(f"  {count:5d}  {reason}")
    for mismatch in unexpected:
        print(f"{mismatch.test}: {mismatch.outcome}: {mismatch.message.partition(chr(10))[0]}")
    return len(unexpected)


def main() -> int:
    """The command: 1 if something unexpected was found, or nothing was transformed."""
    parser = argparse.ArgumentParser(prog="python -m tools.conformance", description=__doc__)
    parser.add_argument("--group", default=",".join(GROUPS), help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--modules", help="instead of groups")
    parser.add_argument("-j", type=int, default=2, help="processes at a time")
    options = parser.parse_args()
    names = options.modules.split(",") if options.modules else modules_of(options.group.split(","))
    names = [name for name in names if find_spec(f"test.{name}")]
    results = []
    with ThreadPoolExecutor(options.j) as pool:
        for result in pool.map(compare, names):
            results.append(result)
            print(
                f"{result.module:28} {result.seconds:6.1f} s  {result.passing:5} pass plainly, "
                f"{len(result.unexpected):3} unexpected of {len(result.mismatches):3} mismatches {result.problem}",
                flush=True,
            )
    return int(report(results) > 0 or not sum(result.transformed for result in results))


if __name__ == "__main__":
    sys.exit(main())

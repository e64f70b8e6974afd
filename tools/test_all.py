"""Run every check on every supported Python that this machine has: `python3 tools/test_all.py [pytest arguments]`.

It makes its own environment for tox (`.venv-tox`), finds the interpreters (on PATH, and those of pyenv, whose shims
answer for one version only), runs lint, types and the docs once and the tests once per interpreter, two of these at a
time, and ends with what pytest closed each of its runs with.  Without arguments, the tests of numpy's and scipy's
rules, which are formulas whatever the Python, run on the newest one only.

BYTEGRAD_REQUIRE_PYTHONS="3.11 3.12" makes it an error that one of these is not there.

Standard library only, and written so that an older `python3` can start it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from interpreters import find_python

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ("3.11", "3.12", "3.13")
ONCE = ("lint", "types", "docs")
AT_A_TIME = 2
"""Making an environment, and all that is done once, takes one core; the tests of one Python share all there are."""
CLOSING_LINE = re.compile(r"^=+ .*\b(passed|failed|error|errors|no tests ran)\b.* in [\d.]+s.* =+$")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def make_tox(python: Path) -> Path:
    """The tox of `.venv-tox`, made with `python` if it is not there yet."""
    venv = ROOT / ".venv-tox"
    bin_folder = venv / ("Scripts" if os.name == "nt" else "bin")
    if not (bin_folder / "tox").exists():
        subprocess.run([str(python), "-m", "venv", "--clear", str(venv)], check=True)
        subprocess.run([str(bin_folder / "python"), "-m", "pip", "install", "--quiet", "tox>=4.25,<5"], check=True)
    return bin_folder / "tox"


def run_tox(tox: Path, name: str, pythons: dict[str, Path], arguments: list[str]) -> tuple[bool, list[str]]:
    """Whether the tox environment `name` passes, and the closing lines of the pytest runs in it."""
    # tox is told where the interpreters are: by itself it asks the shims and reports a version as missing.
    command = [str(tox), "run", "--discover", *map(str, pythons.values()), "-e", name]
    if arguments:
        command += ["--", *arguments]
    print(f">>> tox run -e {name}", flush=True)
    closing = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(f"{name}: {line}", end="", flush=True)
            plain = COLOUR.sub("", line.rstrip())
            if CLOSING_LINE.match(plain):
                closing.append(plain)
    return process.returncode == 0, closing


def main() -> int:
    """Run everything; 0 if all of it passed."""
    found = {version: find_python(version) for version in SUPPORTED}
    pythons = {version: python for version, python in found.items() if python is not None}
    missing = [version for version in SUPPORTED if version not in pythons]
    required = os.environ.get("BYTEGRAD_REQUIRE_PYTHONS", "").replace(",", " ").split()
    for version, python in pythons.items():
        print(f"Python {version}: {python}")
    for version in missing:
        print(f"Python {version}: not on this machine" + (", and required" if version in required else ""))
    if not pythons or any(version in missing for version in required):
        return 1
    tox = make_tox(next(iter(pythons.values())))
    first, *others = names = ["py" + version.replace(".", "") for version in pythons]
    arguments = {name: sys.argv[1:] for name in names}
    if not sys.argv[1:]:
        arguments.update({name: ["-m", "not slow and not numeric"] for name in names[:-1]})
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = {
            name: pool.submit(run_tox, tox, name, pythons, arguments.get(name, [])) for name in (first, *ONCE, *others)
        }
    results = {name: run.result() for name, run in runs.items()}
    print("\n>>> summary")
    for name, (passed, closing) in results.items():
        print(f"{name}: {'passed' if passed else 'FAILED'}")
        for line in closing:
            print(line)
    return 0 if all(passed for passed, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

"""A module's plain run against its transformed run, each in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.conformance.catalogue import known_reason

ROOT = Path(__file__).resolve().parents[2]
PASSING = ("pass", "expected failure")
STALL = 120.0
"""Seconds that a test may take."""


@dataclass
class Run:
    """What came of one module: by test, its outcome, message and tags."""

    tests: dict[str, dict[str, Any]] = field(default_factory=dict)
    transformed: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Mismatch:
    """A test that passes in a plain run, and does not under the transform."""

    test: str
    outcome: str
    message: str
    tags: tuple[str, ...]

    @property
    def expected(self) -> bool:
        """Whether the test looks at what must differ."""
        return bool(self.tags) or known_reason(self.test) is not None


@dataclass
class Comparison:
    """Both runs of a module."""

    module: str
    passing: int
    transformed: int
    mismatches: list[Mismatch]
    problem: str
    seconds: float

    @property
    def unexpected(self) -> list[Mismatch]:
        """Mismatches that have no excuse."""
        return [mismatch for mismatch in self.mismatches if not mismatch.expected]


def compare(module: str, prelude: str = "", seconds: float = 900.0) -> Comparison:
    """Run a module both ways; `prelude` is code that the transformed run begins with."""
    begun = time.monotonic()
    plain = run_module(module, "plain", "", seconds)
    other = run_module(module, "transformed", prelude, seconds)
    mismatches = []
    for name, test in plain.tests.items():
        missing = {"outcome": "missing", "message": other.problem}
        found = other.tests.get(name, missing)
        if test["outcome"] in PASSING and found["outcome"] != test["outcome"]:
            mismatches.append(Mismatch(name, found["outcome"], found["message"], tuple(test["tags"])))
    passing = Counter(test["outcome"] in PASSING for test in plain.tests.values())[True]
    problem = plain.problem or other.problem
    return Comparison(module, passing, other.transformed, mismatches, problem, time.monotonic() - begun)


def run_module(module: str, mode: str, prelude: str, seconds: float) -> Run:
    """Run a module, going on behind tests that end the process or do not end."""
    found = Run()
    end = time.monotonic() + seconds
    while True:
        finished, current, reason = _run_rest(module, mode, prelude, found, end)
        if finished:
            return found
        if current is None or time.monotonic() > end:
            found.problem = reason
            return found
        found.tests[current] = {"outcome": reason, "message": reason, "tags": []}


def _run_rest(module: str, mode: str, prelude: str, found: Run, end: float) -> tuple[bool, str | None, str]:
    """One process: whether it came to the end, else the test it was in, and what became of it."""
    with tempfile.TemporaryDirectory() as folder:
        skip = Path(folder, "skip")
        skip.write_text(json.dumps(list(found.tests)))
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "TMPDIR": folder, "COLUMNS": "80",
            "NO_COLOR": "1", "PYTHON_COLORS": "0", "LC_ALL": "C.UTF-8", "CONFORMANCE_PRELUDE": prelude,
        }  # fmt: skip
        command = [sys.executable, "-m", "tools.conformance.worker", module, mode, str(skip)]
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=folder, text=True,
        )  # fmt: skip
        watch = _Watch(process, found)
        watch.start()
        reason = watch.wait(end)
        error = watch.error[-300:]
        return watch.finished, watch.current, reason or f"crash ({process.returncode}) {error}".strip()


class _Watch(threading.Thread):
    """Reads what a worker writes, while `wait` looks at the clock."""

    def __init__(self, process: subprocess.Popen[str], found: Run) -> None:
        super().__init__(daemon=True)
        self.process, self.found = process, found
        self.current: str | None = None
        self.finished = False
        self.heard = time.monotonic()
        self.error = ""
        self.errors = threading.Thread(target=self._read_errors, daemon=True)

    def run(self) -> None:
        """Take one event after the other."""
        self.errors.start()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard = time.monotonic()
            event = json.loads(line)
            if "begin" in event:
                self.current = event["begin"]
            elif "end" in event:
                self.found.tests[event.pop("end")] = event
                self.current = None
            elif "transformed" in event:
                self.found.transformed += event["transformed"]
            else:
                self.finished = True
                self.found.problem = event.get("skipped", "")

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.error = self.process.stderr.read()

    def wait(self, end: float) -> str:
        """Until the process ends: an empty text, or why it was ended."""
        reason = ""
        while self.process.poll() is None:
            time.sleep(0.05)
            now = time.monotonic()
            if now - self.heard > STALL or now > end:
                reason = "timeout"
                self.process.kill()
                self.process.wait()
        self.join(10)
        self.errors.join(10)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return reason

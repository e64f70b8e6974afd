"""tools/opcode_diff.py, run as its users run it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def opcode_diff(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "opcode_diff.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_python_does_not_differ_from_itself() -> None:
    done = opcode_diff(sys.executable, sys.executable)
    assert done.returncode == 0, done.stderr
    report, _, starting_text = done.stdout.partition("-" * 100)
    assert [line for line in report.splitlines() if line.startswith("  ")] == []
    assert "Removed (0)" in report
    ast.parse(starting_text)


def test_an_interpreter_that_is_not_there_is_one_line() -> None:
    done = opcode_diff("2.99", sys.executable)
    assert done.returncode == 1
    assert done.stderr == "opcode_diff: no interpreter '2.99' on this machine (on PATH, or one of pyenv's)\n"


def test_a_file_that_is_no_interpreter_is_one_line() -> None:
    done = opcode_diff(__file__, sys.executable)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "does not start" in done.stderr

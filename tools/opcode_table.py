"""The page docs/internals/opcodes.md: every opcode that is read, with its stack effect, in each Python.

python -m tools.opcode_table            # prints it
python -m tools.opcode_table --write    # stores it
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from bytegrad.cpython.define import Dialect, Opcode

PAGE = Path(__file__).resolve().parent.parent / "docs" / "internals" / "opcodes.md"
DIALECTS = ("py311", "py312", "py313", "py314")
FLOWS = {
    "next": "",
    "jump": "jumps",
    "branch": "branches",
    "for": "goes on with a value, or jumps",
    "send": "goes on with a value, or jumps",
    "stop": "leaves",
}
HEAD = """\
# The table of opcodes

Made from the rows in `bytegrad/cpython` by `python -m tools.opcode_table --write`. An effect
`value container key --` pops three values, the last one from the top; `items[n]` stands for as many as the argument
says. Where a Python's column is marked, its opcode has this effect.
"""


def dialect(name: str) -> Dialect:
    """The tables of one Python."""
    found: Dialect = importlib.import_module(f"bytegrad.cpython.{name}").DIALECT
    return found


def effect(row: Opcode) -> str:
    """``lhs rhs -- res``."""
    return f"{' '.join(row.pops)} -- {' '.join(row.pushes)}".strip()


def page() -> str:
    """The whole page."""
    dialects = [dialect(name) for name in DIALECTS]
    having: dict[tuple[str, str, str], set[tuple[int, int]]] = {}
    for found in dialects:
        for name, row in found.opcodes.items():
            having.setdefault((name, effect(row), FLOWS[row.flow]), set()).add(found.version)
    titles = [".".join(map(str, found.version)) for found in dialects]
    lines = [
        HEAD,
        f"| opcode | stack effect | control | {' | '.join(titles)} |",
        "| --- | --- | --- |" + " --- |" * len(titles),
    ]
    for (name, text, flow), versions in sorted(having.items()):
        marks = " | ".join("x" if found.version in versions else "" for found in dialects)
        lines.append(f"| `{name}` | `{text}` | {flow} | {marks} |")
    lines += ["", *refusals(dialects)]
    return "\n".join(lines) + "\n"


def refusals(dialects: list[Dialect]) -> list[str]:
    """What is said of the opcodes that are refused."""
    refused = {name: reason for found in dialects for name, reason in found.unsupported.items()}
    if not refused:
        return ["No opcode of these Pythons is refused."]
    return ["Refused:", "", *(f"- `{name}`: {reason}" for name, reason in sorted(refused.items()))]


def main() -> None:
    """Print or store the page."""
    parser = argparse.ArgumentParser(description="The page about opcodes.")
    parser.add_argument("--write", action="store_true", help=f"store it as {PAGE.name}")
    if parser.parse_args().write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page(), end="")


if __name__ == "__main__":
    main()

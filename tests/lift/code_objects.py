"""Code objects to try the front end on."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

MODULES = [
    "argparse",
    "ast",
    "asyncio.tasks",
    "asyncio.locks",
    "calendar",
    "collections",
    "contextlib",
    "copy",
    "dataclasses",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "inspect",
    "json.decoder",
    "random",
    "statistics",
    "string",
    "textwrap",
    "tokenize",
    "typing",
    "unittest.mock",
    "xml.dom.minidom",
]
"""Standard library modules that between them use almost every opcode."""


def walk(code: CodeType) -> Iterator[CodeType]:
    """`code` and the code of every function, class and comprehension inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from walk(constant)


def module_code(name: str) -> list[CodeType]:
    """Every code object of a module, its own body included."""
    path = importlib.import_module(name).__file__
    assert path is not None
    return list(walk(compile(Path(path).read_text(encoding="utf-8"), path, "exec")))

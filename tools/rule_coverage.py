"""The page docs/rule-coverage.md: what every public callable of the installed numpy and scipy meets.

python -m tools.rule_coverage            # prints it
python -m tools.rule_coverage --write    # stores it
"""

from __future__ import annotations

import argparse
import importlib
import types
from pathlib import Path
from typing import Any

import numpy as np

import bytegrad.rules.numpy  # noqa: F401 - it registers the rules
from bytegrad.runtime import registry
from bytegrad.runtime.registry import NonDifferentiable

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rule-coverage.md"
MODULES = (
    *("numpy", "numpy.linalg", "numpy.fft", "numpy.lib.stride_tricks"),
    *("scipy.special", "scipy.linalg", "scipy.fft", "scipy.integrate", "scipy.interpolate", "scipy.ndimage"),
    *("scipy.optimize", "scipy.signal", "scipy.sparse.linalg", "scipy.spatial", "scipy.stats"),
)
KINDS = ("rule", "transformed", "non-differentiable", "missing")
HEAD = """\
# What has a rule

Made by `python -m tools.rule_coverage --write`, with {versions}. Of every public callable it says whether it has a
*rule* of its own; is *transformed*, being Python code that is differentiated down to functions with rules; is
*non-differentiable*, so that its result carries no cotangent; or is *missing*: written in C and without a rule, so that
a cotangent that would have to go through it is an error.
"""


def versions() -> str:
    """The versions that the page speaks of."""
    return " and ".join(f"{name} {importlib.import_module(name).__version__}" for name in ("numpy", "scipy"))


def kind_of(value: Any) -> str:
    """One of `KINDS`."""
    rules = registry.lookup(value)
    if rules:
        return "non-differentiable" if any(isinstance(rule, NonDifferentiable) for rule in rules) else "rule"
    if isinstance(value, type):
        return kind_of_class(value)
    code = getattr(value, "_implementation", value)
    if isinstance(code, (types.FunctionType, types.MethodType)):
        return "transformed"
    call = getattr(type(code), "__call__", None)  # noqa: B004
    return "transformed" if isinstance(call, types.FunctionType) else "missing"


def kind_of_class(value: type) -> str:
    """Errors and types of numbers carry nothing; other classes are as the code that makes their instances."""
    if issubclass(value, (BaseException, np.generic, np.dtype)):
        return "non-differentiable"
    made = [getattr(value, name, None) for name in ("__init__", "__new__")]
    return "transformed" if any(isinstance(method, types.FunctionType) for method in made) else "missing"


def members(owner: Any) -> dict[str, Any]:
    """The public callables of a module by name."""
    names = sorted(getattr(owner, "__all__", None) or vars(owner))
    found = {name: getattr(owner, name, None) for name in names if not name.startswith("_")}
    return {name: value for name, value in found.items() if callable(value)}


def table(owner: Any, title: str) -> list[str]:
    """A section of the page."""
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name, value in members(owner).items():
        by_kind[kind_of(value)].append(f"`{name}`")
    rows = [f"| {kind} | {len(names)} | {' '.join(names)} |" for kind, names in by_kind.items() if names]
    return ["", f"## {title}", "", "| | | |", "|---|---|---|", *rows]


def page() -> str:
    """The whole page."""
    modules = [importlib.import_module(name) for name in MODULES]
    registry.version()  # it loads the rules of the modules that have just been imported
    lines = HEAD.format(versions=versions()).splitlines()
    for module in modules:
        lines += table(module, module.__name__)
    lines += table(np.ndarray, "methods of numpy.ndarray")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the page, or store it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the page")
    if parser.parse_args().write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page(), end="")


if __name__ == "__main__":
    main()

"""What keeps the layout true: imports point downwards, one place knows the Python version, files stay small."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bytegrad"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 450

# A module imports from its own floor and below.  The longest prefix of its name decides.
FLOORS = {
    "bytegrad.errors": 0,
    "bytegrad.ir": 1,
    "bytegrad.cpython": 2,
    "bytegrad.lift": 3,
    "bytegrad.adjoint": 4,
    "bytegrad.codegen": 5,
    "bytegrad.runtime": 6,
    "bytegrad.rules": 7,
    # The command line of the printer is an entry point, which strings all stages together.
    "bytegrad.ir.__main__": 8,
    "bytegrad": 8,
}


def module_name(path: Path) -> str:
    """`bytegrad.ir.nodes` for `bytegrad/ir/nodes.py`; a package is its folder's name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(name: str) -> int:
    """The floor of the module `name`."""
    return FLOORS[max((prefix for prefix in FLOORS if f"{name}.".startswith(f"{prefix}.")), key=len)]


def imported_modules(tree: ast.AST, package: str) -> set[str]:
    """The modules of bytegrad that `tree`, a module of `package`, imports anywhere, also inside functions."""
    names = {module_name(path) for path in MODULES}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            # `from bytegrad.ir import nodes` imports a module, `from bytegrad.ir.nodes import Call` a name of one.
            found |= {f"{source}.{alias.name}" if f"{source}.{alias.name}" in names else source for alias in node.names}
    return {name for name in found if name == "bytegrad" or name.startswith("bytegrad.")}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_point_downwards(path: Path) -> None:
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    imports = imported_modules(ast.parse(path.read_text(encoding="utf-8")), package)
    upward = sorted(imported for imported in imports if floor(imported) > floor(name))
    assert not upward, f"{name} is on floor {floor(name)} and imports {upward}"


def test_one_place_knows_the_python_version() -> None:
    names = {"version_info", "hexversion", "python_version", "python_version_tuple"}
    offenders = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        if used & names and path != PACKAGE / "cpython" / "__init__.py":
            offenders.append(module_name(path))
    assert not offenders


@pytest.mark.parametrize("folder", ["bytegrad", "tests", "tools"])
def test_files_are_small(folder: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")}
    names = {str(path.relative_to(ROOT)): n for path, n in lengths.items()}
    assert not {name: n for name, n in names.items() if n > MOST_LINES}


def test_every_file_has_a_docstring() -> None:
    bare = [
        module_name(path)
        for path in MODULES
        if path.stat().st_size and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert not bare

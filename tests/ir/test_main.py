"""``python -m bytegrad.ir``: what is found, and the one line that is said where nothing is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bytegrad.ir.__main__ import find_code, main
from bytegrad.stages import STAGES

POW = "tests.corpus.control:pow_loop"


@pytest.mark.parametrize(
    ("name", "qualname"),
    [
        (POW, "pow_loop"),
        ("statistics:NormalDist.pdf", "NormalDist.pdf"),
        ("statistics:NormalDist.mean", "NormalDist.mean"),
        ("fractions:Fraction.from_float", "Fraction.from_float"),
        ("tests.corpus.functions:late_binding.<locals>.<lambda>", "late_binding.<locals>.<lambda>"),
        ("functools:lru_cache.decorating_function", "lru_cache.<locals>.decorating_function"),
        ("tests.corpus.classes:class_made_inside.Local", "class_made_inside.<locals>.Local"),
        ("ipaddress:IPv4Address.is_private", "IPv4Address.is_private"),
    ],
)
def test_found(name: str, qualname: str) -> None:
    code, namespace = find_code(name)
    assert code.co_qualname == qualname
    assert "__name__" in namespace


def test_a_function_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("FACTOR = 2.0\n")
    path = tmp_path / "some model.py"
    path.write_text("from beside import FACTOR\nclass Model:\n    def loss(self, x):\n        return FACTOR * x\n")
    code, namespace = find_code(f"{path}:Model.loss")
    assert code.co_filename == str(path)
    assert namespace["FACTOR"] == 2.0


WRAPPED = """
import functools
class Model:
    def __call__(self, x): return x
    @functools.cached_property
    def size(self): return 1.0
@functools.lru_cache
def cached(x): return x
def add(x, y): return x + y
partial, model = functools.partial(add, 1.0), Model()
"""


@pytest.mark.parametrize(
    ("name", "qualname"),
    [("cached", "cached"), ("partial", "add"), ("model", "Model.__call__"), ("Model.size", "Model.size")],
)
def test_the_function_behind_a_wrapper(tmp_path: Path, name: str, qualname: str) -> None:
    path = tmp_path / "wrapped_model.py"
    path.write_text(WRAPPED)
    assert find_code(f"{path}:{name}")[0].co_qualname == qualname


def error_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that is printed for `arguments`, without the program's name."""
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix("python -m bytegrad.ir: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["math:sin"], "math:sin is a builtin_function_or_method without bytecode: give a Python function"),
        (["statistics:NormalDist"], "statistics:NormalDist is a type without bytecode: name one of its methods"),
        (["statistics:nope"], "statistics:nope: there is no 'nope' in statistics"),
        (["statistics:NormalDist.nope"], "statistics:NormalDist.nope: there is no 'nope' in NormalDist"),
        ([f"{POW}.inner"], f"{POW}.inner: there is no function 'inner' inside pow_loop"),
        (["statistics"], "'statistics' is not of the form pkg.mod:function"),
        (["nowhere:f"], "cannot import nowhere: ModuleNotFoundError: No module named 'nowhere'"),
        (["nowhere.py:f"], "cannot import nowhere.py: FileNotFoundError: there is no such file"),
        ([POW, "--types", "flot,int"], "--types: 'flot' is no type"),
        ([POW, "--types", "float,math.sin"], "--types: 'math.sin' is no type"),
        ([POW, "--types", "float"], "1 types for the 2 parameters of pow_loop: x, n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_clear_line(capsys: pytest.CaptureFixture[str], arguments: list[str], line: str) -> None:
    assert error_of(capsys, *arguments) == line


@pytest.mark.parametrize("text", ["def f(:\n", "raise ValueError('two\\nlines')\n", "import sys; sys.exit(3)\n"])
def test_a_file_that_cannot_be_imported(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken_model.py"
    path.write_text(text)
    assert error_of(capsys, f"{path}:f").startswith(f"cannot import {path}: ")


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_is_printed(capsys: pytest.CaptureFixture[str], stage: str) -> None:
    assert main([POW, "--stage", stage, "--types", "float,int"]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) > 5
    assert captured.err == ""
    assert "0x" not in captured.out


def run(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """The command in `folder`, with the packages that this process finds."""
    command = [sys.executable, "-m", "bytegrad.ir", name]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("def loss(x):\n    return x * x\n")
    done = run(tmp_path, "model:loss")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "def loss(x):\nb0(%0):\n  %1 = mul %0, %0\n  return %1\n"
    done = run(tmp_path, "model:gain")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "python -m bytegrad.ir: model:gain: there is no 'gain' in model\n"

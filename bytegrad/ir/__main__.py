"""``python -m bytegrad.ir pkg.mod:function``: what bytegrad makes of a function, at every stage.

Also ``pkg.mod:Class.method``, ``pkg.mod:outer.inner`` for a function made inside another one, and
``path/to/file.py:function``.
"""

from __future__ import annotations

import argparse
import builtins
import functools
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from bytegrad.errors import BytegradError
from bytegrad.ir.constants import find_object
from bytegrad.stages import STAGES, show_code


class NotShown(Exception):
    """There is nothing to show: says in one line why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the wanted stage; the exit status is 1, after one line on stderr, if there is nothing to show."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        types = _types(options.types)
        code, namespace = find_code(options.function)
        text = show_code(code, namespace, options.stage, types)
    except (NotShown, BytegradError) as error:
        print(f"{parser.prog}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python would complain once more when it flushes at the end.
        sys.stdout = None
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bytegrad.ir", description="What bytegrad makes of a function.")
    parser.add_argument("function", help="pkg.mod:function, pkg.mod:Class.method, path/to/file.py:function")
    parser.add_argument("--stage", choices=STAGES, default="ir", help="default: %(default)s")
    parser.add_argument("--types", default="", help="exact types of the arguments, such as float,int; ? is any type")
    return parser


def _types(text: str) -> list[type | None]:
    return [_type(name.strip()) for name in text.split(",")] if text else []


def _type(name: str) -> type | None:
    if name in ("?", "None"):
        return None if name == "?" else type(None)
    found = getattr(builtins, name, None) if "." not in name else find_object(name)
    if not isinstance(found, type):
        raise NotShown(f"--types: {name!r} is no type")
    return found


# Finding --------------------------------------------------------------------------------------------------------


def find_code(name: str) -> tuple[CodeType, dict[str, Any]]:
    """The code object that `name` (``pkg.mod:function``) stands for, and the globals it runs with.

    Raises: NotShown if it cannot be imported, is not there or has no bytecode.
    """
    source, colon, path = name.rpartition(":")
    if not colon or not source or not path:
        raise NotShown(f"{name!r} is not of the form pkg.mod:function")
    found: Any = _module(source)
    walked = source
    for part in [part for part in path.split(".") if part != "<locals>"]:
        walked += (":" if walked == source else ".") + part
        found = _member(found, part, walked)
    if isinstance(found, tuple):
        return found
    function = _function(found)
    if function is None:
        raise NotShown(f"{walked} is a {type(found).__name__} without bytecode: {_instead(found)}")
    return function.__code__, function.__globals__


def _module(source: str) -> ModuleType:
    try:
        return _from_file(Path(source)) if source.endswith(".py") else importlib.import_module(source)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # Whatever a module does when it is imported, exits included.
        raise NotShown(f"cannot import {source}: {type(error).__name__}: {error}") from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError("there is no such file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Classes look their module up when they are made; files beside this one are what it imports.
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    return module


def _member(owner: Any, name: str, walked: str) -> Any:
    """What `name` is in a module, class or other object, or the function of that name inside a function.

    A function inside another one is only made when that one runs: what there is of it is its code.
    """
    code, namespace = owner if isinstance(owner, tuple) else (None, {})
    function = None if isinstance(owner, (type, ModuleType, tuple)) else _function(owner)
    if function is not None:
        code, namespace = function.__code__, function.__globals__
    if code is not None:
        inside = [c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name]
        if not inside:
            raise NotShown(f"{walked}: there is no function {name!r} inside {code.co_qualname}")
        return inside[0], namespace
    static = next((vars(c)[name] for c in owner.__mro__ if name in vars(c)), None) if isinstance(owner, type) else None
    if static is not None:
        return static
    if not hasattr(owner, name):
        raise NotShown(f"{walked}: there is no {name!r} in {getattr(owner, '__name__', owner)}")
    return getattr(owner, name)


def _function(found: Any) -> FunctionType | None:
    """The Python function that runs when `found` is called, read or written; None if there is none."""
    seen = 0
    while not isinstance(found, FunctionType) and seen < _DEEPEST:
        seen += 1
        if isinstance(found, functools.partial):
            found = found.func
        elif isinstance(found, property):
            found = found.fget
        elif isinstance(found, functools.cached_property):
            found = found.func
        else:
            found = getattr(found, "__func__", None) or getattr(found, "__wrapped__", None) or _call_of(found)
    return found if isinstance(found, FunctionType) else None


_DEEPEST = 20
"""Wrappers around wrappers end somewhere."""


def _call_of(found: Any) -> Any:
    """The method that runs when an instance is called."""
    return None if found is None or isinstance(found, type) else getattr(type(found), "__call__", None)  # noqa: B004


def _instead(found: Any) -> str:
    if isinstance(found, ModuleType):
        return "name a function of it"
    return "name one of its methods" if isinstance(found, type) else "give a Python function"


if __name__ == "__main__":
    sys.exit(main())

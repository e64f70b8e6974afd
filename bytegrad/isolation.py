"""Builtins of bytegrad's own: what a program puts in the place of `len` or `iter` is not what the engine calls.

A plain call runs in C what is done here in Python, and C does not look builtins up by name.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

OWN = dict(vars(builtins))
"""The builtins as they were when bytegrad was imported."""


_PACKAGES = frozenset({__package__, "bytecode"})


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = OWN
        super().exec_module(module)


class _Finder:
    """Finds modules as they are found anyway; those of bytegrad, and what it reads code with, get these builtins."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in _PACKAGES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


sys.meta_path.insert(0, _Finder)

"""Rules of `scipy.spatial.transform`: scipy's Python functions of quaternions stand in for its compiled ones."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.rules.scipy.attached import attached


def _natively(function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The value of a compiled function, as arrays."""
    result = function(*args, **keywords)
    return tuple(map(np.array, result)) if isinstance(result, tuple) else np.array(result)


non_differentiable(_natively)


def _declare_rotations(compiled: ModuleType, in_python: ModuleType) -> None:
    for name, function in vars(in_python).items():
        original = getattr(compiled, name, None)
        if callable(original) and getattr(function, "__module__", None) == in_python.__name__:
            polyfill(original)(_stand_in(original, function))


def _stand_in(original: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with the values of `original` and the derivatives of `function`."""

    def rotation_polyfill(*args: Any, **keywords: Any) -> Any:
        smooth = function(*args, **keywords)
        return attached(_natively(original, args, keywords), smooth)

    return rotation_polyfill


try:
    _COMPILED = import_module("scipy.spatial.transform._rotation_cy")
    _IN_PYTHON = import_module("scipy.spatial.transform._rotation_xp")
except ImportError:  # before scipy 1.17 there is one class, compiled
    pass
else:
    _declare_rotations(_COMPILED, _IN_PYTHON)

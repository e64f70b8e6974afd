"""One function over all numbers and arrays of a structure: for updates of parameters by their gradients."""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Callable, Mapping
from typing import Any

from bytegrad.errors import ArgumentError
from bytegrad.runtime.array_values import ARRAYS
from bytegrad.runtime.seeds import describe
from bytegrad.runtime.structure import attributes
from bytegrad.runtime.tangent import Tangent, is_number, rebuild_sequence


def tree_map(function: Callable[..., Any], tree: Any, /, *trees: Any) -> Any:
    """`tree` with ``function(x, ...)`` for each number and array `x`; `trees` give its further arguments.

    Lists, tuples, dicts, `Tangent`\\ s and other objects (which are copied; ``__init__`` is not called) are followed;
    anything else stays.  Where one of `trees` has None, such as a gradient of what had no influence, `x` stays.
    Objects are matched with Tangents by attribute, so an update of parameters is one line:

    >>> from dataclasses import dataclass
    >>> from bytegrad import gradient, tree_map
    >>> @dataclass
    ... class Line:
    ...     slope: float
    ...     offset: float
    ...     name: str = "line"
    >>> line = Line(1.0, 2.0)
    >>> grad, = gradient(lambda line: (3.0 * line.slope + line.offset) ** 2, line)
    >>> tree_map(lambda p, g: p - 0.1 * g, line, grad)
    Line(slope=-2.0, offset=1.0, name='line')
    >>> tree_map(lambda p, g: p - 0.5 * g, {"w": [1.0, 2.0], "b": 3.0}, {"w": [2.0, None], "b": None})
    {'w': [0.0, 2.0], 'b': 3.0}

    Raises: ArgumentError if one of `trees` has entries that `tree` has not, or if `function` cannot be called.
    """
    if not callable(function):
        raise ArgumentError(f"tree_map got {describe(function)} where it needs a function", fixes="pass it first")
    for other in trees:
        if other is None:
            return tree
    if is_number(tree) or ARRAYS.is_array(tree):
        return function(tree, *trees)
    if isinstance(tree, (list, tuple)):
        _check_items(tree, trees)
        items = [tree_map(function, *parts) for parts in zip(tree, *trees, strict=True)]
        return items if type(tree) is list else rebuild_sequence(tree, items)
    _check_keys(tree, trees)
    if isinstance(tree, dict):
        return {key: tree_map(function, item, *[_entry(t, key) for t in trees]) for key, item in tree.items()}
    if isinstance(tree, Tangent):
        return Tangent(
            **{key: tree_map(function, item, *[_entry(t, key) for t in trees]) for key, item in tree.items()}
        )
    return _mapped_object(function, tree, trees)


def _check_items(tree: Any, trees: tuple[Any, ...]) -> None:
    """Raise ArgumentError unless all have as many items as `tree`."""
    for other in trees:
        if not hasattr(other, "__len__") or len(other) != len(tree):
            raise _misfit(describe(tree), other)


def _check_keys(tree: Any, trees: tuple[Any, ...]) -> None:
    """Raise ArgumentError if one of `trees` has a key that `tree` has not."""
    if not isinstance(tree, (dict, Tangent)):
        return
    for other in trees:
        unknown = [key for key in other if key not in tree] if isinstance(other, (Mapping, Tangent)) else []
        if unknown:
            raise _misfit(f"{describe(tree)}, without {unknown[0]!r}", other)


def _misfit(tree: str, other: Any) -> ArgumentError:
    return ArgumentError(
        f"tree_map got trees of different structures: {tree}, and {describe(other)}",
        fixes="pass trees of one structure, with None for what is missing",
    )


def _entry(tree: Any, key: Any) -> Any:
    if isinstance(tree, (Mapping, Tangent)):
        return tree.get(key)
    return getattr(tree, key, None)


_FUNCTIONS = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType, functools.partial)
"""Callables that are no objects with parameters of their own."""


def _mapped_object(function: Callable[..., Any], tree: Any, trees: tuple[Any, ...]) -> Any:
    """A copy with mapped attributes, if any of them changes."""
    if isinstance(tree, _FUNCTIONS) or not attributes(tree):
        return tree
    made = copy.copy(tree)
    for name, held in attributes(tree):
        object.__setattr__(made, name, tree_map(function, held, *[_entry(t, name) for t in trees]))
    return made

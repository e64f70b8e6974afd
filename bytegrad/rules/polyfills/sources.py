"""What polyfills take items from: an iterable argument, made ready for a `for` or for `next`.

C asks an argument for its iterator when the call is made, and then only for `next`.  A `for` in a generator asks
when the first item is wanted, and asks iterators too.  Where `__iter__` is Python code, it runs when the call is made
and never again.  Where it is C code the only difference is a dict, set or deque that changes its size before the first
item is wanted: that is no error here.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from bytegrad.rules.declare import non_differentiable
from bytegrad.rules.polyfills.native import natively

_C_METHODS = (types.WrapperDescriptorType, types.MethodDescriptorType, types.BuiltinFunctionType)


def source_of(iterable: Any) -> Any:
    """`iterable` for one `for` that may begin later: TypeError now if it cannot be iterated over."""
    if is_in_c(iterable, "__iter__"):
        natively(iter, iterable)
        return iterable
    iterator = iter(iterable)
    return iterator if is_in_c(iterator, "__iter__") and hasattr(type(iterator), "__iter__") else _stepped(iterator)


def is_in_c(value: Any, method: str) -> bool:
    """Whether no Python code runs for this special method of `value`; a missing one counts as well."""
    found = getattr(type(value), method, None)
    return found is None or isinstance(found, _C_METHODS)


non_differentiable(is_in_c)


def _stepped(iterator: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            return
        yield item

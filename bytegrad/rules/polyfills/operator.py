"""Polyfills of `operator`: the functions that iterate or call, and calls of itemgetter, attrgetter, methodcaller."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.rules.polyfills.native import MISSING, argument_error

# --- functions -----------------------------------------------------------------------------------


@polyfill(operator.call)
def call_polyfill(obj: Any = MISSING, /, *args: Any, **kwargs: Any) -> Any:
    """`operator.call(obj, *args, **kwargs)`."""
    if obj is MISSING:
        argument_error(operator.call)
    return obj(*args, **kwargs)


@polyfill(operator.concat)
def concat_polyfill(a: Any = MISSING, b: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`operator.concat(a, b)`: `a + b` of sequences; an array refuses, though it knows `+`."""
    if b is MISSING or extra or unknown or not (_concatenates(a) and _concatenates(b)):
        argument_error(operator.concat, a, b, *extra, **unknown)
    return a + b


@polyfill(operator.iconcat)
def iconcat_polyfill(a: Any = MISSING, b: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`operator.iconcat(a, b)`: `a += b` of sequences."""
    if b is MISSING or extra or unknown or not (isinstance(a, list) or (_concatenates(a) and _concatenates(b))):
        argument_error(operator.iconcat, a, b, *extra, **unknown)
    a += b
    return a


@polyfill(operator.countOf)
def count_of_polyfill(a: Any = MISSING, b: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`operator.countOf(a, b)`: how many items of `a` are or equal `b`."""
    if b is MISSING or extra or unknown or not _iterates(a):
        argument_error(operator.countOf, a, b, *extra, **unknown)
    count = 0
    for item in a:
        if item is b or item == b:
            count += 1
    return count


@polyfill(operator.indexOf)
def index_of_polyfill(a: Any = MISSING, b: Any = MISSING, /, *extra: Any, **unknown: Any) -> Any:
    """`operator.indexOf(a, b)`: the place of the first item of `a` that is or equals `b`."""
    if b is MISSING or extra or unknown or not _iterates(a):
        argument_error(operator.indexOf, a, b, *extra, **unknown)
    index = 0
    for item in a:
        if item is b or item == b:
            return index
        index += 1  # noqa: SIM113 - `enumerate` would be one more polyfill on the way
    raise ValueError("sequence.index(x): x not in sequence")


def _concatenates(value: Any) -> bool:
    """Whether C takes `value` for a sequence to be joined by `+`; arrays have a `+` of another meaning."""
    kind = type(value)
    return hasattr(kind, "__getitem__") and not hasattr(kind, "__array__") and not issubclass(kind, dict)


def _iterates(value: Any) -> bool:
    return hasattr(type(value), "__iter__") or hasattr(type(value), "__getitem__")


non_differentiable(_concatenates, _iterates)


# --- itemgetter, attrgetter, methodcaller --------------------------------------------------------


@polyfill(operator.itemgetter.__call__)
def itemgetter_polyfill(self: Any, *args: Any, **unknown: Any) -> Any:
    """A call of an itemgetter."""
    if len(args) != 1 or unknown:
        argument_error(self, *args, **unknown)
    return itemgetter_call(_stored_arguments(self), args[0])


def itemgetter_call(items: tuple[Any, ...], obj: Any) -> Any:
    """`itemgetter(*items)(obj)`: the item, or a tuple of several."""
    if len(items) == 1:
        return obj[items[0]]
    return tuple([obj[item] for item in items])


@polyfill(operator.attrgetter.__call__)
def attrgetter_polyfill(self: Any, *args: Any, **unknown: Any) -> Any:
    """A call of an attrgetter."""
    if len(args) != 1 or unknown:
        argument_error(self, *args, **unknown)
    return attrgetter_call(_stored_arguments(self), args[0])


def attrgetter_call(attributes: tuple[str, ...], obj: Any) -> Any:
    """`attrgetter(*attributes)(obj)`: the attribute, or a tuple of several; dots lead from one to the next."""
    if len(attributes) == 1:
        return _follow(obj, attributes[0].split("."))
    return tuple([_follow(obj, attribute.split(".")) for attribute in attributes])


def _follow(obj: Any, names: list[str]) -> Any:
    for name in names:
        obj = getattr(obj, name)
    return obj


def _stored_arguments(getter: Any) -> Any:
    """The keys or names that an itemgetter or attrgetter was made with."""
    return getter.__reduce__()[1]


non_differentiable(_stored_arguments)


@polyfill(operator.methodcaller)
def methodcaller_polyfill(name: Any = MISSING, /, *args: Any, **kwargs: Any) -> Any:
    """`methodcaller(name, *args, **kwargs)`: the arguments stay in sight, as they would not in a C object."""
    if not isinstance(name, str):
        argument_error(operator.methodcaller, name, *args, **kwargs)

    def caller(obj: Any) -> Any:
        return methodcaller_call(name, args, kwargs, obj)

    return caller


@polyfill(operator.methodcaller.__call__)
def methodcaller_instance_polyfill(self: Any, *args: Any, **unknown: Any) -> Any:
    """A call of a methodcaller that was made elsewhere."""
    if len(args) != 1 or unknown:
        argument_error(self, *args, **unknown)
    # Not `natively`: what it was made with may be active memory, which a call without derivative would hide.
    maker, stored = self.__reduce__()
    if isinstance(maker, functools.partial):
        return methodcaller_call(maker.args[0], stored, maker.keywords, args[0])
    return methodcaller_call(stored[0], stored[1:], {}, args[0])


def methodcaller_call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], obj: Any) -> Any:
    """`methodcaller(name, *args, **kwargs)(obj)`."""
    method: Callable[..., Any] = getattr(obj, name)
    return method(*args, **kwargs)

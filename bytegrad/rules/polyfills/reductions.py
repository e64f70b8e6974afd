"""Polyfills of the `__reduce__`, `__copy__` and `__getnewargs__` methods of C types, and of `copy._reconstruct`.

See `copy`: these are the rest of what `copy.copy` and `copy.deepcopy` reach in C.
"""

from __future__ import annotations

import collections
import copy
import decimal
import types
from typing import Any

from bytegrad.rules.declare import polyfill
from bytegrad.rules.polyfills.copy import attributes_of, set_attributes, state_of
from bytegrad.rules.polyfills.native import PAIR

# --- __reduce__ ----------------------------------------------------------------------------------


@polyfill(collections.deque.__reduce__)
def deque_reduce(self: collections.deque[Any], /) -> Any:
    """`deque.__reduce__(self)`."""
    made_from = () if self.maxlen is None else ((), self.maxlen)
    return type(self), made_from, state_of(self), iter(self)


@polyfill(collections.defaultdict.__reduce__)
def defaultdict_reduce(self: collections.defaultdict[Any, Any], /) -> Any:
    """`defaultdict.__reduce__(self)`."""
    made_from = () if self.default_factory is None else (self.default_factory,)
    return type(self), made_from, None, None, iter(self.items())


@polyfill(collections.OrderedDict.__reduce__)
def ordered_dict_reduce(self: collections.OrderedDict[Any, Any], /) -> Any:
    """`OrderedDict.__reduce__(self)`."""
    return type(self), (), state_of(self), None, iter(self.items())


@polyfill(set.__reduce__)
@polyfill(frozenset.__reduce__)
def set_reduce(self: Any, /) -> Any:
    """`set.__reduce__(self)` and `frozenset.__reduce__(self)`."""
    return type(self), ([*self],), state_of(self)


@polyfill(types.SimpleNamespace.__reduce__)
def namespace_reduce(self: types.SimpleNamespace, /) -> Any:
    """`SimpleNamespace.__reduce__(self)`."""
    return type(self), (), attributes_of(self)


@polyfill(BaseException.__reduce__)
def exception_reduce(self: BaseException, /) -> Any:
    """`BaseException.__reduce__(self)`."""
    attributes = attributes_of(self)
    return (type(self), self.args, attributes) if attributes else (type(self), self.args)


@polyfill(BaseException.__setstate__)
def exception_setstate(self: BaseException, state: Any, /) -> None:
    """`BaseException.__setstate__(self, state)`."""
    if state is None:
        return
    if not isinstance(state, dict):
        raise TypeError("state is not a dictionary")
    for name in state:
        setattr(self, name, state[name])


# --- __getnewargs__ of numbers and tuples, for their subclasses ----------------------------------


@polyfill(float.__getnewargs__)
def float_getnewargs(self: float, /) -> Any:
    """The value as a float and nothing more."""
    return (float.__float__(self),)


@polyfill(int.__getnewargs__)
def int_getnewargs(self: int, /) -> Any:
    """The value as an int and nothing more."""
    return (int.__int__(self),)


@polyfill(complex.__getnewargs__)  # type: ignore[attr-defined]
def complex_getnewargs(self: complex, /) -> Any:
    """The two parts."""
    return self.real, self.imag


@polyfill(tuple.__getnewargs__)  # type: ignore[attr-defined]
def tuple_getnewargs(self: tuple[Any, ...], /) -> Any:
    """The items as a tuple and nothing more."""
    return (tuple([*self]),)


@polyfill(decimal.Decimal.__copy__)
def decimal_copy(self: decimal.Decimal, /) -> Any:
    """Itself: a Decimal cannot be changed."""
    return self


@polyfill(decimal.Decimal.__deepcopy__)
def decimal_deepcopy(self: decimal.Decimal, memo: Any, /) -> Any:
    """Itself: a Decimal cannot be changed."""
    return self


# --- copy._reconstruct ---------------------------------------------------------------------------

_reconstruct = copy._reconstruct  # type: ignore[attr-defined]


@polyfill(_reconstruct)
def reconstruct_polyfill(
    x: Any,
    memo: Any,
    func: Any,
    args: Any,
    state: Any = None,
    listiter: Any = None,
    dictiter: Any = None,
    *,
    deepcopy: Any = copy.deepcopy,
) -> Any:
    """Make the copy of `x` from its parts; those are copied first if `memo` is given."""
    deep = memo is not None
    if deep and args:
        args = [deepcopy(arg, memo) for arg in args]
    y = func(*args)
    if deep:
        memo[id(x)] = y
    if state is not None:
        _set_state(y, deepcopy(state, memo) if deep else state)
    if listiter is not None:
        for item in listiter:
            y.append(deepcopy(item, memo) if deep else item)
    if dictiter is not None:
        for key, value in dictiter:
            if deep:
                copied_key = deepcopy(key, memo)
                y[copied_key] = deepcopy(value, memo)
            else:
                y[key] = value
    return y


def _set_state(y: Any, state: Any) -> None:
    if hasattr(y, "__setstate__"):
        y.__setstate__(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == PAIR:
        state, slots = state
    if state is not None:
        set_attributes(y, state)
    if slots is not None:
        for name in slots:
            setattr(y, name, slots[name])

"""Polyfills of the C parts of `collections`: deque, defaultdict, OrderedDict and the counting of Counter.

ChainMap, Counter, UserDict, UserList and the classes that namedtuple makes are Python code.  The single operations of
a deque or a dict (append, pop, subscripts) are the engine's.
"""

from __future__ import annotations

import collections
from typing import Any

from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.rules.polyfills.native import MISSING, PAIR, argument_error, natively

# --- Counter -------------------------------------------------------------------------------------

# Counter imports it by this name, from C; it is the one function that Counter(iterable) does not write in Python.
_count_elements = collections._count_elements  # type: ignore[attr-defined]


@polyfill(_count_elements)
def count_elements_polyfill(mapping: Any, iterable: Any) -> None:
    """`mapping[element] += 1` for each element."""
    for element in iterable:
        mapping[element] = mapping.get(element, 0) + 1


# --- deque ---------------------------------------------------------------------------------------


@polyfill(collections.deque)
def deque_polyfill(*args: Any, **options: Any) -> Any:
    """`deque(iterable=(), maxlen=None)`."""
    queue: collections.deque[Any] = collections.deque.__new__(collections.deque)
    deque_init(queue, *args, **options)
    return queue


@polyfill(collections.deque.__init__)
def deque_init(
    self: collections.deque[Any], /, iterable: Any = MISSING, maxlen: Any = MISSING, *extra: Any, **unknown: Any
) -> None:
    """What `deque(iterable, maxlen)` does with the new object."""
    if extra or unknown:
        argument_error(collections.deque, iterable, maxlen, *extra, **unknown)
    collections.deque.clear(self)
    natively(collections.deque.__init__, self, (), None if maxlen is MISSING else maxlen)
    if iterable is not MISSING:
        deque_extend(self, iterable)


@polyfill(collections.deque.extend)
def deque_extend(self: collections.deque[Any], iterable: Any, /) -> None:
    """`deque.extend(iterable)`; of itself: by what it holds now."""
    for item in [*iterable] if iterable is self else iterable:
        collections.deque.append(self, item)


@polyfill(collections.deque.extendleft)
def deque_extendleft(self: collections.deque[Any], iterable: Any, /) -> None:
    """`deque.extendleft(iterable)`: the last item comes to stand first."""
    for item in [*iterable] if iterable is self else iterable:
        collections.deque.appendleft(self, item)


@polyfill(collections.deque.__iadd__)
def deque_iadd(self: collections.deque[Any], iterable: Any, /) -> Any:
    """`self += iterable`."""
    deque_extend(self, iterable)
    return self


@polyfill(collections.deque.copy)
@polyfill(collections.deque.__copy__)
def deque_copy(self: collections.deque[Any], /) -> Any:
    """`deque.copy()`."""
    kind = type(self)
    if kind is collections.deque or self.maxlen is not None:
        return kind(self, self.maxlen)
    return kind(self)


# --- defaultdict ---------------------------------------------------------------------------------


@polyfill(collections.defaultdict)
def defaultdict_polyfill(*args: Any, **items: Any) -> Any:
    """`defaultdict(default_factory=None, /, mapping_or_pairs=(), **items)`."""
    mapping: collections.defaultdict[Any, Any] = collections.defaultdict.__new__(collections.defaultdict)
    defaultdict_init(mapping, *args, **items)
    return mapping


@polyfill(collections.defaultdict.__init__)
def defaultdict_init(
    self: collections.defaultdict[Any, Any],
    default_factory: Any = None,
    source: Any = MISSING,
    /,
    *extra: Any,
    **items: Any,
) -> None:
    """What `defaultdict(default_factory, mapping_or_pairs, **items)` does with the new object."""
    if extra or not (default_factory is None or callable(default_factory)):
        argument_error(collections.defaultdict, default_factory, source, *extra, **items)
    object.__setattr__(self, "default_factory", default_factory)  # past the hooks of a subclass, as C does it
    dict.update(self, *(() if source is MISSING else (source,)), **items)


@polyfill(collections.defaultdict.__missing__)
def defaultdict_missing(self: collections.defaultdict[Any, Any], key: Any, /) -> Any:
    """What `self[key]` is when there is no such key: the factory's value, which is stored."""
    factory = object.__getattribute__(self, "default_factory")
    if factory is None:
        raise KeyError(key)
    value = factory()
    self[key] = value
    return value


@polyfill(collections.defaultdict.copy)
@polyfill(collections.defaultdict.__copy__)
def defaultdict_copy(self: collections.defaultdict[Any, Any], /) -> Any:
    """`defaultdict.copy()`."""
    kind: Any = type(self)
    return kind(self.default_factory, self)


# --- OrderedDict ---------------------------------------------------------------------------------


@polyfill(collections.OrderedDict)
def ordered_dict_polyfill(*args: Any, **items: Any) -> Any:
    """`OrderedDict(mapping_or_pairs=(), **items)`."""
    mapping: collections.OrderedDict[Any, Any] = collections.OrderedDict.__new__(collections.OrderedDict)
    ordered_dict_init(mapping, *args, **items)
    return mapping


@polyfill(collections.OrderedDict.__init__)
def ordered_dict_init(self: Any, /, *args: Any, **items: Any) -> None:
    """What `OrderedDict(mapping_or_pairs, **items)` does with the new object."""
    if len(args) > 1:
        argument_error(collections.OrderedDict, *args, **items)
    ordered_dict_update(self, *args, **items)


@polyfill(collections.OrderedDict.update)
def ordered_dict_update(self: Any, /, *args: Any, **items: Any) -> None:
    """`OrderedDict.update(mapping_or_pairs=(), **items)`, by `self[key] = value`."""
    if len(args) > 1:
        argument_error(collections.OrderedDict.update, self, *args, **items)
    for source in args:
        if hasattr(source, "keys"):
            for key in source.keys():  # noqa: SIM118 - a mapping need not iterate over its keys
                self[key] = source[key]
        else:
            _update_from_pairs(self, source.items() if hasattr(source, "items") else source)
    for key, value in items.items():
        self[key] = value


def _update_from_pairs(target: Any, pairs: Any) -> None:
    for pair in pairs:
        parts = [part for part in pair]
        if len(parts) < PAIR:
            raise ValueError(f"need more than {len(parts)} value{'' if parts else 's'} to unpack")
        if len(parts) > PAIR:
            raise ValueError("too many values to unpack (expected 2)")
        target[parts[0]] = parts[1]


@polyfill(collections.OrderedDict.pop)
def ordered_dict_pop(self: Any, /, key: Any = MISSING, default: Any = MISSING, *extra: Any, **unknown: Any) -> Any:
    """`OrderedDict.pop(key[, default])`."""
    if key is MISSING or extra or unknown:
        argument_error(collections.OrderedDict.pop, self, key, default, *extra, **unknown)
    if natively(dict.__contains__, self, key):
        value = dict.__getitem__(self, key)
        collections.OrderedDict.__delitem__(self, key)
        return value
    if default is MISSING:
        raise KeyError(key)
    return default


@polyfill(collections.OrderedDict.setdefault)
def ordered_dict_setdefault(
    self: Any, /, key: Any = MISSING, default: Any = MISSING, *extra: Any, **unknown: Any
) -> Any:
    """`OrderedDict.setdefault(key, default=None)`."""
    if key is MISSING or extra or unknown:
        argument_error(collections.OrderedDict.setdefault, self, key, default, *extra, **unknown)
    if key in self:
        return self[key]
    value = None if default is MISSING else default
    self[key] = value
    return value


@polyfill(collections.OrderedDict.copy)
def ordered_dict_copy(self: Any, /) -> Any:
    """`OrderedDict.copy()`."""
    duplicate = type(self)()
    for key in self:
        duplicate[key] = self[key]
    return duplicate


# It moves a key, not its value: cotangents are kept by key.
non_differentiable(collections.OrderedDict.move_to_end)

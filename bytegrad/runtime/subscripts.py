"""Subscripts, displays and unpacking of containers: values move, and their cotangents follow the slots."""

from __future__ import annotations

import collections
import functools
import types
from operator import delitem, getitem, setitem
from operator import index as index_of
from typing import Any

from bytegrad.codegen.quiet import QUIET
from bytegrad.ir.ops import CALLABLES
from bytegrad.runtime import array_items, registry
from bytegrad.runtime.attribute_slots import by_value, reverse_slot, reverse_store
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import apply_rule, resolve
from bytegrad.runtime.key_slots import KeySlot
from bytegrad.runtime.looking import asking_method, asks_as_key
from bytegrad.runtime.opaque_calls import call_opaque, with_changes
from bytegrad.runtime.steps import Record, Step, after, done, native
from bytegrad.runtime.tangent import ZERO, split
from bytegrad.runtime.watching import Watch

# reading ----------------------------------------------------------------------------------------------------


def load(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """Resolve ``container[key]``."""
    container, key = args
    kind = type(container)
    if kind in array_items.LOADS:
        return array_items.LOADS[kind](ctx, container, key)
    special = _LOAD.get(kind)
    if special is not None:
        return special(container, key)
    return _protocol(ctx, "getitem", "__getitem__", args)


def _load_list(container: list[Any], key: Any, read: Any = getitem) -> Step:
    value = read(container, key)
    if type(key) is slice:
        return done((reverse_copied, container, range(len(container))[key], value, 2), value)
    if not by_value(value):
        return done(None, value)
    index = key.__index__()
    return done((reverse_slot, container, index if index >= 0 else index + len(container), 2), value)


def _load_tuple(container: tuple[Any, ...], key: Any, read: Any = getitem) -> Step:
    value = read(container, key)
    n = len(container)
    if not by_value(value):
        return done(None, value)
    if type(key) is slice:
        return done((_reverse_tuple_slice, range(n)[key], n), value)
    index = key.__index__()
    return done((_reverse_tuple_item, index if index >= 0 else index + n, n), value)


def _load_dict(container: dict[Any, Any], key: Any) -> Step:
    value = container[key]
    return done((reverse_slot, container, key, 2) if by_value(value) else None, value)


_LOAD: dict[type, Any] = {list: _load_list, tuple: _load_tuple, dict: _load_dict}


def load_item(ctx: Context, container: Any, key: Any) -> Step:
    """``list.__getitem__(container, key)`` or the tuple's: also of a subclass with a method of its own."""
    kind = list if isinstance(container, list) else tuple
    step: Step = _LOAD[kind](container, key, kind.__getitem__)
    return step


def reverse_copied(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Items of a container were copied into a fresh list, from the slots `indices`."""
    _, container, indices, value, n = record
    shadow = ctx.peek(value)
    if shadow:
        into = ctx.shadow(container)
        for position, index in enumerate(indices):
            into.add(index, shadow.take(position))
    return (ZERO,) * n


def _reverse_tuple_item(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, index, n = record
    return (tuple_bar(index, n, y_bar), ZERO)


def tuple_bar(index: int, n: int, bar: Any) -> Any:
    """The cotangent of a tuple of `n` items from that of one of them."""
    return ZERO if bar is ZERO else (ZERO,) * index + (bar,) + (ZERO,) * (n - index - 1)


FIELDS = frozenset({collections._tuplegetter})  # type: ignore[attr-defined]
"""Descriptors of the fields of namedtuples: items by other names."""


@functools.cache
def reversal_of_field(index: int) -> Any:
    """What reverses the load of a field by an attribute's short way."""
    return functools.partial(_reverse_field, index)


def _reverse_field(index: int, ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    return (tuple_bar(index, len(record[1]), y_bar),)


def _reverse_tuple_slice(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, indices, n = record
    if y_bar is ZERO:
        return (ZERO, ZERO)
    bars = [ZERO] * n
    for bar, index in zip(y_bar if type(y_bar) is tuple else (y_bar,) * len(indices), indices, strict=True):
        bars[index] = bar
    return (tuple(bars), ZERO)


# writing ----------------------------------------------------------------------------------------------------


def store(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """Resolve ``container[key] = value``."""
    container, key, value = args
    kind = type(container)
    if kind is list and type(key) is not slice:
        container[key] = value
        index = key.__index__()
        return done((reverse_store, container, index if index >= 0 else index + len(container), 3), None)
    if kind is dict:
        return done(store_key(container, key, value), None)
    if kind in array_items.STORES:
        return array_items.STORES[kind](ctx, container, key, value, static is None or static[2])
    return _protocol(ctx, "setitem", "__setitem__", args)


def store_key(container: Any, key: Any, value: Any, set_item: Any = dict.__setitem__) -> Record:
    """Store, and the record of it: a key that is new there gives its cotangent to the key that was stored."""
    before = dict.__len__(container)
    set_item(container, key, value)
    if type(key) is str or dict.__len__(container) == before or not by_value(key):
        return (reverse_store, container, key, 3)
    return (_reverse_new_key, container, key)


def _reverse_new_key(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, container, key = record
    shadow = ctx.peek(container)
    return (ZERO, ZERO, ZERO) if shadow is None else (ZERO, shadow.take(KeySlot(key)), shadow.take(key))


def delete(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """Resolve ``del container[key]``."""
    container, key = args
    if type(container) is dict:
        del container[key]
        return done(None, None)
    return _protocol(ctx, "delitem", "__delitem__", args)


def _protocol(ctx: Context, op: str, name: str, args: tuple[Any, ...]) -> Step:
    """A class's own method, or the rule of a builtin type's."""
    kind = type(args[0])
    method = lookup(kind, name)
    if type(method) is types.FunctionType:
        return resolve(ctx, method, args, {})
    for target in (method, CALLABLES[op]):
        for rule in registry.lookup(target) if target is not None else ():
            step = apply_rule(ctx, rule, target, args, {})
            if step is not None:
                return step
    if method is None:
        return native(CALLABLES[op], args)
    return call_opaque(ctx, CALLABLES[op], args, {})


# unpacking --------------------------------------------------------------------------------------------------


def unpack(ctx: Context, args: tuple[Any, ...], n: int) -> Step:
    """Resolve ``a, b = source``."""
    source = args[0]
    kind = type(source)
    if kind in (tuple, list) and len(source) == n:
        return done((reverse_unpack, source), tuple(source))
    if issubclass(kind, tuple) and kind.__iter__ is tuple.__iter__ and len(source) == n:
        return done((reverse_unpack, source), tuple(source))
    _check_unpackable(kind)
    return after(resolve(ctx, _UNPACK[0], (source, n), {}), _first_operand)


def _check_unpackable(kind: type) -> None:
    """Raise what C raises for a value of a type that cannot be iterated over."""
    if lookup(kind, "__iter__") is None and (issubclass(kind, dict) or lookup(kind, "__getitem__") is None):
        raise TypeError(f"cannot unpack non-iterable {kind.__name__} object")


def _first_operand(record: Any) -> Any:
    """The polyfill also got numbers of items, which are no operands."""
    return (_reverse_first_operand, record)


def _reverse_first_operand(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (inner[0](ctx, inner, y_bar)[0],)


_UNPACK: list[Any] = [None, None]
"""Python functions that unpack any iterable, differentiated like others; `iteration` puts them here."""


def reverse_unpack(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """A tuple or list was taken apart."""
    source = record[1]
    if issubclass(type(source), tuple):
        return (y_bar,)
    if type(y_bar) is tuple:
        add_items(ctx, source, y_bar)
    return (ZERO,)


def add_items(ctx: Context, source: Any, bars: tuple[Any, ...]) -> None:
    """Add the cotangents of a list's items, from the first on."""
    if any(bar is not ZERO for bar in bars):
        shadow = ctx.shadow(source)
        for index, bar in enumerate(bars):
            shadow.add(index, bar)


def unpack_ex(ctx: Context, args: tuple[Any, ...], static: tuple[int, int]) -> Step:
    """Resolve ``a, *b, c = source``."""
    before, behind = static
    source = args[0]
    n = len(source) if type(source) in (tuple, list) else -1
    if n >= before + behind:
        middle = list(source[before : n - behind])
        value = (*source[:before], middle, *source[n - behind :])
        return done((_reverse_unpack_ex, source, before, behind, n, middle), value)
    _check_unpackable(type(source))
    return after(resolve(ctx, _UNPACK[1], (source, before, behind), {}), _first_operand)


def _reverse_unpack_ex(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, source, before, behind, n, middle = record
    bars = split(ctx, y_bar, before + 1 + behind)
    shadow = ctx.peek(middle)
    inner = [shadow.take(i) if shadow else ZERO for i in range(n - before - behind)]
    flat = (*bars[:before], *inner, *bars[before + 1 :])
    return reverse_unpack(ctx, (None, source), flat)


# displays that grow -----------------------------------------------------------------------------------------


def list_append(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """A comprehension's item."""
    target, value = args
    target.append(value)
    return done((reverse_store, target, len(target) - 1, 2) if by_value(value) else None, None)


def set_add(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """A comprehension's item; of equal ones the first stays."""
    target, value = args
    new = by_value(value) and value not in target
    target.add(value)
    return done((reverse_store, target, value, 2) if new else None, None)


def map_add(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """A dict comprehension's item."""
    return done(store_key(*args), None)


def list_extend(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``[*source]``."""
    target, source = args
    if type(source) in (list, tuple):
        start = len(target)
        target.extend(source)
        return done((_reverse_extend, target, start, source, len(source)), None)
    if not hasattr(type(source), "__iter__") and not hasattr(type(source), "__getitem__"):
        raise TypeError(f"Value after * must be an iterable, not {type(source).__name__}")
    return resolve(ctx, _EXTEND[0], args, {})


_EXTEND: list[Any] = [None]


def _reverse_extend(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, target, start, source, n = record
    shadow = ctx.peek(target)
    bars = tuple([shadow.take(start + i) if shadow else ZERO for i in range(n)])
    (bar,) = reverse_unpack(ctx, (None, source), bars)
    return (ZERO, bar)


def set_update(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``{*source}``."""
    return resolve(ctx, set.update, args, {})


def dict_update(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``{**source}``."""
    target, source = args
    if type(source) is dict:
        target.update(source)
        return done((_reverse_update, target, source, tuple(source)), None)
    if not hasattr(source, "keys"):
        raise TypeError(f"'{type(source).__name__}' object is not a mapping")
    return resolve(ctx, dict.update, args, {})


def dict_merge(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``f(**source)``."""
    target, source = args
    for key in source:
        if key in target:
            raise TypeError(f"got multiple values for keyword argument '{key}'")
    return dict_update(ctx, args, static)


def _reverse_update(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, target, source, keys = record
    shadow = ctx.peek(target)
    if shadow:
        into = ctx.shadow(source)
        for key in keys:
            into.add(key, shadow.take(key))
    return (ZERO, ZERO)


def list_to_tuple(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """The tuple of a display with stars."""
    return done((_reverse_list_to_tuple, args[0], len(args[0])), tuple(args[0]))


def _reverse_list_to_tuple(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    if y_bar is not ZERO:
        shadow = ctx.shadow(record[1])
        for index, bar in enumerate(split(ctx, y_bar, record[2])):
            shadow.add(index, bar)
    return (ZERO,)


def asking(operation: Any, f: Any, of_index: Any = None) -> Any:
    """The operation `f` with a key, also where the key's class has methods of the user's that C asks."""

    def resolve_asking(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
        key = args[1]
        if type(key) in QUIET["key"] or not asks_as_key(key):
            step: Step = operation(ctx, args, static)
            return step
        if of_index is not None and asking_method(type(key), "__index__") and type(args[0]) is not dict:
            return resolve(ctx, of_index, args, {})
        watch = Watch(ctx.arrays, args)
        step = operation(ctx, args, static)
        return step if step[0] is not None else done(*with_changes(step[1], watch, f, args))

    return resolve_asking


def item_of_index(container: Any, key: Any) -> Any:
    """``container[key]`` of what asks the key for a whole number, once."""
    return container[index_of(key)]


def store_at_index(container: Any, key: Any, value: Any) -> None:
    """``container[key] = value``."""
    container[index_of(key)] = value


def delete_at_index(container: Any, key: Any) -> None:
    """``del container[key]``."""
    del container[index_of(key)]


OPERATIONS: dict[str, Any] = {
    "getitem": asking(load, getitem, item_of_index),
    "setitem": asking(store, setitem, store_at_index),
    "delitem": asking(delete, delitem, delete_at_index),
    "unpack": unpack,
    "unpack_ex": unpack_ex,
    "list_append": list_append,
    "set_add": asking(set_add, set.add),
    "map_add": asking(map_add, setitem),
    "list_extend": list_extend,
    "set_update": set_update,
    "dict_update": dict_update,
    "dict_merge": dict_merge,
    "list_to_tuple": list_to_tuple,
}

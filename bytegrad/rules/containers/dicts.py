"""Dicts: a value's cotangent is in the slot of its key; that of a key which is a number in the slot `KeySlot(key)`.

Subclasses keep their attributes apart from their items, see `bytegrad.runtime.attributes`.
"""

from __future__ import annotations

import types
from collections import OrderedDict, defaultdict
from typing import Any

from bytegrad.rules.containers.methods import INERT_KINDS, is_plain, method
from bytegrad.rules.containers.sets import slots_in
from bytegrad.rules.containers.views import reverse_entry
from bytegrad.rules.declare import non_differentiable, polyfill, primitive, resolver
from bytegrad.rules.polyfills import constructors
from bytegrad.rules.polyfills.native import MISSING
from bytegrad.runtime.attribute_slots import by_value, reverse_slot
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.key_slots import KeySlot
from bytegrad.runtime.steps import done
from bytegrad.runtime.subscripts import store_key
from bytegrad.runtime.tangent import ZERO, accum

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]
Dict = dict[Any, Any]

non_differentiable(dict.__len__, dict.__contains__, dict.__eq__, dict.__ne__, dict.__sizeof__)
# Views are faces of their dict, which they lead to by themselves; of an emptied dict all slots are absent already.
non_differentiable(dict.keys, dict.values, dict.items, dict.clear)
non_differentiable(OrderedDict.keys, OrderedDict.values, OrderedDict.items, OrderedDict.clear)

# --- reading -------------------------------------------------------------------------------------


@resolver(dict.__getitem__)
def getitem_rule(ctx: Context, /, *args: Any) -> Any:
    """`mapping[key]`; a missing key is the subclass's affair."""
    if len(args) != 2 or not isinstance(args[0], dict):
        return NotImplemented
    mapping, key = args
    missing = lookup(type(mapping), "__missing__")
    if missing is not None and not dict.__contains__(mapping, key):
        return resolve(ctx, missing, args, {})
    value = dict.__getitem__(mapping, key)
    return done(_slot(mapping, key, value, 2), value)


def _slot(mapping: Dict, key: Any, value: Any, operands: int) -> Any:
    return (reverse_slot, mapping, key, operands) if by_value(value) else None


@method(dict.get, 2, 3)
def get_rule(ctx: Context, mapping: Dict, key: Any, *default: Any) -> Pair:
    value = dict.get(mapping, key, MISSING)
    return _default(default) if value is MISSING else (_slot(mapping, key, value, 2 + len(default)), value)


def _default(default: tuple[Any, ...]) -> Pair:
    """The value is the default that was passed, or None."""
    return ((_reverse_default,), default[0]) if default else (None, None)


def _reverse_default(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return (ZERO, ZERO, y_bar)


# --- writing -------------------------------------------------------------------------------------


@method(dict.__setitem__, 3)
def setitem_rule(ctx: Context, mapping: Dict, key: Any, value: Any) -> Pair:
    return store_key(mapping, key, value), None


@method(OrderedDict.__setitem__, 3)
def ordered_setitem_rule(ctx: Context, mapping: Dict, key: Any, value: Any) -> Pair:
    return store_key(mapping, key, value, OrderedDict.__setitem__), None


@method(dict.__delitem__, 2)
def delitem_rule(ctx: Context, mapping: Dict, key: Any) -> Pair:
    return None, dict.__delitem__(mapping, key)


@method(OrderedDict.__delitem__, 2)
def ordered_delitem_rule(ctx: Context, mapping: Any, key: Any) -> Pair:
    return None, OrderedDict.__delitem__(mapping, key)


@method(dict.setdefault, 2, 3)
def setdefault_rule(ctx: Context, mapping: Dict, key: Any, *default: Any) -> Pair:
    before = dict.__len__(mapping)
    value = dict.setdefault(mapping, key, *default)
    if dict.__len__(mapping) == before:
        return _slot(mapping, key, value, 2 + len(default)), value
    return (_reverse_set_default, mapping, key, len(default)), value


def _reverse_set_default(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, mapping, key, defaults = record
    shadow = ctx.peek(mapping)
    key_bar, value_bar = (ZERO, ZERO) if shadow is None else (shadow.take(KeySlot(key)), shadow.take(key))
    return (ZERO, key_bar, accum(value_bar, y_bar)) if defaults else (ZERO, key_bar)


@method(dict.pop, 2, 3)
def pop_rule(ctx: Context, mapping: Dict, key: Any, *default: Any) -> Pair:
    before = dict.__len__(mapping)
    value = dict.pop(mapping, key, *default)
    if dict.__len__(mapping) == before:
        return _default(default)
    return _slot(mapping, key, value, 2 + len(default)), value


@method(dict.popitem, 1)
def popitem_rule(ctx: Context, mapping: Dict) -> Pair:
    entry = dict.popitem(mapping)
    return (reverse_entry, mapping, entry[0]) if by_value(entry) else None, entry


@primitive(OrderedDict.popitem)
def ordered_popitem_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Pair:
    """`OrderedDict.popitem(last=True)`, past the methods of a subclass, as C does it."""
    entry = OrderedDict.popitem(*args, **kwargs)
    record = (_reverse_ordered_popitem, args[0], entry[0], len(args) + len(kwargs))
    return record if by_value(entry) else None, entry


def _reverse_ordered_popitem(ctx: Context, record: Any, y_bar: Any) -> Bars:
    reverse_entry(ctx, record[:3], y_bar)
    return (ZERO,) * record[3]


@primitive(OrderedDict.pop)
def ordered_pop_rule(ctx: Context, /, *args: Any, **kwargs: Any) -> Any:
    """`OrderedDict.pop(key[, default])`, past the methods of a subclass; by keywords it is a polyfill's."""
    if len(args) not in (2, 3) or kwargs or not isinstance(args[0], OrderedDict):
        return NotImplemented
    mapping, key, *default = args
    before = dict.__len__(mapping)
    value = OrderedDict.pop(*args)
    if dict.__len__(mapping) == before:
        return _default(tuple(default))
    return _slot(mapping, key, value, len(args)), value


# --- whole dicts ---------------------------------------------------------------------------------


def is_plain_dict(source: Any) -> bool:
    """Whether C reads `source` past its methods: a dict that iterates as such."""
    return isinstance(source, dict) and type(source).__iter__ is dict.__iter__


def _moves(into: Dict, source: Dict, fresh: Any) -> Any:
    """What comes from `source`: its keys, and those of them that are numbers and new in `into` (`fresh`)."""
    keys = tuple(dict.keys(source))
    return source, keys, tuple([key for key in keys if type(key) is not str and by_value(key) and fresh(key)])


def reverse_moves(ctx: Context, target: Any, moves: Any) -> None:
    """Lead the cotangents of copied entries back to the dict that they were copied from."""
    source, keys, fresh = moves
    shadow = ctx.peek(target)
    if not shadow:
        return
    into = ctx.shadow(source)
    for key in keys:
        into.add(key, shadow.take(key))
    for key in fresh:
        into.add(KeySlot(key), shadow.take(KeySlot(key)))


def _is_absent(mapping: Dict) -> Any:
    return lambda key: not dict.__contains__(mapping, key)


def _always(key: Any) -> bool:
    return True


@polyfill(dict.update)
def update_polyfill(self: Any, source: Any = MISSING, /, **items: Any) -> None:
    if source is not MISSING:
        if type(self).__setitem__ is dict.__setitem__:
            constructors.update_mapping(self, source)
        else:
            dict.update(self, constructors.dict_from(source))
    dict.update(self, items)


@primitive(dict.update)
def update_rule(ctx: Context, /, *args: Any, **items: Any) -> Any:
    if not 1 <= len(args) <= 2 or not isinstance(args[0], dict):
        return None, dict.update(*args, **items)
    if not all(map(is_plain_dict, args[1:])):
        return NotImplemented
    mapping, *sources = args
    moves = _moves(mapping, sources[0], _is_absent(mapping)) if sources else None
    dict.update(mapping, *sources, **items)
    return (_reverse_update, mapping, moves, tuple(items)), None


def _reverse_update(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, mapping, moves, names = record
    shadow = ctx.peek(mapping)
    bars = tuple([shadow.take(name) if shadow else ZERO for name in names])
    if moves is None:
        return (ZERO, *bars)
    reverse_moves(ctx, mapping, moves)
    return (ZERO, ZERO, *bars)


@polyfill(dict)
def dict_polyfill(source: Any = MISSING, /, *extra: Any, **items: Any) -> Any:
    return constructors.dict_from(source, *extra, **items)


@primitive(dict)
def dict_rule(ctx: Context, /, *args: Any, **items: Any) -> Any:
    """Of names, or of another dict; the polyfill does the rest."""
    if len(args) == 1 and not is_plain_dict(args[0]):
        return NotImplemented
    y = dict(*args, **items)
    moves = _moves(y, args[0], _always) if args else None
    return (_reverse_dict, y, moves, tuple(items)), y


def _reverse_dict(ctx: Context, record: Any, y_bar: Any) -> Bars:
    return _reverse_update(ctx, record, y_bar)[1:]


@polyfill(dict.__init__)
def init_polyfill(self: Any, /, *args: Any, **items: Any) -> None:
    dict.update(self, *args, **items)


@method(dict.copy, 1)
def copy_rule(ctx: Context, mapping: Dict) -> Pair:
    y = dict.copy(mapping)
    return (_reverse_dict, y, _moves(y, mapping, _always), ()), y


@method(dict.__or__, 2)
def or_rule(ctx: Context, a: Any, b: Any) -> Pair:
    y = dict.__or__(a, b)
    if y is NotImplemented:
        return None, y
    return (_reverse_or, y, _moves(y, a, _always), _moves(y, b, _is_absent(a))), y


def _reverse_or(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, y, of_a, of_b = record
    reverse_moves(ctx, y, of_b)
    reverse_moves(ctx, y, of_a)
    return (ZERO, ZERO)


@method(dict.__ror__, 2)
def ror_rule(ctx: Context, b: Any, a: Any) -> Pair:
    return or_rule(ctx, a, b) if isinstance(a, dict) else (None, NotImplemented)


@polyfill(dict.__ior__)
def ior_polyfill(self: Any, other: Any, /) -> Any:
    dict.update(self, other)
    return self


@method(dict.__ior__, 2)
def ior_rule(ctx: Context, a: Any, b: Any) -> Any:
    if not is_plain_dict(b):
        return NotImplemented
    moves = _moves(a, b, _is_absent(a))
    dict.__ior__(a, b)
    return (_reverse_update, a, moves, ()), a


@polyfill(defaultdict.__or__)
def default_or(self: Any, other: Any, /) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    result = type(self)(self.default_factory, self)
    dict.update(result, other)
    return result


@polyfill(defaultdict.__ror__)
def default_ror(self: Any, other: Any, /) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    result = type(self)(self.default_factory, other)
    dict.update(result, self)
    return result


@polyfill(OrderedDict.__or__)
def ordered_or(self: Any, other: Any, /) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    result = type(self)(self)
    OrderedDict.update(result, other)
    return result


@polyfill(OrderedDict.__ror__)
def ordered_ror(self: Any, other: Any, /) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    result = type(self)(other)
    OrderedDict.update(result, self)
    return result


@polyfill(OrderedDict.__ior__)
def ordered_ior(self: Any, other: Any, /) -> Any:
    OrderedDict.update(self, other)
    return self


# --- dict.fromkeys -------------------------------------------------------------------------------


@polyfill(dict.__dict__["fromkeys"])
def fromkeys_polyfill(cls: Any, iterable: Any, value: Any = None, /) -> Any:
    result = cls()
    for key in iterable:
        result[key] = value
    return result


@primitive(dict.__dict__["fromkeys"])
def fromkeys_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    """One value in every slot; the slots of keys that are numbers lead back to where the keys come from."""
    if not 2 <= len(args) <= 3 or unknown or args[0] is not dict:
        return NotImplemented
    slots: tuple[tuple[Any, Any], ...] = ()
    if type(args[1]) in (dict, set, frozenset):
        # C has their hashes, and does not ask for them again.
        slots = tuple([(slot, key) for slot, key in slots_in(args[1]) if by_value(key) and type(key) is not str])
    elif not _has_inert_items(args[1]):
        return NotImplemented
    y = dict.fromkeys(*args[1:])
    has_value = len(args) == 3 and by_value(args[2])
    record = (_reverse_fromkeys, y, tuple(y) if has_value else (), args[1], slots, len(args))
    return record if has_value or slots else None, y


def _has_inert_items(source: Any) -> bool:
    if type(source) in INERT_KINDS:
        return True
    return is_plain(source) and set(map(type, source)) <= {str, bytes, bool, type(None)}


def _reverse_fromkeys(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, y, keys, source, slots, n = record
    shadow = ctx.peek(y)
    bar = ZERO
    for key in keys if shadow else ():
        bar = accum(bar, shadow.take(key))  # type: ignore[union-attr]
    for slot, key in slots if shadow else ():
        key_bar = shadow.take(KeySlot(key))  # type: ignore[union-attr]
        if key_bar is not ZERO:
            ctx.shadow(source).add(slot, key_bar)
    return (ZERO, ZERO, bar)[:n]


# --- a dict that can only be read ----------------------------------------------------------------


@primitive(types.MappingProxyType)
def proxy_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    """A read-only face of a dict: one memory."""
    if len(args) != 1 or unknown or not isinstance(args[0], dict):
        return NotImplemented
    y = types.MappingProxyType(args[0])
    ctx.share(y, args[0])
    return None, y

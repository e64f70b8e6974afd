"""Sets and frozensets: an element that is a number, or a tuple of numbers, has its cotangent in the slot of itself.

C makes the new set, for the sake of its order.  Which operand an element came from is then seen by its identity: of
equal elements one is kept, and that one's cotangent is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bytegrad.rules.containers.methods import INERT_KINDS, give_items, is_plain, method
from bytegrad.rules.containers.views import dict_of
from bytegrad.rules.declare import non_differentiable, polyfill, primitive
from bytegrad.rules.polyfills import constructors
from bytegrad.runtime.attribute_slots import by_value, reverse_slot, reverse_store
from bytegrad.runtime.context import Context
from bytegrad.runtime.key_slots import KeySlot
from bytegrad.runtime.tangent import ZERO

Bars = tuple[Any, ...]
Pair = tuple[Any, Any]
Moves = list[tuple[Any, int, Any]]
"""(element, number of the operand that it came from, its slot there)."""

_QUESTIONS = ("isdisjoint", "issubset", "issuperset", "__len__", "__contains__", "__eq__", "__ne__", "__lt__", "__le__")
_kind: Any
for _kind in (set, frozenset):
    non_differentiable(*[getattr(_kind, name) for name in (*_QUESTIONS, "__gt__", "__ge__", "__sizeof__")])
non_differentiable(frozenset.__hash__)
# What leaves a set has no slot there any more.
non_differentiable(set.clear, set.discard, set.remove)

# --- one element ---------------------------------------------------------------------------------


@method(set.add, 2)
def add_rule(ctx: Context, elements: set[Any], element: Any) -> Pair:
    before = set.__len__(elements)
    set.add(elements, element)
    is_new = set.__len__(elements) > before and by_value(element)
    return (reverse_store, elements, element, 2) if is_new else None, None


@method(set.pop, 1)
def pop_rule(ctx: Context, elements: set[Any]) -> Pair:
    element = set.pop(elements)
    return (reverse_slot, elements, element, 1) if by_value(element) else None, element


# --- where elements come from --------------------------------------------------------------------


def is_source(operand: Any) -> bool:
    """Whether we know the slots of `operand`: other iterables are made lists first."""
    kind = type(operand)
    if kind in INERT_KINDS or is_plain(operand) or dict_of(operand) is not None:
        return True
    base = next((base for base in (set, frozenset, dict) if isinstance(operand, base)), None)
    return base is not None and kind.__iter__ is base.__iter__


def slots_in(operand: Any) -> Iterable[tuple[Any, Any]]:
    """The slots of the items that `operand` iterates over, and the items."""
    if isinstance(operand, (set, frozenset)):
        return zip(operand, operand, strict=True)
    if isinstance(operand, (list, tuple, str, bytes)):
        return enumerate(operand)
    mapping = operand if isinstance(operand, dict) else dict_of(operand)
    if mapping is None or isinstance(operand, type({}.items())):
        return ()
    if isinstance(operand, type({}.values())):
        return zip(mapping, operand, strict=True)
    return zip(map(KeySlot, mapping), mapping, strict=True)


def moves_from(elements: Iterable[Any], operands: Iterable[Any]) -> Moves:
    """Where those of `elements` that have a cotangent came from; the first of `operands` that has it."""
    wanted = {id(element): element for element in elements if by_value(element)}
    moves: Moves = []
    for number, operand in enumerate(operands) if wanted else ():
        for slot, item in slots_in(operand):
            if id(item) in wanted:
                moves.append((wanted.pop(id(item)), number, slot))
    return moves


def _record(y: Any, moves: Moves, operands: tuple[Any, ...]) -> Any:
    if not moves:
        return None
    owners = tuple([operand if (shown := dict_of(operand)) is None else shown for operand in operands])
    return (_reverse_moves, y, moves, owners, tuple([len(o) if isinstance(o, tuple) else 0 for o in operands]))


def _reverse_moves(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, y, moves, operands, sizes = record
    shadow = ctx.peek(y)
    if not shadow:
        return (ZERO,) * len(operands)
    of_operand: list[tuple[list[Any], list[Any]]] = [([], []) for _ in operands]
    for element, number, slot in moves:
        bar = shadow.take(element)
        if bar is not ZERO:
            of_operand[number][0].append(slot)
            of_operand[number][1].append(bar)
    given = zip(operands, of_operand, sizes, strict=True)
    return tuple([give_items(ctx, operand, slots, bars, n) for operand, (slots, bars), n in given])


# --- set algebra ---------------------------------------------------------------------------------


def _declare_algebra(kind: Any, name: str, operator: bool) -> None:
    """A method or operator that makes a new set of its operands' elements."""
    native: Callable[..., Any] = getattr(kind, name)

    def listed_polyfill(self: Any, /, *others: Any) -> Any:
        return native(self, *[constructors.list_from(other) for other in others])

    def algebra_rule(ctx: Context, /, *operands: Any) -> Any:
        if not all(map(is_source, operands[1:])):
            return (None, NotImplemented) if operator else NotImplemented
        y = native(*operands)
        return (None, y) if y is NotImplemented else (_record(y, moves_from(y, operands), operands), y)

    if not operator:
        polyfill(native)(listed_polyfill)
    method(native, 1 + operator, 2 if operator else 255)(algebra_rule)


def _declare_in_place(name: str, operator: bool) -> None:
    """A method or operator that changes a set: elements that it had stay in their slots, the new ones move in."""
    native: Callable[..., Any] = getattr(set, name)

    def listed_polyfill(self: Any, /, *others: Any) -> Any:
        return native(self, *[constructors.list_from(other) for other in others])

    def in_place_rule(ctx: Context, /, elements: set[Any], *others: Any) -> Any:
        if not all(map(is_source, others)):
            return (None, NotImplemented) if operator else NotImplemented
        before = set(map(id, elements))
        y = native(elements, *others)
        new = [element for element in elements if id(element) not in before]
        return _record(elements, moves_from(new, ((), *others)), (elements, *others)), y

    if not operator:
        polyfill(native)(listed_polyfill)
    method(native, 1 + operator, 2 if operator else 255)(in_place_rule)


for _kind in (set, frozenset):
    for _name in ("union", "intersection", "difference", "symmetric_difference", "copy"):
        _declare_algebra(_kind, _name, operator=False)
    for _name in ("__or__", "__and__", "__sub__", "__xor__", "__ror__", "__rand__", "__rsub__", "__rxor__"):
        _declare_algebra(_kind, _name, operator=True)
for _name in ("update", "intersection_update", "difference_update", "symmetric_difference_update"):
    _declare_in_place(_name, operator=False)
for _name in ("__ior__", "__iand__", "__isub__", "__ixor__"):
    _declare_in_place(_name, operator=True)
for _kind in (type({}.keys()), type({}.items())):
    for _name in ("__or__", "__and__", "__sub__", "__xor__", "__ror__", "__rand__", "__rsub__", "__rxor__"):
        _declare_algebra(_kind, _name, operator=True)

# --- making them ---------------------------------------------------------------------------------

polyfill(set)(lambda iterable: constructors.set_from(iterable))
polyfill(frozenset)(lambda iterable: constructors.frozenset_from(iterable))


@primitive(set)
def set_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    return _made(set, args, unknown)


@primitive(frozenset)
def frozenset_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    return _made(frozenset, args, unknown)


def _made(kind: Any, args: tuple[Any, ...], unknown: dict[str, Any]) -> Any:
    """Of no argument, or of a container that we know; the polyfill does the rest."""
    if len(args) != 1 or unknown:
        return None, kind(*args, **unknown)
    if not is_source(args[0]):
        return NotImplemented
    y = kind(*args)
    if y is args[0]:
        return None, y
    return _record(y, moves_from(y, args), args), y


@polyfill(set.__init__)
def init_polyfill(self: Any, /, *iterable: Any) -> None:
    set.clear(self)
    set.update(self, *iterable)


@polyfill(frozenset.__new__)
def frozenset_new_polyfill(cls: Any, /, *iterable: Any) -> Any:
    return frozenset.__new__(cls, *[constructors.list_from(items) for items in iterable])


@primitive(frozenset.__new__)
def frozenset_new_rule(ctx: Context, /, *args: Any, **unknown: Any) -> Any:
    if len(args) != 2 or unknown:
        return None, frozenset.__new__(*args, **unknown)
    if not is_source(args[1]):
        return NotImplemented
    y = frozenset.__new__(*args)
    operands = ((), args[1])
    return _record(y, moves_from(y, operands), operands) if y is not args[-1] else None, y

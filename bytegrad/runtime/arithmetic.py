"""Operators on values whose types are only known when they run: numbers by rule, classes by Python's own dispatch."""

from __future__ import annotations

import functools
from array import array
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from numbers import Integral
from types import FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import Any

from bytegrad.ir.ops import BINARY, CALLABLES, UNARY
from bytegrad.runtime import array_operators, registry
from bytegrad.runtime.callees import augmented_for, remembered
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import apply_rule, lead_owner, resolve
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.records import ARRAYS, by_numbers
from bytegrad.runtime.registry import Partials, Polyfill, Primitive, Resolver
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, accum, is_number

NUMBERS = frozenset({float, int, complex, bool, Fraction, Decimal})
"""Exact types whose arithmetic follows the operators' own rules, whatever their methods are written in."""
TEXTS = frozenset({str, bytes, bytearray})

_DUNDER = {"and_": "and", "or_": "or", "invert": "invert", "neg": "neg", "pos": "pos"}
_SYMBOL = {
    "add": "+", "and_": "&", "floordiv": "//", "lshift": "<<", "matmul": "@", "mul": "*", "mod": "%", "or_": "|",
    "pow": "** or pow()", "rshift": ">>", "sub": "-", "truediv": "/", "xor": "^",
}  # fmt: skip


def _names_of(op: str) -> tuple[tuple[list[str], str, str], str]:
    """The names of the methods behind a binary operator, and how messages call it."""
    in_place = (op.startswith("i") and op[1:] in _SYMBOL) or op in ("iand", "ior")
    plain = _plain_name(op) if in_place else op
    dunder = _DUNDER.get(plain, plain)
    names = ([f"__i{dunder}__"] if in_place else [], f"__{dunder}__", f"__r{dunder}__")
    return names, _SYMBOL[plain] if not in_place else ("**=" if plain == "pow" else _SYMBOL[plain] + "=")


def binary(op: str) -> Callable[[Context, tuple[Any, ...], Any], Step]:
    """The resolution of a binary operator."""
    function = CALLABLES[op]
    names, symbol = _names_of(op)

    def resolve_binary(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
        a, b = args
        kinds = type(a), type(b)
        if kinds[0] in NUMBERS and kinds[1] in NUMBERS:
            for rule in registry.lookup(function):
                if isinstance(rule, Partials):
                    return done(*by_numbers(rule, function, args, static))
            return native(function, args)
        if kinds[0] in TEXTS and type(lookup(kinds[1], names[2])) is not FunctionType:
            return call_opaque(ctx, function, args, {})
        if kinds[0] in array_operators.KINDS or kinds[1] in array_operators.KINDS:
            step = array_operators.operate(ctx, op, args, static)
            if step is not None:
                return step
            if kinds[0] in array_operators.KINDS and type(lookup(kinds[1], "__array_ufunc__")) is FunctionType:
                # numpy's own method is first, and leaves it to the ufunc, which asks.
                return resolve(ctx, array_operators.ufunc_of(op, kinds[0]), args, {})
        augmented, is_swapped = method_for(ctx, op, args)
        if augmented is not None and not is_swapped:
            return (augmented, (ctx, a, b), functools.partial(_first_answer, ctx, op, a, b))
        candidates = _candidates(kinds, a, b, names)
        if _are_ours(candidates):
            return _try(ctx, candidates, 0, symbol, a, b)
        return _by_rules(ctx, function, args, candidates)

    return resolve_binary


def method_for(ctx: Context, op: str, args: tuple[Any, ...]) -> tuple[Any, bool]:
    """The augmented method that answers first for operands of the types of `args`, and whether they are swapped.

    None if that is not a plain Python method of the user's, found once in each differentiation.
    """
    calls, kinds = remembered(ctx), tuple(map(type, args))
    key = (op, ctx.guarded, kinds)
    known = calls.get(key)
    if known is None:
        known = calls[key] = _found_method(ctx, op, args, kinds)
    return known


def _found_method(ctx: Context, op: str, args: tuple[Any, ...], kinds: tuple[type, ...]) -> tuple[Any, bool]:
    if array_operators.KINDS.intersection(kinds) or kinds[0] in TEXTS:
        return None, False
    if len(args) == 1:
        method = None if kinds[0] in NUMBERS else lookup(kinds[0], f"__{op}__")
        return (augmented_for(ctx, method, *kinds), False) if type(method) is FunctionType else (None, False)
    a, b = args
    candidates = _candidates(kinds, a, b, _names_of(op)[0])  # type: ignore[arg-type]
    method, operands = _first_of_ours(candidates, kinds)
    if method is None:
        return None, False
    swapped = operands[0] is not a or operands[1] is not b
    return augmented_for(ctx, method, *map(type, operands)), swapped


def _first_of_ours(candidates: Any, kinds: tuple[type, ...]) -> tuple[Any, Any]:
    """The first method, if it is the user's, or else the one after that of a number, which does not know."""
    for method, operands in candidates:
        if type(method) is FunctionType:
            return method, operands
        if type(method) not in _OF_C or kinds[0] not in (float, int) or issubclass(kinds[1], (float, int, complex)):
            break
    return None, None


def _first_answer(ctx: Context, op: str, a: Any, b: Any, pair: Any) -> Step:
    """The method of `method_for` has answered; if it does not know, the others are asked."""
    return ask_others(ctx, op, a, b, pair) if pair[1] is NotImplemented else (None, pair, None)


def ask_others(ctx: Context, op: str, a: Any, b: Any, pair: Any) -> Step:
    """Ask further methods: the one of `method_for` has answered NotImplemented, and left the record in `pair`."""
    names, symbol = _names_of(op)
    candidates = _candidates((type(a), type(b)), a, b, names)
    asked = next(index for index, (method, _) in enumerate(candidates) if type(method) is FunctionType)
    step = _try(ctx, candidates, asked + 1, symbol, a, b)
    return step if pair[0] is None else _declined(step, pair[0])


def swapped(pair: Any) -> Any:
    """The record and value of a method that got its two operands the other way round."""
    record, value = pair
    return (None if record is None else (_reverse_swapped, record)), value


def _by_rules(
    ctx: Context, function: Any, args: tuple[Any, ...], candidates: list[tuple[Any, tuple[Any, Any]]]
) -> Step:
    """By the rule of the operator, or else by that of the first method that has one."""
    for rule in registry.lookup(function):
        step = apply_rule(ctx, rule, function, args, {}) if _covers(rule, args) else None
        if step is not None:
            return step
    for method, operands in candidates:
        for rule in registry.lookup(method):
            step = apply_rule(ctx, rule, method, operands, {})
            if step is not None:
                # A method may say NotImplemented under its rule as well: then the operator goes its own way.
                return answer(step, operands[0] is not args[0], functools.partial(call_opaque, ctx, function, args, {}))
    return call_opaque(ctx, function, args, {})


def _covers(rule: Any, args: tuple[Any, ...]) -> bool:
    """Whether the operands are of the kind that a rule is about: partial derivatives are those of numbers."""
    return not isinstance(rule, Partials) or all([is_number(arg) or isinstance(arg, ARRAYS) for arg in args])


def _are_ours(candidates: list[tuple[Any, tuple[Any, Any]]]) -> bool:
    """Whether these methods are to be tried one by one: one is not of C, or a container's with a rule."""
    if any(type(method) not in _OF_C for method, _ in candidates):
        return True
    for method, _ in candidates:
        rules = registry.lookup(method)
        if rules and isinstance(rules[0], _OF_MEMORY):
            return True
        if getattr(method, "__objclass__", None) not in NUMBERS:
            return False
    return False


_OF_MEMORY = (Primitive, Polyfill, Resolver)


def _plain_name(op: str) -> str:
    return {"iand": "and_", "ior": "or_"}.get(op, op[1:])


def _candidates(kinds: tuple[type, type], a: Any, b: Any, names: Any) -> list[tuple[Any, tuple[Any, Any]]]:
    """The methods that Python tries, in its order."""
    in_place, left, right = names
    found = []
    for name in in_place:
        method = lookup(kinds[0], name, _ABSENT)
        if method is not _ABSENT:
            found.append((method, (a, b)))
    forward = lookup(kinds[0], left, _ABSENT)
    reflected = lookup(kinds[1], right, _ABSENT) if kinds[0] is not kinds[1] else _ABSENT
    first = [(forward, (a, b))] if forward is not _ABSENT else []
    second = [(reflected, (b, a))] if reflected is not _ABSENT else []
    if second and kinds[0] in kinds[1].__mro__ and reflected is not lookup(kinds[0], right, _ABSENT):
        return _sequences_last([*found, *second, *first])
    return _sequences_last([*found, *first, *second])


_ABSENT = object()
"""Of a class without the method: None stands for one that says that the operation is not for its instances."""
_SEQUENCES = frozenset({list, tuple, deque, array, str, bytes, bytearray})
_OF_SEQUENCES = frozenset({"__add__", "__iadd__", "__mul__", "__imul__", "__rmul__"})


def _sequences_last(candidates: list[Any]) -> list[Any]:
    """``+`` and ``*`` of sequences are no numbers' operations: C asks the other operand first, but for a count."""
    of_sequences = [entry for entry in candidates if _is_of_sequence(entry[0])]
    if of_sequences and not isinstance(of_sequences[0][1][1], Integral):
        return [entry for entry in candidates if not _is_of_sequence(entry[0])] + of_sequences
    return of_sequences or candidates


def _is_of_sequence(method: Any) -> bool:
    return getattr(method, "__objclass__", None) in _SEQUENCES and method.__name__ in _OF_SEQUENCES


def _try(ctx: Context, candidates: Any, index: int, symbol: str, a: Any, b: Any) -> Step:
    """Call one method after the other until one answers."""
    if index == len(candidates):
        raise TypeError(f"unsupported operand type(s) for {symbol}: '{type(a).__name__}' and '{type(b).__name__}'")
    method, operands = candidates[index]
    if array_operators.leaves_it_to(method, operands[1]):
        return _try(ctx, candidates, index + 1, symbol, a, b)
    plain = array_operators.as_builtin(method, operands[1])
    if plain is not None:
        return resolve(ctx, plain, operands, {})
    rest = functools.partial(_try, ctx, candidates, index + 1, symbol, a, b)
    return answer(_asked(ctx, method, operands), operands[0] is not a, rest)


def _asked(ctx: Context, method: Any, operands: tuple[Any, Any]) -> Step:
    """The call of a method that was found in the class of the first operand."""
    if type(method) in _METHODS:
        return resolve(ctx, method, operands, {})
    owner = operands[0]
    get = lookup(type(method), "__get__")
    bound = method if get is None else get(method, owner, type(owner))
    return lead_owner(resolve(ctx, bound, operands[1:], {}))


_OF_C = frozenset({WrapperDescriptorType, MethodDescriptorType})
_METHODS = _OF_C | {FunctionType}
"""Types of methods that are called with their owner."""


def answer(step: Step, swapped: bool, rest: Callable[[], Step]) -> Step:
    """The same step, or `rest` if its value is NotImplemented; `swapped` says that it got its two operands so."""
    function, args, following = step
    if function is None:
        record, value = args
        record = (_reverse_swapped, record) if swapped and record is not None else record
        if value is NotImplemented:
            return rest() if record is None else _declined(rest(), record)
        return done(record, value)
    return (function, args, functools.partial(_answered, following, swapped, rest))


def _declined(step: Step, record: Any) -> Step:
    """The same step, behind a method that did not know the answer, but may have changed something."""
    function, args, following = step
    if function is not None:
        return (function, args, functools.partial(_declined_next, following, record))
    return done((_reverse_declined, args[0], record), args[1])


def _declined_next(following: Any, record: Any, result: Any) -> Step:
    return _declined(done(*result) if following is None else following(result), record)


def _reverse_declined(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, answered, declined = record
    bars = (ZERO, ZERO) if answered is None else answered[0](ctx, answered, y_bar)
    return tuple(map(accum, bars, declined[0](ctx, declined, ZERO)))


def _answered(following: Any, swapped: bool, rest: Callable[[], Step], result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return answer(step, swapped, rest)


def _reverse_swapped(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    b_bar, a_bar = inner[0](ctx, inner, y_bar)
    return (a_bar, b_bar)


def divide(ctx: Context, a: Any, b: Any) -> Any:
    """The resolution of `divmod` where the operands' classes say what it is."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        return NotImplemented
    candidates = _candidates((type(a), type(b)), a, b, ([], "__divmod__", "__rdivmod__"))
    return _try(ctx, candidates, 0, "divmod()", a, b) if _are_ours(candidates) else NotImplemented


def unary(op: str) -> Callable[[Context, tuple[Any, ...], Any], Step]:
    """The resolution of a unary operator."""
    function = CALLABLES[op]
    name = f"__{op}__"

    def resolve_unary(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
        kind = type(args[0])
        if kind in array_operators.KINDS:
            step = array_operators.operate(ctx, op, args, static)
            if step is not None:
                return step
        method = None if kind in NUMBERS else lookup(kind, name)
        if type(method) is FunctionType:
            return resolve(ctx, method, args, {})
        for rule in registry.lookup(function):
            step = apply_rule(ctx, rule, function, args, {}) if _covers(rule, args) else None
            if step is not None:
                return step
        return call_opaque(ctx, function, args, {})

    return resolve_unary


OPERATIONS: dict[str, Any] = {
    **{op: binary(op) for op in BINARY},
    **{op: unary(op) for op in UNARY if op in ("neg", "pos", "invert")},
}

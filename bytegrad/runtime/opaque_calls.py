"""Calls of what has neither a rule nor Python code, as they stand: only a cotangent that arrives makes it an error.

Such a call may have used all that can be reached from its operands, may have changed any of it, and may have kept
some of it where nobody sees it, to be used by later calls with the same object.  So each of these has a cotangent that
poisons the operands: the result, every slot and array that changed, and the hidden state of the objects among them.
"""

from __future__ import annotations

import functools
import itertools
import os
import types
from array import array as typed_array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from bytegrad.errors import NoRuleError
from bytegrad.runtime.context import Context
from bytegrad.runtime.operands import TextSink, deliver, sink_of, source_of
from bytegrad.runtime.poisoning import POISONED, Slots, reachable, slots_of
from bytegrad.runtime.records import may_carry, name_of
from bytegrad.runtime.rule_checks import name_of_rule, rule_of_user
from bytegrad.runtime.sources import peek
from bytegrad.runtime.steps import Record, Step, done, native
from bytegrad.runtime.structure import has_state_of_c
from bytegrad.runtime.tangent import ZERO, Poison, is_number
from bytegrad.runtime.watching import Watch, is_namespace, is_stateless
from bytegrad.runtime.where import user_frame

Operands = tuple[Any, ...]


def call_opaque(ctx: Context, f: Any, args: Operands, kwargs: dict[str, Any], owner: Operands = ()) -> Step:
    """The step of ``f(*args, **kwargs)``; `owner` is the object that a bound method was taken from."""
    function, call_args, _ = native(f, args, kwargs)
    operands = (*owner, *args, *kwargs.values())
    if _is_about_texts(ctx, f, operands):
        return (function, call_args, functools.partial(_text_result, ctx, f, operands, user_frame()))
    reached = (*operands, *_behind(ctx, f, operands))
    watch = Watch(ctx.arrays, (*reached, *_kept_by(ctx, reached)), getattr(f, "__name__", "") in _TELLING)
    where = user_frame()
    if ctx.checks is not None:
        ctx.checks.opaque[id(f)] = (f, where)
    return (function, call_args, functools.partial(_opaque_result, ctx, f, operands, watch, where))


_TELLING = frozenset(("mod", "__mod__", "format", "format_map", "print", "write", "str", "repr"))
"""Names of functions that make texts of what they get."""


def _behind(ctx: Context, f: Any, operands: Operands) -> Operands:
    """What a call may use that is no operand: the object that is called, and arrays whose addresses it has."""
    exposed = ctx.arrays.exposed
    if not exposed:
        return _own_state(f)
    own = (f, *_own_state(f), *operands)
    if any([type(type(value)).__module__ == "_ctypes" for value in own]):
        return (*_own_state(f), *exposed.values())
    found = [ctx.arrays.exposed_at(value) for value in operands if type(value) is int]
    return (*_own_state(f), *[array for array in found if array is not None])


_ABOUT_TEXTS = frozenset({str, bytes, int, bool, slice, type(None)})
"""Types of operands that a call can neither change nor keep anything in."""


def _is_about_texts(ctx: Context, f: Any, operands: Operands) -> bool:
    """Whether a call can reach texts only; an int may be the address of an array."""
    if not _ABOUT_TEXTS.issuperset(map(type, operands)) or not is_stateless(f) or ctx.checks is not None:
        return False
    return "arrays" not in ctx.uses or not ctx.arrays.exposed


def _text_result(ctx: Context, f: Any, operands: Operands, where: Any, y: Any) -> Step:
    if type(y) is str or (type(y) is list and not _has_parts(y)):
        return done(opaque(f, operands, {}, y, where), y)
    return _opaque_result(ctx, f, operands, Watch(ctx.arrays, ()), where, y)


def _own_state(f: Any) -> Operands:
    """The object with state that is called, or whose method is."""
    owner = getattr(f, "__self__", None)
    if owner is not None and not issubclass(type(owner), (types.ModuleType, type)):
        return (owner,)
    return () if is_stateless(f) else (f,)


def _opaque_result(ctx: Context, f: Any, operands: Operands, watch: Watch, where: Any, y: Any) -> Step:
    written = watch.written(ctx, f, where)
    inside = _arrays_inside(ctx, y, operands)
    outs = [part for part in map(ctx.arrays.activate, (*written, *inside)) if part is not None]
    slots = watch.changes()
    if any(is_namespace(value) for value, _ in slots):
        ctx.global_writes = True
    if issubclass(type(y), ARRAY_RESULTS):
        record: Record = opaque_arrays(ctx, f, operands, y, where)
    else:
        record = opaque(f, operands, {}, y, where)
    behind = _behind(ctx, f, operands)
    hidden = _with_hidden_state(ctx, (*operands, *behind))
    for value in hidden:
        ctx.arrays.stain(value)
    hidden += _keep_inside(ctx, y, (*operands, *behind))
    if not (outs or slots or hidden or (y is None and any(map(_may_be_written, operands)))):
        return done(record, y)
    return done((_reverse_changes, record, f, operands, (outs, slots, hidden), where), y)


def _has_parts(y: Any) -> bool:
    """Whether a result may be an object that the call has put something into."""
    if type(y) is list and not any([type(item) not in _OF_TEXT for item in y]):
        return False
    return may_carry(y) and not issubclass(type(y), (np.ndarray, str, bytes)) and not is_number(y)


_OF_TEXT = frozenset({str, bytes, int, float, type(None)})
"""Types of items of which a list is not looked into."""


def _arrays_inside(ctx: Context, y: Any, operands: Operands) -> list[Any]:
    """The arrays that the call has made and put into the object that it returned."""
    if not _has_parts(y):
        return []
    found = [value for value, kind, _ in _parts(y) if kind == "array"]
    if not found or (isinstance(y, ARRAY_RESULTS) and _holds_arrays(y)):
        return []
    before = {id(ctx.arrays.root(value)) for value, kind, _ in reachable(operands) if kind == "array"}
    return [array for array in found if id(ctx.arrays.root(array)) not in before and ctx.arrays.shadow(array) is None]


_DEEPEST = 200


def _parts(y: Any) -> Iterator[tuple[Any, str, Slots]]:
    """What can be reached from a result, or from operands, as far as that is likely to be of this call."""
    return itertools.islice(reachable(y if type(y) is tuple else (y,)), _DEEPEST)


def _may_be_written(value: Any) -> bool:
    return issubclass(type(value), np.ndarray) or is_number(value)


def _hides(value: Any) -> bool:
    """Whether `value` may have state that is not in its slots."""
    return type(value) not in _OPEN and may_carry(value) and slots_of(value)[0] == "object"


_OPEN = frozenset({str, bytes, int, float, complex, bool, type(None), list, tuple, dict, set, np.ndarray})
"""The commonest types for which there is no need to ask."""


def _with_hidden_state(ctx: Context, values: Operands) -> list[Any]:
    """Those of `values` that may have such a state, and the objects that those were made with by such calls."""
    hidden = [value for value in values if _hides(value)]
    return hidden + [part for part in _kept_by(ctx, hidden) if _hides(part)]


def _kept_by(ctx: Context, values: Iterable[Any]) -> list[Any]:
    """The objects that those of `values` were made with which calls without a rule have made."""
    # Each once: what is made of what was made in this way, step by step, would keep twice as many at each step.
    found = {id(part): part for value in values for part in ctx.kept.get(id(value), (None, ()))[1]}
    return [*found.values()]


def _keep_inside(ctx: Context, made: Any, operands: Iterable[Any]) -> list[Any]:
    """What in `made` has a state that is not seen: it may keep `operands`, or what they keep, and use their memory."""
    if not _has_parts(made):
        return []
    inside = [value for value in operands if _hides(value) or issubclass(type(value), _MEMORY)]
    if not inside:
        return []
    inside = [*{id(value): value for value in (*inside, *_kept_by(ctx, inside))}.values()]
    before = {id(part) for part, _, _ in _parts(operands)}
    parts = [part for part, kind, _ in _parts(made) if kind == "object" and id(part) not in before]
    parts = [part for part in parts if part is made or has_state_of_c(type(part))]
    ctx.kept.update({id(part): (part, inside) for part in parts if id(part) not in ctx.kept})
    return parts


_MEMORY = (np.ndarray, typed_array)
"""Types of what lends its memory, next to those that hide it."""


# results ----------------------------------------------------------------------------------------------------


def opaque(f: Any, args: Operands, kwargs: dict[str, Any], y: Any, where: Any) -> Record:
    """The record of a call without a rule: its reversal poisons, if a cotangent ever reaches it."""
    operands = (*args, *kwargs.values())
    if not any(may_carry(arg) for arg in operands) or y is None:
        return None
    if issubclass(type(y), _WITH_IDENTITY):
        given = [n for n, operand in enumerate(operands) if operand is y]
        if len(given) == 1:
            return (_reverse_given_back, len(operands), given[0])
    return (reverse_opaque, f, operands, y, where)


_WITH_IDENTITY = (float, complex, np.inexact)
"""Types of numbers of which no two computations give one object."""


def _reverse_given_back(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The result is the number that one operand is: the call has chosen it, or let it pass."""
    _, n, index = record
    return tuple([y_bar if at == index else ZERO for at in range(n)])


def reverse_opaque(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """If the result has a cotangent, the operands that may carry one are poisoned."""
    _, f, operands, y, where = record
    if ctx.gather(y, y_bar) is None and not _touched_inside(ctx, y, operands) and not _is_read(ctx, y):
        return (ZERO,) * len(operands)
    return _poisoned(ctx, f, operands, where)


def _touched_inside(ctx: Context, y: Any, operands: Operands) -> bool:
    """Whether a cotangent has reached a result, or what is in a container that it is.

    The objects in it belong to it too, if it cannot have got them from its operands.
    """
    if ctx.touched(y):
        return True
    if issubclass(type(y), _CONTAINERS) or not any(map(_may_hold_objects, operands)):
        return any([kind != "array" and ctx.touched(value) for value, kind, _ in reachable((y,))])
    return False


def _is_read(ctx: Context, text: Any) -> bool:
    """Whether the text was read as a number, maybe after ways on which it cannot be followed."""
    return "texts" in ctx.uses and ctx.texts.hold(text)


_CONTAINERS = (list, tuple, dict, set, frozenset)
_WITHOUT_OBJECTS = frozenset({str, bytes, bytearray, float, int, complex, bool, type(None)})


def _may_hold_objects(value: Any) -> bool:
    return type(value) not in _WITHOUT_OBJECTS and getattr(type(value), "__module__", "") not in _FILES


_FILES = frozenset(("_io", "_pickle", "_json"))
"""Modules whose objects hold text and bytes."""


def reverse_untraced(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """What came out of the interpreter itself (a frame, a traceback's text) has a cotangent: it cannot be led on."""
    _, y, n, reason, fixes, where = record
    if y_bar is ZERO and not ctx.touched(y):
        return (ZERO,) * n
    raise NoRuleError(reason, where=where, fixes=fixes)


def _poisoned(ctx: Context, f: Any, operands: Operands, where: Any) -> tuple[Any, ...]:
    poison = Poison(no_rule(f, where))
    for value in _behind(ctx, f, operands):
        ctx.absorb(value, poison)
    return tuple([ctx.absorb(arg, poison) if may_carry(arg) else ZERO for arg in operands])


ARRAY_RESULTS = (np.ndarray, np.void, list, tuple)


def opaque_arrays(ctx: Context, f: Any, operands: Operands, y: Any, where: Any) -> Record:
    """As `opaque`, where the result may hold arrays: they are active if an operand is.

    A list or tuple that holds anything else may still carry the operands on, as text for instance.
    """
    sinks = [TextSink(operand) if type(operand) is str else sink_of(ctx, operand) for operand in operands]
    source = None if all([sink is None for sink in sinks]) else source_of(ctx, y, operands)
    if not _holds_arrays(y):
        return opaque(f, operands, {}, y, where)
    if isinstance(y, np.ndarray) and y.dtype.kind in _TEXT_KINDS:
        return (_reverse_text_array, f, sinks, y, where)
    read = (
        y if any([issubclass(type(operand), (str, os.PathLike)) or _hides(operand) for operand in operands]) else None
    )
    return None if source is None else (_reverse_opaque_arrays, f, sinks, source, where, read)


_TEXT_KINDS = "SU"


def _reverse_text_array(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """An array of texts was made: they may have been read."""
    _, f, sinks, y, where = record
    if "texts" not in ctx.uses or not any(map(ctx.texts.hold, y.ravel().tolist())):
        return (ZERO,) * len(sinks)
    return deliver(ctx, sinks, (Poison(no_rule(f, where)),) * len(sinks))


def _holds_arrays(y: Any) -> bool:
    """Whether `y` is an array, or a list or tuple of nothing else."""
    if issubclass(type(y), (np.ndarray, np.void)):
        return True
    return bool(y) and all([issubclass(type(item), np.ndarray) for item in y])


def _reverse_opaque_arrays(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, f, sinks, source, where, read = record
    y_bar = peek(ctx, source, y_bar)
    if y_bar is None:
        return (ZERO,) * len(sinks)
    for array in () if read is None else (read,) if isinstance(read, (np.ndarray, np.void)) else read:
        if not ctx.arrays.is_of_file(array):
            ctx.texts.note_numbers(array)
    poison = y_bar if isinstance(y_bar, Poison) else Poison(no_rule(f, where))
    return deliver(ctx, sinks, (poison,) * len(sinks))


# changes ----------------------------------------------------------------------------------------------------


def _reverse_changes(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """If anything that changed has a cotangent, or hidden state is poisoned, so are the operands."""
    _, inner, f, operands, (outs, slots, hidden), where = record
    bars: tuple[Any, ...] = inner[0](ctx, inner, y_bar) if inner is not None else (ZERO,) * len(operands)
    found = [part.take(ctx) for part in outs if part.present(ctx.arrays)]
    found += [shadow.take(key) for value, keys in slots if (shadow := ctx.peek(value)) for key in keys]
    found += [shadow[POISONED] for value in hidden if (shadow := ctx.peek(value))]
    found += [True for value in hidden if _is_read_as_array(ctx, value)]
    if all(bar is None or bar is ZERO for bar in found) and not _is_written(ctx, operands):
        return bars
    return _poisoned(ctx, f, operands, where)


def _is_read_as_array(ctx: Context, lender: Any) -> bool:
    """Whether an array over the memory of an object has a cotangent."""
    root = ctx.arrays.lent_by(lender)
    part = None if root is None else ctx.arrays.part(root)
    return part is not None and bool(part.present(ctx.arrays))


def _is_written(ctx: Context, operands: Sequence[Any], depth: int = 2) -> bool:
    """Whether one of `operands` is a number that was read as text later, as if the call had written it."""
    if "texts" not in ctx.uses or not depth:
        return False
    numbers = [part for part in operands if is_number(part)]
    arrays = [part for part in operands if issubclass(type(part), np.ndarray)]
    rows = [part for part in operands if issubclass(type(part), (list, tuple))]
    if any([ctx.texts.hold_numbers(part) for part in arrays]):
        return True
    return any([ctx.texts.hold(str(part)) for part in numbers]) or any(
        [_is_written(ctx, row, depth - 1) for row in rows]
    )


def watched(ctx: Context, f: Any, operands: Operands, augmented: Any) -> Any:
    """The pair that the rule `augmented` gives for ``f(*operands)``, where C asks methods of the user's on the way."""
    watch = Watch(ctx.arrays, operands)
    pair = augmented(ctx, *operands)
    return pair if pair is NotImplemented else with_changes(pair, watch, f, operands)


def with_changes(pair: Any, watch: Watch, f: Any, operands: Operands) -> Any:
    """The same pair, with a record of what else has changed; what is in the first operand, its own record knows."""
    slots = [(value, keys) for value, keys in watch.changes() if value is not operands[0]]
    if not slots:
        return pair
    return (_reverse_changes, pair[0], f, operands, ([], slots, []), user_frame()), pair[1]


# errors -----------------------------------------------------------------------------------------------------


def no_rule(f: Any, where: Any) -> NoRuleError:
    """What is said of a cotangent that met a call without a rule, or with one that is not for such a call."""
    unfit = rule_of_user(f)
    if unfit is not None:
        return NoRuleError(
            f"the rule {name_of_rule(unfit)} for {name_of(f)} is not for such a call: it declined, or its parameters "
            "are not those of the call",
            where=where,
            fixes="let the rule take the arguments that the function is called with, of these types",
        )
    return NoRuleError(
        f"no derivative rule for {name_of(f)}, which got a value that depends on a differentiated argument",
        where=where,
        fixes="declare one with @bytegrad.adjoint, or bytegrad.non_differentiable if it carries no derivative",
    )

"""Questions: the truth of an object, what it contains, how it compares, where a method of the user's answers.

What the method does is differentiated, like any call.  The answer carries nothing, and code that only decides keeps no
cotangents of what it asks about: if the method used a number that it was compared with, the pullback is an error.
"""

from __future__ import annotations

import functools
import operator
from collections import deque
from collections.abc import Callable
from types import FunctionType, GeneratorType
from typing import Any

from bytegrad.codegen.quiet import QUIET
from bytegrad.errors import UnsupportedError
from bytegrad.ir.ops import CALLABLES, COMPARE
from bytegrad.runtime.asking import conforming, converted
from bytegrad.runtime.callees import remembered
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.comparisons import compare
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.looking import asks_as_key, written_method
from bytegrad.runtime.opaque_calls import watched
from bytegrad.runtime.steps import Left, Step, after, done
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import user_frame


def truth(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``bool(value)``."""
    return _decided(_truth(ctx, args[0]))


def _truth(ctx: Context, value: Any) -> Step:
    kind = type(value)
    found = _found(ctx, "truth", kind, "__bool__", "__len__")
    if found is None:
        QUIET["truth"].learn(kind)
        return done(None, bool(value))
    name, method = found
    return converted(resolve(ctx, method, (value,), {}), functools.partial(conforming, bool, name, value))


def negation(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``not value``."""
    return converted(truth(ctx, args, static), _negated)


def _negated(answer: bool) -> bool:
    return not answer


def _found(ctx: Context, question: str, kind: type, *names: str) -> tuple[str, FunctionType] | None:
    """The method to ask; None if it is none of the user's."""
    known = remembered(ctx)
    key = (question, kind)
    if key not in known:
        known[key] = written_method(kind, *names)
    found: tuple[str, FunctionType] | None = known[key]
    return found


# membership -------------------------------------------------------------------------------------------------


def contains(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``item in container``, the container being the first operand."""
    container, item = args
    kind = type(container)
    found = _found(ctx, "contains", kind, "__contains__")
    if found is not None:
        return of_answer(ctx, resolve(ctx, found[1], args, {}))
    if _is_searched(ctx, container, item):
        return of_answer(ctx, resolve(ctx, search, args, {}))
    if asks_as_key(item):
        return done(*watched(ctx, operator.contains, args, lambda ctx, container, item: (None, item in container)))
    return done(None, item in container)


def contains_not(ctx: Context, args: tuple[Any, ...], static: Any) -> Step:
    """``item not in container``."""
    return converted(contains(ctx, args, static), _negated)


def _is_searched(ctx: Context, container: Any, item: Any) -> bool:
    """Whether Python goes through the items by methods of the user's, or compares them by such methods."""
    kind = type(container)
    if kind in _SEQUENCES:
        return any([answers_comparison(each) for each in {type(item), *map(type, container)}])
    if kind is GeneratorType:
        return True
    if lookup(kind, "__contains__", search) is not search:
        return False
    iterate = lookup(kind, "__iter__", search)
    return type(lookup(kind, "__getitem__") if iterate is search else iterate) is FunctionType


_SEQUENCES: tuple[type, ...] = (list, tuple, deque, type({}.values()))


def search(container: Any, item: Any) -> bool:
    """``item in container`` as C does it for what only iterates."""
    for each in container:  # noqa: SIM110 - `any` would be one more polyfill on the way
        if each is item or each == item:
            return True
    return False


def answers_comparison(kind: type) -> bool:
    """Whether a class has a comparison of the user's."""
    if kind in QUIET["decide"]:
        return False
    if any([written_method(kind, f"__{op}__") is not None for op in COMPARE]):
        return True
    QUIET["decide"].learn(kind)
    return False


# comparisons ------------------------------------------------------------------------------------------------


def decide(op: str) -> Callable[[Context, tuple[Any, ...], Any], Step]:
    """The resolution of a comparison; of its truth, if that is all that is asked for."""
    resolve_comparison, function = compare(op), CALLABLES[op]

    def resolve_question(ctx: Context, args: tuple[Any, ...], only_decides: Any) -> Step:
        if type(args[0]) in _BY_ITEMS and type(args[0]) is type(args[1]) and any(map(_compares_by_items, args)):
            step = after(resolve(ctx, compare_items, (*args, function), {}), _of_two)
        elif only_decides and not any([answers_comparison(type(arg)) for arg in args]):
            return of_answer(ctx, done(None, function(*args)))
        else:
            step = resolve_comparison(ctx, args, None)
        return _decided(of_answer(ctx, step)) if only_decides else step

    return resolve_question


_BY_ITEMS = (list, tuple)


def _compares_by_items(items: Any) -> bool:
    """Whether items of a list or tuple have comparisons of the user's."""
    return any(
        [_compares_by_items(item) if type(item) in _BY_ITEMS else answers_comparison(type(item)) for item in items]
    )


def compare_items(a: Any, b: Any, op: Any) -> Any:
    """The comparison `op` of two lists or tuples as C does it: by the first items that differ."""
    if type(a) is list and len(a) != len(b) and (op is operator.eq or op is operator.ne):
        return op is operator.ne
    index = 0
    while index < len(a) and index < len(b):
        one, other = a[index], b[index]
        if one is other or one == other:
            index += 1
        else:
            break
    if index >= len(a) or index >= len(b):  # perhaps because a comparison has taken items away
        return op(len(a), len(b))
    if op is operator.eq or op is operator.ne:
        return op is operator.ne
    return op(a[index], b[index])


def _of_two(record: Any) -> Any:
    return (_reverse_of_two, record)


def _reverse_of_two(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    bars: tuple[Any, ...] = record[1][0](ctx, record[1], y_bar)[:2]
    return bars


# steps ------------------------------------------------------------------------------------------------------


def of_answer(ctx: Context, step: Step) -> Step:
    """The same step, and then the truth of what it gives."""
    function, args, following = step
    if function is not None:
        return (function, args, functools.partial(_of_answer_next, ctx, following))
    record, answer = args
    if record is None:
        return after(_truth(ctx, answer), _without_operands)
    return _behind(_truth(ctx, answer), record)


def _of_answer_next(ctx: Context, following: Any, result: Any) -> Step:
    step = done(*result) if following is None else following(result)
    return step if type(result) is Left else of_answer(ctx, step)


def _without_operands(record: Any) -> Any:
    return (_reverse_behind, record, None)


def _behind(step: Step, record: Any) -> Step:
    """The same step, whose operand is the value of an earlier one with this record."""
    function, args, following = step
    if function is None:
        return done((_reverse_behind, *args[:1], record), args[1])
    return (function, args, functools.partial(_behind_next, following, record))


def _behind_next(following: Any, record: Any, result: Any) -> Step:
    return _behind(done(*result) if following is None else following(result), record)


def _reverse_behind(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, later, earlier = record
    bar = ZERO if later is None else later[0](ctx, later, ZERO)[0]
    return (ZERO, ZERO) if earlier is None else tuple(earlier[0](ctx, earlier, bar))


def _decided(step: Step) -> Step:
    """The same step, whose operands get no cotangent."""
    return after(step, functools.partial(_without_cotangents, user_frame()))


def _without_cotangents(where: Any, record: Any) -> Any:
    return (_reverse_decided, record, where)


def _reverse_decided(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, where = record
    bars = tuple(inner[0](ctx, inner, y_bar))
    if any([bar is not ZERO for bar in bars]):
        raise UnsupportedError(
            "a method that only answers a question has used the number that it was asked about",
            where=where,
            fixes="give the number to a method that is called by its name",
        )
    return bars


OPERATIONS: dict[str, Any] = {
    "truth": truth,
    "not_": negation,
    "contains": contains,
    "not_contains": contains_not,
    **{op: decide(op) for op in COMPARE},
}

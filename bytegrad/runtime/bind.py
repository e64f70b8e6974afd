"""Gives the emitter the runtime's functions by operation: the one place where names meet code."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.ir.ops import CALLABLES
from bytegrad.runtime import (
    arithmetic,
    arranging,
    array_calls,
    array_items,
    array_operators,
    array_records,
    array_runs,
    array_writes,
    attribute_slots,
    attributes,
    compile,
    coroutines,
    dispatch,
    generators,
    iteration,
    loops,
    matching,
    namespaces,
    objects,
    questions,
    raising,
    records,
    registry,
    sites,
    statements,
    subscripts,
)
from bytegrad.runtime.compile import note_miss
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import Left, guarded_step
from bytegrad.runtime.where import emitted_frame, user_frame


def stale() -> None:
    """A builtin or a global number that code was compiled for is no longer what it was: the pullback does not fit."""
    error = UnsupportedError(
        "a function or number that this code relies on was replaced while it was running",
        where=user_frame(),
        fixes="make the replacement before the differentiated function is called",
    )
    for name, ctx in emitted_frame().f_locals.items():
        # Of a differentiation inside of another one, whose names are marked.
        if name.lstrip("@") == "$ctx":
            if ctx is None:
                raise error
            ctx.refusal = error


compile.RUNTIME.stale = stale
compile.RUNTIME.sent = coroutines.sent
compile.RUNTIME.sending = generators.sending
compile.RUNTIME.returned = generators.Returned
compile.RUNTIME.generic.update(generators.OPERATIONS)
compile.RUNTIME.generic.update(coroutines.OPERATIONS)
compile.RUNTIME.generic.update(arithmetic.OPERATIONS)
compile.RUNTIME.generic.update(questions.OPERATIONS)
compile.RUNTIME.generic.update(raising.OPERATIONS)
compile.RUNTIME.raised = raising.Raised
compile.RUNTIME.generic.update(attributes.OPERATIONS)
compile.RUNTIME.generic.update(subscripts.OPERATIONS)
compile.RUNTIME.generic.update(statements.OPERATIONS)
compile.RUNTIME.generic.update(iteration.OPERATIONS)
compile.RUNTIME.generic.update(matching.OPERATIONS)
compile.RUNTIME.generic.update(namespaces.OPERATIONS)
compile.RUNTIME.generic.update(call=dispatch.call, call_method=dispatch.call_method, call_ex=dispatch.call_star)


def unwound(ctx: Context, following: Any, exc: BaseException) -> Any:
    """The record of the call that the exception `exc` has just left, as its caller would have got it."""
    left = getattr(following, "left", None)
    if left is not None:
        return left(exc)
    record, ctx.unwound = ctx.unwound, None
    if record is None or following is None:
        return record
    try:
        function, pair, _ = following(Left((record, None)))
    except Exception:
        # What goes on looks at the value after all; the exception of the user's is the one that counts.
        return record
    return pair[0] if function is None else record


def guarded(function: Any) -> Any:
    """Resolve for a place where exceptions may be caught."""

    def resolve_guarded(ctx: Context, *rest: Any) -> Any:
        return guarded_step(ctx, function, ctx, *rest)

    return resolve_guarded


compile.RUNTIME.unwound = unwound
compile.RUNTIME.at_sites.update(sites.AT_SITES)
compile.RUNTIME.stored = attribute_slots.reverse_store
compile.RUNTIME.read = attribute_slots.reverse_slot
compile.RUNTIME.unpacked = subscripts.reverse_unpack
compile.RUNTIME.reverse_arranged = arranging.reverse_arranged
compile.RUNTIME.reverse_made = objects.reverse_made
compile.RUNTIME.constructed = objects.constructed
compile.RUNTIME.recorder = array_records.recorder
compile.RUNTIME.number_rule = array_operators.number_rule
compile.RUNTIME.in_place_rule = array_operators.in_place_rule
compile.RUNTIME.before_in_place = array_writes.before_in_place
compile.RUNTIME.array_item = array_items.item_record
compile.RUNTIME.of_array = array_calls.has_no_record
compile.RUNTIME.array = np.ndarray
compile.RUNTIME.short = array_calls.short
compile.RUNTIME.kernel_in_runs = array_runs.kind_of
compile.RUNTIME.settings_in_runs = array_runs.settings_fit
compile.RUNTIME.run_recorder = array_runs.RunRecorder
compile.RUNTIME.of_owner = dispatch.reverse_with_owner
compile.RUNTIME.swapped = arithmetic.swapped
compile.RUNTIME.ask_others = arithmetic.ask_others
compile.RUNTIME.miss = note_miss
compile.RUNTIME.of_arrays = array_operators.rule_of
compile.RUNTIME.of_floats = lambda op, active=None: records.of_floats(registry.lookup(CALLABLES[op]), active)
compile.RUNTIME.exhausted = loops.exhausted
compile.RUNTIME.paired = loops.paired
compile.RUNTIME.guarded_at_sites.update({op: guarded(function) for op, function in sites.AT_SITES.items()})
compile.RUNTIME.guarded.update({op: guarded(function) for op, function in compile.RUNTIME.generic.items()})

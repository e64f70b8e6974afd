"""What an outer differentiation sees of an inner one.

The runtime and what it emits are ordinary Python, so an outer differentiation transforms them as it does any other
code, and the derivative of a derivative is right for the same reason as any derivative.  Only two things are said of
it here: what depends on code and types alone carries no derivative, and which functions it goes through in place of
those that handle errors for the outermost call.
"""

from __future__ import annotations

from typing import Any

from bytegrad import differentiation, packages
from bytegrad.codegen import sites as codegen_sites
from bytegrad.codegen.pullback import emit_pullback
from bytegrad.differentiation import differentiate, gradient_of, reverse, sweep
from bytegrad.errors import UnsupportedError
from bytegrad.lift import decode
from bytegrad.prepared import GradientFunction
from bytegrad.rules import nested
from bytegrad.rules.containers import views
from bytegrad.rules.declare import non_differentiable, polyfill, primitive
from bytegrad.runtime import (
    arithmetic,
    arranging,
    array_fields,
    array_objects,
    array_run_operations,
    array_runs,
    asking,
    attribute_slots,
    bind,
    callees,
    classes,
    compile,
    dispatch,
    fitting,
    held,
    ignoring,
    operands,
    pieces,
    records,
    registry,
    rule_calls,
    seeds,
    sites,
    tangent,
    twins,
    where,
)
from bytegrad.runtime.array_values import ArrayValues
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import Step

non_differentiable(
    # compiling, and looking up what code there is for what types
    bind.stale,
    compile.note_miss,
    compile.adjoint_of,
    compile.augmented_function,
    emit_pullback,
    decode.argument_names,
    dispatch.descriptor_of,
    where.emitted_frame,
    where.user_frame,
    differentiation.augmented_for,
    packages.load_rules_of_packages,
    registry.lookup,
    registry.changed,
    registry.version,
    rule_calls._Description,
    arranging.arrangement,
    arranging.parameter_kinds,
    dispatch._takes,
    array_runs.count_miss,
    array_runs.variant_of,
    array_run_operations.Careful.get,
    # short ways
    arithmetic.method_for,
    codegen_sites.note,
    callees.adjoint_for,
    callees.augmented_for,
    callees.fitted,
    callees.fitted_past_rules,
    callees.remembered,
    classes.is_plain,
    classes.is_slot,
    classes.is_known,
    classes.distrust,
    classes.still_holds,
    classes.unsettle,
    Context.ends,
    classes.is_relied_on,
    classes.forget,
    sites.init_for,
    sites._getter,
    sites._plain_read,
    sites.note_call,
    # the structure of values, and of their types
    array_fields.as_array,
    array_objects.any_references,
    array_objects.only_moves,
    classes.lookup,
    asking.written_method,
    attribute_slots.by_value,
    attribute_slots.is_property,
    attribute_slots.slots_of,
    differentiation.begin,
    differentiation.first_seed,
    differentiation.templates_of,
    fitting.summed_axes,
    held.changed,
    ignoring.enter_ignored,
    pieces.Piece._settle,
    pieces.Piece.let_go,
    pieces.Piece.wait,
    records.may_carry,
    records.name_of,
    records.parameters,
    ArrayValues.misfit,
    seeds.scalar_seed,
    tangent.is_number,
    twins.check_unchanged,
    twins.come_twice,
    # which memory is active, and where cotangents of operands go
    operands.capture,
    operands.capture_closure,
    operands.sink_of,
    operands.source_of,
)
"""What depends on code, types and identities alone."""


nested.INNER["gradient"] = gradient_of


@primitive(ignoring.leave_ignored)
def leave_ignored_rule(outer: Any, ctx: Any, manager: Any, n: int) -> Any:
    """In an outer differentiation the block is code like any other, so what it binds would not be constant there."""
    record = ignoring.leave_ignored(ctx, manager, n)
    if manager.bound:
        names = ", ".join(manager.bound)
        raise UnsupportedError(
            f"a block under `with ignore():` computes {names}, which is constant in first derivatives only",
            where=manager.where,
            fixes="compute it by bytegrad.ignore(lambda: ...), which holds for derivatives of any order",
        )
    return None, record


# The state of a list's iterator names the list, and a view its dict, which are known by their identities.
non_differentiable(type(iter([])).__reduce__, views.dict_of)
polyfill(reverse)(sweep)


def gradient_function(function: GradientFunction, /, *args: Any, **kwargs: Any) -> Any:
    """What a `GradientFunction` does, inside of a differentiated function."""
    function.check_argnums(len(args))
    call = differentiate(function.f, args, kwargs)
    return function.chosen(call.value, sweep(call, seeds.scalar_seed(function.f, call.value)))


def _resolve_gradient_function(ctx: Any, f: GradientFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    step = dispatch.resolve(ctx, gradient_function, (f, *args), kwargs)
    return dispatch.drop_owner(step, f)


dispatch.BY_TYPE[GradientFunction] = _resolve_gradient_function

"""Code whose variables are in a namespace: bodies of classes, and what `exec` and `eval` run.

The augmented primal gets a `Body` in place of the context.  It is run by ``__build_class__``, the one way to run a
function in a namespace of one's own; a stand-in for the metaclass supplies the namespace and takes the class.
"""

from __future__ import annotations

import builtins
import functools
from types import CellType, FunctionType
from typing import Any

from bytegrad.runtime.attribute_slots import by_value, reverse_slot, reverse_store
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.compile import RUNTIME, adjoint_of
from bytegrad.runtime.context import Context
from bytegrad.runtime.steps import Step, after, done
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import emitted_frame


class Body:
    """What the augmented primal of such code is given, and where it leaves its value and its record."""

    __slots__ = ("ctx", "ended", "namespace", "record", "value")

    def __init__(self, ctx: Context, namespace: Any) -> None:
        self.ctx, self.namespace = ctx, namespace
        self.ended = False
        self.record: Any = None
        self.value: Any = None

    def __prepare__(self, name: str, bases: Any) -> Any:
        return self.namespace

    def __call__(self, name: str, bases: Any, namespace: Any) -> None:
        """In place of a metaclass: there is no class yet."""


class Following:
    """What goes on after a body; if an exception leaves it, its record is with it all the same."""

    __slots__ = ("body", "following", "record_of")

    def __init__(self, body: Body, following: Any, record_of: Any) -> None:
        self.body, self.following, self.record_of = body, following, record_of

    def __call__(self, _: Any) -> Step:
        body = self.body
        if type(body.namespace) is dict:
            # What looked at the frame may have brought our variables in.
            for name in [name for name in body.namespace if type(name) is str and name.startswith("$")]:
                del body.namespace[name]
        step: Step = self.following(self.record_of((_reverse_body, body)), body.value)
        return step

    def left(self, exc: BaseException | None) -> Any:
        """The record of a body that raised."""
        return self.record_of((_reverse_body, self.body)) if self.body.ended else None


def run_body(ctx: Context, f: FunctionType, name: str, namespace: Any, record_of: Any, following: Any) -> Step:
    """Run the code of `f` in `namespace`.

    `record_of` makes the record of the call from that of the code; with that and the code's value, `following` gives
    the next step.
    """
    # It has parameters, all with defaults, if it is one that an inner differentiation runs in this way.
    checks = ctx.checks
    if checks is not None:
        checks.note(f.__code__)
    finite = checks is not None and checks.check_finite
    made = adjoint_of(f, (None,) * f.__code__.co_argcount, ctx.guarded, finite)
    body = Body(ctx, namespace)
    function = FunctionType(made.augmented, f.__globals__, f.__name__, (body, *(f.__defaults__ or ())), f.__closure__)
    build = functools.partial(builtins.__build_class__, metaclass=body)
    return (build, (function, name), Following(body, following, record_of))


def _reverse_body(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1].record
    if inner is not None:
        inner[0](ctx, inner, y_bar)
    return ()


# names ------------------------------------------------------------------------------------------------------


def _slot(owner: Any, key: Any, value: Any, n: int) -> Step:
    return done((reverse_slot, owner, key, n) if by_value(value) else None, value)


def _found(namespace: Any, name: str, n: int) -> Step | None:
    """The value of `name` in a namespace, as C looks for it; None if it is not there."""
    try:
        value = namespace[name]
    except KeyError:
        return None
    return _slot(namespace, name, value, n)


def load_name(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """``name`` in the body of a class or a module."""
    return _found(args[0], name, 0) or _global(ctx, name, 0)


def _global(ctx: Context, name: str, n: int) -> Step:
    frame = emitted_frame()
    for namespace in (frame.f_globals, frame.f_builtins):
        if name in namespace:
            ctx.global_writes = True
            return _slot(namespace, name, namespace[name], n)
    raise NameError(f"name {name!r} is not defined", name=name)


def load_from_dict_or_globals(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """``name`` in a scope inside the body of a class."""
    return _found(args[0], name, 1) or _global(ctx, name, 1)


def load_from_dict_or_cell(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """``name`` in the body of a class inside a function that has such a variable."""
    namespace, cell = args
    found = _found(namespace, name, len(args))
    if found is not None:
        return found
    try:
        value = cell.cell_contents
    except ValueError:
        raise NameError(
            f"cannot access free variable {name!r} where it is not associated with a value in enclosing scope"
        ) from None
    return _slot(cell, 0, value, len(args))


def load_classderef(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """As `load_from_dict_or_cell`, where the namespace is no operand."""
    return after(load_from_dict_or_cell(ctx, args, name), lambda record: (_reverse_without_namespace, record))


def _reverse_without_namespace(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return tuple(inner[0](ctx, inner, y_bar)[1:])


def store_name(ctx: Context, args: tuple[Any, ...], name: str) -> Step:
    """``name = value`` in the body of a class or a module."""
    value, namespace = args
    if type(namespace) is dict or lookup(type(namespace), "__setitem__") is dict.__setitem__:
        namespace[name] = value
        return done((reverse_store, namespace, name, 1), None)
    step = RUNTIME.generic["setitem"](ctx, (namespace, name, value), None)
    return after(step, lambda record: (_reverse_set_item, record))


def _reverse_set_item(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    inner = record[1]
    return (inner[0](ctx, inner, ZERO)[2],)


OPERATIONS: dict[str, Any] = {
    "load_name": load_name,
    "store_name": store_name,
    "load_classderef": load_classderef,
    "load_from_dict_or_deref": load_from_dict_or_cell,
    "load_from_dict_or_globals": load_from_dict_or_globals,
}

__all__ = ["OPERATIONS", "CellType", "run_body"]

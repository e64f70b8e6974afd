"""Functions by which a program steers its own differentiation: hooks, cuts, and questions about it.

In a plain call each of them does what its body says, which is next to nothing.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from bytegrad.errors import NotImplementedRuleError, UnsupportedError
from bytegrad.rules.declare import check_function, check_target, non_differentiable, primitive, resolver
from bytegrad.runtime import registry
from bytegrad.runtime.context import Context
from bytegrad.runtime.ignoring import Ignoring, changes_of, leave_ignored
from bytegrad.runtime.results import collect, release, snapshot
from bytegrad.runtime.seeds import give
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO, Poison
from bytegrad.runtime.trees import tree_map
from bytegrad.runtime.watching import Watch
from bytegrad.runtime.where import reversed_place, user_frame

T = TypeVar("T")
Pair = tuple[Any, Any]
Bars = tuple[Any, ...]

# hooks ------------------------------------------------------------------------------------------------------


def hook(f: Callable[[Any], Any], x: T) -> T:
    """`x`, whose gradient is replaced by `f` of it on the way back.

    `f` gets the gradient in the form in which `gradient` would return it, and is not called where nothing flows.  What
    has an identity (an array, a container, an object) stays the same object, so `f` gets what all its uses from here on
    amount to.

    >>> from bytegrad import gradient, hook
    >>> gradient(lambda a, b: hook(lambda g: -g, a) * b, 2.0, 3.0)
    (-3.0, 2.0)

    Raises: ArgumentError if `f` cannot be called.
    """
    check_function("hook", f, _HOOK)
    return x


_HOOK = "write hook(f, x), f being a function of the gradient of x"


@primitive(hook)
def hook_rule(ctx: Context, /, *args: Any, **named: Any) -> Any:
    names = (*("f", "x")[: len(args)], *named)
    if sorted(names) != ["f", "x"] or len(args) + len(named) != len(names):
        return NotImplemented
    given = dict(zip(names, (*args, *named.values()), strict=True))
    f, x = given["f"], given["x"]
    check_function("hook", f, _HOOK)
    ctx.arrays.once = True
    return (_reverse_hook, f, snapshot(x), names.index("x"), len(names)), x


def _only(place: int, n: int, bar: Any) -> Bars:
    """Cotangents of `n` operands, of which one has `bar`."""
    return tuple([bar if index == place else ZERO for index in range(n)])


def _reverse_hook(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, f, template, place, n = record
    gradient = collect(ctx, template, y_bar)
    if gradient is None:
        return (ZERO,) * n
    release(ctx, template)
    return _only(place, n, give(ctx, template, f(gradient)))


def showgrad(x: T, label: str | None = None) -> T:
    """`x`, whose gradient is printed on the way back, with `label` or the line of the source that it comes from.

    >>> from bytegrad import gradient, showgrad
    >>> gradient(lambda a, b: showgrad(a, "a") * b, 2.0, 3.0)
    gradient of a: 3.0
    (3.0, 2.0)
    """
    return x


@primitive(showgrad)
def showgrad_rule(ctx: Context, /, *args: Any, **named: Any) -> Any:
    names = (*("x", "label")[: len(args)], *named)
    if sorted(names) not in (["x"], ["label", "x"]) or len(args) + len(named) != len(names):
        return NotImplemented
    given = dict(zip(names, (*args, *named.values()), strict=True))
    ctx.arrays.once = True
    record = (_reverse_showgrad, snapshot(given["x"]), given.get("label") or _line(), names.index("x"), len(names))
    return record, given["x"]


def _line() -> str:
    _, filename, line = user_frame()
    source = linecache.getline(filename, line or 0).strip()
    return f"{filename}:{line}" + (f", {source}" if source else "")


def _reverse_showgrad(ctx: Context, record: Any, y_bar: Any) -> Bars:
    _, template, label, place, n = record
    print(f"gradient of {label}: {collect(ctx, template, y_bar)!r}")
    return _only(place, n, y_bar)


# cuts -------------------------------------------------------------------------------------------------------


def dropgrad(x: T) -> T:
    """`x` as a constant: no gradient flows through the result.

    Numbers are returned as they are.  What has an identity by which it would be known, arrays, containers and other
    objects, is copied, in a plain call too.

    >>> from bytegrad import dropgrad, gradient
    >>> gradient(lambda x: dropgrad(x) * x, 3.0)
    (3.0,)
    """
    result: T = tree_map(_constant, x)
    return result


def _constant(x: Any) -> Any:
    return x.copy() if hasattr(x, "copy") else x


non_differentiable(dropgrad)


def ignore(thunk: Callable[[], Any] | None = None) -> Any:
    """``thunk()``, which is run as it stands and whose result carries no gradient.

    Without an argument it is a context manager: the block runs as it stands, and what it computes carries no gradient.
    Code that is ignored must not change containers that do; that is an error if a gradient depends on it.

    >>> from bytegrad import gradient, ignore
    >>> gradient(lambda x: ignore(lambda: x * x) * x, 3.0)
    (9.0,)
    >>> def f(x):
    ...     with ignore():
    ...         y = x * x
    ...     return y * x
    >>> gradient(f, 3.0)
    (9.0,)
    """
    if thunk is None:
        return Ignoring()
    check_function("ignore", thunk, _IGNORE)
    return thunk()


_IGNORE = "write ignore(lambda: ...), or with ignore(): ..."


registry.TABLE.ignoring = ignore


@resolver(ignore)
def ignore_rule(ctx: Context, thunk: Any = None) -> Any:
    if thunk is None:
        return done(None, Ignoring())
    check_function("ignore", thunk, _IGNORE)
    watch = Watch(ctx.arrays, (thunk,))
    where = user_frame()

    def after(value: Any) -> Step:
        return done(changes_of(ctx, watch, thunk, where, 1), value)

    return (ignore, (thunk,), after)


@resolver(Ignoring.__enter__)
def enter_rule(ctx: Context, manager: Any) -> Any:
    raise UnsupportedError(
        "a block of code cannot be ignored inside of a differentiated function, unless it is under `with ignore():`",
        where=user_frame(),
        fixes="write `with bytegrad.ignore():`, around code that does not yield or await, or ignore(lambda: ...)",
    )


@resolver(Ignoring.__exit__)
def exit_rule(ctx: Context, manager: Any, *error: Any) -> Any:
    return done(leave_ignored(ctx, manager, 1 + len(error)), None)


# questions --------------------------------------------------------------------------------------------------


def isderiving() -> bool:
    """Whether the code that asks is being differentiated.

    >>> from bytegrad import gradient, isderiving
    >>> isderiving(), gradient(lambda x: 2.0 * x if isderiving() else x, 1.0)
    (False, (2.0,))
    """
    return False


@primitive(isderiving)
def isderiving_rule(ctx: Context) -> Pair:
    return None, True


def not_implemented(reason: str) -> Any:
    """For a rule's pullback to return: the cotangent of an argument in which there is no derivative.

    It is an error only if that derivative is asked for.

    >>> import bytegrad
    >>> def bessel(nu, x): return x
    >>> @bytegrad.adjoint(bessel)
    ... def bessel_rule(nu, x):
    ...     return bessel(nu, x), lambda y_bar: (bytegrad.not_implemented("the derivative in the order"), 2.0 * y_bar)
    >>> bytegrad.gradient(lambda x: bessel(1.0, x), 3.0)
    (2.0,)
    """
    return Poison(
        NotImplementedRuleError(
            f"{reason} is not implemented",
            where=reversed_place(),
            fixes="treat the argument as a constant with bytegrad.dropgrad, or declare another rule for the function",
        )
    )


class override:
    """Differentiate calls of `f` as calls of `g` instead, inside of a ``with`` block.

    Plain calls are not concerned; all threads are.

    >>> import math
    >>> from bytegrad import gradient, override
    >>> with override(math.floor, lambda x: x):
    ...     gradient(lambda x: math.floor(x) * 2.0, 1.5)
    (2.0,)
    >>> gradient(lambda x: math.floor(x) * 2.0, 1.5)
    (None,)
    """

    def __init__(self, f: Callable[..., Any], g: Callable[..., Any]) -> None:
        check_target(f)
        check_target(g)
        self._target = f
        self._rule = registry.Polyfill(g)

    def __enter__(self) -> None:
        registry.register(self._target, self._rule)

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        registry.unregister(self._target, self._rule)


__all__ = [
    "dropgrad",
    "hook",
    "ignore",
    "isderiving",
    "not_implemented",
    "override",
    "showgrad",
]

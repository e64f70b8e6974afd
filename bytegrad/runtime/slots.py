"""What emitted pullbacks call: cotangents in and out of shadows."""

from __future__ import annotations

from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.runtime.context import Context
from bytegrad.runtime.finite import check_finite, reverse_checked
from bytegrad.runtime.key_slots import KeySlot
from bytegrad.runtime.tangent import ZERO, Poison, accum, is_absent, split


def take_items(ctx: Context, container: Any, *rest: Any) -> Any:
    """The cotangents of the items that a display put into a fresh container."""
    *keys, (kind, n) = rest
    shadow = ctx.peek(container)
    if shadow is None:
        return (ZERO,) * n
    if kind == "dict":
        # Of values for one key the last one stays.
        bars = tuple([shadow.take(key) for key in reversed(keys)])[::-1]
    else:
        bars = tuple([shadow.take(key) for key in (range(n) if kind == "list" else keys)])
    if any(
        not is_absent(bar) and not isinstance(bar, Poison) for key, bar in shadow.items() if type(key) is not KeySlot
    ):
        raise NoRuleError(
            f"a {kind} made by the differentiated function was changed by code that was not differentiated",
            fixes="write a rule for the function that changes it (docs/adding-a-rule.md)",
        )
    return bars


def take_slice(ctx: Context, made: Any, n: int) -> tuple[Any, ...]:
    """The cotangents of the `n` bounds of a slice, by the attributes that were read."""
    shadow = ctx.peek(made)
    return (ZERO,) * n if shadow is None else tuple([shadow.take(name) for name in _BOUNDS[:n]])


_BOUNDS = ("start", "stop", "step")


def take_keys(ctx: Context, container: Any, *rest: Any) -> Any:
    """The cotangents of the keys of a dict's display: of equal ones the first stays."""
    *keys, n = rest
    shadow = ctx.peek(container)
    if shadow is None:
        return (ZERO,) * n
    return tuple([shadow.take(KeySlot(key)) for key in keys])


def take_all(ctx: Context, container: dict[Any, Any], static: Any) -> dict[Any, Any]:
    """The cotangents of a dict's values, by key."""
    shadow = ctx.peek(container)
    return {} if shadow is None else dict(shadow)


def add_cell(ctx: Context, cell: Any, bar: Any, static: Any) -> None:
    """A cell was read."""
    if bar is not ZERO:
        ctx.shadow(cell).add(0, bar)


def take_cell(ctx: Context, cell: Any, static: Any) -> Any:
    """A cell was written."""
    shadow = ctx.peek(cell)
    return ZERO if shadow is None else shadow.take(0)


def add_global(ctx: Context, bar: Any, static: tuple[dict[str, Any], str]) -> None:
    """A global number was read: it matters if a global was written during the call, or they are no module's."""
    namespace, name = static
    if bar is not ZERO and (ctx.global_writes or "__spec__" not in namespace):
        ctx.shadow(namespace).add(name, bar)


def take_defaults(ctx: Context, function: Any, defaults: tuple[Any, ...], static: Any) -> Any:
    """The cotangents of the positional defaults that a function was made with, as a tuple."""
    shadow = ctx.peek(function)
    code = function.__code__
    if not shadow:
        return ZERO
    names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    return tuple([shadow.take(name) for name in names])


def take_view(ctx: Context, static: tuple[Any, tuple[str, ...]]) -> tuple[Any, ...]:
    """The cotangents of variables that were read by name."""
    place, names = static
    bars = ctx.viewed.pop(place, {}) if "viewed" in ctx.uses else {}
    return tuple([bars.get(name, ZERO) for name in names])


HELPERS: dict[str, Any] = {
    "accum": accum,
    "split": split,
    "take_items": take_items,
    "take_keys": take_keys,
    "take_slice": take_slice,
    "take_all": take_all,
    "add_cell": add_cell,
    "take_cell": take_cell,
    "add_global": add_global,
    "take_defaults": take_defaults,
    "take_view": take_view,
    "shadow": Context.shadow,
    "check_finite": check_finite,
    "reverse_checked": reverse_checked,
}

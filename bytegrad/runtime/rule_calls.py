"""Calls of what has a hand-written rule: the rule gives the value and the pullback."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from bytegrad.errors import NoRuleError, RuleError
from bytegrad.runtime.array_likes import check_same, converted, has_own, wraps
from bytegrad.runtime.array_objects import any_references, only_moves, record_of_objects
from bytegrad.runtime.array_writes import into, outputs
from bytegrad.runtime.held import MUTABLE, as_held, contents
from bytegrad.runtime.operands import ObjectSink, capture, capture_closure, deliver, sink_of, source_of
from bytegrad.runtime.records import name_of
from bytegrad.runtime.registry import Adjoint
from bytegrad.runtime.rule_checks import check_count, is_ours, name_of_rule, place_of
from bytegrad.runtime.steps import Step, done, native
from bytegrad.runtime.tangent import ZERO, Poison

ndarray = np.ndarray
ufunc = np.ufunc

SETTINGS = frozenset(
    (
        "axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "keepdims", "dtype", "order", "out", "casting",
        "subok", "copy", "shape", "new_shape", "newshape", "offset", "kind", "mode", "indices_or_sections", "source",
        "destination", "reps", "repeats", "shift", "ndmin", "device", "indexing", "full_matrices", "UPLO", "compute_uv",
        "hermitian", "num", "endpoint", "retstep", "decimals", "indices", "index", "kth", "stable", "ord", "returned",
        "return_index", "return_inverse", "return_counts", "equal_nan", "assume_unique", "optimize", "side", "sorter",
    )
)  # fmt: skip
"""Parameters of numpy's functions that never carry a cotangent, whatever numbers are passed for them."""
_OURS = ("bytegrad.rules.numpy", "bytegrad.rules.scipy")
LARGE = 1 << 16
"""Of arrays of this many bytes it is worth while to find out whether a pullback needs their content."""


class _Description:
    """What a rule's signature says: which arguments are settings, where `out` is, whether it takes `active`."""

    __slots__ = ("active", "ours", "out", "rest", "settings")

    def __init__(self, rule: Adjoint) -> None:
        parameters = inspect.signature(rule.rule).parameters
        ours = rule.rule.__module__.startswith(_OURS)
        self.settings: frozenset[Any] = frozenset()
        self.rest = _NEVER
        self.ours = ours
        if ours:
            named = [name for name in parameters if name in SETTINGS]
            self.settings = frozenset((*named, *[i for i, name in enumerate(rule.names) if name in SETTINGS]))
            kinds = [parameter for parameter in parameters.values() if parameter.kind is parameter.VAR_POSITIONAL]
            self.rest = len(rule.names) if kinds and kinds[0].name in SETTINGS else _NEVER
        self.active = "active" in parameters and parameters["active"].kind is inspect.Parameter.KEYWORD_ONLY
        self.out = rule.names.index("out") if "out" in rule.names else _NEVER


_NEVER = 1 << 30
_DESCRIPTIONS: dict[Adjoint, _Description] = {}


_PAIR = 2


def by_rule(ctx: Any, rule: Adjoint, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    """Call the rule, or `f` itself if no operand is active; None if the rule declines."""
    known = _DESCRIPTIONS.get(rule)
    if known is None:
        known = _DESCRIPTIONS[rule] = _Description(rule)
    if len(args) > known.out or "out" in kwargs or (type(f) is ufunc and len(args) > f.nin):
        outs = outputs(f, rule, args, kwargs)
        if outs:
            return into(ctx, rule, f, args, kwargs, outs)
    sinks, active, large, containers = _sinks(ctx, known, args, kwargs, ctx.arrays.noted(args))
    if not active:
        return native(f, args, kwargs)
    options = {"active": tuple([sink is not None for sink in sinks])} if known.active else {}
    if large is None:
        special = _of_array_likes(ctx, f, args, kwargs, sinks)
        return special or _of_subclasses(ctx, rule, f, args, kwargs, sinks, options)
    operands = (*args, *kwargs.values())
    if known.ours and any_references(operands) and not only_moves(y := f(*args, **kwargs), operands):
        return done(record_of_objects(ctx, operands, y), y)
    result = NotImplemented if ctx.pushing is None or known.ours else ctx.pushing(rule, args, kwargs)
    result = rule.rule(*args, **kwargs, **options) if result is NotImplemented else result
    if result is NotImplemented:
        return None
    y, pullback = _pair(rule, f, result)
    ctx.arrays.once = ctx.arrays.once or not known.ours
    if ctx.checks is not None and ctx.checks.of_rule is not None:
        pullback = ctx.checks.of_rule(rule, f, args, kwargs, y, pullback)
    source = source_of(ctx, y, operands)
    if source is None:
        return done(None, y)
    _capture(ctx.arrays, pullback, operands, y, large)
    held = contents(operands) if containers else ()
    record = (reverse_rule, rule, pullback, len(args), tuple(kwargs), sinks, source, ctx.arrays.position, held)
    return (None, (record, y), None)


def _capture(arrays: Any, pullback: Any, operands: tuple[Any, ...], y: Any, large: bool) -> None:
    """Note what `pullback` may look into."""
    if large:
        capture_closure(arrays, pullback, (*operands, y))
        return
    for value in operands:
        if type(value) is ndarray:
            arrays.capture(value)
    capture(arrays, y)


def _pair(rule: Adjoint, f: Any, result: Any) -> Any:
    """What a rule returned, if it is a value and its pullback."""
    if type(result) is not tuple or len(result) != _PAIR or not callable(result[1]):
        raise RuleError(
            f"the rule for {name_of(f)} returned {type(result).__name__}, not a pair (y, pullback)",
            where=place_of(rule.rule),
            fixes="return the value and a function of its cotangent",
        )
    if isinstance(result[0], Iterator) and not is_ours(rule):
        raise RuleError(
            f"the rule {name_of_rule(rule)} returned a {type(result[0]).__name__}, whose items do not lead back to it",
            where=place_of(rule.rule),
            fixes="return a list or a tuple, or write the function so that it can be differentiated without a rule",
        )
    return result


def _of_subclasses(
    ctx: Any, rule: Adjoint, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], sinks: list[Any], options: Any
) -> Step | None:
    """Of arrays of a subclass, the value is that of the plain call; the rule sees arrays of numpy's own class."""
    y = f(*args, **kwargs)
    plain = [arg.view(ndarray) if issubclass(type(arg), ndarray) else arg for arg in args]
    result = rule.rule(*plain, **kwargs, **options)
    if result is not NotImplemented and wraps(args) and issubclass(type(y), ndarray):
        check_same(result[0], y)
    source = None if result is NotImplemented else source_of(ctx, y, (*args, *kwargs.values()))
    if source is None:
        return None if result is NotImplemented else done(None, y)
    operands = (*args, *kwargs.values())
    capture(ctx.arrays, (*operands, y))
    pullback = _reshaped(result[1], np.shape(result[0])) if issubclass(type(y), ndarray) else result[1]
    record = (reverse_rule, rule, pullback, len(args), tuple(kwargs), sinks, source, ctx.arrays.position, ())
    return done(record, y)


def _is_array_like(sink: Any) -> bool:
    """Whether the operand is an object that makes an array of itself, in Python."""
    return type(sink) is ObjectSink and has_own(sink.primal, "__array__")


def _of_array_likes(ctx: Any, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], sinks: list[Any]) -> Step | None:
    """Of objects that make arrays of themselves, rules see these arrays; None if there is none."""
    from bytegrad.runtime.dispatch import resolve

    if not any([_is_array_like(sink) for sink in sinks]):
        return None

    def call(operands: tuple[Any, ...]) -> Step:
        return resolve(ctx, f, operands[: len(args)], dict(zip(kwargs, operands[len(args) :], strict=True)))

    return converted(ctx, "__array__", (*args, *kwargs.values()), call)


def _reshaped(pullback: Any, shape: tuple[int, ...]) -> Any:
    """`pullback`, for cotangents of another shape: a subclass may keep axes that the rule drops."""

    def reshaped_pullback(y_bar: Any) -> Any:
        return pullback(y_bar if y_bar.shape == shape else np.reshape(y_bar, shape))

    return reshaped_pullback


def _sinks(ctx: Any, known: _Description, args: Any, kwargs: Any, noted: Any) -> tuple[list[Any], bool, Any, bool]:
    """The sinks of all operands, and whether there is one; whether there are large arrays, and containers.

    Instead of whether there are large arrays, None: there are arrays of a subclass, or objects that make arrays.
    """
    shadows = ctx.arrays.shadows
    sinks: list[Any] = []
    active = large = containers = False
    place = 0
    for arg in args:
        if type(arg) is ndarray:
            sink = shadows.get(id(arg)) if arg.base is None else ctx.arrays.part(arg)
            large = large or arg.nbytes >= LARGE
        elif (
            place in known.settings
            or place >= known.rest
            or (noted and not noted[place] and not issubclass(type(arg), ndarray))
        ):
            sink = None
        else:
            sink = sink_of(ctx, arg)
            if issubclass(type(arg), _CONTAINERS):
                large = containers = True
            elif (sink is not None and issubclass(type(arg), ndarray)) or (known.ours and _is_array_like(sink)):
                return _all_sinks(ctx, args, kwargs), True, None, False
        place += 1
        sinks.append(sink)
        active = active or sink is not None
    for name, arg in kwargs.items():
        passive = name in known.settings or (noted and not noted[place] and not issubclass(type(arg), ndarray))
        sink = None if passive else sink_of(ctx, arg)
        place += 1
        if known.ours and _is_array_like(sink):
            return _all_sinks(ctx, args, kwargs), True, None, False
        if sink is not None and issubclass(type(arg), (ndarray, *_CONTAINERS)):
            large = containers = True
        sinks.append(sink)
        active = active or sink is not None
    return sinks, active, large, containers


def _all_sinks(ctx: Any, args: Any, kwargs: Any) -> list[Any]:
    return [sink_of(ctx, operand) for operand in (*args, *kwargs.values())]


_CONTAINERS = (*MUTABLE, tuple)


def reverse_rule(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """Cotangents of the operands by the rule's pullback."""
    _, rule, pullback, n_args, keywords, sinks, source, mark, held = record
    y_bar = source.take(ctx, y_bar)
    if y_bar is None:
        return (ZERO,) * len(sinks)
    if isinstance(y_bar, Poison):
        return deliver(ctx, sinks, (y_bar,) * len(sinks))
    if ctx.arrays.position > mark:
        ctx.arrays.undo_to(mark)
    bars = as_held(held, pullback, y_bar) if held else pullback(y_bar)
    if type(bars) is not tuple or len(bars) < n_args or (len(bars) > n_args and len(bars) > len(rule.names)):
        check_count(rule, n_args, bars)
    del y_bar
    if len(bars) != n_args or keywords:
        bars = (*bars[:n_args], *(None,) * (n_args - len(bars)), *_by_keyword(rule, keywords, bars))
    try:
        return deliver(ctx, sinks, bars)
    except (RuleError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, RuleError) and error.where is not None:
            raise
        raise RuleError(
            f"the pullback of the rule {name_of_rule(rule)} returned a cotangent that does not fit: "
            f"{getattr(error, 'reason', error)}",
            where=place_of(rule.rule),
            fixes="return cotangents of the shape of the arguments; None where nothing flows",
        ) from None


def _by_keyword(rule: Adjoint, keywords: tuple[str, ...], bars: Any) -> list[Any]:
    """The cotangents of arguments that were passed by name."""
    by_name = dict(zip(rule.names, bars, strict=False))
    if is_ours(rule):
        return [by_name.get(name) for name in keywords]
    return [by_name[name] if name in by_name else _not_given(rule, name) for name in keywords]


def _not_given(rule: Adjoint, name: str) -> Poison:
    """The cotangent of a keyword argument that a rule says nothing about."""
    return Poison(
        NoRuleError(
            f"the rule {name_of_rule(rule)} has no derivative in the keyword argument {name!r}",
            where=place_of(rule.rule),
            fixes=f"let the rule take {name!r} by position as well, and its pullback return a cotangent for it",
        )
    )

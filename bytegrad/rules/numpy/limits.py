"""`np.clip` and `np.nan_to_num`: elements replaced where they are out of bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.rules.numpy.broadcast import kind_of, masked, project
from bytegrad.rules.numpy.elementwise import elementwise_cotangents, slopes
from bytegrad.rules.numpy.reductions import NO_VALUE
from bytegrad.rules.numpy.ufuncs import CLIP
from bytegrad.runtime import registry

Pullback = Callable[[Any], tuple[Any, ...]]


@adjoint(np.clip)
def clip_rule(
    a: Any,
    a_min: Any = NO_VALUE,
    a_max: Any = NO_VALUE,
    out: Any = None,
    min: Any = NO_VALUE,
    max: Any = NO_VALUE,
    **keywords: Any,
) -> tuple[Any, Pullback]:
    """``minimum(maximum(a, a_min), a_max)``, with ties shared as those do."""
    bounds = {"a_min": a_min, "a_max": a_max, "min": min, "max": max}
    y = np.clip(a, **{name: bound for name, bound in bounds.items() if bound is not NO_VALUE}, **keywords)
    old_names = a_min is not NO_VALUE or a_max is not NO_VALUE
    low = _bound(a_min if old_names else min)
    high = _bound(a_max if old_names else max)

    def clip_pullback(y_bar: Any) -> tuple[Any, ...]:
        a_bar, low_bar, high_bar = _clip_cotangents(a, low, high, y, keywords.get("where", True), y_bar)
        if old_names:
            return a_bar, low_bar, high_bar
        return a_bar, None, None, None, low_bar, high_bar

    return y, clip_pullback


def clip_method_rule(
    a: Any, min: Any = None, max: Any = None, out: Any = None, **keywords: Any
) -> tuple[Any, Pullback]:
    """The same where a bound may be left out."""
    return clip_rule(a, min, max, **keywords)


def _bound(value: Any) -> Any:
    return None if value is NO_VALUE else value


def _clip_cotangents(a: Any, low: Any, high: Any, y: Any, where: Any, y_bar: Any) -> tuple[Any, Any, Any]:
    if low is None and high is None:
        return project(masked(y_bar, where), a), None, None
    if high is None:
        a_bar, low_bar = _through(np.maximum, (a, low), y, where, y_bar)
        return a_bar, low_bar, None
    if low is None:
        a_bar, high_bar = _through(np.minimum, (a, high), y, where, y_bar)
        return a_bar, None, high_bar
    a_bar, low_bar, high_bar = _through(CLIP, (a, low, high), y, where, y_bar)
    return a_bar, low_bar, high_bar


def _through(ufunc: np.ufunc, inputs: tuple[Any, ...], y: Any, where: Any, y_bar: Any) -> tuple[Any, ...]:
    (rule,) = [rule for rule in registry.lookup(ufunc) if isinstance(rule, registry.Partials)][:1]
    return elementwise_cotangents(slopes(rule), (True,) * len(inputs), inputs, y, where, y_bar)


@adjoint(np.nan_to_num)
def nan_to_num_rule(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """The replacements get the cotangents of what they replace; ``copy=False`` writes into `x` and is declined."""
    if not copy:
        return NotImplemented
    y = np.nan_to_num(x, copy, nan, posinf, neginf)

    def nan_to_num_pullback(y_bar: Any) -> tuple[Any, ...]:
        if kind_of(y) not in "fc":
            return (project(y_bar, x),)
        parts = [(np.real(x), np.real(y_bar))]
        if np.iscomplexobj(x):
            parts.append((np.imag(x), np.imag(y_bar)))
        kept = [masked(bar, np.isfinite(part)) for part, bar in parts]
        x_bar = kept[0] + 1j * kept[1] if np.iscomplexobj(x) else kept[0]
        replaced = [
            None if value is None else project(sum(masked(bar, chosen(part)) for part, bar in parts), value)
            for value, chosen in ((nan, np.isnan), (posinf, np.isposinf), (neginf, np.isneginf))
        ]
        return project(x_bar, x), None, *replaced

    return y, nan_to_num_pullback


for _type in (np.ndarray, np.generic):
    adjoint(_type.clip)(clip_method_rule)

"""Type parameters and aliases: bounds, defaults and values that C evaluates when they are first asked for.

The functions that it runs for that cannot be had, so what they compute has no derivative: where one is wanted, it is
refused.
"""

from __future__ import annotations

import typing
from typing import Any

from bytegrad.runtime.attributes import DESCRIPTORS
from bytegrad.runtime.context import Context
from bytegrad.runtime.opaque_calls import reverse_untraced
from bytegrad.runtime.poisoning import reachable
from bytegrad.runtime.records import may_carry
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import user_frame

_EVALUATED = ("__bound__", "__constraints__", "__default__", "__value__")


def _evaluated(ctx: Context, owner: Any, found: Any, value: Any) -> Step:
    if not may_carry(value):
        return done(None, value)
    reason = f"{found.__name__} of a type parameter or alias has a cotangent, which cannot be led into its expression"
    return done((_reverse_evaluated, value, reason, user_frame()), value)


def _reverse_evaluated(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, value, reason, where = record
    for part in [value, *[part for part, _, _ in reachable([value])]]:
        reverse_untraced(ctx, (None, part, 1, reason, "compute the value itself in the function", where), y_bar)
    return (ZERO,)


for _kind in [getattr(typing, name, None) for name in ("TypeVar", "ParamSpec", "TypeVarTuple", "TypeAliasType")]:
    for _name in _EVALUATED if _kind is not None else ():
        if _name in vars(_kind):
            DESCRIPTORS[vars(_kind)[_name]] = _evaluated

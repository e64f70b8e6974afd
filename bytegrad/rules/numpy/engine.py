"""What the engine takes from the rules of numpy: derivatives of elementwise functions, and methods that give views."""

from __future__ import annotations

from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint, polyfill
from bytegrad.rules.numpy import elementwise, ndarray, two_outputs  # noqa: F401  (their rules come behind those here)
from bytegrad.rules.polyfills.native import natively
from bytegrad.runtime import registry
from bytegrad.runtime.arithmetic import divide
from bytegrad.runtime.array_operators import operate
from bytegrad.runtime.elementwise import SLOPES
from bytegrad.runtime.iteration import by_number
from bytegrad.runtime.registry import Adjoint, Resolver
from bytegrad.runtime.steps import Step, done

SLOPES[0] = elementwise.slopes


def _giving_views(method: Any) -> None:
    """Declare that `method` of an array gives a view, unless it cannot: then its rule is asked."""

    def resolve(ctx: Any, array: Any, *args: Any, **kwargs: Any) -> Step:
        y = method(array, *args, **kwargs)
        arrays = ctx.arrays
        if arrays.shadow(array) is None or arrays.shadow(y) is not None:
            return done(None, y)
        return NotImplemented

    registry.register(method, Resolver(resolve))


@adjoint(divmod)
def divmod_rule(x: Any, y: Any) -> Any:
    """Of arrays, what `np.divmod` does."""
    if not isinstance(x, np.ndarray) and not isinstance(y, np.ndarray):
        return NotImplemented
    rule = registry.lookup(np.divmod)[0]
    assert isinstance(rule, Adjoint)
    return rule.rule(x, y)


registry.register(divmod, Resolver(divide))


@polyfill(np.ndarray.__iter__)
def iterator_polyfill(self: Any, /) -> Any:
    """What ``super().__iter__()`` gives: the parts that the array has by its class's subscripts."""
    natively(np.ndarray.__iter__, self)  # which raises for an array without axes
    return by_number(self)


for _name in ("reshape", "transpose", "swapaxes", "squeeze", "ravel", "view", "diagonal", "__array__"):
    _giving_views(getattr(np.ndarray, _name))


def _operator(name: str, op: str) -> None:
    """Declare that the method `name` of arrays is the in-place operator `op`."""
    method = getattr(np.ndarray, name)

    def resolve(ctx: Any, array: Any, operand: Any) -> Step:
        step = operate(ctx, op, (array, operand), None, method)
        return NotImplemented if step is None else step

    registry.register(method, Resolver(resolve))


for _op in ("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul", "ilshift", "irshift", "ixor"):
    _operator(f"__{_op}__", _op)
_operator("__iand__", "iand")
_operator("__ior__", "ior")

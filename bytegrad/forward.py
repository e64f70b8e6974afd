"""Forward mode: the derivative in a direction, by transposing reverse mode.

The pullback of a function at a point is a linear map ``seed -> cotangents``, and it is ordinary Python.  So it has a
pullback itself, and that is the transposed map ``tangents -> tangent of the result``: the pushforward.  What reverse
mode has a derivative for, forward mode has by the same rules; there is nothing to write twice.  Of a result that is
one number, or a few, the derivative in a direction is the inner product with the gradient, which is faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.differentiation import Differentiation, differentiate, reverse, sweep
from bytegrad.directional import repeatable
from bytegrad.directional import tangent as tangent_of
from bytegrad.errors import ArgumentError
from bytegrad.kept import as_it_was, check_marks, kept_of, marks_of
from bytegrad.numbering import count, inner, refilled, unit_seeds, where_present, zeros
from bytegrad.params import refuse_params
from bytegrad.pushing import Pushing
from bytegrad.rules.declare import non_differentiable, polyfill
from bytegrad.runtime.context import Context
from bytegrad.runtime.results import Template, as_number, assembled, mark, snapshot
from bytegrad.runtime.seeds import Fit, give
from bytegrad.runtime.structure import CELL, NUMBERS
from bytegrad.tracebacks import outermost

Push = Callable[..., Any]


@outermost
def jvp(f: Callable[..., Any], args: Any, tangents: Any, /, **kwargs: Any) -> tuple[Any, Any]:
    """The value ``y = f(*args, **kwargs)``, and its derivative in the direction `tangents`: a pair ``(y, y_dot)``.

    `args` and `tangents` are tuples of the same length.  A tangent has the structure of its argument, a `Tangent` (or
    a dict) that of an object; None, at any depth, stands for zero.  `y_dot` has the structure of `y`, with None where
    no argument that has a tangent has an influence.

    Shapes: y_dot has those of y, each tangent that of its argument.
    Raises: ArgumentError if there are not as many tangents as arguments; SeedError for a tangent that does not fit its
    argument; else as `pullback`.
    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), section 3.1; that it is the transpose of the
    pullback: A. Radul et al., You Only Linearize Once (POPL 2023).

    >>> import math
    >>> from bytegrad import jvp
    >>> jvp(math.sin, (0.0,), (2.0,))
    (0.0, 2.0)
    >>> jvp(lambda a, b: [a * b[0], "text", {"sum": a + b[0]}], (2.0, [3.0]), (1.0, [10.0]))
    ([6.0, 'text', {'sum': 5.0}], [23.0, None, {'sum': 11.0}])
    """
    if not isinstance(args, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise ArgumentError("jvp takes a tuple of arguments and a tuple of tangents", fixes="jvp(f, (x,), (x_dot,))")
    refuse_params("jvp", tuple(args))
    check_count(len(args), len(tangents))
    direct = None if kwargs else tangent_of(f, tuple(args), tuple(tangents))
    if direct is not None:
        value, slope = direct
        return value, slope
    moved = tuple([n for n, tangent in enumerate(tangents) if tangent is not None])
    push = Pushforward(differentiate(f, tuple(args), kwargs, chosen=moved, pushing=Pushing()))
    return push.call.value, push(*tangents)


@outermost
def pushforward(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Push:
    """The linear map from tangents of `args` to the tangent of ``f(*args, **kwargs)``.

    `f` is called once, here.  ``push(*tangents)`` takes one tangent for each of `args`, as `jvp` does, and can be
    called any number of times.

    Raises: as `jvp`.
    Source: as for `jvp`.

    >>> from bytegrad import pushforward
    >>> push = pushforward(lambda x, y: x * y, 2.0, 3.0)
    >>> push(1.0, 0.0), push(None, 1.0)
    (3.0, 2.0)
    """
    refuse_params("pushforward", args)
    again = None if kwargs else repeatable(f, args)
    push = Pushforward(differentiate(f, args, kwargs, pushing=Pushing()))
    kept = kept_of(push.call)
    marks = marks_of(push.call, kept)

    @outermost
    def pushed(*tangents: Any) -> Any:
        check_count(len(args), len(tangents))
        check_marks(marks)
        direct = None if again is None else again(tangents)
        return as_it_was(kept, lambda: push(*tangents)) if direct is None else direct[1]

    return pushed


def check_count(args: int, tangents: int) -> None:
    """Raise ArgumentError unless there is a tangent for each argument."""
    if args != tangents:
        raise ArgumentError(
            f"there are {args} arguments, but {tangents} tangents",
            fixes="give one tangent for each argument, None for those that are not varied",
        )


FEW = 16
"""A result of so many numbers or fewer is differentiated number by number, which needs no transposition."""


class Pushforward:
    """The derivative of one call in any direction."""

    __slots__ = ("call", "result", "rows", "transposed")

    def __init__(self, call: Differentiation) -> None:
        self.call = call
        self.result = template_of(call.value)
        self.rows: list[Any] | None = None
        """For each number of the result its gradient, if there are few."""
        self.transposed: Differentiation | None = None

    def prepare(self) -> None:
        """What is done once, for the first direction."""
        pushing = self.call.ctx.pushing
        if count(self.result) <= FEW and not (pushing is not None and pushing.used):
            self.rows = [reverse(self.call, seed) for seed in unit_seeds(self.result)]
        else:
            self.transposed = linear(self.call, zeros(self.result))

    def __call__(self, *tangents: Any) -> Any:
        """The tangent of the result."""
        for n, template in enumerate(self.call.templates):
            if template is not None:
                check_fit(n, template, tangents[n])
        if self.rows is None and self.transposed is None:
            self.prepare()
        if self.rows is not None:
            return _by_rows(self.result, [inner(row, tangents) for row in self.rows])
        transposed = self.transposed
        assert transposed is not None
        seeds = tuple([where_present(bar, tangent) for bar, tangent in zip(transposed.value, tangents, strict=True)])
        return unfolded(self.result, reverse(transposed, seeds)[0], {})


def _by_rows(result: Template, slopes: list[Any]) -> Any:
    """The tangent of the result from those of its numbers."""
    if len(slopes) == 1 and result.kind == "number":
        return slopes[0] if slopes[0] is None else as_number(result.value, slopes[0])
    return refilled(result, iter(slopes), {})


def linear(call: Differentiation, seed: Any) -> Differentiation:
    """The sweep of `call` as a differentiable function of its seed.

    Its value is the cotangents for that seed: they say which arguments have an influence, and on what structure.
    What it computes at zero need not be warned of.
    """
    with np.errstate(all="ignore"):
        return sweeping(call, seed)


@polyfill(linear)
def sweeping(call: Differentiation, seed: Any) -> Differentiation:
    """As `linear`, with numpy's warnings as they are set."""
    return differentiate(lambda seed: sweep(call, seed), (seed,), {})


@non_differentiable
def template_of(value: Any) -> Template:
    """The structure of `value`."""
    return snapshot(value)


@non_differentiable
def check_fit(n: int, template: Template, tangent: Any) -> None:
    """Raise SeedError if `tangent` has not the structure, the shape or the kind of numbers of argument `n`."""
    ctx = Context()
    mark(ctx, [template])
    give(ctx, template, tangent, (Fit(f"argument {n}", "tangent"),))


def unfolded(template: Template, found: Any, made: dict[Template, Any]) -> Any:
    """The tangent `found` of what `template` describes, also where an object comes again."""
    kind = template.kind
    if kind == "again":
        return made.get(template.parts[0][1])
    if found is not None and template.parts and kind != NUMBERS:
        parts = [unfolded(part, _part(kind, found, n, key), made) for n, (key, part) in enumerate(template.parts)]
        found = assembled(template, parts)
    made[template] = found
    return found


def _part(kind: str, found: Any, n: int, key: Any) -> Any:
    if kind in ("list", "tuple"):
        return found[n]
    return found if kind == CELL else found.get(key)


__all__ = ["jvp", "pushforward"]

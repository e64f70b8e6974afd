"""Random generators that move the elements of an array: which went where is found by doing it again to numbers.

What generators draw is constant; they are put back to the state that they had, so that the second time they draw the
same, and then on to the state that the first call left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bytegrad.rules.declare import adjoint
from bytegrad.runtime import registry
from bytegrad.runtime.array_changes import mutate
from bytegrad.runtime.registry import Resolver
from bytegrad.runtime.steps import Step, after

GENERATORS: tuple[type, ...] = (np.random.Generator, np.random.RandomState)


def replayed(generator: Any, draw: Callable[[], Any], again: Callable[[], Any]) -> tuple[Any, Any]:
    """``(draw(), again())``, where both draw the same random numbers from `generator`."""
    bits = getattr(generator, "bit_generator", None) or generator._bit_generator
    before = bits.state
    first = draw()
    after = bits.state
    bits.state = before
    second = again()
    bits.state = after
    return first, second


def numbers_of(a: Any) -> Any:
    """The places in the first dimension of `a`, one after the other: what a generator shuffles instead of `a`."""
    return np.arange(np.size(a)).reshape(np.shape(a))


def gathered(a: Any, places: Any) -> Callable[[Any], Any]:
    """The pullback to `a` of elements that were copied from `places` in ``a.ravel()``."""

    def gathered_pullback(y_bar: Any) -> Any:
        a_bar = np.zeros(np.size(a), np.result_type(y_bar))
        np.add.at(a_bar, np.ravel(places), np.ravel(y_bar))
        return a_bar.reshape(np.shape(a))

    return gathered_pullback


def _declare_copying(kind: type, name: str) -> None:
    method = getattr(kind, name)

    @adjoint(method)
    def copying_rule(self: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(x, np.ndarray):
            return NotImplemented
        y, places = replayed(
            self, lambda: method(self, x, *args, **kwargs), lambda: method(self, numbers_of(x), *args, **kwargs)
        )
        pullback = gathered(x, places)

        def copying_pullback(y_bar: Any) -> Any:
            return None, pullback(y_bar)

        return y, copying_pullback


def _declare_shuffle(kind: type) -> None:
    method = kind.shuffle  # type: ignore[attr-defined]

    def resolve(ctx: Any, self: Any, x: Any, *args: Any, **kwargs: Any) -> Step:
        if not isinstance(x, np.ndarray):
            return NotImplemented
        bits = getattr(self, "bit_generator", None) or self._bit_generator

        def shuffle_rule(a: Any) -> Any:
            before = bits.state
            places = numbers_of(a)
            method(self, places, *args, **kwargs)
            bits.state = before

            def shuffle_pullback(new_bar: Any) -> Any:
                return (gathered(a, places)(new_bar),)

            return None, shuffle_pullback

        def shuffle(array: Any) -> Any:
            return method(self, array, *args, **kwargs)

        step = mutate(ctx, shuffle, (x,), {}, shuffle_rule, x)
        return _padded(step, len(args) + len(kwargs))

    registry.register(method, Resolver(resolve))


def _padded(step: Step, n: int) -> Step:
    return after(step, lambda record: (_reverse_padded, record, n))


def _reverse_padded(ctx: Any, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, inner, n = record
    return (0, *inner[0](ctx, inner, y_bar), *(0,) * n)


for _kind in GENERATORS:
    _declare_shuffle(_kind)
    for _name in ("permutation", "permuted", "choice"):
        if hasattr(_kind, _name):
            _declare_copying(_kind, _name)

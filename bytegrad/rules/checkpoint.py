"""Checkpoints: a call whose values are not kept, but computed again when it is reversed.

The call is made as it stands.  When it is reversed it is made once more, differentiated, in the state that it was
made in: the containers and objects that it can reach by its arguments and its closure hold what they did, arrays are
rolled back by the undo log, random generators are where they were.  Afterwards all of that is put back.
"""

from __future__ import annotations

import functools
import pickle
import random
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sys import getrefcount
from typing import Any

import numpy as np

from bytegrad.errors import UnsupportedError
from bytegrad.rules.declare import check_function, polyfill, resolver
from bytegrad.runtime.arrays import Arrays
from bytegrad.runtime.context import Context, Shadow
from bytegrad.runtime.dispatch import resolve
from bytegrad.runtime.operands import source_of
from bytegrad.runtime.records import name_of
from bytegrad.runtime.results import collect, release, snapshot
from bytegrad.runtime.seeds import give
from bytegrad.runtime.steps import Step, done, run
from bytegrad.runtime.structure import CELL, NUMBERS, attributes, is_leaf, parts_of
from bytegrad.runtime.tangent import ZERO
from bytegrad.runtime.where import user_frame


def checkpointed(f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """``f(*args, **kwargs)``, of which nothing is kept for the way back: `f` is called again there.

    It saves memory for time.  `f` may change containers and objects that it is given, and use random numbers: the
    second call finds everything as the first one did; but what it does to globals it does twice.  It must not write to
    arrays that it did not make itself.

    Source: A. Griewank and A. Walther, Evaluating Derivatives (2008), section 12.

    >>> from bytegrad import checkpointed, gradient
    >>> def layer(x):
    ...     print("layer", x)
    ...     return x * x
    >>> gradient(lambda x: checkpointed(layer, checkpointed(layer, x)), 2.0)
    layer 2.0
    layer 4.0
    layer 4.0
    layer 2.0
    (32.0,)

    Raises: ArgumentError if `f` cannot be called.
    """
    check_function("checkpointed", f, _USE)
    return f(*args, **kwargs)


_USE = "write checkpointed(f, x, ...), without calling f"


@resolver(checkpointed)
def checkpointed_rule(ctx: Context, f: Any, /, *args: Any, **kwargs: Any) -> Step:
    check_function("checkpointed", f, _USE)
    checkpoint = _Checkpoint(ctx, f, args, kwargs, user_frame())
    return (functools.partial(f, **kwargs) if kwargs else f, args, checkpoint.called)


class _Checkpoint:
    """What has to be known of a call to make it again."""

    __slots__ = ("args", "ctx", "f", "generators", "kwargs", "mark", "memory", "numbers", "sums", "where")

    def __init__(self, ctx: Context, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], where: Any) -> None:
        self.ctx, self.f, self.args, self.kwargs, self.where = ctx, f, args, kwargs, where
        self.memory = _reachable((f, *args, *kwargs.values()))
        self.mark = ctx.arrays.position
        ctx.arrays.once = True
        for array in self.arrays():
            ctx.arrays.capture(array)
        self.sums = [_checksum(array) for array in self.arrays()]
        self.generators = _generators(self.memory)
        self.numbers = _states(self.generators)

    def arrays(self) -> list[Any]:
        """The arrays that the call can reach."""
        return [value for value, kind, _ in self.memory if kind == "array"]

    def called(self, y: Any) -> Step:
        """The call has been made."""
        if [_checksum(array) for array in self.arrays()] != self.sums:
            raise UnsupportedError(
                f"{name_of(self.f)} writes to an array that it did not make, which a checkpointed function must not",
                where=self.where,
                fixes="copy the array first, or return the new one",
            )
        if _states(self.generators) == self.numbers:
            self.generators, self.numbers = [], []
        source_of(self.ctx, y, ())
        return done((_reverse_checkpoint, self, snapshot(y)), y)


def _reverse_checkpoint(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, checkpoint, template = record
    gradient = collect(ctx, template, y_bar)
    release(ctx, template)
    if ctx.arrays.position > checkpoint.mark:
        ctx.arrays.undo_to(checkpoint.mark)
    known = frozenset(ctx.shadows)
    bars = _made_again(_with_log_of_its_own(ctx), checkpoint, gradient)
    _forget(ctx.shadows, known)
    n = len(checkpoint.args) + len(checkpoint.kwargs)
    return (ZERO, *bars, *(ZERO,) * (n - len(bars)))


def _made_again(inner: Context, checkpoint: _Checkpoint, gradient: Any) -> tuple[Any, ...]:
    """Make the call again, and reverse it."""
    with _as_it_was(checkpoint.memory), _numbers_as_they_were(checkpoint.generators, checkpoint.numbers):
        again, y = run(resolve(inner, checkpoint.f, checkpoint.args, checkpoint.kwargs))
        if inner.refusal is not None:
            raise inner.refusal
        carried = give(inner, snapshot(y), gradient)
        return () if again is None else again[0](inner, again, carried)


def _forget(shadows: dict[int, Shadow], known: frozenset[int]) -> None:
    """Drop the shadows that are not `known`, of objects that nobody else has: they were made in the second call."""
    while True:
        alone = [key for key in shadows if key not in known and getrefcount(shadows[key].primal) == _ALONE]
        if not alone:
            return
        for key in alone:
            del shadows[key]


_ALONE = 2
"""The reference count of what is an attribute of one object, as an argument of `getrefcount`."""


@polyfill(_forget)
def keep_shadows(shadows: dict[int, Shadow], known: frozenset[int]) -> None:
    """`_forget`, inside of a differentiated function: the outer differentiation needs them."""


def _with_log_of_its_own(ctx: Context) -> Context:
    """A context that shares the cotangents of `ctx`, for a call that is made while `ctx` goes backwards."""
    inner = Context()
    inner.shadows = ctx.shadows
    for name in ("aliases", "caches", "generators", "iterators"):
        setattr(inner, name, dict(getattr(ctx, name)))
    inner.uses = ("aliases", "arrays", "caches", "generators", "iterators", "shadows")
    inner.arrays = Arrays()
    for name in ("foreign", "lent", "owned", "poisons", "twice"):
        setattr(inner.arrays, name, getattr(ctx.arrays, name))
    inner.arrays.shadows = dict(ctx.arrays.shadows)
    return inner


# memory -----------------------------------------------------------------------------------------------------

Memory = list[tuple[Any, str, list[tuple[Any, Any]]]]
"""Objects with their kind and content, as `structure.parts_of` gives it."""


def _reachable(values: tuple[Any, ...]) -> Memory:
    """All that has an identity in `values`, at any depth, with what it holds."""
    found: Memory = []
    seen: set[int] = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if is_leaf(value) or id(value) in seen:
            continue
        seen.add(id(value))
        kind, items = parts_of(value)
        found.append((value, kind, items))
        if kind != NUMBERS:
            stack.extend([item for _, item in items])
    return found


@contextmanager
def _as_it_was(memory: Memory) -> Iterator[None]:
    """Let containers, objects and cells hold what they did, for a while."""
    now: Memory = [(value, *parts_of(value)) for value, _, _ in memory]
    _restore(memory)
    try:
        yield
    finally:
        _restore(now)


def _restore(memory: Memory) -> None:
    for value, kind, items in memory:
        if isinstance(value, deque):
            value.clear()
            value.extend([item for _, item in items])
        elif kind == NUMBERS:
            value[:] = items
        elif kind == "list":
            value[:] = [item for _, item in items]
        elif isinstance(value, dict):
            if list(value) != [key for key, _ in items]:
                value.clear()
            value.update(items)
        elif isinstance(value, set):
            value.clear()
            value.update([item for _, item in items])
        elif kind == CELL and items:
            value.cell_contents = items[0][1]
        elif kind == "object" and not isinstance(value, type):
            _restore_object(value, items)


def _restore_object(value: Any, items: list[tuple[str, Any]]) -> None:
    for name in {name for name, _ in attributes(value)} - {name for name, _ in items}:
        object.__delattr__(value, name)
    for name, held in items:
        object.__setattr__(value, name, held)


def _checksum(array: Any) -> int:
    """A number that changes with the content of an array."""
    if array.dtype.hasobject:
        return hash(tuple([id(item) for item in array.flat]))
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data) if array.size else 0


# random numbers ---------------------------------------------------------------------------------------------

Generators = list[tuple[Callable[[], Any], Callable[[Any], None]]]
"""How to get and to set the state of each random generator."""


def _generators(memory: Memory) -> Generators:
    """Python's own, numpy's, and those that the call can reach."""
    found: Generators = [(random.getstate, random.setstate)]
    if "numpy.random" in sys.modules:
        found.append((np.random.get_state, np.random.set_state))
    for value, _, _ in memory:
        if isinstance(value, np.random.Generator):
            bits = value.bit_generator
            found.append((lambda bits=bits: bits.state, lambda state, bits=bits: setattr(bits, "state", state)))  # type: ignore[misc]
        elif isinstance(value, random.Random):
            found.append((value.getstate, value.setstate))
    return found


def _states(generators: Generators) -> list[bytes]:
    return [pickle.dumps(get()) for get, _ in generators]


@contextmanager
def _numbers_as_they_were(generators: Generators, states: list[bytes]) -> Iterator[None]:
    """Let the generators give the same numbers again, for a while."""
    now = _states(generators)
    for (_, put), state in zip(generators, states, strict=True):
        put(pickle.loads(state))
    try:
        yield
    finally:
        for (_, put), state in zip(generators, now, strict=True):
            put(pickle.loads(state))


__all__ = ["checkpointed"]

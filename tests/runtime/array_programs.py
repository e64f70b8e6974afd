"""Random programs on arrays: views of views, writes through them, arithmetic, reductions, all aliasing each other.

A program is a list of steps ``(name, *operands)``; numbers among the operands are places in the environment, which
holds the arrays made so far.  `run` is ordinary code, so that it can be differentiated.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tests.runtime.array_operations import OPERATIONS

Step = tuple[Any, ...]


def run(program: list[Step], env: list[Any]) -> Any:
    """Append the result of each step to `env`; a number that depends on everything."""
    for name, *operands in program:
        env.append(OPERATIONS[name](env, *operands))
    total = 0.0
    for weight, item in enumerate(env):
        total = total + np.sum(np.sin(item) * (1.0 + 0.1 * weight))
    return total


# generation -------------------------------------------------------------------------------------------------


def random_program(rng: random.Random, env: list[Any], length: int) -> list[Step]:
    """A program of up to `length` steps that runs on `env`, which is used up."""
    program: list[Step] = []
    for _ in range(20 * length):
        if len(program) == length:
            break
        step = _random_step(rng, env)
        before = [item.copy() for item in env]
        try:
            with np.errstate(all="raise"):
                made = OPERATIONS[step[0]](env, *step[1:])
        except (ValueError, IndexError, TypeError, FloatingPointError):
            _restore(env, before)
            continue
        fits = isinstance(made, np.ndarray) and 0 < made.size <= 60 and made.ndim <= 4 and np.all(np.abs(made) < 50)
        if not fits or any(np.max(np.abs(item)) > 50 for item in env):
            _restore(env, before)
            continue
        env.append(made)
        program.append(step)
    return program


def _restore(env: list[Any], before: list[Any]) -> None:
    for item, old in zip(env, before, strict=True):
        if item.flags.writeable:
            item[...] = old


def _random_step(rng: random.Random, env: list[Any]) -> Step:
    name = rng.choice(list(OPERATIONS))
    operands: list[Any] = []
    code = OPERATIONS[name].__code__
    for parameter in code.co_varnames[1 : code.co_argcount]:
        if parameter in ("i", "j", "k"):
            operands.append(rng.choice([rng.randrange(len(env)), len(env) - 1]))
        else:
            operands.append(_MAKE[parameter](rng, env[operands[0]], name))
    return (name, *operands)


def _random_key(rng: random.Random, array: Any, name: str) -> Any:
    if name == "fancy" or rng.random() < 0.25:
        n = array.shape[0] if array.ndim else 1
        index = [rng.randrange(-n, n) for _ in range(rng.randrange(1, 4))]
        return rng.choice([index, np.array(index), (index, ...), (..., np.array([0]))])
    items = []
    for n in array.shape[: rng.randrange(array.ndim + 1)]:
        start = rng.randrange(n)
        items.append(rng.choice([start, slice(start, None), slice(None, None, -1), slice(0, n, 2), slice(None)]))
    if rng.random() < 0.2:
        items.append(...)
    return items[0] if len(items) == 1 else tuple(items)


def _random_shape(rng: random.Random, array: Any, name: str) -> Any:
    sizes = [d for d in range(1, array.size + 1) if array.size % d == 0]
    d = rng.choice(sizes)
    return rng.choice([(-1,), (d, array.size // d), (d, -1), (1, d, array.size // d)])


def _random_axis(rng: random.Random, array: Any, name: str) -> Any:
    return rng.choice([0, -1, tuple(range(array.ndim))[:1], (0, -1) if array.ndim > 1 else 0])


_MAKE = {"key": _random_key, "shape": _random_shape, "axis": _random_axis}

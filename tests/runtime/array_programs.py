"""Random programs on arrays: views of views, writes through them, arithmetic, reductions, all aliasing each other.

A program is a list of steps ``(name, *operands)``; numbers among the operands are places in the environment, which
holds the arrays made so far.  `run` is ordinary code, so that it can be differentiated.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Step = tuple[Any, ...]


def run(program: list[Step], env: list[Any]) -> Any:
    """Append the result of each step to `env`; a number that depends on everything."""
    for name, *operands in program:
        env.append(OPERATIONS[name](env, *operands))
    total = 0.0
    for weight, item in enumerate(env):
        total = total + np.sum(np.sin(item) * (1.0 + 0.1 * weight))
    return total


# views ------------------------------------------------------------------------------------------------------


def subscript(env: list[Any], i: int, key: Any) -> Any:
    return env[i][key]


def transpose(env: list[Any], i: int) -> Any:
    return env[i].T


def reshape(env: list[Any], i: int, shape: Any) -> Any:
    return env[i].reshape(shape)


def ravel(env: list[Any], i: int) -> Any:
    return np.ravel(env[i])


def swapaxes(env: list[Any], i: int) -> Any:
    return np.swapaxes(env[i], 0, -1)


def new_axis(env: list[Any], i: int) -> Any:
    return env[i][None, ..., None]


def squeeze(env: list[Any], i: int) -> Any:
    return env[i].squeeze()


def diagonal(env: list[Any], i: int) -> Any:
    return env[i].diagonal()


def broadcast(env: list[Any], i: int) -> Any:
    return np.broadcast_to(env[i], (2, *env[i].shape))


def asarray(env: list[Any], i: int) -> Any:
    return np.asarray(env[i])


# new arrays -------------------------------------------------------------------------------------------------


def add(env: list[Any], i: int, j: int) -> Any:
    return env[i] + env[j]


def subtract(env: list[Any], i: int, j: int) -> Any:
    return 0.5 * (env[i] - env[j])


def multiply(env: list[Any], i: int, j: int) -> Any:
    return env[i] * env[j]


def sine(env: list[Any], i: int) -> Any:
    return np.sin(env[i])


def divide(env: list[Any], i: int, j: int) -> Any:
    return env[i] / (2.0 + np.cos(env[j]))


def total(env: list[Any], i: int, axis: Any) -> Any:
    return np.mean(env[i], axis=axis)


def total_method(env: list[Any], i: int) -> Any:
    return env[i].sum(axis=0) / 3


def copy(env: list[Any], i: int) -> Any:
    return env[i].copy()


def fancy(env: list[Any], i: int, key: Any) -> Any:
    return env[i][key]


def masked(env: list[Any], i: int) -> Any:
    return env[i][env[i] > 0.1]


def where(env: list[Any], i: int, j: int) -> Any:
    return np.where(env[i] > 0.3, env[i], np.exp(-env[j]))


def stack(env: list[Any], i: int, j: int) -> Any:
    return np.stack([env[i], env[j]])


def concatenate(env: list[Any], i: int, j: int) -> Any:
    return np.concatenate((env[i].ravel(), env[j].ravel()))


def matmul(env: list[Any], i: int, j: int) -> Any:
    return env[i] @ env[j]


def zeros(env: list[Any], i: int) -> Any:
    return np.zeros(env[i].shape)


def from_list(env: list[Any], i: int) -> Any:
    return np.array([2.0 * item for item in env[i]])


def elements(env: list[Any], i: int) -> Any:
    flat = env[i].reshape(-1)
    out = np.empty(flat.shape)
    for k in range(len(flat)):
        out[k] = flat[k] * 0.7 + (out[k - 1] if k else 0.0)
    return out


def rolled(env: list[Any], i: int) -> Any:
    return np.roll(env[i], 1) + np.flip(env[i])


def running(env: list[Any], i: int) -> Any:
    return np.cumsum(env[i], axis=-1) / 4


def windows(env: list[Any], i: int) -> Any:
    return sliding_window_view(env[i].ravel(), 2)


def single(env: list[Any], i: int) -> Any:
    return env[i].astype(np.longdouble).astype(float)


def objects(env: list[Any], i: int) -> Any:
    made = env[i].astype(object)
    made.reshape(-1)[0] = made.reshape(-1)[-1] * 2.0
    return made.astype(float)


def fields(env: list[Any], i: int, j: int) -> Any:
    made = np.zeros(env[i].shape, [("a", float), ("b", float)])
    made["a"] = env[i]
    made["b"][...] = env[j]
    made["a"] *= made["b"]
    return made["a"]


def buffer(env: list[Any], i: int) -> Any:
    return np.asarray(memoryview(env[i]))


def halves(env: list[Any], i: int) -> Any:
    first, second = np.split(env[i], 2)
    first += second
    return second


def products(env: list[Any], i: int, j: int) -> Any:
    return np.einsum("...i,...i->...", env[i], env[j])


def iterated(env: list[Any], i: int) -> Any:
    with np.nditer(env[i], op_flags=[["readwrite"]]) as it:
        for item in it:
            item[...] = item * 0.5 + 0.1
    return env[i]


def enumerated(env: list[Any], i: int) -> Any:
    out = np.zeros(env[i].shape)
    for place, item in np.ndenumerate(env[i]):
        out[place] = item * item
    return out


def mesh(env: list[Any], i: int) -> Any:
    picked = env[i][np.ix_([0, -1], [1, 0])]
    env[i][np.ix_([0, 1], [0])] = picked[:, :1]
    return picked


# writes -----------------------------------------------------------------------------------------------------


def store(env: list[Any], i: int, key: Any, j: int) -> Any:
    env[i][key] = env[j]
    return env[i]


def store_number(env: list[Any], i: int, key: Any) -> Any:
    env[i][key] = 0.25
    return env[i]


def store_element(env: list[Any], i: int, j: int) -> Any:
    env[i].flat[0] = env[j].flat[-1] * 2.0
    return env[i]


def store_masked(env: list[Any], i: int, j: int) -> Any:
    mask = env[i] < 0.2
    env[i][mask] = env[j][mask]
    return env[i]


def add_in_place(env: list[Any], i: int, j: int) -> Any:
    env[i] += env[j]
    return env[i]


def multiply_in_place(env: list[Any], i: int, j: int) -> Any:
    env[i] *= env[j]
    return env[i]


def divide_in_place(env: list[Any], i: int, j: int) -> Any:
    env[i] /= 2.0 + np.sin(env[j])
    return env[i]


def part_in_place(env: list[Any], i: int, key: Any, j: int) -> Any:
    env[i][key] += env[j]
    return env[i]


def part_times(env: list[Any], i: int, key: Any, j: int) -> Any:
    env[i][key] *= env[j]
    return env[i]


def shifted(env: list[Any], i: int) -> Any:
    env[i][1:] = env[i][:-1]
    return env[i]


def multiply_into(env: list[Any], i: int, j: int, k: int) -> Any:
    return np.multiply(env[i], env[j], out=env[k])


def sine_into(env: list[Any], i: int, k: int) -> Any:
    return np.sin(env[i], env[k])


def sum_into(env: list[Any], i: int, k: int) -> Any:
    return np.sum(env[i], axis=0, out=env[k])


def add_where(env: list[Any], i: int, j: int, k: int) -> Any:
    return np.add(env[i], env[j], out=env[k], where=env[i] > 0)


def copyto(env: list[Any], i: int, j: int) -> Any:
    np.copyto(env[i], env[j])
    return env[i]


def fill(env: list[Any], i: int, j: int) -> Any:
    env[i].fill(env[j].flat[0])
    return env[i]


def add_at(env: list[Any], i: int, j: int) -> Any:
    np.add.at(env[i], [0, 0, -1], env[j][:1])
    return env[i]


def sort(env: list[Any], i: int) -> Any:
    env[i].sort(axis=-1)
    return env[i]


def subtract_in_place(env: list[Any], i: int, j: int) -> Any:
    env[i] -= env[j]
    return env[i]


def matmul_in_place(env: list[Any], i: int, j: int) -> Any:
    env[i] @= 0.3 * env[j]
    return env[i]


def put(env: list[Any], i: int, j: int) -> Any:
    np.put(env[i], [0, -1, 0], env[j])
    return env[i]


def place(env: list[Any], i: int, j: int) -> Any:
    np.place(env[i], env[i] > 0.1, env[j].ravel())
    return env[i]


def putmask(env: list[Any], i: int, j: int) -> Any:
    np.putmask(env[i], env[i] < 0.4, env[j])
    return env[i]


def copyto_where(env: list[Any], i: int, j: int) -> Any:
    np.copyto(env[i], env[j], where=env[i] > env[j])
    return env[i]


def put_along(env: list[Any], i: int, j: int) -> Any:
    np.put_along_axis(env[i], np.argmax(env[i], axis=0, keepdims=True), env[j].flat[0], 0)
    return env[i]


def fill_diagonal(env: list[Any], i: int, j: int) -> Any:
    np.fill_diagonal(env[i], env[j])
    return env[i]


def multiply_at(env: list[Any], i: int, j: int) -> Any:
    np.multiply.at(env[i], ([0, -1, 0],), env[j].flat[:1])
    return env[i]


def maximum_into(env: list[Any], i: int, j: int, k: int) -> Any:
    return np.maximum(env[i], env[j], out=env[k])


def clip_into(env: list[Any], i: int, k: int) -> Any:
    return np.clip(env[i], -0.6, 0.7, out=env[k])


def matmul_into(env: list[Any], i: int, j: int, k: int) -> Any:
    return np.matmul(env[i], env[j], out=env[k])


def accumulate_into(env: list[Any], i: int, k: int) -> Any:
    return np.add.accumulate(env[i], axis=0, out=env[k])


def take_into(env: list[Any], i: int, k: int) -> Any:
    return np.take(env[i], np.arange(env[k].size).reshape(env[k].shape), mode="wrap", out=env[k])


def partition(env: list[Any], i: int) -> Any:
    env[i].partition(0, axis=0)
    return env[i]


def store_flat(env: list[Any], i: int, j: int) -> Any:
    env[i].flat[::2] = env[j]
    return env[i]


def swap(env: list[Any], i: int) -> Any:
    env[i][0], env[i][-1] = env[i][-1].copy(), env[i][0] * 1.0
    return env[i]


def dirty_swap(env: list[Any], i: int) -> Any:
    env[i][[0, -1]] = env[i][[-1, 0]]
    return env[i]


def reversed_onto_itself(env: list[Any], i: int) -> Any:
    env[i][...] = env[i][::-1]
    return env[i]


OPERATIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        subscript, transpose, reshape, ravel, swapaxes, new_axis, squeeze, diagonal, broadcast, asarray,
        add, subtract, multiply, sine, divide, total, total_method, copy, fancy, masked, where, stack, concatenate,
        matmul, zeros, from_list, elements,
        store, store_number, store_element, store_masked, add_in_place, multiply_in_place, divide_in_place,
        part_in_place, part_times, shifted, multiply_into, sine_into, sum_into, add_where, copyto, fill, add_at, sort,
        rolled, running, windows, single, objects, fields, buffer, halves,
        products, iterated, enumerated, mesh,
        subtract_in_place, matmul_in_place, put, place, putmask, copyto_where, put_along, fill_diagonal,
        multiply_at, maximum_into, clip_into, matmul_into, accumulate_into, take_into,
        partition, store_flat, swap, dirty_swap, reversed_onto_itself,
    )
}  # fmt: skip


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

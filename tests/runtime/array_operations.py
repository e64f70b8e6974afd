"""What random array programs may do: functions of the environment and of places in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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

"""Memory that others have too: files that are mapped into memory, and addresses."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bytegrad import gradient
from bytegrad.errors import NoRuleError, UnsupportedError
from bytegrad.testing import check_gradient

X = np.sin(np.arange(1.0, 13.0)).reshape(3, 4)


def mapped(path: Path, mode: Any = "w+", **options: Any) -> Any:
    return np.memmap(path, dtype=float, mode=mode, shape=X.shape, **options)


def written(x: Any, path: Path) -> Any:
    m = mapped(path)
    m[:] = x
    m *= m
    return m * m[0] + np.sin(m), np.sum(m, axis=0), np.array(m[1:, ::2])


def constants(x: Any, path: Path) -> Any:
    np.arange(24.0).tofile(path)
    return mapped(path, "r") * x + mapped(path, "r", offset=16).sum() * x


@pytest.mark.parametrize("f", [written, constants])
def test_a_file_mapped_into_memory(f: Callable[..., Any], tmp_path: Path) -> None:
    check_gradient(lambda x: f(x, tmp_path / "numbers"), X)


def mapped_twice(x: Any, path: Path) -> Any:
    m, n = mapped(path), mapped(path, "r")
    m[:] = x
    return np.array(n[1:]) ** 2


def mapped_again(x: Any, path: Path) -> Any:
    m = mapped(path)
    m[:] = x
    del m
    return mapped(path, "r+") ** 2


def mapped_without_numpy(x: Any, path: Path) -> Any:
    np.zeros(12).tofile(path)
    with open(path, "r+b") as file:
        a, b = [np.frombuffer(mmap.mmap(file.fileno(), 0)) for _ in range(2)]
    a[:] = x.ravel()
    return b * b


def read_from_file(x: Any, path: Path) -> Any:
    m = mapped(path)
    m[:] = x
    m.flush()
    return np.fromfile(path) ** 2


def read_as_bytes(x: Any, path: Path) -> Any:
    m = mapped(path)
    m[:] = x
    m.flush()
    return np.frombuffer(path.read_bytes()) ** 2


def loaded(x: Any, path: Path) -> Any:
    m = np.lib.format.open_memmap(path, mode="w+", dtype=float, shape=x.shape)
    m[:] = x
    m.flush()
    return np.load(path) ** 2


def loaded_as_memory(x: Any, path: Path) -> Any:
    m = np.lib.format.open_memmap(path, mode="w+", dtype=float, shape=x.shape)
    m[:] = x
    return np.load(path, mmap_mode="r") ** 2


FILES = [mapped_twice, mapped_again, mapped_without_numpy, read_from_file, read_as_bytes, loaded, loaded_as_memory]


@pytest.mark.parametrize("f", FILES)
def test_a_file_that_is_read_in_another_way_is_refused(f: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises((UnsupportedError, NoRuleError)):
        gradient(lambda x: np.sum(f(x, tmp_path / "numbers")), X)


DOUBLES = ctypes.POINTER(ctypes.c_double)


def read_by_pointer(x: Any) -> Any:
    return x.ctypes.data_as(DOUBLES)[3] * x


def written_by_pointer(x: Any) -> Any:
    p = x.ctypes.data_as(DOUBLES)
    p[3] = p[2] * 2.0
    return x


def stored_by_pointer(x: Any) -> Any:
    y = np.zeros(12)
    y.ctypes.data_as(DOUBLES)[3] = float(x[0, 0])
    return y * x[0, 0]


def moved_out(x: Any) -> Any:
    b = (ctypes.c_double * 12)()
    ctypes.memmove(b, x.ctypes.data, 96)
    return np.array(b[:]) ** 2


def moved_over(x: Any) -> Any:
    a = np.zeros(12)
    ctypes.memmove(a.ctypes.data, ctypes.c_void_p(x.__array_interface__["data"][0]), 96)
    return a**2


def as_bytes(x: Any) -> Any:
    return np.frombuffer(ctypes.string_at(x.ctypes.data, 96)) ** 2


def number_at_address(x: Any) -> Any:
    return ctypes.c_double.from_address(x.ctypes.data + 8).value * x


def written_at_address(x: Any) -> Any:
    ctypes.c_double.from_address(x.ctypes.data + 8).value = 3.0
    return x * 2.0


ADDRESSES = [
    *(read_by_pointer, written_by_pointer, stored_by_pointer, moved_out, moved_over, as_bytes),
    *(number_at_address, written_at_address),
]


@pytest.mark.parametrize("f", ADDRESSES)
def test_memory_that_is_used_by_its_address_is_refused(f: Callable[..., Any]) -> None:
    with pytest.raises((UnsupportedError, NoRuleError)):
        gradient(lambda x: np.sum(f(x)), X.copy())


def test_an_address_may_be_looked_at() -> None:
    (found,) = gradient(lambda x: np.sum(x**2) if x.ctypes.data % 8 == 0 else np.sum(x), X)
    np.testing.assert_allclose(found, 2.0 * X)


class Viewed(np.ndarray):
    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return super().__array_wrap__(array, context, return_scalar).view(np.ndarray)


class Doubled(np.ndarray):
    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return array.view(np.ndarray) * 2.0


def test_results_that_are_wrapped() -> None:
    check_gradient(lambda x: (y := (x * 1.0).view(Viewed)) * y + np.sin(y) - y @ y.T[:, :1] + np.sum(y, axis=0), X)
    for f in (lambda y: y * y, np.sin, lambda y: np.cumsum(y, axis=0)):
        with pytest.raises(UnsupportedError, match="__array_wrap__"):
            gradient(lambda x, f=f: np.sum(np.asarray(f((x * 1.0).view(Doubled)))), X)

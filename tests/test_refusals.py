"""What is not differentiated says so: no construct may give a wrong gradient in silence."""

from __future__ import annotations

import csv
import ctypes
import functools
import io
import json
import operator
import pickle
import re
import struct
from typing import Any

import numpy as np
import pytest

import bytegrad


def through_text(x: float) -> float:
    return float(str(x)) * 2


def through_format(x: float) -> float:
    return float(f"{x}") * 2


def through_pickle(x: float) -> float:
    return pickle.loads(pickle.dumps(x)) * 2


def through_json(x: float) -> float:
    return float(json.dumps(x))


def through_a_list_in_json(x: float) -> float:
    return json.loads(json.dumps([x, 2.0]))[0] * 2.0


COMPILED = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)


def through_a_callback(x: float) -> float:
    inner = lambda t: t * x  # noqa: E731
    return COMPILED(lambda t: inner(t) * 1.0)(2.0)


class Slope:
    def __init__(self, x: float) -> None:
        self.x = x

    def at(self, t: float) -> float:
        return self.x * t


def through_a_method_as_callback(x: float) -> float:
    return COMPILED(Slope(x).at)(2.0)


def through_a_partial_as_callback(x: float) -> float:
    return COMPILED(functools.partial(operator.mul, x))(2.0)


def through_a_container_of_a_callback(x: float) -> float:
    held = {"slope": [x]}
    return COMPILED(lambda t: held["slope"][0] * t)(2.0)


def through_a_list_that_a_callback_fills(x: float) -> float:
    found: list[float] = []
    re.sub("a", lambda match: found.append(2 * x) or "b", "a")
    return found[0]


def through_an_attribute_that_a_callback_sets(x: float) -> float:
    slope = Slope(1.0)
    re.sub("a", lambda match: setattr(slope, "x", 2 * x) or "b", "a")
    return slope.x


def through_a_variable_that_a_callback_sets(x: float) -> float:
    found = 0.0

    def callback(match: Any) -> str:
        nonlocal found
        found = 2 * x
        return "b"

    re.sub("a", callback, "a")
    return found


a_global = 0.0


def through_a_global_that_a_callback_sets(x: float) -> float:
    def callback(match: Any) -> str:
        global a_global  # noqa: PLW0603
        a_global = 2 * x
        return "b"

    re.sub("a", callback, "a")
    return a_global


def through_an_array_that_a_callback_fills(x: float) -> float:
    found = np.zeros(2)
    re.sub("a", lambda match: found.fill(x) or "b", "a")
    return float(found.sum())


def through_an_array_that_is_written_unseen(x: float) -> float:
    found = np.zeros(2)
    struct.pack_into("d", found, 8, x)
    return float(found[1])


def through_bytes(x: float) -> float:
    found = bytearray(8)
    struct.pack_into("d", found, 0, x)
    return struct.unpack("d", found)[0]


def through_a_file(x: float) -> float:
    file = io.StringIO()
    csv.writer(file).writerow([x, 2.0])
    return float(file.getvalue().split(",")[0])


REFUSED = (
    through_a_callback,
    through_a_method_as_callback,
    through_a_partial_as_callback,
    through_a_container_of_a_callback,
    through_a_list_that_a_callback_fills,
    through_an_attribute_that_a_callback_sets,
    through_a_variable_that_a_callback_sets,
    through_a_global_that_a_callback_sets,
    through_an_array_that_a_callback_fills,
    through_an_array_that_is_written_unseen,
    through_bytes,
    through_a_file,
    through_text,
    through_format,
    through_pickle,
    through_json,
    through_a_list_in_json,
)


@pytest.mark.parametrize("fn", REFUSED, ids=lambda fn: fn.__name__)
def test_it_is_refused_by_an_error_of_ours(fn: Any) -> None:
    with pytest.raises((bytegrad.NoRuleError, bytegrad.UnsupportedError)) as refusal:
        bytegrad.gradient(fn, 1.3)
    assert refusal.value.fixes

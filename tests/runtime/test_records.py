"""Arrays of records: fields, elements (`np.void`, `np.record`), tuples stored and read, copies."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bytegrad import gradient
from bytegrad.errors import NoRuleError, UnsupportedError
from bytegrad.testing import check_gradient

PAIR = np.dtype([("a", "f8"), ("b", "f8")])
NESTED = np.dtype([("a", "f8"), ("b", "f8", (2,)), ("c", [("d", "f8"), ("e", "i4")])])


def table(x: Any, kind: Any = np.ndarray) -> Any:
    r = np.zeros(3, dtype=PAIR).view(kind)
    r["a"] = x[:, 0]
    r["b"] = x[:, 1]
    return r


def tuples_stored(x: Any) -> Any:
    r = np.zeros((2, 2), dtype=PAIR)
    r[0] = [(x[0, 0], x[1, 1]), (x[1, 0], 2.0)]
    r[1, 1] = (x[2, 2], x[2, 1])
    r[1, 0] = r[1, 1]
    return r["a"] * r["b"] + r["a"].T


def tuple_broadcast(x: Any) -> Any:
    r = np.zeros((2, 2), dtype=PAIR)
    r[:] = (x[0, 0], x[0, 1])
    return r["a"] * r["b"]


def nested_tuples(x: Any) -> Any:
    r = np.zeros(3, dtype=NESTED)
    r[0] = (x[0, 0], [x[0, 1], x[1, 1]], (x[2, 2], 3))
    return r["a"][0] * r[0]["b"] * r[0]["c"]["d"]


def made_of_tuples(x: Any) -> Any:
    r = np.array([(x[0, 0], [x[0, 1], x[1, 1]], (x[2, 2], 3)), (x[0, 2], [x[1, 0], 2.0], (x[2, 1], 3))], dtype=NESTED)
    q = r[::-1].copy()
    q[0] = r[1]
    return r["a"][0] * q[0]["b"] * r[1]["c"]["d"]


def elements_written(x: Any) -> Any:
    r = np.zeros(3, dtype=NESTED)
    v = r[1]
    v["a"] = x[0, 0]
    v["b"][0] = x[0, 1]
    v["c"]["d"] = x[1, 1]
    v[0] *= 2.0
    return r["a"][1] * r["b"][1, 0] * r["c"]["d"][1] * v["c"][0]


def loop(x: Any) -> Any:
    r, total = table(x), 0.0
    for element in r:
        a, b = element
        total = total + a * b**2 + element[1]
        element["a"] = b * a
    return total + r["a"].sum() + sum([a * b for a, b in r.tolist()])


def as_tuples(x: Any) -> Any:
    r = table(x)
    return r[0].item()[0] * r[1].tolist()[1] * r.item(2)[0] * dict(zip(("p", "q"), r[0], strict=True))["q"]


def attributes(x: Any) -> Any:
    r = table(x, np.recarray)
    r.a = x[2, :3]
    r[1].b = x[1, 1]
    for element in r:
        element.a = element.b * element.a
    return r.a * r.b + r[0].a


def copies(x: Any) -> Any:
    r = table(x)
    element = r[0]
    taken = [element.copy(), copy.copy(element), copy.deepcopy(element), np.take(r, 0)]
    r[0] = (0.0, 1.0)
    return sum([one["a"] * one["b"] for one in taken]) + element["a"]


def moved(x: Any) -> Any:
    r = table(x)
    r.sort(order="b")
    q = np.concatenate([r, r[r["a"] > 0]])
    np.copyto(q[1:3], r[:2])
    return q["a"] * q["b"] + r[["b", "a"]]["a"][0]


PROGRAMS = [
    tuples_stored,
    tuple_broadcast,
    nested_tuples,
    made_of_tuples,
    elements_written,
    loop,
    as_tuples,
    attributes,
    copies,
    moved,
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_records(f: Callable[[Any], Any]) -> None:
    check_gradient(f, np.sin(np.arange(1.0, 13.0)).reshape(3, 4), order=2)


def test_an_element_as_an_argument() -> None:
    r = np.array([(2.0, 3.0)], dtype=PAIR)
    (found,) = gradient(lambda element: element["a"] ** 2 * element["b"], r[0])
    assert (found["a"], found["b"]) == (12.0, 4.0)


def through_bytes(x: Any) -> Any:
    return pickle.loads(pickle.dumps(table(x)[0]))["a"]


def list_broadcast(x: Any) -> Any:
    r = np.zeros((2, 2), dtype=PAIR)
    r[:] = [(x[0, 0], x[0, 1])]
    return r["a"].sum()


@pytest.mark.parametrize("f", [through_bytes, list_broadcast])
def test_refused(f: Callable[[Any], Any]) -> None:
    with pytest.raises((NoRuleError, UnsupportedError), match=r"records that is broadcast|no derivative rule"):
        gradient(f, np.ones((3, 4)))


NARROW = [
    [("n", "i4"), ("a", "f8")],
    [("a", "f8"), ("n", "i4")],
    [("a", "f8"), ("n", "i4"), ("c", "c16")],
    [("n", "i2"), ("a", "f4")],
    [("m", "f8"), ("n", "?"), ("a", "f4")],
    [("m", "S3"), ("n", "u1", (2,)), ("a", "f8", (2,))],
]


def narrow(x: Any, kind: Any, counts: Any) -> Any:
    r = np.zeros(2, kind)
    r["a"].T[...] = x[0, :2]
    r["n"].T[...] = counts
    return np.sum(r["a"] * r["n"]) + r[0]["a"] * r["n"][1] * r[1]["n"]


@pytest.mark.parametrize("kind", NARROW, ids=str)
def test_fields_without_room_for_cotangents_leave_the_others_alone(kind: Any) -> None:
    x = np.array([[0.5, 1.5]])
    check_gradient(lambda x: np.sum(narrow(x, kind, [1, 3])), x, rtol=1e-3, order=1)


def test_integers_in_narrow_fields() -> None:
    with pytest.raises(UnsupportedError, match="integers in records"):
        gradient(lambda n: np.sum(narrow(np.ones((1, 2)), NARROW[0], n)), np.array([1, 2]))


def test_fields_read_as_other_numbers() -> None:
    def bits(x: Any) -> Any:
        r = np.zeros(2, dtype=[("a", "f8"), ("n", "i8")])
        r["a"] = x
        return np.sum(r.view("f8"))

    with pytest.raises(UnsupportedError, match="the bits of an active array"):
        gradient(bits, np.ones(2))

"""Copies, shallow and deep: what is shared stays shared, what is not leads back to what it was copied from."""

from __future__ import annotations

import collections
import copy
import dataclasses
import types

import pytest

from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted


class Node:
    """An object with a link."""

    def __init__(self, value, link=None):
        self.value = value
        self.link = link


class Slotted:
    """An object with slots."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class OwnCopy:
    """Objects that copy themselves."""

    def __init__(self, value):
        self.value = value

    def __copy__(self):
        return OwnCopy(self.value * 2)

    def __deepcopy__(self, memo):
        return OwnCopy(copy.deepcopy(self.value, memo) * 3)


class Stateful:
    """Objects that say what their state is."""

    def __init__(self, value):
        self.value = value
        self.cache = value * 10

    def __getstate__(self):
        return {"value": self.value}

    def __setstate__(self, state):
        self.value = state["value"]
        self.cache = self.value * 5


class Items(list):
    """A list with an attribute."""

    def __init__(self, items=(), scale=1.0):
        super().__init__(items)
        self.scale = scale


@dataclasses.dataclass
class Record:
    """A dataclass with a list."""

    x: float
    items: list


def containers(x, y):
    original = [x, [y], {"a": x * y}, (y, [x]), {x, 2.0}, collections.deque([y])]
    shallow, deep = copy.copy(original), copy.deepcopy(original)
    original[0] *= 2
    original[1][0] *= 3
    original[2]["a"] += y
    deep[3][1].append(x)
    total = weighted([original[0], shallow[0], deep[0], shallow[1][0], deep[1][0], shallow[2]["a"], deep[2]["a"]])
    return total + weighted(deep[3][1]) * deep[3][0] + sum(deep[4]) + deep[5][0] * copy.copy(original[5])[0]


def dicts(x, y):
    d = {"a": x, "inner": {"b": y}, "list": [x * y]}
    shallow, deep = copy.copy(d), copy.deepcopy(d)
    d["inner"]["b"] *= 2
    deep["list"].append(d["a"])
    ordered = copy.copy(collections.OrderedDict(p=x, q=y))
    default = copy.deepcopy(collections.defaultdict(list, r=[y]))
    default["s"].append(x)
    counter = copy.copy(collections.Counter(t=2))
    total = shallow["inner"]["b"] * deep["inner"]["b"] + weighted(deep["list"]) + weighted(ordered.values())
    return total + weighted(default["r"]) * weighted(default["s"]) + counter["t"] * x


def objects(x, y):
    node = Node(x, Node(y))
    shallow, deep = copy.copy(node), copy.deepcopy(node)
    node.value *= 2
    node.link.value *= 3
    namespace = copy.copy(types.SimpleNamespace(a=x, b=[y]))
    namespace.a *= y
    slotted = copy.copy(Slotted(x * y))
    own = copy.deepcopy([OwnCopy(x), copy.copy(OwnCopy(y))])
    stateful = copy.copy(Stateful(x))
    total = shallow.value * shallow.link.value + deep.value * deep.link.value + namespace.a * namespace.b[0]
    return total + slotted.value + own[0].value * own[1].value + stateful.cache * stateful.value


def subclasses(x, y):
    items = Items([x, y], scale=y)
    shallow, deep = copy.copy(items), copy.deepcopy(items)
    items.append(x * y)
    shallow.scale *= 2
    point = collections.namedtuple("point", "a b")(x, [y])
    twin = copy.deepcopy(point)
    twin.b.append(point.a)
    total = weighted(shallow) * shallow.scale + weighted(deep) * deep.scale + weighted(items)
    return total + twin.a * weighted(twin.b)


def shared_and_circular(x, y):
    inner = [x]
    outer = copy.deepcopy([inner, inner, y])
    outer[0][0] *= 2
    circle = Node(x)
    circle.link = circle
    twin = copy.deepcopy(circle)
    twin.link.value *= y
    record = copy.replace(Record(x, [y]), x=y) if hasattr(copy, "replace") else Record(y, [y])
    return outer[1][0] * outer[2] + twin.value + circle.link.link.value + record.x * record.items[0]


@pytest.mark.parametrize("fn", [containers, dicts, objects, subclasses, shared_and_circular])
def test_copies(fn):
    check(fn, 1.3, 0.7)


def test_copies_of_arguments():
    def f(data):
        twin = copy.deepcopy(data)
        twin["a"][0] *= data["b"]
        data["a"].append(twin["a"][0])
        return weighted(data["a"]) * twin["b"]

    check(f, {"a": [1.3, 0.4], "b": 0.7})

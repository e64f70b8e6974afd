from __future__ import annotations

import collections
import copy
import copyreg
import dataclasses
import decimal
import enum
import re
import threading
import types
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

from bytegrad.rules.polyfills.copy import (
    attributes_of,
    getstate_polyfill,
    reduce_ex_polyfill,
    set_attributes,
    state_of,
)
from bytegrad.rules.polyfills.reductions import reconstruct_polyfill
from tests.differences import same
from tests.rules.polyfills.watch import Log, assert_same, outcome, polyfills_of


class Plain:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x: Any) -> None:
        self.x = x


class Both(Slotted):
    def __init__(self, x: Any, z: Any) -> None:
        super().__init__(x)
        self.z = z


class Point(NamedTuple):
    x: Any
    y: Any


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: Any
    y: Any = 2


class Guarded(Plain):
    """Nothing passes its accessors by accident."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AssertionError("set")

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("hidden"):
            raise AssertionError("read")
        return super().__getattribute__(name)


class Shadowed(Plain):
    """A property of the name of an attribute."""

    @property
    def x(self) -> Any:
        return "property"


class Stateful(Plain):
    def __getstate__(self) -> Any:
        return {"state": self.x}

    def __setstate__(self, state: Any) -> None:
        self.x = [state]


class Arguments(Plain):
    def __new__(cls, a: Any = None, b: Any = None) -> Any:
        self = super().__new__(cls)
        self.made = (a, b)
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __getnewargs__(self) -> Any:
        return (1, 2)


class KeywordArguments(Arguments):
    def __getnewargs_ex__(self) -> Any:
        return (1,), {"b": 3}


class NoKeywordArguments(Arguments):
    def __getnewargs_ex__(self) -> Any:
        return (1, 2), {}


class Reduced(Plain):
    def __reduce__(self) -> Any:
        return Plain, (), {"reduced": self.x}


class Named(list):  # type: ignore[type-arg]
    pass


class Table(dict):  # type: ignore[type-arg]
    pass


class Meters(float):
    pass


class Steps(int):
    pass


class Wave(complex):
    pass


class Row(tuple):  # type: ignore[type-arg]
    pass


class Trouble(Exception):
    pass


class Colour(enum.Enum):
    RED = 1


class Deque(collections.deque):  # type: ignore[type-arg]
    pass


class Ordered(collections.OrderedDict):  # type: ignore[type-arg]
    pass


class Unready(Slotted):
    """Slots that are still empty."""

    def __init__(self) -> None:
        pass


def with_attributes(value: Any, **attributes: Any) -> Any:
    for name, attribute in attributes.items():
        setattr(value, name, attribute)
    return value


def objects() -> dict[str, Any]:
    knot = Plain(name="knot", items=[1])
    knot.me = knot
    return {
        "plain": Plain(x=1.0, y=[1, 2]),
        "empty": Plain(),
        "knot": knot,
        "slots": Slotted([1.0]),
        "unready": Unready(),
        "both": Both([1.0], {"a": 2}),
        "namedtuple": Point(1.0, [2]),
        "frozen": Frozen(1.0, [2]),
        "guarded": Guarded(hidden=[1], seen=2),
        "shadowed": Shadowed(x=1, y=2),
        "stateful": Stateful(x=1),
        "arguments": Arguments(),
        "keyword arguments": KeywordArguments(),
        "no keyword arguments": NoKeywordArguments(),
        "reduced": Reduced(x=3),
        "instance reduce": Plain(x=[1], __reduce__=lambda: (Plain, ())),
        "instance getstate": Plain(x=[1], __getstate__=lambda: {"a": 1}),
        "named": with_attributes(Named([1, [2]]), title="t"),
        "table": with_attributes(Table(a=[1]), title="t"),
        "meters": with_attributes(Meters(2.5), unit=["m"]),
        "steps": with_attributes(Steps(3), unit="s"),
        "wave": with_attributes(Wave(1 + 2j), unit="s"),
        "row": with_attributes(Row([1, [2]]), unit="s"),
        "exception": with_attributes(Trouble(1, [2]), note="n"),
        "bare exception": ValueError("text", [1]),
        "enum": Colour.RED,
        "namespace": types.SimpleNamespace(a=[1], b=2),
        "deque": collections.deque([1, [2]], 5),
        "deque subclass": with_attributes(Deque([1, [2]]), title="t"),
        "defaultdict": collections.defaultdict(list, a=[1]),
        "OrderedDict": collections.OrderedDict(a=[1], b=2),
        "OrderedDict subclass": with_attributes(Ordered(a=[1]), title="t"),
        "Counter": collections.Counter("abab"),
        "set": {1, 2},
        "frozenset": frozenset({1, 2}),
        "array": np.arange(3.0),
        "decimal": decimal.Decimal("1.5"),
        "fraction": Fraction(1, 2),
        "object": object(),
        "number keys": Plain.__new__(Plain),
        "lock": threading.Lock(),
        "generator": (x for x in "ab"),
        "module": re,
        "regular expression": re.compile("a"),
        "class": Plain,
        "list": [1.0, [2.0]],
        "dict": {"a": [1.0]},
        "iterator": iter([1, 2]),
    }


OBJECTS = objects()
OBJECTS["number keys"].__dict__[1] = [2]


@pytest.fixture
def polyfilled(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A copy function whose calls into C are answered by the polyfills."""
    monkeypatch.setattr(copy, "_reconstruct", reconstruct_polyfill)

    def reduce_ex(cls: Any) -> Any:
        for base in cls.__mro__:
            method = base.__dict__.get("__reduce_ex__")
            if method is not None:
                return (polyfills_of(method) or [method])[0]
        raise AssertionError

    class Table(dict):  # type: ignore[type-arg]
        """The dispatch table, which is asked before the object's `__reduce_ex__`."""

        def get(self, cls: Any, default: Any = None) -> Any:
            return copyreg.dispatch_table.get(cls) or (lambda x: reduce_ex(cls)(x, 4))

    monkeypatch.setattr(copy, "dispatch_table", Table())


def normal(value: Any) -> Any:
    """An outcome without the addresses in its text."""
    if value[0] == "raised":
        return value[1], re.sub(" at 0x[0-9a-f]+", "", value[2])
    return value


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_copies(name: str, copier: Any, request: pytest.FixtureRequest) -> None:
    wanted = outcome(lambda: copier(OBJECTS[name]))
    request.getfixturevalue("polyfilled")
    got = outcome(lambda: copier(OBJECTS[name]))
    if wanted[0] == "raised":
        assert normal(got) == normal(wanted)
        return
    assert got[0] == "returned", got
    assert (got[1] is OBJECTS[name]) == (wanted[1] is OBJECTS[name])
    if name not in ("object", "empty", "unready", "iterator", "exception", "bare exception"):
        assert same(got[1], wanted[1])
    assert repr_of(got[1]) == repr_of(wanted[1])


def repr_of(value: Any) -> str:
    parts = [type(value).__name__, *map(str, getattr(value, "args", ()))]
    parts += [f"{name}" for name in getattr(value, "__dict__", {})]
    if isinstance(value, (list, dict, set, frozenset, tuple, collections.deque, float, int, complex)):
        parts.append(str(value))
    return re.sub("0x[0-9a-f]+", "", " ".join(parts))


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_reduce_ex(name: str, protocol: int) -> None:
    """The same parts as from C, iterators by what they give."""
    if name in ("array", "class"):
        pytest.skip("has a __reduce_ex__ of its own")

    def call(function: Any, log: Log) -> Any:
        parts = function(OBJECTS[name], protocol)
        if isinstance(parts, str):
            return parts
        return [list(part) if hasattr(part, "__next__") and name != "iterator" else part for part in parts[:5]]

    wanted = normal(outcome(lambda: call(object.__reduce_ex__, [])))
    got = normal(outcome(lambda: call(reduce_ex_polyfill, [])))
    assert re.sub("0x[0-9a-f]+", "", repr(got)) == re.sub("0x[0-9a-f]+", "", repr(wanted))


@pytest.mark.parametrize("name", ["plain", "empty", "slots", "unready", "both", "named", "meters", "frozen"])
def test_getstate(name: str) -> None:
    value = OBJECTS[name]
    assert_same(object.__getstate__, getstate_polyfill, lambda function, log: function(value))
    assert repr(state_of(value)) == repr(object.__getstate__(value))


def test_getstate_is_the_dict_itself() -> None:
    value = Plain(x=1)
    assert getstate_polyfill(value) is value.__dict__


NEW_ARGUMENTS = {
    "no tuple": ("__getnewargs__", [1]),
    "ex no tuple": ("__getnewargs_ex__", [1]),
    "ex length": ("__getnewargs_ex__", (1,)),
    "ex first": ("__getnewargs_ex__", ([], {})),
    "ex second": ("__getnewargs_ex__", ((), [])),
}


@pytest.mark.parametrize("case", NEW_ARGUMENTS)
def test_bad_new_arguments(case: str) -> None:
    name, result = NEW_ARGUMENTS[case]
    cls = type("Bad", (), {name: lambda self: result})
    assert_same(object.__reduce_ex__, reduce_ex_polyfill, lambda function, log: function(cls(), 2))


def test_attributes_go_past_accessors() -> None:
    guarded = Guarded(hidden=1)
    assert attributes_of(guarded) == {"hidden": 1}
    set_attributes(guarded, {"hidden": 2, "other": 3})
    assert attributes_of(guarded) == {"hidden": 2, "other": 3}
    shadowed = Shadowed(x=1)
    set_attributes(shadowed, {"x": 5})
    assert attributes_of(shadowed) == {"x": 5}
    frozen = Frozen(1)
    set_attributes(frozen, {"x": 7})
    assert frozen.x == 7
    assert attributes_of(3) == {}


@pytest.mark.parametrize(
    "owner",
    [
        collections.deque.__reduce__,
        collections.defaultdict.__reduce__,
        collections.OrderedDict.__reduce__,
        set.__reduce__,
        frozenset.__reduce__,
        types.SimpleNamespace.__reduce__,
        BaseException.__reduce__,
        BaseException.__setstate__,
        float.__getnewargs__,
        int.__getnewargs__,
        complex.__getnewargs__,  # type: ignore[attr-defined]
        tuple.__getnewargs__,  # type: ignore[attr-defined]
        decimal.Decimal.__copy__,
        decimal.Decimal.__deepcopy__,
        object.__reduce_ex__,
        object.__getstate__,
    ],
    ids=lambda f: f.__qualname__,
)
def test_registered(owner: Any) -> None:
    assert polyfills_of(owner)


VALUES: dict[Any, list[Any]] = {
    collections.deque.__reduce__: [OBJECTS["deque"], OBJECTS["deque subclass"], collections.deque()],
    collections.defaultdict.__reduce__: [OBJECTS["defaultdict"], collections.defaultdict()],
    collections.OrderedDict.__reduce__: [OBJECTS["OrderedDict"], OBJECTS["OrderedDict subclass"]],
    set.__reduce__: [set(), {1, 2}],
    frozenset.__reduce__: [frozenset({1})],
    types.SimpleNamespace.__reduce__: [types.SimpleNamespace(), OBJECTS["namespace"]],
    BaseException.__reduce__: [OBJECTS["exception"], OBJECTS["bare exception"], KeyError()],
    float.__getnewargs__: [1.5, OBJECTS["meters"]],
    int.__getnewargs__: [1, OBJECTS["steps"], True],
    complex.__getnewargs__: [1j, OBJECTS["wave"]],  # type: ignore[attr-defined]
    tuple.__getnewargs__: [(1, 2), OBJECTS["row"], Point(1, 2)],  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("original", VALUES, ids=lambda f: f.__qualname__)
def test_parts(original: Any) -> None:
    for value in VALUES[original]:

        def call(function: Any, log: Log, value: Any = value) -> Any:
            parts = function(value)
            return [(type(part), list(part) if hasattr(part, "__next__") else part) for part in parts]

        assert_same(original, polyfills_of(original)[0], call)


@pytest.mark.parametrize("state", [None, {"a": 1}, {1: 2}, [1]], ids=str)
def test_exception_setstate(state: Any) -> None:
    def call(function: Any, log: Log) -> Any:
        error = ValueError()
        return outcome(lambda: function(error, state)), error.__dict__

    assert_same(BaseException.__setstate__, polyfills_of(BaseException.__setstate__)[0], call)

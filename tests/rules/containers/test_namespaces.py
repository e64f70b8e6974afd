"""Attributes by name, namespaces as dicts, descriptors of C, partials, weak references, functions as objects."""

from __future__ import annotations

import dataclasses
import enum
import sys
import types

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted


class Part:
    """A plain object with a property."""

    kind = 2.0

    def __init__(self, x, y=1.0):
        self.x = x
        self.y = y

    @property
    def area(self):
        return self.x * self.y

    @area.setter
    def area(self, value):
        self.x = value / self.y

    @area.deleter
    def area(self):
        self.x = self.y


class Slotted:
    """An object without a `__dict__`."""

    __slots__ = ("_hidden", "x")

    def __init__(self, x):
        self.x = x
        self._hidden = x * 2


class Lazy:
    """Attributes that are made when they are asked for."""

    def __init__(self, x):
        self.x = x

    def __getattr__(self, name):
        if not name.startswith("times"):
            raise AttributeError(name)
        value = self.x * int(name[5:])
        self.__dict__[name] = value
        return value


class Traced:
    """Every access goes through a hook of its own."""

    def __init__(self, x):
        object.__setattr__(self, "x", x)
        super().__setattr__("reads", 0)

    def __getattribute__(self, name):
        if name != "reads":
            object.__setattr__(self, "reads", object.__getattribute__(self, "reads") + 1)
        return super().__getattribute__(name)

    def __setattr__(self, name, value):
        super().__setattr__(name, value * 2)

    def __delattr__(self, name):
        object.__setattr__(self, name, 1.5)


class Fallback:
    """What a property or a hook does not have is asked of `__getattr__`."""

    __slots__ = ("unset", "x")

    def __init__(self, x):
        self.x = x

    @property
    def broken(self):
        self.x = self.x * 2
        raise AttributeError("broken")

    @property
    def whole(self):
        return self.x * 5

    def __getattr__(self, name):
        return self.x * len(name)


class HookedFallback:
    """The same behind a `__getattribute__`."""

    def __init__(self, x):
        self.x = x

    def __getattribute__(self, name):
        if name.startswith("far"):
            raise AttributeError(name)
        return super().__getattribute__(name)

    def __getattr__(self, name):
        return self.x * len(name)


def fallbacks(x, y):
    f, h = Fallback(x * y), HookedFallback(y)
    return f.broken * f.whole + f.unset + h.x * h.farther + h.far + hasattr(f, "anything")


def by_name(x, y):
    p = Part(x, y)
    for name in ("x", "y"):
        setattr(p, name, getattr(p, name) * 2)
    total = p.area + getattr(p, "missing", x) * getattr(p, "kind", 1.0) + hasattr(p, "area")
    p.area = y * x * 3
    total += p.x * getattr(p, "y", 0.0)
    delattr(p, "area")
    total += p.x
    delattr(p, "x")
    return total + hasattr(p, "x") + getattr(p, "x", y) + Part.kind * sum(map(p.__getattribute__, ["y"]))


def slotted(x, y):
    s = Slotted(x)
    s.x *= y
    total = s.x * s._hidden
    del s.x
    return total + getattr(s, "x", y)


def lazy(x, y):
    z = Lazy(x * y)
    total = z.times3 * z.times3 + z.times2 + hasattr(z, "times5") + hasattr(z, "other")
    z.x = y
    return total + z.times5 + z.times2 + z.times7 + len(vars(z))


def traced(x, y):
    t = Traced(x)
    t.y = y
    total = t.x * t.y
    del t.x
    return (total + t.x + t.y) * t.reads


def dicts_of_objects(x, y):
    p = Part(x, y)
    attributes = vars(p)
    attributes["x"] *= 3
    p.__dict__["z"] = p.x * y
    p.__dict__.update(y=p.z)
    total = p.x * p.y + weighted(attributes.values()) + sum(v for _, v in vars(p).items())
    q = Part(y)
    q.__dict__ = {"x": x * 5, "y": y}
    q.__dict__["x"] += y
    p.__dict__.pop("z")
    return total + q.area + len(p.__dict__)


class Borg:
    """All objects of the class have the same attributes."""

    shared = {}

    def __init__(self, **attributes):
        self.__dict__ = self.shared
        self.__dict__.update(attributes)


def dicts_shared(x, y):
    Borg.shared.clear()
    one, two = Borg(a=x), Borg(b=y)
    two.a *= 2
    one.c = one.a * one.b
    p = Part(x, y)
    p.__dict__ = {"x": x * 3, "y": y}
    q = Part(y, x)
    q.__dict__ = p.__dict__
    q.x += y
    return two.c * Borg.shared["a"] + p.area * q.y


def simple_namespaces(x, y):
    n = types.SimpleNamespace(a=x, b=y)
    n.a *= n.b
    n.c = n.a + 1
    inner = types.SimpleNamespace(n=n, **vars(n))
    inner.n.b = inner.c * 2
    return n.b * inner.b + weighted(vars(n).values()) + (n == inner)


SCALE = 2.0


def module_globals(x, y):
    global SCALE
    before = SCALE
    try:
        SCALE = x
        globals()["SCALE"] *= y
        here = sys.modules[__name__]
        total = SCALE * here.SCALE + vars(here)["SCALE"]
        here.SCALE = total
        total += globals()["SCALE"] * x + here.SCALE
        here.SCALE = y
        return total * SCALE
    finally:
        SCALE = before


def class_attributes(x, y):
    class Local:
        table = {}

        @classmethod
        def double(cls):
            cls.rate *= 2
            return cls.rate

        @staticmethod
        def add(a, b):
            return a + b

    Local.rate = x * y
    Local.table["a"] = x
    Local.table["a"] *= y
    Local.extra = Local.rate * 3
    total = Local.double() * Local().rate + Local.__dict__["extra"] + vars(Local)["rate"] * Local.table["a"]
    Local.rate = x
    return Local.add(total, Local.rate) + len(Local.__mro__) + Local.__name__.count("L") * type(Local()).rate


@dataclasses.dataclass
class Plain:
    """A dataclass with a default factory and a derived field."""

    x: float
    items: list = dataclasses.field(default_factory=list)
    scaled: float = dataclasses.field(init=False)

    def __post_init__(self):
        self.scaled = self.x * 2


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class Frozen:
    """A frozen dataclass with slots."""

    x: float
    y: float = 3.0

    def norm(self):
        return self.x**2 + self.y**2


@dataclasses.dataclass(kw_only=True)
class Nested:
    """Dataclasses in containers in a dataclass."""

    parts: list
    by_name: dict


def dataclass_tools(x, y):
    p = Plain(x)
    p.items.append(y)
    q = dataclasses.replace(p, x=p.scaled * y)
    q.items.append(x)
    f = Frozen(x)
    g = dataclasses.replace(f, y=y)
    n = Nested(parts=[f, g], by_name={"p": p})
    d = dataclasses.asdict(n)
    t = dataclasses.astuple(g)
    total = q.scaled * weighted(p.items) + f.norm() * g.norm() + t[0] * t[1] + (f < g)
    total += d["parts"][1]["y"] * d["by_name"]["p"]["items"][0]
    d["parts"][0]["x"] *= 100
    return total + f.x + sum(getattr(f, field.name) for field in dataclasses.fields(f))


def frozen_still(x):
    f = Frozen(x)
    f.x = 2.0
    return f.x


class Colour(enum.Enum):
    """Members with numbers and a method."""

    RED = 2.0
    BLUE = 3.0

    def scaled(self, by):
        return self.value * by


def enumerated(x, y):
    total = 0.0
    for member in Colour:
        total += member.scaled(x) * (y if member is Colour.RED else 1.0)
    return total * Colour["RED"].value + Colour(3.0).value * x


FUNCTIONS = (
    *(
        by_name,
        fallbacks,
        slotted,
        lazy,
        traced,
        dicts_of_objects,
        dicts_shared,
        simple_namespaces,
        module_globals,
        class_attributes,
    ),
    *(dataclass_tools, enumerated),
)


@pytest.mark.parametrize("fn", FUNCTIONS)
def test_namespaces(fn):
    check(fn, 1.3, 0.7)


def test_objects_as_arguments():
    def f(p):
        vars(p)["x"] = p.x * 2
        return p.area

    assert dict(gradient(f, Part(2.0, 3.0))[0].items()) == {"x": 6.0, "y": 4.0}
    assert dict(gradient(lambda n: n.a**2, types.SimpleNamespace(a=3.0, b=1.0))[0].items()) == {"a": 6.0}


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda x: x.missing, (1.0,)),
        (lambda x: getattr(x, 5), (1.0,)),
        (lambda x: getattr(x), (1.0,)),
        (lambda x: setattr(x, "missing", x), (1.0,)),
        (lambda x: delattr(Part(x), "z"), (1.0,)),
        (lambda x: hasattr(x, 1), (1.0,)),
        (lambda x: vars(x), (1.0,)),
        (lambda x: Slotted(x).missing, (1.0,)),
        (lambda x: setattr(Slotted(x), "missing", x), (1.0,)),
        (lambda x: Lazy(x).other, (1.0,)),
        (lambda x: object.__setattr__(Slotted(x), "z", x), (1.0,)),
        (frozen_still, (1.0,)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)

"""Classes: construction in every form, attributes and what stands behind them, operators, protocols, inheritance."""

import collections
import functools
import math
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import NamedTuple

from tests.corpus.declare import case


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Point):
            return NotImplemented
        return Point(self.x + other.x, self.y + other.y)

    def __radd__(self, number):
        return Point(number + self.x, number + self.y)

    def __mul__(self, factor):
        return Point(self.x * factor, self.y * factor)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __neg__(self):
        return Point(-self.x, -self.y)

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __bool__(self):
        return self.x != 0

    def __float__(self):
        return self.x * self.y

    __hash__ = None


def distance(p):
    return math.sqrt(p.x**2 + p.y**2)


def distance_of_sum(a, b):
    return distance(a + b)


def operator_methods(x, y):
    p, q = Point(x, y), Point(y, 2.0)
    r = 3.0 + (p + q) * x
    alias = r
    r += -p
    return (r @ q) + abs(alias) * (p < q) + float(p) + (1.0 if p and p != q else 0.0)


def attributes_set_and_deleted(x):
    p = Point(x, 2.0)
    p.x = p.x * p.y
    p.y += p.x
    p.z = p.y * x
    del p.x
    return p.z + p.y * hasattr(p, "z") - hasattr(p, "x")


def attributes_by_name(x):
    p = Point(x, 2.0)
    for name in ("x", "y"):
        setattr(p, name, getattr(p, name) * x)
    return p.x + p.y + getattr(p, "missing", x)


def instance_dictionary(x):
    p = Point(x, 2.0)
    vars(p)["x"] *= x
    p.__dict__.update(w=p.x + 1)
    return p.x * p.w + sum(vars(p).values())


@dataclass
class Particle:
    position: float
    velocity: float = 1.0
    history: list = field(default_factory=list)

    def __post_init__(self):
        self.energy = 0.5 * self.velocity**2

    def step(self, dt):
        self.history.append(self.position)
        self.velocity -= self.position * dt
        self.position += self.velocity * dt


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    @property
    def width(self):
        return self.high - self.low

    def scaled(self, factor):
        return replace(self, high=self.low + self.width * factor)


def dataclass_simulation(x):
    p = Particle(x)
    for _ in range(4):
        p.step(0.1)
    return p.position * p.velocity + sum(p.history) + p.energy


def frozen_dataclass(x, y):
    i = Interval(x, high=y)
    return i.scaled(x).width * i.low + i.high


Pair = collections.namedtuple("Pair", "left right")


class Colour(NamedTuple):
    red: float
    green: float = 0.5

    def luminance(self):
        return 0.3 * self.red + 0.6 * self.green**2


def namedtuples(x, y):
    p = Pair(x, right=y)
    left, right = p._replace(left=p.right * 2)
    c = Colour(x)
    return left * right + p[1] * p.left + c.luminance() * c.red + Colour(green=y, red=2.0).luminance()


class Slotted:
    __slots__ = ("value", "_scale")

    def __init__(self, value):
        self.value = value
        self._scale = 2.0

    @property
    def scale(self):
        return self._scale * self.value

    @scale.setter
    def scale(self, new):
        self._scale = new / self.value


def slots_and_property(x, y):
    s = Slotted(x)
    before = s.scale
    s.scale = y
    s.value *= x
    return before * s.scale


class Celsius:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name) - 273.15

    def __set__(self, instance, value):
        setattr(instance, self.name, value + 273.15)


class Oven:
    temperature = Celsius()

    def __init__(self, temperature):
        self.temperature = temperature

    @functools.cached_property
    def heat(self):
        return self.temperature**2

    def __getattr__(self, name):
        if name.startswith("twice_"):
            return 2 * getattr(self, name[6:])
        raise AttributeError(name)


def descriptors_and_getattr(x):
    oven = Oven(x)
    oven.temperature += 1.0
    return oven.heat * oven.twice_temperature + oven.heat


class Shape:
    sides = 0
    factor = 1.5

    def __init__(self, size, **options):
        self.size = size
        self.options = options

    def area(self):
        return self.size * self.factor

    @classmethod
    def unit(cls, size):
        return cls(size * cls.factor)

    @staticmethod
    def double(v):
        return v * 2

    def describe(self):
        return self.area() + self.sides


class Square(Shape):
    sides = 4

    def area(self):
        return super().area() * self.size


class Cube(Square):
    def __init__(self, size, height=1.0, **options):
        super().__init__(size, **options)
        self.height = height

    def area(self):
        return self.double(super().area()) * self.height * self.options.get("weight", 1.0)


def inheritance(x, y):
    shapes = [Shape(x), Square(y), Cube(x, height=y, weight=x), Square.unit(x)]
    unbound = Shape.area(shapes[1])
    bound = shapes[2].describe
    return sum(s.describe() for s in shapes) * unbound + bound()


class Affine:
    def __init__(self, weight, bias):
        self.weight = weight
        self.bias = bias

    def __call__(self, x):
        return self.weight * x + self.bias


def callable_object(model, x):
    return model(model(x)) ** 2


class Polynomial:
    def __init__(self, *coefficients):
        self._coefficients = list(coefficients)

    def __len__(self):
        return len(self._coefficients)

    def __getitem__(self, i):
        return self._coefficients[i]

    def __setitem__(self, i, value):
        self._coefficients[i] = value

    def __delitem__(self, i):
        del self._coefficients[i]

    def __contains__(self, value):
        return value in self._coefficients

    def __iter__(self):
        return iter(self._coefficients)

    def __reversed__(self):
        return reversed(self._coefficients)


def container_protocol(x, y):
    p = Polynomial(x, y, 2.0)
    p[0] *= p[1]
    del p[2]
    return sum(v * x**i for i, v in enumerate(p)) + len(p) * p[-1] + (y in p) + next(reversed(p))


class Countdown:
    def __init__(self, x, n):
        self.x, self.n = x, n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        self.x *= 1.1
        return self.x * self.n


def iterator_protocol(x):
    return sum(Countdown(x, 4)) + sum(v * v for v in Countdown(x, 3))


class Low:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        return self.v + 10 * other.v

    def __radd__(self, other):
        return 5 * self.v


class High(Low):
    def __radd__(self, other):
        return self.v * other.v


def operator_dispatch(x, y):
    return (Low(x) + Low(y)) + (Low(x) + High(y)) * (High(x) + Low(y)) + (2.0 + Low(x)) + sum([Low(y)])


class Registry:
    instances = {}

    def __new__(cls, name, value):
        if name not in cls.instances:
            cls.instances[name] = super().__new__(cls)
        return cls.instances[name]

    def __init__(self, name, value):
        self.value = value


def construction_by_new(x):
    Registry.instances.clear()
    a = Registry("a", x)
    b = Registry("a", x * x)
    Registry.instances.clear()
    return a.value * b.value * (a is b)


def class_made_inside(x):
    class Local:
        factor = x * 2

        def value(self, v=x):
            return v * self.factor * x

    return Local().value() + type("Made", (), {"get": lambda self: x})().get()


class Node:
    def __init__(self, value, parent=None):
        self.value = value
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)

    def total(self):
        return self.value + sum(child.total() for child in self.children)


def circular_objects(x, y):
    root = Node(x)
    child = Node(y, root)
    Node(x * y, child)
    child.parent.value *= child.children[0].value
    return root.total() * child.parent.value


def linked_list(xs):
    head = None
    for x in xs:
        head = SimpleNamespace(value=x, next=head)
    total, node, k = 0.0, head, 1
    while node is not None:
        total += k * node.value**2
        node, k = node.next, k + 1
    return total


def class_attribute_written(x):
    Shape.factor = x
    result = Shape(2.0).area() * x
    Shape.factor = 1.5
    return result


CASES = (
    case(distance_of_sum, Point(1.3, 0.7), Point(0.4, 2.0)),
    case(operator_methods, 1.3, 0.7),
    case(attributes_set_and_deleted, 1.3),
    case(attributes_by_name, 1.3),
    case(instance_dictionary, 1.3),
    case(dataclass_simulation, 1.3),
    case(frozen_dataclass, 1.3, 2.7),
    case(namedtuples, 1.3, 0.7),
    case(slots_and_property, 1.3, 0.7),
    case(descriptors_and_getattr, 1.3),
    case(inheritance, 1.3, 0.7),
    case(callable_object, Affine(1.3, 0.7), 0.4),
    case(container_protocol, 1.3, 0.7),
    case(iterator_protocol, 1.3),
    case(operator_dispatch, 1.3, 0.7),
    case(construction_by_new, 1.3),
    case(circular_objects, 1.3, 0.7),
    case(linked_list, [1.3, 0.7, 0.4]),
    case(class_attribute_written, 1.3),
    case(class_made_inside, 1.3),
)

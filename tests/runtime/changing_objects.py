"""Programs in which a class changes while objects of it are in use; `test_changing_classes` loads this anew each time."""

from __future__ import annotations


class Layer:
    rate = 0.5

    def __init__(self, w):
        self.w = w
        self.b = w * 0.5

    def call(self, x):
        return self.w * x + self.b * self.rate

    def twice(self, x):
        return self.call(self.call(x))

    def __add__(self, other):
        return Layer(self.w + other.w)

    def __mul__(self, factor):
        return Layer(self.w * factor)


class Squaring(Layer):
    def call(self, x):
        return self.w * x * x


class Machine(Layer):
    """Its objects change their class and their memory by themselves."""

    def call(self, x):
        if self.w > 3.0:
            self.__class__ = Squaring
        elif self.w > 2.0:
            self.__dict__ = {"w": self.w * x, "b": x}
        return self.w * x + self.b


class Tripled:
    def __get__(self, owner, kind=None):
        return 7.0 if owner is None else owner.__dict__["w"] * 3.0

    def __set__(self, owner, value):
        owner.__dict__["w"] = value


def loop(x, change):
    layer, other, total = Layer(x), Layer(2.0), x * 1.0
    for i in range(4):
        total = total + layer.twice(x) * layer.w + other.b
        layer = layer + other * 0.5
        if i == 1:
            change(layer)
        layer.w = layer.w + x
    return total + layer.w * other.w


def weighted(layer, x):
    return layer.w * x + layer.b


def with_helpers(x, change):
    layer = Layer(x * x)
    total = weighted(layer, x)
    change(layer)
    total = total * weighted(layer, x)
    layer.b = total
    return total + weighted(layer, layer.w) + layer.b


def in_recursion(x, change, n=3):
    layer = Layer(x)
    if n == 0:
        return layer.w * layer.b
    if n == 1:
        change(layer)
    return layer.call(in_recursion(x, change, n - 1)) + layer.w


def of_argument(layer, x, change):
    total = layer.w * x
    change(layer)
    layer.w = total
    return total * layer.w + layer.call(x)


def with_argument(x, change):
    return of_argument(Layer(x), x, change)


def with_errors(x, change):
    layer = Layer(x)
    total = layer.w * 1.0
    for i in range(3):
        try:
            if i == 1:
                change(layer)
                raise ValueError(layer.w)
            total = total + layer.w * layer.b
        except ValueError as error:
            total = total * error.args[0] + layer.w
    return total + layer.call(x)


def machines(x, change):
    total = x
    for machine in (Machine(x), Machine(x + 1.0), Machine(x * 2.0)):
        for _ in range(3):
            total = total + machine.call(x) * machine.w
    return total


PROGRAMS = [loop, with_helpers, in_recursion, with_argument, with_errors, machines]


def sets(name, value):
    """A change of the class."""
    return lambda layer: setattr(Layer, name, value)


def changes_class(layer):
    layer.__class__ = Squaring


def changes_memory(layer):
    layer.__dict__ = {"w": layer.w * layer.w, "b": 1.5 * layer.w}


def changes_item(layer):
    layer.__dict__["w"] = layer.w * layer.w


def deletes(layer):
    del layer.b
    layer.b = 3.0 * layer.w


def tripled(layer):
    return layer.__dict__["w"] * 3.0


def set_tripled(layer, value):
    layer.__dict__["w"] = value


def set_doubled(layer, name, value):
    object.__setattr__(layer, name, value * 2.0)


CHANGES = {
    "method": sets("call", lambda layer, x: layer.w * x * x * layer.b),
    "attribute": sets("rate", 3.0),
    "further attribute": sets("other", 1.0),
    "attribute of the object's name": sets("w", 5.0),
    "operator": sets("__add__", lambda a, b: Layer(a.w * b.w)),
    "init": sets("__init__", lambda layer, w: layer.__dict__.update(w=w * 2, b=w)),
    "property for an attribute": sets("rate", property(lambda layer: layer.w)),
    "property": sets("w", property(tripled, set_tripled)),
    "descriptor": sets("w", Tripled()),
    "setattr": sets("__setattr__", set_doubled),
    "getattr": sets("__getattr__", lambda layer, name: 1.0),
    "getattribute": sets("__getattribute__", object.__getattribute__),
    "class of the object": changes_class,
    "memory of the object": changes_memory,
    "item of the memory": changes_item,
    "deleted": deletes,
}
ORIGINAL = dict(vars(Layer))


def restore():
    """The class as it was."""
    for name in [*vars(Layer)]:
        if name not in ORIGINAL:
            delattr(Layer, name)
        elif vars(Layer)[name] is not ORIGINAL[name] and name not in ("__dict__", "__weakref__"):
            setattr(Layer, name, ORIGINAL[name])

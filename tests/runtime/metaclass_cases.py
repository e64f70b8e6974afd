"""What happens when a class is called, by the `__call__` of its metaclass, for tests/runtime/test_metaclasses.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

CASES: dict[str, Callable[[float], float]] = {}


def case(fn: Callable[[float], float]) -> Callable[[float], float]:
    """Add a function of one number."""
    CASES[fn.__name__] = fn
    return fn


class Once(type):
    """One object for each class."""

    made: ClassVar[dict[Any, Any]] = {}

    def __call__(cls, *args):
        if cls not in cls.made:
            cls.made[cls] = type.__call__(cls, *args)
        return cls.made[cls]


class Single(metaclass=Once):
    def __init__(self, x):
        self.x = x


@case
def an_object_is_made_once(x):
    Once.made.clear()
    return sum([Single(x * (i + 1)).x ** 2 for i in range(3)])


class Renamed(type):
    def __call__(cls, **options):
        return super().__call__(options.get("x", 1.0))


class Plain(metaclass=Renamed):
    def __new__(cls, x):
        made = super().__new__(cls)
        made.x = x * 2.0
        return made


@case
def the_arguments_are_changed(x):
    return Plain(x=x).x * Plain().x * x


class AsDict(type):
    __call__ = dict


class Record(metaclass=AsDict):
    pass


@case
def a_class_is_called(x):
    total = 0.0
    for i in range(3):
        made = Record(a=x * i, b=x)
        total = total + made["a"] * made["b"] * (type(made) is dict)
    return total


class Static(type):
    __call__ = staticmethod(lambda x: [x * x, x])


class Pair(metaclass=Static):
    pass


@case
def a_static_method_is_called(x):
    return sum([sum(Pair(x * i)) for i in range(3)])


class OfMeta(type):
    @classmethod
    def __call__(meta, x):
        return meta.__name__, x * x


class Named(metaclass=OfMeta):
    pass


@case
def a_class_method_is_called(x):
    return Named(x)[1] * x


class Cube:
    def __call__(self, x):
        return x**3


class ByObject(type):
    __call__ = Cube()


class Cubed(metaclass=ByObject):
    pass


@case
def an_object_is_called(x):
    return Cubed(x) * x


@case
def a_function_is_called_by_its_slot(x):
    return type(Cube.__call__).__call__(Cube.__call__, None, x) * x

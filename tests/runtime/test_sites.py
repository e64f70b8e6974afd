"""Short ways of calls and attributes: right for every type that comes by, and given up when something changes."""

import abc
import gc
import math
import weakref

import pytest

import bytegrad
from bytegrad import gradient
from tests.differences import flat_gradient


class Plain:
    kind = 2.0

    def __init__(self, x):
        self.x = x

    def scaled(self, by):
        return self.x * by


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x

    def scaled(self, by):
        return self.x * by * by


class WithProperty:
    def __init__(self, x):
        self.inner = x

    @property
    def x(self):
        return self.inner * 3.0

    def scaled(self, by):
        return by / self.inner


class Asking:
    def __init__(self, x):
        self.inner = x

    def __getattr__(self, name):
        return self.inner + len(name)

    def scaled(self, by):
        return by


class Watching:
    def __init__(self, x):
        object.__setattr__(self, "x", x)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2.0)

    def scaled(self, by):
        return by * self.x


class Counted(float):
    def scaled(self, by):
        return self * by


def many_types(x, kinds):
    total = 0.0
    for kind in kinds:
        thing = kind(x)
        thing.x = x if kind is Watching else getattr(thing, "x", x) if kind in (Plain, Slotted) else x
        total = total + thing.scaled(x) * thing.x
    return total


def with_properties(x):
    total = 0.0
    for kind in [Plain, Plain, WithProperty, Asking, Slotted, Plain]:
        thing = kind(x)
        total = total + thing.x * thing.scaled(total)
    return total


def methods_of_anything(x):
    total = 0.0
    for thing in (Plain(x), Slotted(x), Counted(1.5), Plain(2.0)):
        total = total + thing.scaled(x)
    return total


def shadowed_method(x):
    total = 0.0
    thing = Plain(x)
    for i in range(4):
        if i == 2:
            thing.scaled = lambda by: by * by * by
        total = total + thing.scaled(x)
    return total


def product(a, b):
    return (a.x if isinstance(a, Plain) else a) * b * b


def changing_types(x):
    total = 0.0
    for value in (x, 2, x, True, Plain(x)):
        total = total + product(value, x)
    return total


def closures(x):
    total = 0.0
    for i in range(4):

        def f(y, i=i):
            return y * x * i

        total = total + f(x)
    return total


def changed_class(x):
    class Local:
        def __init__(self, x):
            self.x = x

        def twice(self):
            return self.x * 2.0

    total = 0.0
    for i in range(4):
        thing = Local(x)
        if i == 1:
            Local.twice = lambda self: self.x * 5.0
        if i == 2:
            Local.x = property(lambda self: self.__dict__["x"] * 7.0, lambda self, v: self.__dict__.update(x=v))
        if i == 3:
            del Local.x
        total = total + thing.twice() * thing.x
    return total


def changed_function(x):
    def first(y):
        return y * y

    def second(y):
        return y * y * y

    total = 0.0
    for i in range(4):
        if i == 2:
            first.__code__ = second.__code__
        total = total + first(x)
    return total


def changed_hook(x):
    class Local:
        pass

    total = 0.0
    thing = Local()
    for i in range(4):
        if i == 2:
            Local.__setattr__ = lambda self, name, value: self.__dict__.__setitem__(name, value * 10.0)
        thing.x = x * x
        total = total + thing.x
    return total


def deleted_attribute(x):
    total = 0.0
    for i in range(3):
        thing = Plain(x)
        if i == 1:
            del thing.x
        try:
            total = total + thing.x
        except AttributeError:
            total = total + 2.0 * x
    return total


def class_number_behind(x):
    total = 0.0
    for i in range(4):
        thing = Plain(x)
        if i % 2:
            thing.kind = x
        total = total + thing.kind * x
    return total


PROGRAMS = [
    lambda x: many_types(x, [Plain, Slotted, Watching, Plain]),
    with_properties,
    methods_of_anything,
    shadowed_method,
    changing_types,
    closures,
    changed_class,
    changed_function,
    changed_hook,
    deleted_attribute,
    class_number_behind,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_gradient_and_value(program):
    x, h = 1.3, 1e-6
    for _ in range(2):
        value, (slope,) = bytegrad.withgradient(program, x)
        assert value == program(x)
        assert slope == pytest.approx((program(x + h) - program(x - h)) / (2 * h), rel=1e-7)


@pytest.mark.parametrize("program", [methods_of_anything, closures], ids=lambda f: f.__name__)
def test_second_derivative(program):
    x, h = 1.3, 1e-5

    def slope(x):
        return gradient(program, x)[0]

    (second,) = gradient(slope, x)
    assert (second or 0.0) == pytest.approx((slope(x + h) - slope(x - h)) / (2 * h), rel=1e-6, abs=1e-8)


def test_rule_that_comes_while_the_function_runs():
    def cube(y):
        return y * y * y

    def f(x):
        total = 0.0
        for i in range(4):
            if i == 2:
                register()
            total = total + cube(x)
        return total

    @bytegrad.non_differentiable
    def register():
        bytegrad.adjoint(cube)(lambda y: (y * y * y, lambda y_bar: (1000.0,)))

    assert gradient(f, 2.0) == (2024.0,)


class Shape(abc.ABC):
    def __init__(self, x):
        self.x = x

    @abc.abstractmethod
    def area(self):
        pass


class Square(Shape):
    def area(self):
        return self.x * self.x


class Wrong:
    def __init__(self, x):
        self.made = x
        if x > 2.0:
            return x  # noqa: PLE0101


def test_classes_that_cannot_be_made():
    def squares(x, kinds):
        return sum([kind(x).area() for kind in kinds])

    assert gradient(lambda x: squares(x, [Square, Square]), 3.0) == (12.0,)
    with pytest.raises(TypeError, match="abstract"):
        gradient(lambda x: squares(x, [Square, Shape]), 3.0)
    with pytest.raises(TypeError, match=r"__init__\(\) should return None, not 'float'"):
        gradient(lambda x: [Wrong(x - 2.0), Wrong(x)][0].made, 3.0)


def test_nothing_is_made_for_arguments_that_do_not_fit():
    made = []

    class Counting:
        def __init__(self, x):
            self.x = x

        def __del__(self):
            made.append(1)

    def f(x):
        total = 0.0
        for _ in range(3):
            total = total + Counting(x=x).x + Counting(x).x
        return total

    assert gradient(f, 2.0) == (6.0,)
    gc.collect()
    assert len(made) == 6


def test_sites_keep_nothing_of_a_differentiation_alive():
    class Held:
        def __init__(self, x):
            self.x = x

        def twice(self):
            return math.sin(self.x) * 2.0

    seen = []

    def f(x):
        held = Held(x)
        seen.append(weakref.ref(held))
        return held.twice() + held.twice()

    gradient(f, 0.5)
    gc.collect()
    assert seen[0]() is None


def test_gradient_of_objects_as_arguments():
    (bar,) = gradient(lambda thing: sum([thing.scaled(2.0) for _ in range(3)]), Plain(4.0))
    assert flat_gradient(bar, Plain(4.0)) == [6.0]


class Failing:
    def __init__(self, x):
        if x > 2.0:
            self.late = x
            raise ValueError(x)
        self.x = x

    def half(self, box):
        box.append(self.x * self.x)
        if len(box) % 2:
            raise KeyError("odd")
        return self.x * 0.5

    def __add__(self, other):
        if other > 1.5:
            raise ArithmeticError
        return self.x * other


def half(x, box):
    box.append(x * x)
    if len(box) % 2:
        raise KeyError("odd")
    return x * 0.5


def caught_everywhere(x):
    total, box = 0.0, []
    for i in range(5):
        y = x + 0.3 * i
        try:
            thing = Failing(y)
            total = total + (thing + y)
            total = total + half(y, box)
            thing.z = y * thing.x
            total = total + thing.z
            total = total + thing.half(box)
        except (ValueError, KeyError) as error:
            total = total + 0.1 * y * len(error.args)
        except ArithmeticError:
            total = total * y
        finally:
            total = total + sum(box) * y
        try:
            total = total / (y - y if i == 3 else y)
        except ZeroDivisionError:
            total = total + [x, y][1] * y
        try:
            total = total + thing.missing
        except AttributeError:
            total = total - thing.x * {"a": y}["a"]
    return total


def unwound_through_frames(x):
    def inner(y, box):
        return half(y * y, box)

    total, box = 0.0, []
    for _ in range(4):
        try:
            total = total + inner(x, box)
        except KeyError:
            total = total + box[-1] * x
    return total


@pytest.mark.parametrize("program", [caught_everywhere, unwound_through_frames])
def test_exceptions_that_are_caught(program):
    for x in (0.43, 1.13, 1.87):
        h = 1e-6
        for _ in range(2):
            value, (slope,) = bytegrad.withgradient(program, x)
            assert value == program(x)
            assert slope == pytest.approx((program(x + h) - program(x - h)) / (2 * h), rel=1e-6)

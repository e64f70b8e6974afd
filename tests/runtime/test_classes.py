"""Code that is compiled for the user's classes, and for lists as stacks: right also when classes change."""

import concurrent.futures
import math

import pytest

import bytegrad
from bytegrad import gradient
from bytegrad.runtime import registry


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def dot(self, other):
        return self.x * other.x + self.y * other.y


class Doubled(Vector):
    """Its attribute is not where its base has it, and it answers operators first."""

    @property
    def x(self):
        return self.kept * 2.0

    @x.setter
    def x(self, value):
        self.kept = value

    def __radd__(self, other):
        return Doubled(self.kept * other.x, self.y - other.y)


class Shifting:
    def __init__(self, by):
        self.by = by

    def __radd__(self, other):
        return Vector(other.x + self.by, other.y * self.by)


def with_operators(x):
    a, b, total = Vector(x, 2.0), Vector(1.0, x * x), 0.0
    for i in range(4):
        c = a + b * x - 0.5 * a
        total = total + c.dot(-a) + (c @ b) * i
        a = c * 0.3
        a += b
    return total


def with_subclasses(x):
    total, things = 0.0, [Vector(x, 1.0), Doubled(x, 2.0), Vector(1.0, x), Doubled(2.0, x * x)]
    for first in things:
        for second in things:
            third = first + second
            total = total + third.x * x + third.dot(first) + (2.0 * second).y
    return total


def with_other_operands(x):
    total, a = 0.0, Vector(x, x * x)
    for other in (Vector(x, 1.0), Shifting(x), Vector(2.0, x), Shifting(2.0)):
        b = a + other
        total = total + b.x * b.y
    return total


def with_whole_numbers(x):
    a = Vector(0, 1)
    for i in range(3):
        a = a + Vector(x, i)
    return a.x * a.y


@pytest.mark.parametrize("program", [with_operators, with_subclasses, with_other_operands, with_whole_numbers])
def test_operators_of_classes(program):
    x, h = 1.3, 1e-6
    for _ in range(5):
        value, (slope,) = bytegrad.withgradient(program, x)
        assert value == program(x)
        assert slope == pytest.approx((program(x + h) - program(x - h)) / (2 * h), rel=1e-6)


def test_unsupported_operands():
    def f(x, other):
        total = Vector(x, x)
        for _ in range(2):
            total = total + other
        return total.x

    for _ in range(4):
        assert gradient(f, 2.0, Vector(1.0, 1.0))[0] == 1.0
        for operation in (f, lambda x, other: gradient(f, x, other)):
            with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for \+: 'Vector' and 'str'"):
                operation(2.0, "text")


class Patched:
    def __init__(self, x):
        self.x = x

    def square(self):
        return self.x * self.x

    def late(self, change):
        before = self.x
        change()
        return before * self.x


def squares(x):
    return sum([Patched(x * i).square() for i in range(3)])


def test_classes_that_change_between_calls(monkeypatch):
    def same(x, wanted):
        for _ in range(4):
            assert squares(x) == wanted[0]
            assert gradient(squares, x) == (wanted[1],)

    same(2.0, (20.0, 20.0))
    with monkeypatch.context() as patch:
        patch.setattr(Patched, "square", lambda self: self.x * 3.0)
        same(2.0, (18.0, 9.0))
    same(2.0, (20.0, 20.0))
    with monkeypatch.context() as patch:
        read, write = (lambda self: self.kept * 2.0), (lambda self, value: self.__dict__.update(kept=value))
        patch.setattr(Patched, "x", property(read, write), raising=False)
        same(2.0, (80.0, 80.0))
    same(2.0, (20.0, 20.0))
    with monkeypatch.context() as patch:
        patch.setattr(Patched, "__setattr__", lambda self, name, value: object.__setattr__(self, name, value * 10.0))
        same(2.0, (2000.0, 2000.0))
    same(2.0, (20.0, 20.0))
    with monkeypatch.context() as patch:
        patch.setattr(Patched, "__init__", lambda self, x: object.__setattr__(self, "x", x * 3.0))
        same(2.0, (180.0, 180.0))
    with monkeypatch.context() as patch:
        patch.setattr(Patched, "__getattribute__", lambda self, name: super(Patched, self).__getattribute__(name))
        same(2.0, (20.0, 20.0))


def test_class_that_changes_while_code_runs_that_relies_on_it():
    def patch():
        Patched.x = property(lambda self: self.__dict__["x"] * 7.0)

    def late(x, change):
        return Patched(x).late(change)

    for _ in range(4):
        assert gradient(late, 3.0, lambda: None)[0] == 6.0
    try:
        with pytest.raises(bytegrad.UnsupportedError, match=r"relies on Patched\.x, which was changed while it ran"):
            gradient(late, 3.0, patch)
        del Patched.x
        for _ in range(3):
            assert gradient(late, 3.0, patch)[0] == 42.0
            del Patched.x
    finally:
        if "x" in vars(Patched):
            del Patched.x


class Named:
    def __init__(self, x):
        self.x = x


def test_memory_of_an_object_that_is_replaced():
    def f(x):
        thing = Named(x)
        total = thing.x * 2.0
        thing.__dict__ = {"x": x * x}
        thing.x = thing.x * 3.0
        return total + thing.x

    for _ in range(4):
        assert gradient(f, 2.0) == (14.0,)


def test_rule_for_a_method_that_comes_late():
    class_ = type("Local", (Vector,), {"twice": lambda self: self.x * 2.0})

    def f(x):
        return sum([class_(x, 1.0).twice() for _ in range(3)])

    for _ in range(3):
        assert gradient(f, 2.0) == (6.0,)
    bytegrad.adjoint(class_.twice)(lambda self: (self.x * 2.0, lambda y_bar: ({"x": 100.0 * y_bar},)))
    for _ in range(3):
        assert gradient(f, 2.0) == (300.0,)
    bytegrad.adjoint(Vector.dot)(lambda a, b: (a.x, lambda y_bar: ({"x": 50.0 * y_bar}, None)))
    try:
        assert gradient(lambda x: Vector(x, x).dot(Vector(1.0, 1.0)), 2.0) == (50.0,)
    finally:
        registry.unregister(Vector.dot, registry.lookup(Vector.dot)[0])


def test_objects_in_threads():
    def job():
        return [bytegrad.gradient(with_operators, 1.3) for _ in range(20)]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = [future.result() for future in [pool.submit(job) for _ in range(4)]]
    assert len({slope for row in found for (slope,) in row}) == 1


def polish(x, source):
    tables = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "sin": math.sin, "sqrt": math.sqrt}
    names, stack = {"x": x}, []
    for token in source.split():
        if token in names:
            stack.append(names[token])
        elif token.startswith("let:"):
            names[token[4:]] = stack.pop()
        elif token in ("+", "*"):
            b = stack.pop()
            stack.append(tables[token](stack.pop(), b))
        elif token in tables:
            stack.append(tables[token](stack.pop()))
        else:
            stack.append(float(token))
    return stack.pop()


@pytest.mark.parametrize("source", ["x x * sin let:y y x + y * 2.0 + sqrt", "x sin x *", "x let:a a a *", "3.0"])
def test_stacks(source):
    x, h = 1.3, 1e-6
    for _ in range(4):
        value, (slope,) = bytegrad.withgradient(lambda x: polish(x, source), x)
        assert value == polish(x, source)
        difference = (polish(x + h, source) - polish(x - h, source)) / (2 * h)
        assert (slope or 0.0) == pytest.approx(difference, rel=1e-7, abs=1e-9)
    with pytest.raises(IndexError, match="pop from empty list"):
        gradient(lambda x: polish(x, "x *"), 1.3)


def stacks_of_anything(x):
    stack, other = [x, 2.0, x * 0.5], [[1.0]]
    other[0].append(x * 3.0 if x > 0.0 else stack.pop())
    stack.append(other)
    top = stack.pop()
    top[0].append(stack.pop(0) * stack[-1])
    stack.append(top[0].pop() + stack[-1])
    try:
        for _ in range(9):
            stack.append(stack.pop() * stack.pop() + x)
    except IndexError:
        stack.append(x * x)
    add = stack.append
    add(top[0][1] * x)
    return sum(stack) + sum(item * x for row in other for item in row)


def test_stacks_of_anything():
    for x in (1.3, -0.7):
        h = 1e-6
        for _ in range(3):
            value, (slope,) = bytegrad.withgradient(stacks_of_anything, x)
            assert value == stacks_of_anything(x)
            difference = (stacks_of_anything(x + h) - stacks_of_anything(x - h)) / (2 * h)
            assert slope == pytest.approx(difference, rel=1e-6)

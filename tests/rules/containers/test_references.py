"""Objects of C that hold others: partials, getters, weak references, functions, context variables, queues."""

from __future__ import annotations

import contextvars
import functools
import operator
import queue
import threading
import weakref

import pytest

from bytegrad import gradient
from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted
from tests.rules.containers.test_namespaces import Part


def power(base, exponent=2, *, scale=1.0):
    return scale * base**exponent


def partials(x, y):
    square = functools.partial(power, x)
    scaled = functools.partial(square, scale=y)
    cubed = functools.partial(scaled, 3)
    total = square() * scaled() + cubed() + cubed(scale=x) + scaled(2)
    a, b = cubed.args
    total += a * b + cubed.keywords["scale"] * x
    mapped = sum(map(functools.partial(operator.mul, y), [x, y, 2.0]))
    (one,) = square.args
    bound = functools.partial(Part(x, y).__getattribute__, "area")
    return total + mapped + one + bound() + functools.partial(max, x, y)()


class WithPartialMethod:
    """A method by `functools.partialmethod`, and cached ones."""

    def __init__(self, x):
        self.x = x

    def times(self, factor, plus=0.0):
        return self.x * factor + plus

    twice = functools.partialmethod(times, 2.0, plus=1.0)

    @functools.cached_property
    def squared(self):
        return self.x**2


def partial_methods(x, y):
    w = WithPartialMethod(x * y)
    return w.twice() * w.squared + w.squared + w.twice(plus=y) + vars(w)["squared"]


def getters(x, y):
    data = {"a": [x, y], "b": Part(x, y)}
    first = operator.itemgetter("a")(data)
    p, q = operator.itemgetter(1, 0)(first)
    area = operator.attrgetter("area")(data["b"])
    both = operator.attrgetter("x", "y")(data["b"])
    popped = operator.methodcaller("pop", 0)(first)
    rows = sorted([(y, 1.0), (x, 2.0)], key=operator.itemgetter(0))
    return p * q * area + weighted(both) * popped + weighted(first) + rows[0][0] * rows[1][1]


def weak_references(x, y):
    p = Part(x, y)
    reference = weakref.ref(p)
    proxy = weakref.proxy(p)
    proxy.x *= y
    proxy.y = x
    reference().y += 1
    p.x += proxy.area
    values = weakref.WeakValueDictionary(a=p)
    keys = weakref.WeakKeyDictionary()
    keys[p] = x * y
    method = weakref.WeakMethod(p.__init__)
    total = reference().x * proxy.area + values["a"].x + keys[p] + proxy.x
    del proxy.x
    return total + hasattr(p, "x") + (method() is not None)


def functions_as_objects(x, y):
    def counted(a, b=x * y, *, c=y):
        counted.calls += 1
        counted.total += a * b * c
        return a + b + c

    counted.calls = 0
    counted.total = x
    counted.__dict__["factor"] = y
    one = counted(x)
    two = counted(y, c=x)
    (default,) = counted.__defaults__
    counted.__defaults__ = (x * 3, y * 2)
    counted.__kwdefaults__ = {"c": x * 7}
    default += counted() * counted(y)
    return one * two * counted.total + counted.calls * counted.factor + default + counted.__kwdefaults__["c"]


LEVEL = contextvars.ContextVar("LEVEL", default=1.5)


def context_variables(x, y):
    before = LEVEL.get() * x
    outer = LEVEL.set(x)
    inner = LEVEL.set(LEVEL.get() * y)
    total = LEVEL.get() ** 2
    LEVEL.reset(inner)
    total += LEVEL.get() * 3
    LEVEL.set(y)
    total *= LEVEL.get()
    LEVEL.reset(outer)
    unset = contextvars.ContextVar("unset")
    return total + before + unset.get(y) + LEVEL.get(x)


def threads_and_queues(x, y):
    local = threading.local()
    local.x = x * y
    simple = queue.SimpleQueue()
    simple.put(local.x)
    simple.put_nowait(y)
    first = simple.get()
    simple.put(first * x)
    ranked = queue.PriorityQueue()
    ranked.put((2, x))
    ranked.put((1, y))
    plain = queue.Queue()
    plain.put(x)
    with threading.Lock():
        total = first * simple.get_nowait() + simple.get()
    return total + ranked.get()[1] * 2 + ranked.get()[1] * 3 + plain.get() * y


def methods_as_values(x, y):
    p = Part(x, y)
    add = [].append
    table = {"get": {"x": x}.get, "index": [x, y].__getitem__, "area": type(p).area.fget}
    add(x)
    items = add.__self__
    items.append(table["get"]("x") * table["index"](1))
    multiply = x.__mul__
    return weighted(items) * table["area"](p) + multiply(y) + table["get"]("z", y) + (x).__add__(y)


FUNCTIONS = (
    *(partials, partial_methods, getters, weak_references, functions_as_objects, methods_as_values),
    *(context_variables, threads_and_queues),
)


@pytest.mark.parametrize("fn", FUNCTIONS)
def test_references(fn):
    check(fn, 1.3, 0.7)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda x: functools.partial(x), (1.0,)),
        (lambda x: functools.partial(), (1.0,)),
        (lambda x: queue.SimpleQueue().get_nowait(), (1.0,)),
        (lambda x: weakref.ref(x), (1.0,)),
        (lambda x: operator.itemgetter(3)([x]), (1.0,)),
        (lambda x: operator.attrgetter("z")(x), (1.0,)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*args)
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *args)
    assert str(ours.value) == str(plain.value)


def test_a_context_variable_without_a_value():
    with pytest.raises(LookupError):
        gradient(lambda x: contextvars.ContextVar("empty").get() * x, 1.0)

"""Code and classes that are made at run time: `exec`, `eval`, `locals`, class statements, metaclasses."""

import dataclasses
import functools
import types
import typing

from tests.corpus.declare import case


def locals_before_a_change(x):
    y = x * x
    held = locals()
    y = 3.0
    return held["y"] * held["x"] * y


def locals_with_a_cell(x):
    y = x * x

    def get():
        return y

    return locals()["y"] * get() * vars()["x"]


def locals_in_a_loop(x):
    total = 0.0
    for i in range(3):
        total += x * i
        total += locals()["total"] * vars()["x"]
    return total


def eval_of_variables(x):
    y = [eval("v * x", None, {"v": v, "x": x}) for v in (x, 2 * x)]
    return eval("x * y[1]") + y[0] + (lambda a: eval("a * a"))(x)


def exec_that_raises(x):
    try:
        exec("y = x * x\nraise ValueError(y)")
    except ValueError as error:
        return error.args[0]


def exec_in_a_namespace(x):
    names = {"x": x}
    exec("y = x * x\ndef g(a):\n    return a * y\nclass C:\n    z = y * 2\n", names)
    return names["y"] * names["g"](x) * names["C"]().z


def eval_with_nested_scopes(x):
    return eval("[a * k for a in v for k in v][1] + (lambda q: q * v[0])(v[1])", {"v": [x, 2 * x]})


def compiled_once_run_twice(x):
    code = compile("total += x * total", "<made>", "exec")
    names = {"x": x, "total": 1.0}
    for _ in range(2):
        exec(code, names)
    return names["total"]


def function_of_a_namespace(x):
    module = types.ModuleType("made")
    module.k = x * x
    exec("def g(a):\n    global k\n    k = k * a\n    return k", vars(module))
    return module.g(x) * module.k


def class_body(x):
    class Made:
        a = x * x
        b = a * 2
        listed = [x * i for i in range(3)]

        def get(self, c=a):
            return self.b * c

        @property
        def first(self):
            return self.listed[1]

        class Inner:
            d = x

    return Made().get() * Made().first + Made.Inner.d * vars(Made)["a"]


def metaclass_and_decorator(x):
    class Meta(type):
        def __new__(mcs, name, bases, names, scale):
            names["scaled"] = names["a"] * scale
            return super().__new__(mcs, name, bases, names)

        def __init__(cls, name, bases, names, scale):
            super().__init__(name, bases, names)
            cls.shifted = cls.scaled + scale

    def decorated(cls):
        cls.extra = cls.shifted * x
        return cls

    @decorated
    class Made(metaclass=Meta, scale=x * x):
        a = x

        def own(self):
            return __class__.a

    return Made.extra * Made().own()


def made_by_type(x):
    base = type("Base", (), {"a": x * x, "get": lambda self: self.a * 2})
    return type("Made", (base,), {"b": x})().get() * x


def made_by_libraries(x):
    @dataclasses.dataclass(order=True)
    class Point:
        a: float
        b: list = dataclasses.field(default_factory=lambda: [x * x])

    class Pair(typing.NamedTuple):
        a: float
        b: float = x

    class Partial:
        def get(self, a, b):
            return a * b

        of_x = functools.partialmethod(get, x)

    return max(Point(x), Point(x * x)).b[0] * Pair(x * x).b * Partial().of_x(x)


class Named:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, owner, kind=None):
        return owner.__dict__["_" + self.name]

    def __set__(self, owner, value):
        owner.__dict__["_" + self.name] = value * 2


def descriptor_in_a_class_made_inside(x):
    class Made:
        a = Named()

    made = Made()
    made.a = x * x
    return made.a


CASES = (
    case(locals_before_a_change, 1.3),
    case(locals_with_a_cell, 1.3),
    case(locals_in_a_loop, 1.3),
    case(eval_of_variables, 1.3),
    case(exec_that_raises, 1.3),
    case(exec_in_a_namespace, 1.3),
    case(eval_with_nested_scopes, 1.3),
    case(compiled_once_run_twice, 1.3),
    case(function_of_a_namespace, 1.3),
    case(class_body, 1.3),
    case(metaclass_and_decorator, 1.3),
    case(made_by_type, 1.3),
    case(made_by_libraries, 1.3),
    case(descriptor_in_a_class_made_inside, 1.3),
)

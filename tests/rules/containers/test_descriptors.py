"""Descriptors that are asked by name, and what is read off an object's class."""

from __future__ import annotations

import abc
import argparse
import copy
import functools
import importlib
import operator
import sys
import types
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import bytegrad
from bytegrad import gradient
from tests.rules.containers.check import check


class Slotted:
    __slots__ = ("z",)


class Open:
    def __init__(self):
        self.b = 0.0


class Hidden(Slotted):
    z = property(lambda self: 3.0)


def slotted(value):
    made = Slotted()
    made.z = value
    return made


def set_member(x):
    made = slotted(x)
    Slotted.z.__set__(made, x * x)
    return made.z * Slotted.z.__get__(made) * type(made).__dict__["z"].__get__(made, Slotted)


def delete_member(x):
    made = slotted(x * x * x)
    Slotted.z.__delete__(made)
    Slotted.z.__set__(made, x)
    return made.z * made.z


def arguments_of_an_exception(x):
    error = KeyError(x * x)
    found = KeyError.args.__get__(error)[0]
    BaseException.__dict__["args"].__set__(error, (found * x,))
    return error.args[0] * x


def namespace_of_an_object(x):
    made = Open()
    names = Open.__dict__["__dict__"].__get__(made)
    names["b"] = x * x
    first = made.b
    Open.__dict__["__dict__"].__set__(made, {"b": x * x * x})
    return first * made.b


def namespace_of_a_class(x):
    class Made:
        a = x * x

    return type.__dict__["__dict__"].__get__(Made)["a"] * object.__getattribute__(Made, "__dict__")["a"]


def parts_of_functions(x):
    y = x * x

    def f(a=x * x):
        return a * y

    of = types.FunctionType.__dict__
    content = types.CellType.__dict__["cell_contents"]
    cell = of["__closure__"].__get__(f)[0]
    first = of["__defaults__"].__get__(f)[0] * content.__get__(cell)
    of["__defaults__"].__set__(f, (x,))
    content.__set__(cell, x * y)
    return first * f()


def arguments_of_a_partial(x):
    return functools.partial.args.__get__(functools.partial(operator.mul, x * x, x))[0] * x


def attributes_of_objects_made_by_c(x):
    inner, parsed = SimpleNamespace(a=x * x), argparse.Namespace(a=x)
    outer = SimpleNamespace(n=inner)
    return object.__getattribute__(outer.n, "__dict__")["a"] * object.__getattribute__(parsed, "__dict__")["a"]


def parts_of_numbers_and_arrays(x):
    numbers = np.array([x, x * x])
    turned = vars(np.ndarray)["T"].__get__(numbers)
    vars(np.ndarray)["flat"].__set__(numbers, x * x * x)
    return turned[1] * complex.__dict__["imag"].__get__(complex(x, x * x))


@pytest.mark.parametrize(
    "program",
    [
        set_member,
        delete_member,
        arguments_of_an_exception,
        namespace_of_an_object,
        namespace_of_a_class,
        parts_of_functions,
        arguments_of_a_partial,
        attributes_of_objects_made_by_c,
        parts_of_numbers_and_arrays,
    ],
)
def test_descriptors_of_c(program):
    check(program, 1.3)


def test_second_derivatives():
    check(lambda x: gradient(attributes_of_objects_made_by_c, x)[0], 1.3)


class Meta(type):
    pass


SIGHTS = [
    lambda kind, made: type(made).a,
    lambda kind, made: made.__class__.a,
    lambda kind, made: vars(type(made))["a"],
    lambda kind, made: type(made).__mro__[0].a,
    lambda kind, made: (type(made),)[0].a,
    lambda kind, made: {kind: kind}[type(made)].a,
    lambda kind, made: next(map(type, [made])).a,
    lambda kind, made: copy.copy(made).__class__.a,
    lambda kind, made: operator.attrgetter("__class__.a")(made),
    lambda kind, made: type(kind)("Derived", (kind,), {}).a,
    lambda kind, made: object.__getattribute__(made, "__class__").a,
    lambda kind, made: type.__getattribute__(kind, "a"),
    lambda kind, made: isinstance(made, kind) and type(made) in {kind} and made.a,
]


@pytest.mark.parametrize("meta", [type, Meta, abc.ABCMeta])
@pytest.mark.parametrize("see", SIGHTS, ids=range(len(SIGHTS)))
def test_attributes_of_classes_and_metaclasses(see, meta):
    def program(x):
        class Made(metaclass=meta):
            a = x * x

        return see(Made, Made()) * x + Made.a

    check(program, 1.3)


class Own(np.ndarray):
    pass


def by_descriptor(numbers, name, value):
    vars(np.ndarray)[name].__set__(numbers, value)


OWN = [np.asarray, lambda numbers: numbers.view(Own), np.asmatrix, lambda numbers: numbers.view(Own).copy()]


@pytest.mark.parametrize("own", OWN, ids=range(4))
@pytest.mark.parametrize("name", ["flat", "real", "imag", "shape"])
@pytest.mark.parametrize("write", [setattr, object.__setattr__, by_descriptor])
@pytest.mark.filterwarnings("ignore:Setting the shape", "ignore:the matrix subclass")
def test_attributes_of_arrays_that_write_elements(own, name, write):
    def program(x):
        numbers = own(np.array([[x, x * x], [x, 1.0]]) + 0j)
        write(numbers, name, (1, 4) if name == "shape" else x * x)
        return (numbers.real.sum() + numbers.imag.sum()) * x

    check(program, 1.3)


def another_partial():
    """The class `functools.partial` made once more: nothing of it is known but that it is of C."""
    before = {name: sys.modules.pop(name, None) for name in ("functools", "_functools")}
    try:
        return importlib.import_module("_functools").partial
    finally:
        sys.modules.update({name: module for name, module in before.items() if module is not None})


def test_looking_at_an_object_of_c_leaves_no_dict_behind():
    partial = another_partial()
    assert partial is not functools.partial

    def program(x):
        inner = partial(operator.mul, x)
        outer = partial(inner, x * x)
        return outer.args, outer()

    with bytegrad.debug(transform_all=True):
        value, _ = bytegrad.pullback(program, 2.0)
    assert value == program(2.0) == ((2.0, 4.0), 8.0)


def test_a_descriptor_of_c_may_warn_whoever_reads_it():
    class Holder:
        """Its attribute is read by a method of C, which from 3.13 on warns."""

        call = another_partial()(operator.mul, 3.0)

    def program(x):
        return Holder().call(x)

    found = []
    for run in (program, lambda x: bytegrad.pullback(program, x)[0]):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert run(2.0) == 6.0
        found.append([(warning.category, warning.filename, warning.lineno) for warning in caught])
    assert found[0] == found[1]

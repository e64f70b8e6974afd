"""Hooks for attributes in subclasses of builtin types, which pass on to that type's own."""

from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from bytegrad import gradient

BUILTINS = {
    float: lambda kind, x: kind(x),
    int: lambda kind, x: kind(2),
    complex: lambda kind, x: kind(x),
    Fraction: lambda kind, x: kind(1, 2),
    Decimal: lambda kind, x: kind(x),
    str: lambda kind, x: kind("a"),
    bytearray: lambda kind, x: kind(b"a"),
    list: lambda kind, x: kind([x]),
    tuple: lambda kind, x: kind([x]),
    dict: lambda kind, x: kind(a=x),
    set: lambda kind, x: kind(),
    frozenset: lambda kind, x: kind(),
    deque: lambda kind, x: kind([x]),
    OrderedDict: lambda kind, x: kind(a=x),
    defaultdict: lambda kind, x: kind(float),
    Counter: lambda kind, x: kind("ab"),
    Exception: lambda kind, x: kind(x),
    SimpleNamespace: lambda kind, x: kind(),
    ModuleType: lambda kind, x: kind("made"),
    np.ndarray: lambda kind, x: np.array([x]).view(kind),
    np.float64: lambda kind, x: kind(x),
}


def asks_when_missing(base):
    class Asking(base):
        def __getattr__(self, name):
            if name == "factor":
                return self.number + 1.0
            raise AttributeError(name)

    return Asking


def passes_on(base):
    class Passing(base):
        def __getattribute__(self, name):
            if name == "factor":
                return base.__getattribute__(self, "number") + 1.0
            return base.__getattribute__(self, name)

    return Passing


def passes_on_by_super(base):
    class Passing(base):
        def __getattribute__(self, name):
            return super().__getattribute__("number") + 1.0 if name == "factor" else super().__getattribute__(name)

        def __setattr__(self, name, value):
            super().__setattr__(name, value * 1.0)

        def __delattr__(self, name):
            super().__delattr__(name)

    return Passing


@pytest.mark.parametrize("hooked", [asks_when_missing, passes_on, passes_on_by_super], ids=lambda f: f.__name__)
@pytest.mark.parametrize("base", BUILTINS, ids=lambda kind: kind.__name__)
def test_a_subclass_with_hooks(base, hooked):
    kind, make = hooked(base), BUILTINS[base]

    def f(x):
        thing = make(kind, x)
        thing.number = 3.0 * x
        thing.other = x * x
        value = thing.number * thing.factor * thing.other
        del thing.other
        return value * (1.0 if hasattr(thing, "other") else x)

    x = 2.0
    assert gradient(f, x) == (pytest.approx(9 * 5 * x**4 + 3 * 4 * x**3),)
    assert f(x) == 9 * x**5 + 3 * x**4


def test_missing_attributes_are_missing():
    class Passing(float):
        def __getattribute__(self, name):
            return float.__getattribute__(self, name)

    def f(x):
        try:
            return Passing(x).nothing
        except AttributeError as error:
            return x * len(str(error))

    assert gradient(f, 2.0) == (f(1.0),)


def test_another_type_has_no_such_attributes():
    def f(x):
        return list.__getattribute__((x,), "count") and x

    with pytest.raises(TypeError, match="requires a 'list' object"):
        gradient(f, 1.0)

"""Descriptors and hooks: of classes and metaclasses, subclasses of `property`, and methods that builtins ask for."""

import functools
import math

from tests.corpus.declare import case


class ClassProperty:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        return self.function(owner)


class Scaled:
    scale = 1.0
    unset = None

    def __init__(self, x):
        self.x = x

    @ClassProperty
    def double(cls):
        return cls.scale * 2

    def __getattr__(self, name):
        return 100.0


def descriptors_of_classes(x):
    Scaled.scale = x
    result = Scaled.double * Scaled(x).double
    Scaled.scale = 1.0
    return result


def none_of_the_class_comes_before_getattr(x):
    scaled = Scaled(x)
    return (x if scaled.unset is None else scaled.unset) * scaled.missing


class Tabled(type):
    def __getattr__(cls, name):
        if name not in cls.table:
            raise AttributeError(name)
        return cls.table[name] * 3

    def __setattr__(cls, name, value):
        type.__setattr__(cls, name, value * 2)

    @property
    def both(cls):
        return cls.table["a"] + cls.weight


class Table(metaclass=Tabled):
    table = {}
    weight = 1.0


def hooks_of_metaclasses(x):
    Table.table["a"] = x * x
    Table.weight = x
    result = Table.a * Table.weight + Table.both + getattr(Table, "b", x)
    Table.table.clear()
    return result


class Watching(type):
    def __getattribute__(cls, name):
        value = type.__getattribute__(cls, name)
        return value * 2 if isinstance(value, float) else value


class Watched(metaclass=Watching):
    weight = 1.0


def getattribute_of_metaclass(x):
    Watched.weight = x
    return Watched.weight * x


class Single(type):
    made = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls.made:
            cls.made[cls] = super().__call__(*args, **kwargs)
        return cls.made[cls]


class Only(metaclass=Single):
    def __init__(self, x, y=1.0):
        self.x = x * y


def singleton_by_metaclass(x):
    Single.made.clear()
    result = Only(x, y=x).x + Only(5.0).x
    Single.made.clear()
    return result


class Cached(property):
    def __get__(self, instance, owner=None):
        return super().__get__(owner if instance is None else instance, owner)


class Doubled(property):
    def __set__(self, instance, value):
        property.__set__(self, instance, value * 2)

    def __delete__(self, instance):
        property.__delete__(self, instance)


class Plain(property):
    pass


class Gauge:
    def __init__(self, level):
        self._level = level

    @Cached
    def level(self):
        return self._level * 2

    @level.setter
    def level(self, value):
        self._level = value * 5

    def _get(self):
        return self._level

    def _set(self, value):
        self._level = value * 3

    def _delete(self):
        self._level = self._level * 7

    twice = Doubled(_get, _set, _delete)
    plain = Plain(_get, _set, _delete)


def subclasses_of_property(x, y):
    gauge = Gauge(x)
    total = gauge.level
    gauge.level = x * y
    total += gauge.level
    gauge.twice = y
    total += gauge.twice * x
    del gauge.twice
    total *= gauge.plain
    setattr(gauge, "plain", x)
    del gauge.plain
    Gauge.twice.__set__(gauge, gauge.plain * y)
    return total + Gauge.plain.__get__(gauge, Gauge) * Gauge.plain.fget(gauge)


class Length:
    def __init__(self, x):
        self.x = x

    def __hash__(self):
        return 2**70 + 5

    def __float__(self):
        return self.x * 2

    def __abs__(self):
        return self.x * 3

    def __round__(self, digits=None):
        return self.x * (digits or 1)

    def __floor__(self):
        return self.x * 5

    def __format__(self, spec):
        return "length" + spec

    def __divmod__(self, other):
        return (self.x, other.x) if type(other) is Length else NotImplemented

    def __rdivmod__(self, other):
        return (other * self.x, self.x)


class Divisor:
    def __init__(self, x):
        self.x = x

    def __rdivmod__(self, other):
        return 1.0, self.x * other.x


class Ratio(float):
    pass


class Holder:
    def __init__(self, x):
        self.x = Ratio(x)

    def __float__(self):
        return float(self.x)


def builtins_that_ask(x):
    length = Length(x)
    assert hash(length) == hash(2**70 + 5)
    assert format(length) + f"{length:>}" == "lengthlength>"
    rounded = round(length) + round(length, 2) * round(length, None) * round(length, ndigits=3)
    return float(length) * abs(length) + rounded + math.floor(length) + float(Holder(x))


def divmod_of_objects(x):
    a, b = divmod(Length(x), Divisor(x))
    c, d = divmod(3.0, Length(x))
    e, f = divmod(Length(x), Length(x * x))
    return a * b + c * d + e * f


def keywords_in_a_cell(x, y):
    def call(*args, **kwargs):
        def later():
            return kwargs["b"] * args[0]

        return later() + sum(v for v in kwargs.values()) + dict(**kwargs)["a"] * x

    return call(x, a=y, b=x * y) + call(y, **{"a": x, "b": y})


def remembered(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        calls = [function(*args, **kwargs) for _ in range(2)]
        kwargs = {name: value * 2 for name, value in kwargs.items()}
        return calls[0] + calls[1] * function(*args, **kwargs)

    return wrapper


@remembered
def weighted(x, *, weight=1.0):
    return x * weight


def decorated_with_keywords_in_a_cell(x):
    return weighted(3.0, weight=x)


def keywords_of_generators(x):
    def values(**kwargs):
        yield kwargs["a"]
        yield from (kwargs["a"] * v for v in kwargs.values())

    return sum(v * v for v in values(a=x, b=x * x))


CASES = (
    case(descriptors_of_classes, 1.5),
    case(none_of_the_class_comes_before_getattr, 1.5),
    case(hooks_of_metaclasses, 1.5),
    case(getattribute_of_metaclass, 1.5),
    case(singleton_by_metaclass, 1.5),
    case(subclasses_of_property, 1.5, 0.7),
    case(builtins_that_ask, 1.5),
    case(divmod_of_objects, 1.5),
    case(keywords_in_a_cell, 1.5, 0.7),
    case(decorated_with_keywords_in_a_cell, 1.5),
    case(keywords_of_generators, 1.5),
)

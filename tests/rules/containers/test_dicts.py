"""Dicts and their kin: values follow keys, and keys that are numbers are followed themselves."""

from __future__ import annotations

import collections
import itertools
import operator
import types
import zlib

import pytest

import bytegrad
from bytegrad import gradient
from tests.rules.containers.check import check
from tests.rules.containers.test_lists import weighted


def read(d, x):
    return d["a"] * d.get("b", x) + d.get("missing", x) * x + len(d) + ("a" in d) + (d.get("nothing") is None)


def written(d, x):
    d["a"] = d["a"] * x
    d["new"] = d["a"] + d["b"]
    d["a"] += d["new"]
    d.setdefault("b", 100.0)
    d.setdefault("c", x * x)
    d.setdefault("e")
    return d["a"] * d["new"] * d["c"] + d["b"] * d.setdefault("f", x)


def removed(d, x):
    a = d.pop("a")
    missing = d.pop("missing", x)
    del d["b"]
    d["b"] = a * x
    d["z"] = x * 3
    name, value = d.popitem()
    return a * missing + d["b"] * value * len(name)


def updated(d, x):
    d.update({"a": x, "p": x * 2})
    d.update([("q", x * 3), ["b", d["b"] * x]])
    d.update(r=x, a=d["a"] * 2)
    d.update({"s": x}, t=d["r"])
    d.update((k, v * 2) for k, v in [("u", x)])
    d.update(zip("vw", [x, x * x]))
    d.update()
    d.update(collections.OrderedDict(y=d["s"]))
    d.update(d)
    return weighted(d.values())


def made(x, y):
    return (
        weighted(dict(a=x, b=y).values())
        + weighted(dict({"a": x}, b=y).values())
        + weighted(dict([("a", x), ("b", y)]).values())
        + weighted(dict(zip("ab", (x, y))).values())
        + weighted(dict({"a": x, "b": x}, a=y).values())
        + weighted(dict.fromkeys("abc", x * y).values())
        + weighted({"a": x, **{"a": y, "c": x}, "d": y}.values())
        + weighted({k: v * v for k, v in zip("ab", [x, y])}.values())
        + len(dict())
        + len(dict.fromkeys("ab"))
    )


def merged(d, x):
    e = d | {"a": x, "z": x * x}
    d |= {"b": e["z"]}
    d |= [("k", x)]
    e |= d
    return weighted(e.values()) * weighted(d.values()) + weighted((d | e).values())


def copied(d, x):
    e = d.copy()
    f = dict(d)
    d["a"] *= x
    e["b"] *= d["a"]
    f["a"] += e["b"]
    d.clear()
    d["a"] = x
    return weighted(d.values()) + weighted(e.values()) + weighted(f.values())


def looped(d, x):
    total = 0.0
    for key in d:
        total += len(key) * d[key]
    for key, value in d.items():
        d[key] = value * x
    for value in d.values():
        total *= value
    for i, (key, value) in enumerate(sorted(d.items())):
        total += i * value
    for key in reversed(d):
        total = total * 1.1 + d[key]
    for value in reversed(d.values()):
        total = total * 1.1 + value
    return total + sum(d.values()) + max(d.values()) + d[max(d, key=d.get)] + len(list(d.items()))


def views(d, x):
    values, items = d.values(), d.items()
    d["late"] = x * d["a"]
    first = next(iter(values))
    key, second = list(items)[1]
    iterator = iter(items)
    next(iterator)
    total = first * second + sum(v for _, v in iterator)
    (one, *rest) = values
    return total + one * weighted(rest) + ("a" in d.keys()) + len(d.keys() & {"a", "q"}) + (x in values)


def nested(d, x):
    tree = {"left": {"value": x, "list": [x, d["a"]]}, "right": d}
    tree["left"]["value"] *= tree["right"]["b"]
    tree["right"]["c"] = tree["left"]["list"].pop()
    other = tree["left"] | {"extra": (x, d["c"])}
    return tree["left"]["value"] * d["c"] + weighted(other["list"]) * other["extra"][1]


def keyed_by_numbers(x, y):
    table = {}
    table[x] = y
    table[y] = x * y
    table.setdefault(x * 2, 1.0)
    total = 0.0
    for key in table:
        total = total * 1.3 + key * key
    for key, value in table.items():
        total += key * value
    largest = max(table)
    twin = dict(table)
    twin.update({y * 3: x})
    key, value = twin.popitem()
    return total * largest + sum(table.keys()) + list(twin)[1] * key + value + sum(twin | {x * y: 0.0})


def keyed_by_pairs(x, y):
    table = {}
    for i in range(2):
        for j in range(2):
            table[i, j] = x * (i + 1) + y * j
    table[x, y] = x
    total = sum(value for key, value in table.items() if isinstance(key[0], int))
    return total * table[1, 1] + [a * b for a, b in table][-1]


FUNCTIONS_OF_A_DICT = (read, written, removed, updated, merged, copied, looped, views, nested)


@pytest.mark.parametrize("fn", FUNCTIONS_OF_A_DICT)
def test_dicts_passed_in(fn):
    check(fn, {"a": 1.3, "b": 0.7}, 0.9)


@pytest.mark.parametrize("fn", [made, keyed_by_numbers, keyed_by_pairs])
def test_dicts_made_inside(fn):
    check(fn, 1.3, 0.7)


def test_the_gradient_has_the_layout_of_the_argument_as_it_was():
    assert gradient(lambda d: d.pop("a") * 3, {"a": 2.0, "b": 1.0}) == ({"a": 3.0, "b": None},)
    assert gradient(lambda d: d.popitem()[1] * 3, {"a": 2.0, "b": 1.0}) == ({"a": None, "b": 3.0},)


# --- subclasses ----------------------------------------------------------------------------------


def ordered(x, y):
    d = collections.OrderedDict(a=x, b=y)
    d["c"] = x * y
    d.move_to_end("a")
    d.move_to_end("c", last=False)
    d.update(e=x)
    key, value = d.popitem()
    _, first = d.popitem(last=False)
    d.setdefault("a", 1.0)
    d.setdefault("g", y)
    e = collections.OrderedDict([("b", x), ("z", y)]) | d
    d |= {"b": x * 3}
    f = d.copy()
    total = 0.0
    for k, v in d.items():
        total = total * 1.2 + v * ord(k)
    for v in reversed(e.values()):
        total = total * 1.2 + v
    del d["a"]
    return total + value * first + weighted(d.values()) + weighted(f.values()) + d.pop("b") + next(iter(e.values()))


def defaults(x, y):
    sums = collections.defaultdict(float)
    groups = collections.defaultdict(list, start=[x])
    counted = collections.defaultdict(lambda: x * y)
    for i, v in enumerate((x, y, x * y)):
        sums[i % 2] += v * v
        groups[i % 2].append(v)
        groups["start"].append(v)
    counted["a"] += y
    merged = counted | {"c": x}
    twin = counted.copy()
    twin["new"] *= 2
    total = sum(sums.values()) * sums[0] + sums[7] + counted["b"] * counted["a"] * merged["c"]
    return total + weighted(groups["start"]) + weighted(groups[1]) * weighted(groups[0]) + weighted(twin.values())


def counters(x, y):
    counter = collections.Counter(a=x, b=y)
    counter.update({"a": y * 2})
    counter["c"] += x
    counter.subtract({"b": x * 0.1})
    other = counter + collections.Counter(a=x)
    best, most = counter.most_common(1)[0]
    return weighted(counter.values()) + weighted(other.values()) + most + counter["missing"] + counter.total()


class Missing(dict):
    """A dict that knows what to do."""

    def __missing__(self, key):
        self[key] = value = self["scale"] * len(key)
        return value


class Config(dict):
    """Items and attributes of the same names, which are different things."""

    def __init__(self, scale, **items):
        super().__init__(**items)
        self.scale = scale
        self["scale"] = scale * 2

    def __setitem__(self, key, value):
        super().__setitem__(key, value * 1.5)

    def total(self):
        return self.scale * 10 + self["scale"]


class Bunch(dict):
    """Attributes that are items."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


def subclassed(x, y):
    m = Missing(scale=x)
    total = m["ab"] * m["abc"] + m.get("abcd", y)
    c = Config(x, other=y)
    c.update(third=x * y)
    c.scale += y
    c["scale"] += x
    del c.scale
    c.scale = x * y
    b = Bunch(p=x)
    b.q = b.p * y
    b.p *= 2
    return total + c.total() * weighted(c.values()) + b.q * b["p"] + vars(c)["scale"] + weighted(Missing(a=x).values())


def chained(x, y):
    chain = collections.ChainMap({"a": x}, {"a": y, "b": x * y})
    chain["c"] = chain["a"] * chain["b"]
    child = chain.new_child({"b": y})
    user = collections.UserDict(a=x)
    user["b"] = user["a"] * child["b"]
    user.update(c=y)
    return chain["c"] * child["b"] + weighted(user.values()) + sum(child.values()) + child.get("zzz", x)


def read_only(x, y):
    d = {"a": x, "b": y}
    proxy = types.MappingProxyType(d)
    d["a"] *= 3
    total = proxy["a"] * proxy.get("b") + sum(proxy.values()) + proxy.get("c", y)
    for key, value in proxy.items():
        total += len(key) * value * value
    return total + weighted((proxy | {"c": x}).values()) + weighted(proxy.copy().values()) + len([*proxy])


@pytest.mark.parametrize("fn", [ordered, defaults, counters, subclassed, chained, read_only])
def test_kin_of_dicts(fn):
    check(fn, 1.3, 0.7)


def kin_as_arguments(d, x):
    d["c"] = d["a"] * x
    for key in list(d):
        d[key] *= 2
    return weighted(d.values())


@pytest.mark.parametrize("kind", [collections.OrderedDict, Bunch])
def test_kin_of_dicts_passed_in(kind):
    check(kin_as_arguments, kind(a=1.3, b=0.7), 0.9)


def passed_as_keywords(x, y):
    def inner(a, b=1.0, **rest):
        rest["more"] = a * b
        return weighted(rest.values()) * b

    kw = {"b": y, "c": x * y}
    total = inner(x, **kw) + inner(**{"a": y}, c=x) + inner(*{"a": x}.values(), **collections.OrderedDict(d=y))
    return total + inner(*(v for v in (x, y)))


def test_dicts_as_keywords():
    check(passed_as_keywords, 1.3, 0.7)


@pytest.mark.parametrize(
    ("fn", "args"),
    [
        (lambda d: d["zzz"], ({"a": 1.0},)),
        (lambda d: d.pop("zzz"), ({"a": 1.0},)),
        (lambda d: {}.popitem(), ({"a": 1.0},)),
        (lambda d: d.update(5), ({"a": 1.0},)),
        (lambda d: d.update([(1, 2, 3)]), ({"a": 1.0},)),
        (lambda d: d.get(), ({"a": 1.0},)),
        (lambda d: d.__setitem__([], 1.0), ({"a": 1.0},)),
        (lambda d: d | [("a", 1.0)], ({"a": 1.0},)),
        (lambda d: dict(d, d), ({"a": 1.0},)),
        (lambda d: [d.pop(key) for key in d], ({"a": 1.0, "b": 2.0},)),
        (lambda d: d.__delitem__("zzz"), ({"a": 1.0},)),
    ],
)
def test_errors_are_those_of_a_plain_call(fn, args):
    with pytest.raises(Exception) as plain:
        fn(*({**arg} for arg in args))
    with pytest.raises(type(plain.value)) as ours:
        gradient(fn, *({**arg} for arg in args))
    assert str(ours.value) == str(plain.value)


def test_a_default_factory_that_is_not_there():
    with pytest.raises(KeyError, match="zzz"):
        bytegrad.gradient(lambda d: d["zzz"], collections.defaultdict(None, a=1.0))


class Counting(int):
    """A key that counts how often it is hashed."""

    hashed = 0

    def __hash__(self):
        type(self).hashed += 1
        return int.__hash__(self)


def hashes_of(program):
    Counting.hashed = 0
    program([Counting(n) for n in range(5)])
    return Counting.hashed


@pytest.mark.parametrize(
    "program",
    [
        lambda keys: dict.fromkeys(keys),
        lambda keys: dict.fromkeys(set(dict.fromkeys(keys))),
        lambda keys: dict.fromkeys(frozenset(keys), 1.0),
        lambda keys: {}.setdefault(keys[0], 1.0),
        lambda keys: {keys[0]: 1.0}.get(keys[1]),
        lambda keys: {keys[0]: 1.0}.pop(keys[0]),
        lambda keys: {key: 1.0 for key in keys},
        lambda keys: set().add(keys[0]),
    ],
    ids=itertools.count(),
)
def test_keys_are_hashed_as_often_as_in_a_plain_call(program):
    plain = hashes_of(program)
    assert hashes_of(lambda keys: bytegrad.pullback(lambda: program(keys))) == plain


def from_keys_of_others(x):
    keys = dict.fromkeys({x, x * x}, x)
    return sum(key * value for key, value in keys.items()) + sum(dict.fromkeys({x: 1.0, x * x: 2.0}))


def taken_from_an_ordered_dict(x):
    items = collections.OrderedDict(a=x, b=x * x, c=x**3)
    total = items.popitem(last=False)[1] + 2.0 * items.pop("c") + items.pop("zzz", x)
    key, value = items.popitem()
    items["again"] = value * x
    return total + 3.0 * items["again"] + items.setdefault("new", x) + items.setdefault("again", 1.0)


@pytest.mark.parametrize("fn", [from_keys_of_others, taken_from_an_ordered_dict])
def test_keys_and_items_that_move(fn):
    check(fn, 1.7)


def test_an_ordered_dict_takes_items_past_its_methods():
    class Watched(collections.OrderedDict):
        def __getitem__(self, key):
            self.asked.append(key)
            return super().__getitem__(key)

        def __delitem__(self, key):
            self.asked.append(key)
            super().__delitem__(key)

        def __contains__(self, key):
            self.asked.append(key)
            return super().__contains__(key)

    def program(x):
        items = Watched(a=x, b=x * x, c=2.0)
        items.asked = []
        value = items.pop("a") * items.popitem()[1] + items.pop("zzz", 1.0)
        return value, items.asked, items["b"]

    (value, asked, rest), back = bytegrad.pullback(program, 3.0)
    assert (value, asked, rest) == program(3.0)
    assert back((1.0, None, 1.0)) == (2.0 + 6.0,)


def test_what_a_class_iterates_by_is_not_run_by_a_call_without_a_rule():
    class Odd(dict):
        def items(self):
            raise AssertionError("asked")

        __iter__ = keys = items

    class Strange(list):
        def __iter__(self):
            raise AssertionError("asked")

    def program(x):
        odd, strange = Odd(a=x), Strange([x])
        operator.call(id, [odd, strange])
        checked = zlib.crc32(bytes(repr(type(odd)), "ascii"), len((odd, strange)))
        return x * dict.__getitem__(odd, "a") * list.__getitem__(strange, 0) * (checked is not None)

    assert gradient(program, 3.0) == (27.0,)

"""Keys, elements, attributes by name, and containers of the standard library."""

import collections
import dataclasses


@dataclasses.dataclass(frozen=True, order=True)
class DF:
    a: float
    b: float = 2.0


def dict_keys_iter(x):
    d = {x: 1, x * x: 2}
    s = 0.0
    for k in d:
        s += k
    return s


def dict_keys_store(x):
    d = {}
    d[x] = 1
    d[x * x] = 2
    return sum(d)


def dict_keys_store_items(x):
    d = {}
    for i in range(3):
        d[x * i] = i
    return sum(k * v for k, v in d.items())


def dict_keys_update(x):
    d = {}
    d.update({x: 1})
    d |= {x * 2: 2}
    return sum(d.keys()) * x


def dict_keys_comp(x):
    d = {x * i: i for i in range(3)}
    return sum(list(d)) * x


def dict_keys_fromkeys(x):
    d = dict.fromkeys([x, x * 2, x * 3], 0)
    return max(d) * x


def dict_keys_setdefault(x):
    d = {}
    d.setdefault(x * x, 1)
    d.setdefault(x * 3)
    return sum(d)


def dict_keys_counter(x):
    c = collections.Counter([x, x * x, x])
    return sum(k * v for k, v in c.items())


def dict_keys_counter_most(x):
    c = collections.Counter([x, x * x, x])
    return c.most_common(1)[0][0] ** 2


def counter_elements(x):
    c = collections.Counter([x, x * x, x])
    return sum(c.elements())


def dict_keys_default(x):
    d = collections.defaultdict(list)
    d[x].append(x * x)
    d[x * 2].append(x)
    return sum(k * v[0] for k, v in d.items())


def dict_keys_sorted(x):
    d = {x: 1, x * x: 2}
    return sorted(d)[0] ** 2


def dict_keys_next(x):
    d = {x * x: 2}
    return next(iter(d))


def dict_keys_pop(x):
    d = {x * x: 2.0}
    return d.popitem()[0]


def dict_keys_tuple(x):
    d = {(x, 1): 2.0, (x * x, 2): 3.0}
    return sum(k[0] * v for k, v in d.items())


def dict_keys_tuple_store(x):
    d = {}
    d[x, 1] = 2.0
    d[x * x, 2] = 3.0
    return sum(k[0] * v for k, v in d.items())


def dict_keys_unpack(x):
    d = {x * x: 1.0, x: 2.0}
    a, b = d
    return a * b


def dict_keys_star(x):
    d = {x * x: 1.0, x: 2.0}
    return max(*d)


def dict_keys_zip(x):
    d = dict(zip([x, x * x], [1, 2]))
    return sum(d)


def dict_keys_pairs(x):
    d = dict([(x, 1), (x * x, 2)])
    return sum(d)


def dict_keys_chainmap(x):
    d = collections.ChainMap({x: 1.0}, {x * x: 2.0})
    return sum(d)


def dict_keys_ordered(x):
    d = collections.OrderedDict([(x, 1.0), (x * x, 2.0)])
    d.move_to_end(x)
    return list(d)[0] * 1.0


def dict_keys_reversed(x):
    d = {x: 1.0, x * x: 2.0}
    return next(reversed(d)) * x


def dict_key_int_store(x):
    d = {}
    d[x] = 1.0
    y = 0.0
    for k in d:
        y += k * d[k]
    return y


def set_iter(x):
    s = {x, x * x}
    t = 0.0
    for k in s:
        t += k
    return t


def set_add(x):
    s = set()
    s.add(x)
    s.add(x * x)
    s |= {3 * x}
    return sum(s)


def set_comp(x):
    return sum({x * i for i in range(4)})


def frozenset_(x):
    return sum(frozenset([x, 2 * x]) | {x * x})


def set_pop(x):
    s = {x * x}
    return s.pop()


def set_minmax(x):
    return max({x, x * x}) * min({x, x * x})


def set_sorted(x):
    return sorted({x, x * x, 3 * x})[1]


def set_tuple(x):
    return sum(a for a, b in {(x, 1), (x * x, 2)})


def set_unpack(x):
    a, b = sorted({x, x * x})
    return a * b


def counter_(x):
    c = collections.Counter(a=x, b=x * x)
    c.update(a=2 * x)
    c.subtract(b=x)
    c["z"] += x
    return (c + collections.Counter(a=x))["a"] + c["b"] * c["z"] + c.total()


def counter_ops(x):
    a = collections.Counter(a=x, b=x * x)
    b = collections.Counter(a=x * x, c=x)
    return sum((a | b).values()) + sum((a & b).values()) + sum((a - b).values()) + (+a)["a"]


def dc_hash(x):
    return sum(d.a for d in {DF(x), DF(x * x)})


def tuple_hash(x):
    return {(x, 2): x * x}[(x, 2)]


def str_key(x):
    return {str(x): x * x}[str(x)]


ESCAPES = (
    dict_keys_iter,
    dict_keys_store,
    dict_keys_store_items,
    dict_keys_update,
    dict_keys_comp,
    dict_keys_fromkeys,
    dict_keys_setdefault,
    dict_keys_counter,
    dict_keys_counter_most,
    counter_elements,
    dict_keys_default,
    dict_keys_sorted,
    dict_keys_next,
    dict_keys_pop,
    dict_keys_tuple,
    dict_keys_tuple_store,
    dict_keys_unpack,
    dict_keys_star,
    dict_keys_zip,
    dict_keys_pairs,
    dict_keys_chainmap,
    dict_keys_ordered,
    dict_keys_reversed,
    dict_key_int_store,
    set_iter,
    set_add,
    set_comp,
    frozenset_,
    set_pop,
    set_minmax,
    set_sorted,
    set_tuple,
    set_unpack,
    counter_,
    counter_ops,
    dc_hash,
    tuple_hash,
    str_key,
)

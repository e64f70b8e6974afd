"""Attributes by name, copies, and containers of the standard library."""

import bisect
import collections
import copy
import dataclasses
import graphlib
import heapq
import types
import weakref


class P:
    def __init__(self, v):
        self.v = v


class S:
    __slots__ = ("v", "w")

    def __init__(self, v):
        self.v = v


@dataclasses.dataclass(frozen=True, order=True)
class DF:
    a: float
    b: float = 2.0


class Red:
    def __init__(self, a):
        self.a = a

    def __reduce__(self):
        return (Red, (self.a * 2,))


class GS:
    def __init__(self, a):
        self.a = a

    def __getstate__(self):
        return {"b": self.a}

    def __setstate__(self, state):
        self.a = state["b"] * 2


def weakdict(x):
    p = P(1)
    d = weakref.WeakKeyDictionary()
    d[p] = x * x
    return d[p]


def weakvaldict(x):
    p = P(x * x)
    d = weakref.WeakValueDictionary()
    d["a"] = p
    return d["a"].v


def weakset(x):
    p = P(x * x)
    d = weakref.WeakSet([p])
    return sum(q.v for q in d)


def weakproxy(x):
    p = P(x * x)
    q = weakref.proxy(p)
    q.v = q.v * x
    return p.v


def dunder_dict_assign(x):
    p = P(1)
    p.__dict__ = {"v": x * x}
    return p.v


def vars_write(x):
    p = P(1)
    vars(p)["v"] = x * x
    return p.v


def setattr_dyn(x):
    p = P(1)
    for n in "abc":
        setattr(p, n, x * ord(n))
    return sum(getattr(p, n) for n in "abc") + getattr(p, "zz", x)


def delattr_dyn(x):
    p = P(x * x)
    y = p.v
    delattr(p, "v")
    p.v = 2 * y
    return p.v


def obj_setattr(x):
    p = DF(1.0)
    object.__setattr__(p, "a", x * x)
    return p.a


def slot_desc(x):
    s = S(x)
    S.v.__set__(s, x * x)
    return S.v.__get__(s)


def simplens(x):
    n = types.SimpleNamespace(a=x, b=x * x)
    n.c = n.a * n.b
    return n.c + vars(n)["b"]


def deepcopy_slots(x):
    p = S(x * x)
    return copy.deepcopy(p).v


def reduce_copy(x):
    return copy.copy(Red(x * x)).a


def getstate_copy(x):
    return copy.copy(GS(x * x)).a


def heap2(x):
    h = [x * 3, x, x * x]
    heapq.heapify(h)
    a = heapq.heapreplace(h, x * 7)
    b = heapq.heappushpop(h, x * 9)
    return a * b + sum(heapq.nlargest(2, h)) + heapq.nsmallest(1, h)[0] + sum(heapq.merge([x], [x * 2]))


def bisect_(x):
    a = [1.0, 2.0, 5.0]
    bisect.insort(a, x * x)
    return a[bisect.bisect_left(a, x * x)]


def deque_(x):
    d = collections.deque([x, x * x], maxlen=3)
    d.appendleft(3 * x)
    d.rotate(1)
    d.extend([x])
    d.extendleft([2 * x])
    d.reverse()
    a = d.pop()
    b = d.popleft()
    d.insert(0, x * x)
    return a * b + sum(d) + d[0]


def chainmap(x):
    c = collections.ChainMap({"a": x}, {"a": 1.0, "b": x * x})
    c["b"] = c["b"] * 2
    m = c.new_child({"q": x})
    return c["a"] * c["b"] + m["q"] + c.parents["b"] + sum(m.values())


def odict(x):
    o = collections.OrderedDict(a=x, b=x * x)
    o.move_to_end("a")
    k, v = o.popitem()
    return v * o["b"]


def userdict(x):
    d = collections.UserDict(a=x)
    d["b"] = x * x
    return d["a"] * d["b"] + sum(d.values())


def userlist(x):
    d = collections.UserList([x])
    d.append(x * x)
    d += [x]
    return sum(d) * d[1]


def slices(x):
    a = [x, x * x, 3 * x, 4.0]
    a[1:2] = [x * 2, x * 3]
    del a[0]
    a[::2] = [x, x * x]
    del a[1:2]
    a *= 2
    a.insert(1, x * x)
    return sum(i * v for i, v in enumerate(a))


def listsort(x):
    a = [3 * x, x * x, x]
    a.sort(key=lambda v: -v)
    a.reverse()
    return a[0] * a[1] + a.pop(0)


def minmaxkey(x):
    return max([x, -3 * x], key=abs) * min({"a": x, "b": x * x}.items(), key=lambda kv: kv[1])[1]


def graphlib_(x):
    return [*graphlib.TopologicalSorter({x * x: set()}).static_order()][0]


ESCAPES = (
    weakdict,
    weakvaldict,
    weakset,
    weakproxy,
    dunder_dict_assign,
    vars_write,
    setattr_dyn,
    delattr_dyn,
    obj_setattr,
    slot_desc,
    simplens,
    deepcopy_slots,
    reduce_copy,
    getstate_copy,
    heap2,
    bisect_,
    deque_,
    chainmap,
    odict,
    userdict,
    userlist,
    slices,
    listsort,
    minmaxkey,
    graphlib_,
)

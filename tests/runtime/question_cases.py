"""Programs whose effects are those of methods that only answer a question, by the method and by who asks.

Each is a function of one number: the objects `b` and `c` hold it, and note it in `t` whenever they are asked.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

PRELUDE = """
import bisect, collections, functools, heapq, io, itertools, operator

class Total:
    def __init__(self):
        self.total, self.calls = 1.0, 0

    def note(self, v):
        self.total = self.total * v + v
        self.calls += 1

class Holder:
    def __init__(self, v, t):
        self.v, self.t = v, t
"""

METHODS = {
    "bool": "def __bool__(self):\n    self.t.note(self.v)\n    return True",
    "len": "def __len__(self):\n    self.t.note(self.v)\n    return 3",
    "contains": "def __contains__(self, item):\n    self.t.note(self.v)\n    return True",
    "item": "def __contains__(self, item):\n    self.t.note(item)\n    return True",
    "iter": "def __iter__(self):\n    self.t.note(self.v)\n    yield 1\n    self.t.note(self.v)\n    yield 2",
    "eq": "def __eq__(self, other):\n    self.t.note(self.v)\n    return self.v == getattr(other, 'v', other)",
    "lt": "def __lt__(self, other):\n    self.t.note(self.v)\n    return self.v < other.v",
    "hash": "def __hash__(self):\n    self.t.note(self.v)\n    return 7",
    "format": "def __format__(self, spec):\n    self.t.note(self.v)\n    return spec",
    "str": "def __str__(self):\n    self.t.note(self.v)\n    return 'text'",
    "repr": "def __repr__(self):\n    self.t.note(self.v)\n    return 'text'",
    "index": "def __index__(self):\n    self.t.note(self.v)\n    return 1",
    "halfway": """def __bool__(self):
    self.t.note(self.v)
    raise KeyError
__lt__ = __eq__ = __contains__ = lambda self, other: self.__bool__()
__index__ = __repr__ = __bool__""",
    "within": """@property
def asked(self):
    self.t.note(self.v)
    return self
def __bool__(self):
    return self.asked is self
def __eq__(self, other):
    return self.asked is other.asked
def __getattr__(self, name):
    self.t.note(self.v)
    return 3
def __len__(self):
    return self.absent
def __lt__(self, other):
    return self.absent < other.absent""",
    "exception": "pass",
    "cache": "@functools.lru_cache\ndef method(self):\n    self.t.note(self.v)",
}

ASKED = {
    "bool": """
        if b: pass | if not b: pass | w = not b | w = b and 3 | w = b or 3 | w = 1 if b else 2 | bool(b) | assert b
        while b: break | any([b]) | all([b]) | list(filter(None, [b])) | operator.truth(b) | operator.not_(b)
        [1 for i in (1, 2) if b] | list(1 for i in (1, 2) if b) | w = 1 < 2 and b and 2 | if (w := b): pass
        (lambda: 1 if b else 2)() | sum(1 for q in [b, c] if q) | next((q for q in [b] if q), None)
        list(itertools.filterfalse(None, [b])) | list(itertools.takewhile(lambda q: q, [b]))
        list(itertools.compress([1], [b]))
    """,
    "len": "if b: pass | len(b) | if len(b) > 2: pass | bool(b) | b.__len__() | w = not b | list(map(len, [b, c]))",
    "contains": "if 3 in b: pass | if 3 not in b: pass | w = 3 in b | operator.contains(b, 3) | [i for i in (1, 2) if i in b]",
    "item": "if x * 2 in b: pass | w = x * x not in b | operator.contains(b, x) | [i for i in (x, x * x) if i in b]",
    "iter": "if 2 in b: pass | w = 2 not in b | w = 5 in b",
    "eq": """
        if b == c: pass | if b != c: pass | w = b == c | if b in [c, b]: pass | if b in (c, b): pass | if b == 3.0: pass
        if b in collections.deque([c, b]): pass | if [b] == [c]: pass | w = (1, (b,)) != (1, (c,)) | if b in {1: c}.values(): pass
        if 3.0 == b: pass | operator.countOf([b], c) | if 1 < 2 and b == c: pass | while b == c: break
    """,
    "lt": """
        if b < c: pass | if c > b: pass | sorted([c, b]) | min(b, c) | max([b, c]) | sorted([c, b], reverse=True)
        heapq.heappush([c], b) | bisect.bisect([c], b) | while c < b: break | heapq.nlargest(1, [b, c])
        sorted([1, 2], key=lambda i: b if i == 1 else c) | if (1, b) < (1, c): pass | sorted([(1, b), (1, c)])
        [c, b, c, B(x * 1.2, t), B(x * 1.1, t)].sort(reverse=True) | sorted([b, c, b, B(x * 1.2, t), c], key=lambda q: q)
    """,
    "hash": "hash(b)",
    "format": "f'{b}' | f'{b:>3}' | format(b) | format(b, 's')",
    "str": "f'{b}' | f'{b!s:>9}' | str(b) | format(b)",
    "repr": "f'{b!r}' | repr(b) | ascii(b) | f'{b}' | str(b) | '%r' % (b,)",
    "index": "operator.index(b) | hex(b) | chr(b) | [1, 2][b] | (1, 2)[b] | 'abc'[b] | q = [1, 2]; q[b] = 3 | q = [1, 2]; del q[b] | range(b) | list(itertools.islice([1, 2, 3], b))",
    "halfway": """
        tried(lambda: 1 if b else 2, t) | tried(lambda: not b, t) | tried(lambda: x in b, t) | tried(lambda: sorted([b, c]), t)
        tried(lambda: [b] == [c], t) | tried(lambda: f'{b}', t) | tried(lambda: [1, 2][b], t) | tried(lambda: b == x, t)
    """,
    "within": "if b: pass | if b == c: pass | len(b) | if b < c: pass | [b] == [c] | b in (c, b) | sorted([b, c])",
    "cache": "b.method(); b.method() | cached_without_arguments(t, x) | cached_by_name(t, x)",
    "exception": """
        raised(of_init(t, x)) | raised(of_init(t, x)()) | raised(of_new(t, x)) | raised_from(of_init(t, x))
        raised_below(of_init(t, x)) | thrown(of_init(t, x)) | t.note(raised(of_attribute(x)).v)
    """,
}

REFUSED = {
    "hash": """
        d = {}; d[b] = 1 | b in {} | b in set() | set().add(b) | {}.get(b) | {}.setdefault(b, 1) | set().discard(b)
        {q for q in [b]} | {q: 1 for q in [b]} | {}.get((1, b)) | dict.fromkeys([b]) | {1: 1}.pop(b, None)
    """,
    "eq": "[c, b].index(b) | [c, b].count(b) | [c, b].remove(b)",
    "str": "'%s' % b | '{}'.format(b) | print(b, file=io.StringIO())",
    "repr": "'%r' % b",
    "index": "[1] * b | int(b) | bytes(b) | round(2.5, b)",
}
"""What C asks on its way, where it is an error if it matters."""

HELPERS = """
def tried(what, t):
    try:
        what()
    except KeyError:
        t.note(0.5)

def of_init(t, x):
    class E(Exception):
        def __init__(self):
            t.note(x)
    return E

def of_new(t, x):
    class E(Exception):
        def __new__(cls):
            t.note(x)
            return Exception.__new__(cls)
    return E

def of_attribute(x):
    class E(Exception):
        def __init__(self):
            self.v = x
    return E

def raised(kind):
    try:
        raise kind
    except Exception as error:
        return error

def raised_from(kind):
    try:
        raise kind from kind
    except Exception as error:
        assert type(error.__cause__) is kind

def below(kind):
    raise kind

def raised_below(kind):
    try:
        below(kind)
    except Exception:
        pass

def thrown(kind):
    def g():
        try:
            yield 1
        except Exception:
            yield 2
    i = g()
    next(i)
    i.throw(kind)

def cached_without_arguments(t, x):
    @functools.lru_cache
    def g():
        t.note(x)
        return x * x
    t.note(g() + g())

def cached_by_name(t, x):
    @functools.cache
    def g(*, k):
        t.note(x)
    g(k='a'), g(k='b'), g(k='a')
"""


def program(method: str, asked: str) -> Callable[[float], tuple[float, int]]:
    """The function of one number in which `asked` is run; it also says how often there was something to note."""
    lines = ["class B(Holder):", textwrap.indent(METHODS[method], "    "), "def f(x):", "    t = Total()"]
    lines += ["    b, c = B(x, t), B(x * 1.5, t)", f"    {asked}", "    return t.total * x, t.calls"]
    text = "\n".join(lines)
    namespace: dict[str, Callable[[float], tuple[float, int]]] = {}
    exec(compile(PRELUDE + HELPERS + text, f"<{asked}>", "exec"), namespace)
    return namespace["f"]


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (method, asked.strip())
        for method, lines in table.items()
        for line in lines.split("\n")
        for asked in line.split(" | ")
        if asked.strip()
    ]


CASES, LOUD = _rows(ASKED), _rows(REFUSED)

"""Lists, tuples, dicts, sets and deques: displays, unpacking, subscripts, comprehensions, mutation, aliasing."""

import collections
import copy

from tests.corpus.declare import case


def displays(x, y):
    t = (x, y, x * y)
    xs = [x, *t, 2.0]
    d = {"a": x, **{"b": y, "c": xs[3]}}
    s = {x, y, x}
    return t[0] * xs[2] + d["c"] + sum(s) * len(s)


def unpacking(xs):
    first, *middle, last = xs
    (a, b), c = (first, last), middle[0]
    *init, _ = middle
    [p, q] = a, b
    return a * b + c * len(init) + p - 2 * q


def subscripts(xs):
    return xs[0] * xs[-1] + xs[1] ** 2 - xs[-2]


def slices(xs):
    return sum(xs[1:3]) * xs[:2][1] + sum(xs[::-1][1:]) - xs[-3:][0] * sum(xs[::2])


def slice_assignment(xs):
    ys = list(xs)
    ys[1:3] = [ys[0] * ys[1], 5.0, ys[2]]
    ys[:0] = (ys[-1] ** 2,)
    del ys[2]
    return sum(i * y for i, y in enumerate(ys))


def tuple_arithmetic(x, y):
    t = (x, y) + (x * y,)
    t += (1.0,)
    return sum(t * 2) + t.index(y) * x + t.count(x) * y


def list_methods(x, y):
    xs = [x]
    xs.append(y)
    xs.extend([x * y, 4.0])
    xs.insert(1, xs[0] + xs[1])
    popped = xs.pop()
    xs.append(xs.pop(0) * popped)
    xs.reverse()
    xs.remove(y)
    ys = xs.copy()
    xs.clear()
    return sum(k * v for k, v in enumerate(ys, 1)) + len(xs)


def list_operators(x, y):
    xs = [x] * 3 + [y]
    xs += [x * y]
    xs *= 2
    return sum(i * v for i, v in enumerate(xs)) + (y in xs) + ([x, y] < [y, x])


def item_assignment(x, y):
    xs = [0.0, x, y]
    xs[0] = xs[1] * xs[2]
    xs[1] = xs[0] + xs[1]
    xs[0] += xs[1]
    xs[-1] *= xs[0]
    return xs[0] * xs[1] + xs[2]


def swapped_items(xs):
    ys = [*xs]
    ys[0], ys[2] = ys[2], ys[0]
    ys[1], ys[0] = ys[0] * 2, ys[1]
    return ys[0] + 2 * ys[1] + 3 * ys[2]


def prefix_products(xs):
    out = [1.0]
    for x in xs:
        out.append(out[-1] * x)
    return sum(out)


def stack_machine(x, y):
    stack = []
    for token in "x y + x * y y * -".split():
        if token in ("x", "y"):
            stack.append({"x": x, "y": y}[token])
        else:
            b, a = stack.pop(), stack.pop()
            stack.append({"+": a + b, "-": a - b, "*": a * b}[token])
    return stack[0]


def matrix_product(a, b):
    rows = [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]
    return rows[0][0] + 2 * rows[0][1] + 3 * rows[1][0] * rows[1][1]


def comprehensions(xs):
    squares = [x * x for x in xs if x > 0]
    by_index = {i: x for i, x in enumerate(xs)}
    distinct = {round(x) for x in xs}
    pairs = [(x, y) for x in squares for y in by_index.values() if x != y]
    return sum(x * y for x, y in pairs) + len(distinct) * by_index[1]


def comprehension_scope(x):
    y = 3.0
    values = [y * x for y in (x, 2.0)]
    return y * sum(values)


def dict_methods(x, y):
    d = {"x": x}
    d["y"] = y
    d.update(z=x * y, x=d["x"] + 1)
    d.setdefault("w", x * 3)
    d.setdefault("x", 100.0)
    total = sum(d.values()) + d.get("y", 0.0) * d.get("missing", x)
    total += d.pop("z") * d.pop("absent", 2.0)
    key, value = d.popitem()
    del d["y"]
    for name, number in d.items():
        total += len(name) * number
    return total + value * (key == "w") + ("y" in d)


def dict_items_updated_in_a_loop(x):
    d = {}
    for i, letter in enumerate("abacab"):
        d[letter] = d.get(letter, 1.0) * x + i
    d["a"] *= d["b"]
    return d["a"] + 2 * d["c"]


def dict_written_and_read(d):
    d["x"] = d["x"] ** 2
    return d["x"]


def merged_dicts(x, y):
    d = {"a": x} | {"b": y}
    d |= {"a": d["a"] * d["b"]}
    return d["a"] + d["b"]


def dict_keyed_by_values(x, y):
    table = {x: y, y: x}
    return table[x] * 3 + table[y]


def sets(x, y):
    s = {x, y}
    s.add(x * y)
    s.discard(y)
    s |= {2.0}
    return sum(s) + (x in s) * y


def aliasing(x, y):
    a = [x, y]
    b = a
    c = [a, a]
    b[0] = b[0] * b[1]
    c[1][1] += a[0]
    return a[0] + b[1] * c[0][0]


def alias_through_tuple(x):
    inner = [x]
    outer = (inner, {"inner": inner})
    outer[1]["inner"][0] = inner[0] * inner[0]
    inner.append(outer[0][0] * 3)
    return sum(inner)


def nested_assignment(x):
    grid = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            grid[i][j] = x ** (i + j) + (grid[i - 1][j] if i else 0.0)
    grid[1], grid[2] = grid[2], grid[1]
    return sum(map(sum, grid)) + grid[1][2] * grid[0][1]


def list_that_contains_itself(x):
    node = [x, None]
    node[1] = node
    node[1][1][0] = node[0] * x
    return node[1][1][1][0]


def argument_mutated(xs):
    xs[0] = xs[0] * xs[1]
    xs.append(xs[0] + xs[2])
    xs.sort()
    return xs[-1] * xs[0]


def sorting(xs):
    ys = sorted(xs)
    zs = sorted(xs, key=lambda v: -v * v, reverse=True)
    ys.sort(key=abs)
    return ys[0] + 2 * ys[1] + 3 * ys[2] + zs[0] * zs[2]


def iteration_tools(xs):
    total = 0.0
    for i, (a, b) in enumerate(zip(xs, reversed(xs))):
        total += (i + 1) * a * b
    doubled = list(map(lambda v: 2 * v, filter(lambda v: v > 0, xs)))
    iterator = iter(xs)
    return total + doubled[-1] + next(iterator) * next(iterator) + next(iter([]), xs[0])


def deques(x, y):
    d = collections.deque([x, y], maxlen=3)
    d.append(x * y)
    d.appendleft(d[-1] + 1)
    d.rotate(1)
    return d.popleft() * d.pop() + d[0]


class Reading(list):
    """A list that, once made, takes no items from outside."""

    def append(self, item):
        raise TypeError("no items from outside")

    extend = insert = __setitem__ = append


class Doubling(collections.defaultdict):
    def __setitem__(self, key, value):
        super().__setitem__(key, 2 * value)


def made_beside_overridden_methods(x, y):
    """What C does at construction does not ask for methods that a subclass overrides."""
    xs, items = Reading(v * v for v in (x, y)), (("a", x), ("b", y))
    found = Doubling(float, (pair for pair in items), c=x * y)
    found["d"] = x
    return xs[0] * xs[1] + found["a"] * found["b"] + found["c"] + found["d"] ** 2


def default_dict(xs):
    groups = collections.defaultdict(list)
    sums = collections.defaultdict(float)
    for x in xs:
        groups[x > 0].append(x)
        sums[x > 0] += x * x
    return sum(groups[True]) * sums[False] + len(groups)


def copies(x):
    a = [x, [x]]
    b, c = copy.copy(a), copy.deepcopy(a)
    a[0] *= 2
    a[1][0] *= 3
    return a[0] + b[0] * b[1][0] + c[0] * c[1][0]


def memo_table(x, n):
    memo = {0: x, 1: x * x}

    def value(k):
        if k not in memo:
            memo[k] = 0.5 * value(k - 1) + value(k - 2) * x
        return memo[k]

    return value(n)


def dict_made_on_one_way(x, n):
    if n > 0:
        made = {}
    if n == 1:
        made["y"] = x
    elif n == 2:
        made["y"] = x * x
    made["z"] = made["y"] * x
    return made["z"] + made["y"]


def iterators_of_ranges(x):
    rows = [next(i) for i in [iter(range(1, 4)) for _ in range(2)]]
    triples = sum(x * a * c for a, b, c in zip(range(3), range(1, 4), reversed(range(5))))
    return triples + x * rows[0] * sum(next(i) for i in [iter(range(2**70, 2**71)) for _ in range(2)]) / 2**70


class Token(str):
    """Text of a class of its own, as parsers make it."""


def tokens_in_containers(x):
    listed = [Token(part) for part in ("3", "0.5")]
    by_name = {"b": Token("2")}
    (first,) = list(token for token in (Token("4"),))
    return x * sum(float(token) for token in listed) + x**2 * float(by_name["b"]) * float(first)


CASES = (
    case(displays, 1.3, 0.7),
    case(made_beside_overridden_methods, 1.3, 0.7),
    case(unpacking, [1.3, 0.7, 0.4, 2.1]),
    case(subscripts, [1.3, 0.7, 0.4]),
    case(slices, [1.3, 0.7, 0.4, 2.1]),
    case(slice_assignment, [1.3, 0.7, 0.4]),
    case(tuple_arithmetic, 1.3, 0.7),
    case(list_methods, 1.3, 0.7),
    case(list_operators, 1.3, 0.7),
    case(item_assignment, 1.3, 0.7),
    case(swapped_items, [1.3, 0.7, 0.4]),
    case(prefix_products, (1.3, 0.7, 0.4)),
    case(stack_machine, 1.3, 0.7),
    case(matrix_product, [[1.3, 0.7], [0.4, 0.2]], [[0.3, 0.1], [2.0, 0.6]]),
    case(comprehensions, [1.3, 0.7, -0.4]),
    case(comprehension_scope, 1.3),
    case(dict_methods, 1.3, 0.7),
    case(dict_items_updated_in_a_loop, 1.3),
    case(dict_written_and_read, {"x": 5.0}),
    case(merged_dicts, 1.3, 0.7),
    case(dict_keyed_by_values, 1.3, 0.7),
    case(sets, 1.3, 0.7),
    case(aliasing, 1.3, 0.7),
    case(alias_through_tuple, 1.3),
    case(nested_assignment, 1.3),
    case(list_that_contains_itself, 1.3),
    case(argument_mutated, [1.3, 0.7, 0.4]),
    case(sorting, [1.3, -0.7, 0.4]),
    case(iteration_tools, [1.3, -0.7, 0.4]),
    case(deques, 1.3, 0.7),
    case(default_dict, [1.3, -0.7, 0.4]),
    case(copies, 1.3),
    case(memo_table, 1.3, 6),
    case(dict_made_on_one_way, 1.3, 2),
    case(iterators_of_ranges, 1.3),
    case(tokens_in_containers, 1.3),
)

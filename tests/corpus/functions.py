"""Functions: every form of parameter and of call, closures, scopes, recursion, decorators, generators, imports."""

import functools
import itertools

from tests.corpus.declare import case

SCALE = 1.5
counter = 0
total = 0.0


def square(x):
    return x * x


def calls(x, y):
    return square(x) + square(square(y)) * square(2.0)


def lambdas(x, y):
    add = lambda a, b=y: a + b
    return add(x) * add(x, 2.0) * (lambda: x)()


def nested_functions(x, y):
    def inner(a):
        def innermost(b):
            return a * b + x

        return innermost(y) + innermost(a)

    return inner(x) * inner(2.0)


def returned_closure(x):
    def multiplier(k):
        return lambda v: v * k * x

    triple, by_x = multiplier(3), multiplier(x)
    return triple(by_x(2.0))


def nonlocal_variable(x):
    total = x

    def add(v):
        nonlocal total
        total += v * total
        return total

    add(x)
    return add(2.0) * total


def late_binding(x):
    functions = []
    for i in range(3):
        functions.append(lambda v, i=i: v * i + k)
    k = x * x
    return sum(f(x) for f in functions)


def cell_rebound(x):
    read = lambda: y
    y = x
    a = read()
    y = x * x
    return a * read()


def global_variables(x):
    global counter, total
    counter = 0
    total = x
    for _ in range(3):
        counter += 1
        total = total * x + counter
    return total * SCALE


def defaults(x, y=2.0, *, z=3.0):
    return x * y + z * x


def calls_with_defaults(x):
    return defaults(x) + defaults(x, x) + defaults(x, z=x) + defaults(z=1.0, x=x, y=x * x)


def positional_only(a, b, /, c, *, d):
    return a + 2 * b + 3 * c * d


def calls_positional_only(x, y):
    return positional_only(x, y, x, d=y) + positional_only(x, 1.0, c=y, d=x)


def star_arguments(*args, **kwargs):
    weighted = sum(i * v for i, v in enumerate(args, 1))
    return weighted + sum(len(name) * v for name, v in kwargs.items())


def all_call_forms(x, y):
    xs = (x, y)
    d = {"a": x * y, "bb": 2.0}
    return (
        star_arguments()
        + star_arguments(x, *xs, 1.0)
        + star_arguments(*xs, *[y], k=x)
        + star_arguments(**d) * star_arguments(x, **d, ccc=y)
        + star_arguments(*xs, **dict(z=x))
    )


def forwarded(f, *args, **kwargs):
    return f(*args, **kwargs)


def forwarding(x, y):
    return forwarded(forwarded, defaults, x, z=y) + forwarded(max, x, y)


def mutable_default(x, _seen=[]):
    _seen.append(x)
    result = sum(_seen) * x
    _seen.clear()
    return result


def function_attribute(x):
    def f(v):
        return v * f.factor

    f.factor = x * x
    return f(x)


def higher_order(x):
    def compose(*functions):
        return functools.reduce(lambda f, g: lambda v: g(f(v)), functions)

    return compose(square, lambda v: v + x, square)(x)


def twice(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs) * 2

    return wrapper


@twice
def decorated(x, power=2):
    return x**power


def calls_decorated(x):
    return decorated(x) + decorated(x, power=3)


def partial_and_reduce(xs):
    scale = functools.partial(lambda a, b, c=1.0: a * b + c, xs[0], c=xs[1])
    return functools.reduce(lambda s, v: s * 0.5 + v * v, xs, 1.0) + scale(xs[2])


def iterators(xs):
    running = sum(itertools.accumulate(xs, lambda a, b: a * b))
    chained = sum(v * i for i, v in enumerate(itertools.chain(xs, [2.0])))
    return running + chained + sum(a * b for a, b in itertools.product(xs, repeat=2))


def fibonacci_tree(x, n):
    if n < 2:
        return x if n else 1.0
    return fibonacci_tree(0.9 * x, n - 1) + x * fibonacci_tree(x, n - 2)


def is_even(x, n):
    return x if n == 0 else is_odd(x * x, n - 1)


def is_odd(x, n):
    return x if n == 0 else is_even(x + 1, n - 1)


def recursion_through_closure(x, n):
    def walk(k):
        return x if k == 0 else walk(k - 1) * x + k

    return walk(n)


def imports_inside(x):
    import math
    from math import cos as cosine
    from os import path

    return math.sin(x) * cosine(x) + len(path.join("a", "b"))


@functools.lru_cache
def cached(x):
    return x * x * x


def cache_hit(x):
    cached.cache_clear()
    result = cached(x) + cached(x) * 2
    cached.cache_clear()
    return result


def values_of(x, n):
    for i in range(n):
        yield x**i * i


def generator_consumed(x):
    return sum(values_of(x, 4)) + sum(v * w for v, w in zip(values_of(x, 5), values_of(2.0, 3)))


def generator_expressions(xs):
    if any(x > 2 for x in xs) or not all(x > -5 for x in xs):
        return 0.0
    return sum(x * x for x in xs) * max(2 * x for x in xs) + next(x for x in xs if x < 0)


def generator_from_generator(x):
    def pairs():
        yield x
        yield from (x * x, 2.0)
        yield from values_of(x, 3)

    return sum(i * v for i, v in enumerate(pairs(), 1))


def infinite_generator(x):
    def powers():
        p = 1.0
        while True:
            p *= x
            yield p

    return sum(itertools.islice(powers(), 4))


def generator_with_send(x):
    def accumulator():
        s = 0.0
        while True:
            s = s * x + (yield s)

    g = accumulator()
    next(g)
    return g.send(x) + g.send(2.0) * g.send(x * x)


CASES = (
    case(calls, 1.3, 0.7),
    case(lambdas, 1.3, 0.7),
    case(nested_functions, 1.3, 0.7),
    case(returned_closure, 1.3),
    case(nonlocal_variable, 1.3),
    case(late_binding, 1.3),
    case(cell_rebound, 1.3),
    case(global_variables, 1.3),
    case(calls_with_defaults, 1.3),
    case(calls_positional_only, 1.3, 0.7),
    case(all_call_forms, 1.3, 0.7),
    case(forwarding, 1.3, 0.7),
    case(star_arguments, 1.3, 0.7, 0.4),
    case(mutable_default, 1.3),
    case(function_attribute, 1.3),
    case(higher_order, 1.3),
    case(calls_decorated, 1.3),
    case(partial_and_reduce, [1.3, 0.7, 0.4]),
    case(iterators, [1.3, 0.7, 0.4]),
    case(fibonacci_tree, 1.3, 6),
    case(is_even, 1.1, 5, name="mutual_recursion"),
    case(recursion_through_closure, 1.3, 4),
    case(imports_inside, 1.3),
    case(cache_hit, 1.3),
    case(generator_consumed, 1.3),
    case(generator_expressions, [1.3, -0.7, 0.4]),
    case(generator_from_generator, 1.3),
    case(infinite_generator, 1.3),
    case(generator_with_send, 1.3),
)

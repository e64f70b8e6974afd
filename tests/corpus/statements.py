"""Statements with a life of their own: match, try, with, assert, raise, and text made on the way."""

import contextlib
import io
import math

from tests.corpus.classes import Point
from tests.corpus.declare import case


def match_literals(x, kind):
    match kind:
        case "square":
            return x * x
        case 2 | 3:
            return x**kind
        case None:
            return 0.5 * x
        case _:
            return x


def match_sequences(shape):
    match shape:
        case ["circle", radius]:
            return math.pi * radius**2
        case ["rectangle", width, height] if width > height:
            return width * height
        case [first, *rest]:
            return first + 2 * sum(rest)
    return 0.0


def match_mappings_and_classes(x, y):
    total = 0.0
    for item in ({"kind": "p", "x": x, "extra": y}, Point(x, y), x, (y, [x, y])):
        match item:
            case {"kind": "p", "x": value, **others}:
                total += value * others["extra"]
            case Point(x=px, y=py):
                total += px - 2 * py
            case float(number) as same:
                total += number * same
            case (a, [b, c]):
                total += a * b * c
    return total


def try_without_exception(x):
    try:
        y = x * x
    except ValueError:
        y = 0.0
    else:
        y = y * 3
    finally:
        y = y + x
    return y


def exception_handled(x):
    try:
        y = math.sqrt(-x)
    except (ValueError, ZeroDivisionError):
        y = x * 5
    return y * x


def missing_key_handled(x):
    d = {"a": x}
    total = 0.0
    for name in "abc":
        try:
            total += d[name] * 2
        except KeyError:
            total = total * x + 1
            continue
        total += x
    return total


class Overflowed(Exception):
    def __init__(self, value):
        super().__init__(value)
        self.value = value


def exception_carries_a_value(x):
    def grow(v):
        if v > 20:
            raise Overflowed(v * x)
        return grow(v * 2)

    try:
        return grow(x)
    except Overflowed as error:
        return error.value + error.args[0]


def finally_and_return(x):
    log = []

    def f(v):
        try:
            return v * v
        finally:
            log.append(v * 3)

    return f(x) + f(2.0) * log[0]


def raised_again(x):
    y = x
    try:
        try:
            y = y * 2
            raise KeyError("k")
        except KeyError as error:
            y = y * x
            raise ValueError("v") from error
    except ValueError:
        y = y + 1
    return y


class Scaled:
    def __init__(self, state, factor):
        self.state, self.factor = state, factor

    def __enter__(self):
        self.state[0] *= self.factor
        return self

    def __exit__(self, *exception):
        self.state[0] += 1.0
        return False


def with_statement(x, y):
    state = [x]
    with Scaled(state, y) as s, Scaled(state, s.factor) as t:
        inside = state[0] * t.factor
    return inside + state[0]


@contextlib.contextmanager
def shifted(values, by):
    values.append(by)
    try:
        yield values[-1] * 2
    finally:
        values.append(by * by)


def context_manager_from_generator(x):
    values = []
    with shifted(values, x) as doubled:
        r = doubled * values[0]
    with contextlib.suppress(ZeroDivisionError):
        r = r + x
        r = r / 0
    return r + values[1]


def assertions(x):
    assert x > 0, f"{x} is not positive"
    assert isinstance(x, float)
    return x * x


def text_in_between(x):
    text = f"{x:.3f}|{x!r:>10}|{'%.2f' % x}|{x * 2}"
    out = io.StringIO()
    print("x =", x, file=out)
    "{:e}".format(x)
    return x * len(text.split("|")) + out.getvalue().count("\n")


def type_questions(x):
    if type(x) is float and isinstance(x, (int, float)) and callable(math.sin) and not hasattr(x, "shape"):
        return x * x
    return 0.0


def parsed_numbers(x):
    return x * float("2.5") + int("7") * x + len(str(3)) * x


CASES = (
    case(match_literals, 1.3, "square"),
    case(match_literals, 1.3, 3, name="match_literals_number"),
    case(match_literals, 1.3, None, name="match_literals_none"),
    case(match_sequences, ["circle", 1.3]),
    case(match_sequences, ["rectangle", 1.3, 0.7], name="match_sequences_guard"),
    case(match_sequences, [1.3, 0.7, 0.4], name="match_sequences_star"),
    case(match_mappings_and_classes, 1.3, 0.7),
    case(try_without_exception, 1.3),
    case(exception_handled, 1.3),
    case(missing_key_handled, 1.3),
    case(exception_carries_a_value, 1.3),
    case(finally_and_return, 1.3),
    case(raised_again, 1.3),
    case(with_statement, 1.3, 0.7),
    case(context_manager_from_generator, 1.3),
    case(assertions, 1.3),
    case(text_in_between, 1.3),
    case(type_questions, 1.3),
    case(parsed_numbers, 1.3),
)


def fails_assertion(x):
    y = x * 2
    assert y < 0, f"y is {y}"
    return y


def divides_by_zero(x):
    scale = x - x
    return 1.0 / scale


def outside_domain(x):
    def inner(v):
        return math.log(v)

    return inner(-x) * 2


def unbound_local(x):
    if x < 0:
        y = x
    return y * x


def name_undefined(x):
    return x * no_such_name  # noqa: F821


def missing_item(x):
    return {"a": x}["b"] * [x][0]


def wrong_call(x):
    return fails_assertion(x, x)


def raises_own(x):
    for i in range(3):
        x = x * x
        if i == 1:
            raise Overflowed(x) from KeyError(i)
    return x


def no_attribute(x):
    return Point(x, x).z


# Calls that raise: differentiated, they raise the same.
RAISING = (
    case(fails_assertion, 1.3),
    case(divides_by_zero, 1.3),
    case(outside_domain, 1.3),
    case(unbound_local, 1.3),
    case(name_undefined, 1.3),
    case(missing_item, 1.3),
    case(wrong_call, 1.3),
    case(raises_own, 1.3),
    case(no_attribute, 1.3),
)

"""Numbers: operators, comparisons, boolean operators, conditional expressions, builtins, math and cmath."""

import cmath
import math
import operator

import numpy as np

from tests.corpus.declare import case


def polynomial(x):
    return 3 * x**2 + 2 * x + 1


def four_operations(x, y):
    return (x + y) * (x - y) / (x * y) - 1.5 / x + 2 - (3 - y)


def unary(x, y):
    return -x + +y - -(-y) * x


def powers(x, y):
    return x**2 + x**3 - x**-1 + x**0.5 + 2**y + 2.0**-y + x**y + x**0


def negative_base(x):
    return x**2 + x**3 * (-x) ** 0.5


def floor_and_remainder(x, y):
    quotient, rest = divmod(x, y)
    return x // y + x % y * 2 + quotient * rest + (-x) % y + x % 3


def in_place(x, y):
    s = x
    s += y
    s *= x
    s -= 2 * y
    s /= y
    s **= 2
    s %= 50.0
    s //= 1
    return s * x + y


def integers_in_between(x):
    n = 7
    n = (n << 2 | 1) ^ 3 & ~n
    return x * n // 4 + x * (n % 5) + x * (n >> 1) + n


def comparison_as_number(x, y):
    return x * (x > y) + y * (x <= y) + (x == x) + (x != y) * x


def chained_comparison(x, y):
    if 0 < x < y <= 2 * x:
        return x * y
    return x + y


def boolean_operators(x, y):
    a = x and y
    b = 0.0 or x
    c = (x > 2 and y) or (not x and 3.0) or x * y
    return a * b + c


def halved(x):
    return x / 2


def conditional_arguments(x, y):
    """CPython compiles the call twice, once for each argument; the callee is loaded once for both."""
    total = abs(halved(x) if x > y else y) + math.atan2(y if x > y else halved(x), 2.0)
    total += float(halved(x) and y) * abs(abs(halved(y) if x < y else x) if x > 1 else (y if y > 9 else halved(y)))
    for i in range(3):
        total += math.sin(halved(x) if i % 2 else y) * i
    return total


def conditional_expression(x, y):
    return (x * x if x > y else y * y) + (x if y > x else y) * 3


def walrus(x):
    if (y := x * x) > 1 and (z := y * x) < 100:
        return y + z
    return y


def same_variable_twice(x):
    return x * x + x * x * x + (x + x) / x


def unused_argument(x, y):
    return x * 2.0


def constant_result(x):
    return 4.0


def minimum_maximum(x, y):
    return min(x, y) * 2 + max(x, y, 0.1) * 3 + max([x * y, 1e3 * x]) + min(y, 10, key=abs)


def number_builtins(x, y):
    return abs(x) + abs(-y) + pow(x, 3) + float(x) * int(y) + sum([x, y, x * y], 1.0) + round(x * y)


def truncation_is_constant(x):
    return x * int(x) + math.floor(x) * x + round(x) * x + math.ceil(x) + x.__trunc__() * x


def last_digits_removed(x, xs):
    return round(x * x, 10) + np.sum(np.round(xs**2, 11) * x) + xs.round(decimals=9)[1] + round(x, 2) * x


def elementary(x):
    return math.sin(math.cos(x)) + math.exp(-x) * math.log(x) + math.sqrt(x) + math.tan(x / 3) - math.log(x, 3)


def more_of_math(x, y):
    return (
        math.atan2(y, x)
        + math.hypot(x, y, 1.0)
        + math.erf(x)
        + math.lgamma(y)
        + math.expm1(x)
        + math.log1p(y)
        + math.fmod(3 * x, 2 * y)
        + math.degrees(x) * math.radians(y)
        + math.copysign(x, -y)
    )


def operator_functions(x, y):
    return operator.add(x, operator.mul(y, y)) + operator.truediv(x, y) - operator.neg(operator.pow(x, 2))


def complex_numbers(x, y):
    z = complex(x, y) * (1 + 2j) + cmath.exp(1j * x) / (y - 3j)
    w = z.conjugate() * z**2 - abs(z)
    return w.real * w.imag + cmath.phase(z) + abs(w)


def complex_numbers_of_numpys(x, y):
    a, b = np.float64(x), np.float64(y)
    z = complex(a, b) * (1 + 2j) + cmath.rect(a, b)
    return (z * complex(imag=b, real=1.0)).imag * z.real + complex(2.0, a * b).imag + cmath.rect(2.0, a).imag


def float_methods(x):
    return x.real * x.conjugate() + x.imag + (x if x.is_integer() else 2 * x)


def sign_by_branches(x):
    if x > 0:
        sign = 1.0
    elif x < 0:
        sign = -1.0
    else:
        sign = 0.0
    return sign * x * x


def large_and_small(x):
    return (x * 1e200) * 1e-200 + (x - 1e-300) + x / 1e-3


CASES = (
    case(polynomial, 5.0),
    case(four_operations, 1.3, 0.7),
    case(unary, 1.3, 0.7),
    case(powers, 1.3, 0.7),
    case(negative_base, -1.3),
    case(floor_and_remainder, 7.3, 2.1),
    case(in_place, 1.3, 0.7),
    case(integers_in_between, 1.33),
    case(comparison_as_number, 1.3, 0.7),
    case(comparison_as_number, 0.7, 1.3, name="comparison_as_number_less"),
    case(chained_comparison, 1.3, 1.9),
    case(chained_comparison, 1.3, 3.9, name="chained_comparison_fails"),
    case(boolean_operators, 1.3, 0.7),
    case(boolean_operators, 2.3, 0.7, name="boolean_operators_other_way"),
    case(conditional_arguments, 1.3, 0.7),
    case(conditional_arguments, 0.7, 1.3, name="conditional_arguments_else"),
    case(conditional_expression, 1.3, 0.7),
    case(conditional_expression, 0.7, 1.3, name="conditional_expression_else"),
    case(walrus, 1.3),
    case(same_variable_twice, 1.3),
    case(unused_argument, 1.3, 0.7),
    case(constant_result, 1.3),
    case(minimum_maximum, 1.3, 0.7),
    case(number_builtins, 1.3, 2.7),
    case(truncation_is_constant, 2.3),
    case(last_digits_removed, 1.3, np.array([0.7, 25.1])),
    case(elementary, 1.3),
    case(more_of_math, 1.3, 0.7),
    case(operator_functions, 1.3, 0.7),
    case(complex_numbers, 1.3, 0.7),
    case(complex_numbers_of_numpys, 1.3, 0.7),
    case(float_methods, 1.3),
    case(sign_by_branches, 1.3),
    case(sign_by_branches, -1.3, name="sign_by_branches_negative"),
    case(large_and_small, 1.3),
)

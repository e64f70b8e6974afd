"""Control flow: branches, loops and their exits, unpacking assignments, del."""

import math

from tests.corpus.declare import case


def pow_loop(x, n):
    r = 1
    while n > 0:
        n -= 1
        r *= x
    return r


def pow_recursive(x, n):
    return 1 if n == 0 else x * pow_recursive(x, n - 1)


def newton_square_root(a):
    x = a
    while abs(x * x - a) > 1e-13 * a:
        x = 0.5 * (x + a / x)
    return x


def if_elif_else(x, y):
    if x > 2:
        r = x * y
    elif x > 1:
        if y > 0:
            r = x - y
        else:
            r = x + y
    else:
        r = y
    return r * r


def early_return(x):
    if x < 0:
        return -x
    y = x * 2
    if y > 3:
        return y * x
    return y


def return_inside_loop(x):
    total = 0.0
    for i in range(100):
        total += x**i
        if total > 5:
            return total * x
    return total


def for_else(x):
    for i in range(5):
        x = x * 1.1 + i
    else:
        x = x * x
    return x


def for_else_break(x):
    for i in range(5):
        x = x * 1.1 + i
        if x > 4:
            break
    else:
        x = 0.0 * x
    return x


def while_else_continue(x):
    n = 0
    s = 0.0
    while n < 8:
        n += 1
        if n % 3 == 0:
            continue
        s = s * x + n
    else:
        s -= x
    return s


def while_true_break(x):
    k = 1
    term = s = x
    while True:
        term *= -x * x / ((2 * k) * (2 * k + 1))
        if abs(term) < 1e-18:
            break
        s += term
        k += 1
    return s


def nested_loops(x, y):
    s = 0.0
    for i in range(4):
        for j in range(i):
            if (i + j) % 2:
                continue
            if j == 3:
                break
            s += x**i * y**j
        s *= 0.9
    return s


def loop_without_iterations(x):
    s = x
    for _ in range(0):
        s = s * s
    while s < 0:
        s = -s
    return s * 2


def values_swapped_in_a_loop(x, y):
    a, b = x, y
    for _ in range(5):
        a, b = b, a * 0.5 + b
    return a * b


def three_way_rotation(x, y, z):
    for _ in range(4):
        x, y, z = y, z, x * 1.5
    return x + 2 * y + 3 * z


def last_value_wins(x, y):
    r = x * y
    r = x + y
    r = r * 2
    return r


def assigned_in_one_branch(x):
    if x > 1:
        extra = x * x
    total = x
    if x > 1:
        total += extra
    return total


def deleted_names(x):
    y = x * x
    z = y + x
    del y
    y = z * 2
    del z
    return y


def loop_over_list(xs):
    p = 0.0
    for x in xs:
        p = p * 0.5 + x * x
    return p


def loop_over_pairs(xs, ys):
    s = 0.0
    for i, (x, y) in enumerate(zip(xs, ys)):
        s += x * y * (i + 1)
    return s


def loop_over_string(x, text):
    for letter in text:
        if letter == "s":
            x = math.sin(x)
        elif letter in "ce":
            x = math.cos(x) if letter == "c" else math.exp(x)
        else:
            x = -x
    return x


def long_horner(x):
    p = 0.0
    for c in (1.0, -2.0, 0.5, 3.0, -1.0, 0.25, 2.0, -0.75):
        p = p * x + c
    return p


def branch_changes_over_iterations(x):
    y = x
    for i in range(12):
        if y > 2:
            y = math.sqrt(y)
        elif i % 2:
            y = y * y + 0.1
        else:
            y += x
    return y


def loop_variable_after_loop(x):
    for i in range(3):
        t = x * i
    return t * i + x


def logistic_map(x, r):
    for _ in range(6):
        x = r * x * (1 - x)
    return x


CASES = (
    case(pow_loop, 5.0, 3),
    case(pow_loop, 5.0, 1, name="pow_loop_once"),
    case(pow_recursive, 5.0, 3),
    case(newton_square_root, 612.0),
    case(if_elif_else, 2.3, 0.7),
    case(if_elif_else, 1.3, 0.7, name="if_elif_else_second"),
    case(if_elif_else, 0.3, 0.7, name="if_elif_else_last"),
    case(early_return, -1.3),
    case(early_return, 1.8, name="early_return_second"),
    case(early_return, 1.3, name="early_return_last"),
    case(return_inside_loop, 0.9),
    case(return_inside_loop, 0.5, name="return_after_loop"),
    case(for_else, 1.3),
    case(for_else_break, 1.3),
    case(while_else_continue, 1.3),
    case(while_true_break, 1.3),
    case(nested_loops, 1.3, 0.7),
    case(loop_without_iterations, 1.3),
    case(values_swapped_in_a_loop, 1.3, 0.7),
    case(three_way_rotation, 1.3, 0.7, 0.4),
    case(last_value_wins, 1.3, 0.7),
    case(assigned_in_one_branch, 1.3),
    case(assigned_in_one_branch, 0.7, name="assigned_in_one_branch_not"),
    case(deleted_names, 1.3),
    case(loop_over_list, [1.3, 0.7, -0.4]),
    case(loop_over_pairs, [1.3, 0.7, -0.4], (0.2, 0.5, 0.9)),
    case(loop_over_string, 0.3, "scen"),
    case(long_horner, 0.9),
    case(branch_changes_over_iterations, 1.3),
    case(loop_variable_after_loop, 1.3),
    case(logistic_map, 0.3, 2.7),
)

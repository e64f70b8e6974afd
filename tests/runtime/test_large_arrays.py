"""Arrays so large that numpy's operators write their results into temporaries that nobody else refers to.

A record needs what was in them.  Elementwise code gives the same gradient for each element, however many there are.
"""

import functools
import operator

import numpy as np
import pytest

from bytegrad import gradient

TIMES = 20_000
"""Of four numbers of eight bytes: numpy reuses temporaries of 256 kilobytes and more."""

SMALL = np.array([0.3, 0.7, 1.1, 1.9])

BINARY = (operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.pow)


def squared(y):
    """So that the cotangent of every element is another one."""
    return np.sum(y * y)


def sine(x):
    return np.sin(x)


PROGRAMS = {
    **{f"both {op.__name__}": lambda x, op=op: squared(op(np.sin(x), np.cos(x))) for op in BINARY},
    **{f"left {op.__name__}": lambda x, op=op: squared(op(np.sin(x), x)) for op in BINARY},
    **{f"right {op.__name__}": lambda x, op=op: squared(op(x, np.sin(x))) for op in BINARY},
    **{f"with a number {op.__name__}": lambda x, op=op: squared(op(np.sin(x), 2.5)) for op in BINARY},
    **{f"of a number {op.__name__}": lambda x, op=op: squared(op(2.5, np.sin(x))) for op in BINARY},
    "written as operators": lambda x: squared(np.sin(x) * np.exp(-x * x) / (np.cos(x) + 2.0) - (x * x) * (x + 1.0)),
    "square": lambda x: squared(np.sin(x) ** 2),
    "square root": lambda x: squared(np.sin(x) ** 0.5),
    "reciprocal": lambda x: squared(np.sin(x) ** -1),
    "negative": lambda x: squared(np.sin(x) * -np.cos(x)),
    "absolute": lambda x: squared(abs(np.sin(x)) * np.cos(x)),
    "method": lambda x: squared(np.sin(x).__mul__(np.cos(x))),
    "reflected method": lambda x: squared(np.sin(x).__rsub__(np.cos(x) * x)),
    "slot of the type": lambda x: squared(np.ndarray.__mul__(np.sin(x), np.cos(x))),
    "folded": lambda x: squared(functools.reduce(operator.mul, [np.sin(x), np.cos(x), x + 1.0])),
    "mapped": lambda x: squared(next(map(operator.mul, iter([np.sin(x)]), iter([np.cos(x)])))),
    "in place": lambda x: squared(operator.imul(np.sin(x), np.cos(x))),
    "popped": lambda x: squared([np.sin(x)].pop() * [np.cos(x)].pop()),
    "of what a function returned": lambda x: squared(sine(x) * sine(x + 1.0)),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", PROGRAMS)
def test_temporaries_keep_what_records_need(name):
    program = PROGRAMS[name]
    large = np.tile(SMALL, TIMES)
    (expected,) = gradient(program, SMALL.copy())
    (found,) = gradient(program, large.copy())
    np.testing.assert_allclose(found, np.tile(expected, TIMES), rtol=1e-12)

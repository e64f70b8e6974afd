"""simpleeval: an evaluator of expressions, over ast, with tables of operators."""

import math

from simpleeval import SimpleEval, simple_eval

from tests.corpus import case


def polynomial(x, y):
    return simple_eval("x**3 - 2*x*y + y/x", names={"x": x, "y": y})


def functions(x, y):
    evaluator = SimpleEval(functions={"sin": math.sin, "exp": math.exp}, names={"x": x, "y": y})
    return evaluator.eval("sin(x*y) + exp(-x) if x > 0 else 1")


CASES = (
    # A guarded power operator.
    case(polynomial, 1.3, 0.7),
    case(functions, 1.3, 0.7),
)

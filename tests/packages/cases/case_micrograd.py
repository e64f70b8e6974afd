"""micrograd: someone else's tape; the gradient of the gradient that it computes."""

from micrograd import nn
from micrograd.engine import Value

from tests.corpus import case


def forward(a, b):
    x, y = Value(a), Value(b)
    return (x * y + y**3 - (x / y).relu()).data


def its_own_gradient(a, b):
    x, y = Value(a), Value(b)
    z = x * y + y**3
    z.backward()
    return y.grad


def neuron(w, x):
    n = nn.Neuron(2)
    n.w = [Value(v) for v in w]
    n.b = Value(0.1)
    out = n([Value(v) for v in x])
    return (out * out).data


CASES = (
    # Operator classes with closures.
    case(forward, 1.3, 0.7),
    case(neuron, [0.4, 0.9], [1.0, 2.0]),
    # Closures mutate .grad in place; a topological sort over a set.
    case(its_own_gradient, 1.3, 0.7),
)

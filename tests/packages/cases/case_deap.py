"""deap.benchmarks: optimisation test functions: reduce, generators, zip of slices, one-tuples returned."""

from deap import benchmarks

from tests.corpus import case


def first_of(function):
    return lambda x: function(x)[0]


POINT = [0.3, -0.7, 1.1]
CASES = (
    # Sums of generators.
    case(first_of(benchmarks.ackley), POINT, name="ackley"),
    # functools.reduce(mul, generator).
    case(first_of(benchmarks.griewank), POINT, name="griewank"),
    # zip of slices.
    case(first_of(benchmarks.rosenbrock), POINT, name="rosenbrock"),
    case(first_of(benchmarks.schaffer), POINT, name="schaffer"),
    case(first_of(benchmarks.himmelblau), [0.3, -0.7], name="himmelblau"),
    # abs; the sine of powers.
    case(lambda x: benchmarks.kursawe(x)[1], POINT, name="kursawe2"),
)

"""The rules: what the derivative of each function is.  Importing this package declares them."""

import importlib

for _name in (
    "cmath",
    "constants",
    "math",
    "nested",
    "numbers",
    "operators",
    "numpy",
    "random",
    "rounding",
    "regression",
    "statistics",
    "tangents",
    "tangents_by_pullbacks",
    "tangents_of_matrices",
    "tangents_by_programs",
    "batched",
    "batched_shapes",
    "batched_linalg",
    "polyfills.bisect",
    "polyfills.builtins",
    "polyfills.collections",
    "polyfills.constructors",
    "polyfills.copy",
    "polyfills.folds",
    "extremes",
    "sums",
    "polyfills.functools",
    "polyfills.heapq",
    "polyfills.itertools",
    "polyfills.misc",
    "polyfills.operator",
    "polyfills.reductions",
    "polyfills.selections",
    "polyfills.sorting",
    "containers",
    "asynchronous",
    "caches",
    "classes",
    "exceptions",
    "frames",
    "evaluation",
    "type_parameters",
    "printing",
    "threads",
    "scipy",
):
    importlib.import_module(f"bytegrad.rules.{_name}")

from bytegrad.rules import numbers  # noqa: E402
from bytegrad.runtime import attributes  # noqa: E402

attributes.ATTRIBUTES.update(numbers.ATTRIBUTES)

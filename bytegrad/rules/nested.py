"""What an outer differentiation sees of an inner one: its runtime is ordinary Python, except for what is named here.

Compiling and looking rules up depends on code and types only, so it carries no derivative information.
"""

from __future__ import annotations

from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime import compile, registry

non_differentiable(
    compile.adjoint_of,
    compile.augmented_function,
    registry.lookup,
    registry.version,
)

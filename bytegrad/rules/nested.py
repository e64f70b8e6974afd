"""What an outer differentiation sees of an inner one: its runtime is ordinary Python, except for what is named here.

Compiling and looking rules up depends on code and types only, so it carries no derivative information.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bytegrad.codegen.sites import forget_sites
from bytegrad.rules.declare import non_differentiable
from bytegrad.runtime import compile, registry

non_differentiable(
    compile.adjoint_of,
    compile.augmented_function,
    registry.lookup,
    registry.version,
    forget_sites,
)

INNER: dict[str, Callable[..., Any]] = {}
"""Differentiation, for rules that need derivatives of the user's functions; it is built on the rules, and put here."""

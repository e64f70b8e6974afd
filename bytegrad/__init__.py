"""Gradients of any Python function as it stands, by transforming its bytecode."""

import bytegrad.isolation
import bytegrad.nesting
import bytegrad.rules  # noqa: F401
from bytegrad.api import ValueAndGradient, grad, gradient, pullback, value_and_grad, withgradient
from bytegrad.debugging import debug
from bytegrad.errors import (
    ArgumentError,
    BytegradError,
    CheckError,
    NoRuleError,
    NotFiniteError,
    NotImplementedRuleError,
    RuleError,
    ScalarError,
    SeedError,
    UnsupportedError,
)
from bytegrad.explanation import Explanation, explain
from bytegrad.forward import jvp, pushforward
from bytegrad.matrices import diaghessian, hessian, hessian_reverse, hvp, jacobian, withjacobian
from bytegrad.params import Grads, Params
from bytegrad.rules.checkpoint import checkpointed
from bytegrad.rules.checkpointed_loops import checkpointed_loop
from bytegrad.rules.control import dropgrad, hook, ignore, isderiving, not_implemented, override, showgrad
from bytegrad.rules.declare import adjoint, non_differentiable, partials
from bytegrad.runtime.tangent import Tangent
from bytegrad.runtime.trees import tree_map

__all__ = [
    "ArgumentError",
    "BytegradError",
    "CheckError",
    "Explanation",
    "Grads",
    "NoRuleError",
    "NotFiniteError",
    "NotImplementedRuleError",
    "Params",
    "RuleError",
    "ScalarError",
    "SeedError",
    "Tangent",
    "UnsupportedError",
    "ValueAndGradient",
    "adjoint",
    "checkpointed",
    "checkpointed_loop",
    "debug",
    "diaghessian",
    "dropgrad",
    "explain",
    "grad",
    "gradient",
    "hessian",
    "hessian_reverse",
    "hook",
    "hvp",
    "ignore",
    "isderiving",
    "jacobian",
    "jvp",
    "non_differentiable",
    "not_implemented",
    "override",
    "partials",
    "pullback",
    "pushforward",
    "showgrad",
    "tree_map",
    "value_and_grad",
    "withgradient",
    "withjacobian",
]

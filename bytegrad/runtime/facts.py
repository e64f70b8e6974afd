"""What the compiler may rely on: rules, and names whose values are taken as fixed while a function is compiled."""

from __future__ import annotations

import builtins
import math
import sys
import types
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from bytegrad.adjoint.facts import Bound
from bytegrad.codegen.sites import Site
from bytegrad.ir.nodes import Const, Function, Operand
from bytegrad.ir.ops import BINARY, CALLABLES, COMPARE
from bytegrad.ir.passes.prune_params import prune_params
from bytegrad.ir.passes.substitute import substitute
from bytegrad.ir.passes.thread_jumps import thread_jumps
from bytegrad.lift import lift
from bytegrad.runtime import classes, registry
from bytegrad.runtime.binding import Binder
from bytegrad.runtime.plain import plain, taken, taken_next
from bytegrad.runtime.registry import NonDifferentiable, Partials
from bytegrad.runtime.reliance import Reliance

_FIXED = (types.ModuleType, types.BuiltinFunctionType, types.FunctionType, type, np.ufunc, type(np.sum))
_REAL = (float, int, bool)
_PAIR = 2
_RESULTS: dict[Any, type] = {
    plain: float,
    taken: float,
    taken_next: float,
    float: float,
    int: int,
    bool: bool,
    len: int,
    list: list,
    tuple: tuple,
    dict: dict,
    sorted: list,
    range: range,
    isinstance: bool,
    issubclass: bool,
    hasattr: bool,
    sys.getrecursionlimit: int,
    # The runtime may have no room for its own frames where the limit is set, or set back.
    sys.setrecursionlimit: type(None),
    callable: bool,
    math.floor: int,
    math.ceil: int,
    math.trunc: int,
    math.factorial: int,
    math.gcd: int,
    math.comb: int,
    math.isnan: bool,
    math.isinf: bool,
    math.isfinite: bool,
    math.isclose: bool,
}
"""Exact result types of builtins for real arguments (for any arguments where `_TOTAL` has them)."""
_TOTAL = frozenset(
    {plain, taken, taken_next, len, range, isinstance, issubclass, callable, bool, list, tuple, dict, sorted}
) | {
    sys.getrecursionlimit,
    sys.setrecursionlimit,
}
_INLINE_OPS = frozenset((*BINARY, *COMPARE, "neg", "truth", "is_", "call"))


def builtins_of(namespace: dict[str, Any]) -> dict[str, Any]:
    """Where the names are looked up that `namespace` does not have."""
    names = namespace.get("__builtins__", builtins)
    return names if isinstance(names, dict) else vars(names)


class WorldFacts:
    """Facts for functions that live in the namespace `namespace`."""

    def __init__(
        self,
        namespace: dict[str, Any],
        stored: frozenset[str] = frozenset(),
        operations: Any = (),
        knows_classes: bool = False,
    ) -> None:
        self.namespace = namespace
        self.knows_classes = knows_classes
        """Whether it is taken into account what is known of the user's classes."""
        self.binder: Binder | None = None
        """Compiles callees along with the function."""
        self.could_know = False
        """Whether that would have made a difference."""
        self.callees: dict[FunctionType, types.CodeType] = {}
        """Functions that are compiled along with this, and what their code was."""
        self.classes: classes.Found = {}
        """What is relied on of classes."""
        self.stored = stored
        self.operations = operations
        self.assumptions: dict[str, Any] = {}
        self.kinds: dict[str, type] = {}
        """Global names that were taken as fixed, with their values."""
        self.attributes: dict[tuple[types.ModuleType, str], Any] = {}
        """The same for what is in modules."""

    def handles(self, op: str) -> bool:
        return op in self.operations

    # rules -------------------------------------------------------------------------------------------------

    def partials(self, callee: Any) -> tuple[tuple[str, ...], str, tuple[Callable[..., Any] | None, ...]] | None:
        rules = registry.lookup(callee)
        if rules and isinstance(rules[0], Partials):
            return rules[0].names, rules[0].output, rules[0].functions
        if isinstance(callee, types.BuiltinFunctionType) and callee in registry.TABLE.of_two and self.is_own(callee):
            rule = registry.TABLE.of_two[callee]
            return rule.names, rule.output, rule.functions
        return None

    def constant(self, callee: Any) -> bool:
        rules = registry.lookup(callee)
        return bool(rules) and isinstance(rules[0], NonDifferentiable)

    def is_own(self, callee: Any) -> bool:
        return not registry.is_replaced(callee)

    def ignores(self, callee: Any) -> bool:
        return callee is registry.TABLE.ignoring

    def operator(self, op: str) -> Any:
        return CALLABLES[op]

    def result_type(self, callee: Any, types: Sequence[type | None]) -> type | None:
        real = all(kind in _REAL for kind in types)
        try:
            known = _RESULTS.get(callee)
        except TypeError:
            return None
        if known is not None:
            return known if (real or callee in _TOTAL) and not registry.is_replaced(callee) else None
        if issubclass(type(callee), type):
            return self._made_by(callee)
        if not real or not types:
            return None
        if len(types) == _PAIR and types[0] is types[1] is not bool and callee in registry.TABLE.of_two:
            return types[0] if self.is_own(callee) else None
        if callee is abs and not registry.is_replaced(callee):
            return int if types[0] is bool else types[0]
        if getattr(callee, "__module__", None) == "math" and self.partials(callee) is not None:
            return float
        return None

    def bound(self, callee: Any, types: Sequence[type | None]) -> Bound | None:
        if self.binder is None or type(callee) is not FunctionType:
            return None
        return self.binder.bound(callee, types)

    # classes -----------------------------------------------------------------------------------------------

    def _made_by(self, kind: type) -> type | None:
        if not classes.is_known(kind) or not classes.is_made_plainly(kind) or registry.lookup(kind):
            return None
        self.could_know = True
        if not self.knows_classes:
            return None
        self.classes.update(classes.rely_on(kind, "__new__"))
        return kind

    def is_slot(self, kind: type | None, name: str, written: bool) -> bool:
        if not self.knows_classes or kind is None or not classes.is_known(kind):
            return False
        if not (classes.writes_slot if written else classes.reads_slot)(kind, name):
            return False
        hooks = ("__setattr__",) if written else ("__getattr__", "__getattribute__")
        self.classes.update(classes.rely_on(kind, name, *hooks))
        return True

    def is_method_of_list(self, name: str) -> bool:
        return len(registry.lookup(getattr(list, name))) == 1

    # names -------------------------------------------------------------------------------------------------

    def global_value(self, name: str) -> Any:
        value = self._lookup(name)
        if not issubclass(type(value), _FIXED):
            raise KeyError(name)
        self.assumptions[name] = value
        return value

    def global_type(self, name: str) -> type | None:
        try:
            kind = type(self._lookup(name))
        except KeyError:
            return None
        if kind not in (float, int, bool, str) or name in self.stored:
            return None
        if name in self.namespace:
            self.kinds[name] = kind
        return kind

    def _lookup(self, name: str) -> Any:
        if name in self.namespace:
            return self.namespace[name]
        return builtins_of(self.namespace)[name]

    def attribute(self, owner: Any, name: str) -> Any:
        """Attributes of modules: of functions, and of numbers in modules written in C (``math.pi``)."""
        if not isinstance(owner, types.ModuleType):
            raise AttributeError(name)
        value = vars(owner).get(name)
        # A module that was made by hand has no specification.
        in_c = getattr(owner, "__spec__", None) is not None and not str(getattr(owner, "__file__", "")).endswith(".py")
        if isinstance(value, _FIXED) or (in_c and type(value) in (float, int)):
            self.attributes[owner, name] = value
            return value
        raise AttributeError(name)

    def is_inert(self, value: Any) -> bool:
        return type(value) in (Site, Reliance)

    # derivatives -------------------------------------------------------------------------------------------

    def derivative(self, function: Callable[..., Any]) -> Function | None:
        return _derivative_ir(function)


_DERIVATIVES: dict[Any, Function | None] = {}


def _derivative_ir(function: Any) -> Function | None:
    if function not in _DERIVATIVES:
        _DERIVATIVES[function] = _lift_derivative(function)
    return _DERIVATIVES[function]


def _lift_derivative(function: Any) -> Function | None:
    """The IR of a one-expression function, with its globals resolved; None if it holds more than that."""
    if type(function) is not types.FunctionType or function.__closure__ is not None:
        return None
    ir = lift(function.__code__).function
    prune_params(ir)
    facts = WorldFacts(function.__globals__)
    fixed: dict[Operand, Any] = {}
    for block in ir.blocks:
        kept = []
        for instr in block.instrs:
            try:
                if instr.op == "load_global":
                    fixed[instr.result] = facts._lookup(instr.static)
                    continue
                if instr.op in ("getattr", "load_method") and instr.args[0] in fixed:
                    fixed[instr.result] = getattr(fixed[instr.args[0]], instr.static)
                    continue
            except (KeyError, AttributeError):
                return None
            if instr.op == "call_method":
                instr.op, instr.args = "call", (instr.args[0], *instr.args[2:])
            instr.args = tuple(Const(fixed[a]) if a in fixed else a for a in instr.args)
            if instr.op not in _INLINE_OPS or instr.static or len(instr.results) != 1:
                return None
            if instr.op == "call" and not isinstance(instr.args[0], Const):
                return None
            kept.append(instr)
        block.instrs = kept
    substitute(ir, {value: Const(known) for value, known in fixed.items()})
    thread_jumps(ir)
    return ir

"""The table of rules: what is known about callables that are not looked into.

There is one table.  A rule takes effect at the next call: code that was compiled with what `lookup` said of some
callables holds until one of these gets or loses a rule; everything else asks when it runs.
"""

from __future__ import annotations

import functools
import sys
import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from bytegrad.codegen.sites import forget_sites
from bytegrad.runtime.reliance import UNDER_WAY, outdate, rely_on


@dataclass(slots=True, frozen=True, eq=False)
class Adjoint:
    """A hand-written pullback: `rule(*args, **kwargs)` returns ``(y, pullback)`` or NotImplemented.

    `names` are the rule's positional parameters; the pullback returns one cotangent for each positional
    argument that the call passed.  `forward`, if there is one, returns ``(y, pushforward)`` or NotImplemented.
    """

    rule: Callable[..., Any]
    names: tuple[str, ...]
    forward: Callable[..., Any] | None = None


@dataclass(slots=True, frozen=True, eq=False)
class Partials:
    """An elementwise function of `names` giving `output`, with one derivative for each of `names`.

    A derivative is a function of some of `names` and `output`, taken by parameter name; None where the
    function has no derivative in that argument.
    """

    names: tuple[str, ...]
    output: str
    functions: tuple[Callable[..., Any] | None, ...]


@dataclass(slots=True, frozen=True, eq=False)
class Polyfill:
    """A Python function of the same meaning, which is differentiated in place of the original."""

    function: Callable[..., Any]


@dataclass(slots=True, frozen=True, eq=False)
class Primitive:
    """A rule of the library's own that needs the context: `augmented(ctx, *args, **kwargs) -> (record, y)`.

    `record` is None if nothing is to be reversed, else a tuple whose first item is
    ``reverse(ctx, record, y_bar) -> cotangents of the positional arguments``.
    """

    augmented: Callable[..., Any]


@dataclass(slots=True, frozen=True, eq=False)
class Resolver:
    """A rule of the library's own that makes calls of the user's: `resolve(ctx, *args, **kwargs)` gives a step."""

    resolve: Callable[..., Any]


@dataclass(slots=True, frozen=True, eq=False)
class NonDifferentiable:
    """The result carries no derivative information (`len`, `argmax`, `print`)."""


@dataclass(slots=True, frozen=True, eq=False)
class Bound:
    """A rule for a method of one owner alone, an object or (of a classmethod) a class, without the owner's argument."""

    owner: Any
    rule: Adjoint | Partials | Polyfill | Primitive | Resolver | NonDifferentiable


Rule = Adjoint | Partials | Polyfill | Primitive | Resolver | NonDifferentiable | Bound

NON_DIFFERENTIABLE = NonDifferentiable()


@dataclass(slots=True)
class _Table:
    by_callable: dict[Any, list[Rule]] = field(default_factory=dict)
    by_id: dict[int, tuple[Any, list[Rule]]] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    """Modules all of whose functions are non-differentiable, with the modules below them."""
    of_two: dict[Any, Partials] = field(default_factory=dict)
    """Functions of any number of arguments that are formulas of two numbers."""
    ignoring: Any = None
    """The function that gives managers of blocks which are not differentiated."""
    awaited: dict[str, tuple[str | Callable[[], None], ...]] = field(default_factory=dict)
    """Modules that are not imported yet, with what declares the rules for them: names of modules, functions."""
    imported: int = 0
    """How many modules had been imported when `awaited` was last compared with them."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    version: int = 0
    """Grows with each change that what is prepared for later calls must not outlive."""


TABLE = _Table()


def _rules_of(target: Any, create: bool) -> list[Rule] | None:
    """The list of rules for `target`, by hash where it has one and else by identity."""
    try:
        rules = TABLE.by_callable.get(target)
        if rules is None and create:
            rules = TABLE.by_callable[target] = []
    except TypeError:
        entry = TABLE.by_id.get(id(target))
        if entry is None and create:
            entry = TABLE.by_id[id(target)] = (target, [])
        rules = None if entry is None else entry[1]
    return rules


def function_of(target: Any) -> Any:
    """What is called where `target` is used: of a property, classmethod or staticmethod the function in it."""
    if isinstance(target, property):
        return target.fget
    if isinstance(target, functools.cached_property):
        return target.func
    return target.__func__ if isinstance(target, (classmethod, staticmethod)) else target


def _called(target: Any, rule: Any) -> tuple[Any, Any]:
    """The function that is called for `target`, and the rule as one for that."""
    function = function_of(target)
    if isinstance(function, types.MethodType):
        return function.__func__, Bound(function.__self__, rule)
    return function, rule


def register(target: Any, rule: Rule) -> None:
    """Make `rule` the first one asked for calls of `target`; earlier ones stay behind it."""
    target, rule = _called(target, rule)
    with TABLE.lock:
        rules = _rules_of(target, create=True)
        assert rules is not None
        rules.insert(0, rule)
        changed(target)


def unregister(target: Any, rule: Rule) -> None:
    """Take back what `register(target, rule)` did."""
    target, _ = _called(target, rule)
    with TABLE.lock:
        rules = _rules_of(target, create=False) or []
        for place, known in enumerate(rules):
            if known is rule or (isinstance(known, Bound) and known.rule is rule):
                del rules[place]
                changed(target)
                break


def changed(*targets: Any) -> None:
    """Make what has been compiled out of date if it relies on one of `targets`, or, if there are none, all of it."""
    TABLE.version += 1
    outdate(*targets)
    forget_sites()


def lookup(target: Any) -> Sequence[Rule]:
    """The rules for calls of `target`, the latest first; empty if there is none."""
    if len(sys.modules) != TABLE.imported:
        load_awaited()
    if UNDER_WAY:
        rely_on(target)
    try:
        rules = TABLE.by_callable.get(target)
    except TypeError:
        rules = _rules_of(target, create=False)
    return rules or (_of_module(target) if TABLE.modules else ())


def is_replaced(target: Any) -> bool:
    """Whether a rule that is not the library's gives the result of calls of `target`."""
    rule = next(iter(lookup(target)), None)
    gives = rule.rule if isinstance(rule, Adjoint) else rule.function if isinstance(rule, Polyfill) else None
    return gives is not None and not str(getattr(gives, "__module__", "")).startswith("bytegrad.")


def rules_of(target: Any) -> Sequence[Rule]:
    """As `lookup`, for anything that `register` takes."""
    function = function_of(target)
    if not isinstance(function, types.MethodType):
        return lookup(function)
    owner, known = function.__self__, lookup(function.__func__)
    return [rule.rule for rule in known if isinstance(rule, Bound) and rule.owner is owner]


def when_imported(module: str, *rules: str | Callable[[], None]) -> None:
    """Import modules that declare rules, or call functions that do, once the program has imported `module`."""
    with TABLE.lock:
        TABLE.awaited[module] = (*TABLE.awaited.get(module, ()), *rules)
        TABLE.imported = 0


def load_awaited() -> None:
    """Import the rules that are due: those for modules that have been imported since the last time."""
    with TABLE.lock:
        TABLE.imported = len(sys.modules)
        for module in [name for name in TABLE.awaited if name in sys.modules]:
            if getattr(getattr(sys.modules[module], "__spec__", None), "_initializing", False):
                TABLE.imported = 0  # it is being imported by what is differentiated: not before it is there
                continue
            for rules in TABLE.awaited.pop(module, ()):
                import_module(rules) if isinstance(rules, str) else rules()


def register_module(name: str) -> None:
    """Make all functions of the module `name`, and of those below it, non-differentiable."""
    with TABLE.lock:
        TABLE.modules = (*TABLE.modules, name)
        changed()


def _of_module(target: Any) -> Sequence[Rule]:
    name = getattr(target, "__module__", None) or getattr(getattr(target, "__objclass__", None), "__module__", None)
    if isinstance(name, str) and any([name == module or name.startswith(f"{module}.") for module in TABLE.modules]):
        return (NON_DIFFERENTIABLE,)
    return ()


def touch() -> None:
    """Make what was prepared for later calls out of date, as a new rule does; compiled code stays."""
    with TABLE.lock:
        TABLE.version += 1
        forget_sites()


def version() -> int:
    """A number that changes whenever a rule is added or removed."""
    if len(sys.modules) != TABLE.imported:
        load_awaited()
    return TABLE.version


def registered() -> list[Any]:
    """Every callable that has a rule: for coverage reports and tests."""
    with TABLE.lock:
        return [*TABLE.by_callable, *(target for target, _ in TABLE.by_id.values())]

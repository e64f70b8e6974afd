"""The ways to declare a derivative: `adjoint`, `partials`, `polyfill`, `primitive`, `non_differentiable`, `alias`.

The library's own rules use exactly these; there is no second, private way.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from bytegrad.errors import ArgumentError
from bytegrad.runtime import registry
from bytegrad.runtime.registry import Adjoint, Partials, Polyfill, Primitive, Resolver
from bytegrad.runtime.seeds import describe

F = TypeVar("F", bound=Callable[..., Any])

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def positional_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of a function's positional parameters: from its code, which is fast, where it has one."""
    code = getattr(function, "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        return tuple(code.co_varnames[: code.co_argcount])
    return tuple(p.name for p in inspect.signature(function).parameters.values() if p.kind in _POSITIONAL)


def check_target(target: Any) -> None:
    """Raise ArgumentError for what cannot have a rule."""
    if not callable(registry.function_of(target)):
        raise ArgumentError(
            f"{target!r} cannot have a rule: it is not callable",
            fixes="give the function itself, a class, or an attribute of a class (a method or property)",
        )


def check_function(name: str, f: Any, fixes: str) -> None:
    """Raise ArgumentError if `f`, which the function `name` got as a function, cannot be called."""
    if not callable(f):
        raise ArgumentError(f"{name} got {describe(f)} where it needs a function", fixes=fixes)


def adjoint(target: Any, *, pushforward: Callable[..., Any] | None = None) -> Callable[[F], F]:
    """Declare the pullback of `target`: a decorator for a rule ``rule(*args, **kwargs) -> (y, pullback)``.

    The rule computes the primal's value and returns it with a function of the result's cotangent that returns
    one cotangent per positional argument (None where nothing flows).  A rule may return `NotImplemented` to
    decline for some types.  `target` is anything callable: a function, a builtin, a method
    (``adjoint(Gauge.read)``), a property, a class; a method of one object or class alone (``adjoint(gauge.read)``)
    has a rule without `self`.

    `pushforward` is a forward rule beside it, for `jvp` and second derivatives: it is called as the rule is, and
    returns the value with a function of one tangent for each positional argument, which gives the tangent of the value.
    Of numbers and arrays these tangents are spelled out, also where they are zero.  It may be called more than once,
    and may decline as well: then forward mode is made of the pullback.  So are second derivatives of functions for
    which there is no forward code (docs/internals/forward.md).

    >>> import bytegrad
    >>> def cube(x): return x ** 3
    >>> @bytegrad.adjoint(cube)
    ... def cube_rule(x):
    ...     def cube_pullback(y_bar):
    ...         return (y_bar * 3 * x * x,)
    ...     return x ** 3, cube_pullback
    >>> bytegrad.gradient(cube, 2.0)
    (12.0,)
    >>> def root(x): return x ** 0.5
    >>> @bytegrad.adjoint(root, pushforward=lambda x: (x ** 0.5, lambda x_dot: x_dot / (2 * x ** 0.5)))
    ... def root_rule(x):
    ...     return x ** 0.5, lambda y_bar: (y_bar / (2 * x ** 0.5),)
    >>> bytegrad.jvp(root, (4.0,), (1.0,))
    (2.0, 0.25)
    """

    check_target(target)
    if pushforward is not None:
        check_function("adjoint", pushforward, "let pushforward be a function that returns (y, function of tangents)")

    def decorate(rule: F) -> F:
        names = positional_names(rule)
        registry.register(target, Adjoint(rule, names, pushforward))
        return rule

    return decorate


def partials(target: Any, signature: str, *derivatives: Callable[..., Any] | None) -> None:
    """Declare an elementwise function by its partial derivatives.

    `signature` names inputs and output (``"a b -> y"``); each derivative is a function of any of these names,
    one per input, or None where there is none.  Broadcasting, dtypes and complex conjugation are done for you,
    and the same line serves forward and reverse mode.

    >>> import math
    >>> from bytegrad import gradient, partials
    >>> def squash(x): return x / (1 + abs(x))
    >>> partials(squash, "x -> y", lambda x: 1 / (1 + abs(x)) ** 2)
    >>> gradient(squash, 1.0)
    (0.25,)
    """
    check_target(target)
    how = 'write the signature as "a b -> y", and as many functions after it as it has inputs'
    if not isinstance(signature, str):
        raise ArgumentError(f"partials got {describe(signature)} where it needs a signature", fixes=how)
    inputs, arrow, output = signature.partition("->")
    names, output = tuple(inputs.split()), output.strip()
    if not arrow or not output.isidentifier() or len(derivatives) != len(names):
        raise ArgumentError(
            f"{signature!r} needs one derivative for each of {names}, got {len(derivatives)}", fixes=how
        )
    for derivative in derivatives:
        if derivative is not None:
            check_function("partials", derivative, how)
        for name in positional_names(derivative) if derivative is not None else ():
            if name not in (*names, output):
                raise ArgumentError(
                    f"the parameter {name!r} of a derivative is not in {signature!r}",
                    fixes="let derivatives take the inputs and the output by their names",
                )
    registry.register(target, Partials(names, output, derivatives))


def polyfill(target: Any) -> Callable[[F], F]:
    """Declare a Python function of the same meaning, to be differentiated in place of `target`."""

    def decorate(function: F) -> F:
        registry.register(target, Polyfill(function))
        return function

    return decorate


def primitive(*targets: Any) -> Callable[[F], F]:
    """Declare a rule that needs the context: ``augmented(ctx, *args, **kwargs) -> (record, y)``."""

    def decorate(augmented: F) -> F:
        for target in targets:
            registry.register(target, Primitive(augmented))
        return augmented

    return decorate


def resolver(*targets: Any) -> Callable[[F], F]:
    """Declare how a call is resolved: ``resolve(ctx, *args, **kwargs)`` gives a step, or NotImplemented."""

    def decorate(resolve: F) -> F:
        for target in targets:
            registry.register(target, Resolver(resolve))
        return resolve

    return decorate


_HEAP_TYPE = 1 << 9
"""The flag of classes that are made by running a ``class`` statement."""


def non_differentiable(*targets: Any) -> Any:
    """Declare that results of these callables carry no derivative information; also a decorator.

    They are run as they stand.  A class stands for its construction and its methods; a string for a module, with all
    functions and classes in it and in the modules below it.

    >>> import bytegrad
    >>> @bytegrad.non_differentiable
    ... def table(x): return round(x, 1)
    >>> bytegrad.gradient(lambda x: table(x) * x, 2.04)
    (2.0,)
    >>> bytegrad.non_differentiable("logging")
    'logging'
    """
    for target in targets:
        if isinstance(target, str):
            registry.register_module(target)
            continue
        check_target(target)
        registry.register(target, registry.NON_DIFFERENTIABLE)
        if isinstance(target, type) and target.__flags__ & _HEAP_TYPE:
            for held in vars(target).values():
                method = getattr(held, "fget", None) or getattr(held, "__func__", held)
                if callable(method) and not isinstance(method, type):
                    registry.register(method, registry.NON_DIFFERENTIABLE)
    return targets[0] if len(targets) == 1 else None


def alias(target: Any, source: Any) -> None:
    """Give `target` the rules that `source` has (a method and the function of the same meaning)."""
    rules = registry.rules_of(source)
    if not rules:
        raise ArgumentError(f"{source!r} has no rule to be that of {target!r} too", fixes="declare one first")
    for rule in reversed(rules):
        registry.register(target, rule)

"""Making objects: ``__new__`` and ``__init__`` as ``type.__call__`` runs them, one frame each."""

from __future__ import annotations

import functools
import types
from typing import Any

from bytegrad.errors import NoRuleError
from bytegrad.runtime import registry
from bytegrad.runtime.arranging import Arrangement, arranged
from bytegrad.runtime.classes import lookup
from bytegrad.runtime.context import Context
from bytegrad.runtime.dispatch import HOOKS, drop_owner, lead_owner, resolve
from bytegrad.runtime.opaque_calls import call_opaque
from bytegrad.runtime.steps import Step, done
from bytegrad.runtime.tangent import ZERO, Poison, accum


def construct(ctx: Context, kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """Resolve ``kind(*args, **kwargs)``."""
    meta_call = lookup(type(kind), "__call__")
    if type(meta_call) is types.FunctionType:
        return drop_owner(resolve(ctx, meta_call, (kind, *args), kwargs), kind)
    if type(meta_call) is not types.WrapperDescriptorType:
        bind = getattr(type(meta_call), "__get__", None)
        return resolve(ctx, meta_call if bind is None else bind(meta_call, kind, type(kind)), args, kwargs)
    return construct_plainly(ctx, kind, args, kwargs)


def construct_plainly(ctx: Context, kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """Resolve ``type.__call__(kind, *args, **kwargs)``: the metaclass is not asked."""
    new, init = lookup(kind, "__new__"), lookup(kind, "__init__")
    new = new.__func__ if isinstance(new, staticmethod) else new
    followed_new, followed_init = _is_followed(new), _is_followed(init)
    if not followed_new and not followed_init:
        if issubclass(kind, BaseException) and not kwargs:
            obj = kind(*args)
            ctx.exceptions[id(obj)] = obj
            return done((_reverse_exception, obj, len(args)), obj)
        return call_opaque(ctx, kind, args, kwargs)
    if followed_new:
        made = drop_owner(resolve(ctx, new, (kind, *args), kwargs), kind)
        return _then_init(ctx, made, kind, args, kwargs)
    if makes_bare_objects(kind):
        obj = _bare(kind)
    else:
        obj = new(kind, *args, **kwargs)
        if not is_instance(obj, kind):
            return done(None, obj)
    record = None
    if issubclass(type(obj), BaseException):
        ctx.exceptions[id(obj)] = obj
        record = None if kwargs else (_reverse_exception, obj, len(args))
    return _result(resolve(ctx, init, (obj, *args), kwargs), record, obj)


def makes_bare_objects(kind: type) -> bool:
    """Whether ``object.__new__`` makes the objects; where a class names it again, it minds its arguments."""
    return lookup(kind, "__new__") is object.__new__ and not any(["__new__" in vars(c) for c in kind.__mro__[:-1]])


def is_instance(obj: Any, kind: type) -> bool:
    """Whether `obj` is of the class `kind`, whatever that says of itself."""
    return kind in type.__dict__["__mro__"].__get__(type(obj))


def _is_followed(method: Any) -> bool:
    """Whether ``__new__`` or ``__init__`` is Python code, or has a rule as those of containers have."""
    return type(method) is types.FunctionType or bool(registry.lookup(method))


def _reverse_exception(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """An exception keeps what it was made from in ``args``; the first of them may have a name of its own."""
    _, obj, n = record
    shadow = ctx.peek(obj)
    if not shadow or not n:
        return (ZERO,) * n
    bar = shadow.take("args")
    bars = list(bar) if type(bar) is tuple else [bar] * n
    for name in ("value", "code"):
        bars[0] = accum(bars[0], shadow.take(name))
    return tuple(bars)


def _init_exception(ctx: Context, obj: BaseException, *args: Any) -> Any:
    """``super().__init__(...)`` of an exception class."""
    BaseException.__init__(obj, *args)
    ctx.exceptions[id(obj)] = obj
    return (_reverse_init_exception, obj, len(args)), None


def _reverse_init_exception(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    return (ZERO, *_reverse_exception(ctx, record, y_bar))


for _init in {kind.__init__ for kind in (BaseException, Exception, ValueError, ArithmeticError, LookupError)}:
    registry.register(_init, registry.Primitive(_init_exception))


def _bare(kind: type) -> Any:
    """An instance before ``__init__``; abstract classes raise as usual."""
    return object.__new__(kind)


def _then_init(ctx: Context, step: Step, kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    function, operands, following = step
    if function is not None:
        return (function, operands, functools.partial(_made, ctx, following, kind, args, kwargs))
    record, obj = operands
    init = lookup(type(obj), "__init__")
    if not is_instance(obj, kind) or init in _WITHOUT_EFFECT:
        return step
    if not _is_followed(init):
        return _result(call_opaque(ctx, init, (obj, *args), kwargs), record, obj)
    return _result(resolve(ctx, init, (obj, *args), kwargs), record, obj)


_WITHOUT_EFFECT = (object.__init__, type.__init__)


def _made(ctx: Context, following: Any, kind: type, args: Any, kwargs: Any, result: Any) -> Step:
    return _then_init(ctx, done(*result) if following is None else following(result), kind, args, kwargs)


def _result(step: Step, new_record: Any, obj: Any) -> Step:
    """After ``__init__``: the value is the object."""
    function, operands, following = step
    if function is not None:
        return (function, operands, functools.partial(_initialised, following, new_record, obj))
    record, value = operands
    if value is not None:
        raise TypeError(f"__init__() should return None, not '{type(value).__name__}'")
    if record is None and new_record is None:
        return done(None, obj)
    return done((_reverse_construct, record, new_record, obj), obj)


def _initialised(following: Any, new_record: Any, obj: Any, result: Any) -> Step:
    return _result(done(*result) if following is None else following(result), new_record, obj)


def finish_construction(obj: Any, how: Arrangement | None, pair: tuple[Any, Any]) -> Step:
    """After ``__init__`` of an object that ``object.__new__`` has made."""
    record, value = pair
    if how is not None and record is not None:
        record = arranged(how, record)
    return (None, constructed(obj, (record, value)), None)


def constructed(obj: Any, pair: tuple[Any, Any]) -> tuple[Any, Any]:
    """The record and value of the call of a class, from those of ``__init__``."""
    record, value = pair
    if value is not None:
        raise TypeError(f"__init__() should return None, not '{type(value).__name__}'")
    return (None if record is None else (reverse_made, record, obj)), obj


def reverse_made(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    """The call of a class whose objects ``object.__new__`` makes."""
    _, init, obj = record
    bars: tuple[Any, ...] = init[0](ctx, init, ZERO)
    for bar in ctx.shadows.get(id(obj), _SETTLED).values():
        if bar is not ZERO:
            _check_settled(ctx, obj)
    return bars[1:]


_SETTLED: dict[Any, Any] = {}


def _reverse_construct(ctx: Context, record: Any, y_bar: Any) -> tuple[Any, ...]:
    _, init, new, obj = record
    bars: tuple[Any, ...] = ()
    if init is not None:
        bars = tuple(init[0](ctx, init, ZERO)[1:])
    if new is not None:
        more = new[0](ctx, new, y_bar)
        bars = (
            tuple(a if b is ZERO else b if a is ZERO else a + b for a, b in zip(bars, more, strict=True))
            if bars
            else more
        )
    _check_settled(ctx, obj)
    return bars


def _check_settled(ctx: Context, obj: Any) -> None:
    """An object that was made here has given all its cotangents to what was stored, or the store was not seen."""
    shadow = ctx.shadows.get(id(obj))
    for name, bar in (shadow or {}).items():
        if bar is not ZERO and not isinstance(bar, Poison) and not issubclass(type(obj), BaseException):
            raise NoRuleError(
                f"the attribute {name!r} of a {type(obj).__qualname__} was set by code that was not differentiated",
                fixes="write a rule for the function that sets it (docs/adding-a-rule.md)",
            )


def _call_by_wrapper(ctx: Context, method: Any, operands: tuple[Any, ...], kwargs: dict[str, Any]) -> Step | None:
    """``owner.__call__(...)``, where that is a method of C."""
    owner, *args = operands
    if isinstance(owner, type):
        return lead_owner(construct_plainly(ctx, owner, tuple(args), kwargs))
    if type(type(owner).__call__) is not types.FunctionType:
        return lead_owner(resolve(ctx, owner, tuple(args), kwargs))
    return None


HOOKS["__call__"] = _call_by_wrapper

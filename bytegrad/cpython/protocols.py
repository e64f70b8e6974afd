"""Opcodes of protocols that mean the same in every supported Python: exceptions, patterns, generators."""

from __future__ import annotations

from typing import Any

from bytegrad.cpython.common import COMMON

op = COMMON.op

# Exceptions -----------------------------------------------------------------------------------------------


@op("PUSH_EXC_INFO", "exc -- previous exc")
def push_exc_info(b: Any, arg: Any, exc: Any) -> Any:
    return (b.call("push_exc_info", exc), exc)


@op("POP_EXCEPT", "previous --")
def pop_except(b: Any, arg: Any, previous: Any) -> Any:
    b.effect("pop_except", previous)
    return ()


@op("CHECK_EXC_MATCH", "exc kind -- exc res")
def check_exc_match(b: Any, arg: Any, exc: Any, kind: Any) -> Any:
    return (exc, b.call("exc_match", exc, kind))


@op("CHECK_EG_MATCH", "exc kind -- rest matched")
def check_eg_match(b: Any, arg: Any, exc: Any, kind: Any) -> Any:
    return b.calls("eg_match", 2, exc, kind)


@op("BEFORE_WITH", "manager -- leave value")
def before_with(b: Any, arg: Any, manager: Any) -> Any:
    return b.calls("enter_with", 2, manager)


@op("WITH_EXCEPT_START", "leave lasti previous exc -- leave lasti previous exc res")
def with_except_start(b: Any, arg: Any, leave: Any, lasti: Any, previous: Any, exc: Any) -> Any:
    return (leave, lasti, previous, exc, b.call("exit_with", leave, exc))


# Pattern matching -----------------------------------------------------------------------------------------


@op("GET_LEN", "subject -- subject length")
def get_len(b: Any, arg: Any, subject: Any) -> Any:
    return (subject, b.call("len", subject))


@op("MATCH_MAPPING", "subject -- subject res")
def match_mapping(b: Any, arg: Any, subject: Any) -> Any:
    return (subject, b.call("is_mapping", subject))


@op("MATCH_SEQUENCE", "subject -- subject res")
def match_sequence(b: Any, arg: Any, subject: Any) -> Any:
    return (subject, b.call("is_sequence", subject))


@op("MATCH_KEYS", "subject keys -- subject keys values")
def match_keys(b: Any, arg: Any, subject: Any, keys: Any) -> Any:
    return (subject, keys, b.call("match_keys", subject, keys))


@op("MATCH_CLASS", "subject kind names -- attrs")
def match_class(b: Any, n: int, subject: Any, kind: Any, names: Any) -> Any:
    return (b.call("match_class", subject, kind, names, static=n),)


# Generators and coroutines --------------------------------------------------------------------------------


@op("YIELD_VALUE", "value -- received")
def yield_value(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("yield", value),)


@op("GET_YIELD_FROM_ITER", "iterable -- iterator")
def get_yield_from_iter(b: Any, arg: Any, iterable: Any) -> Any:
    return (b.call("yield_from_iter", iterable),)


@op("SEND", "iterator received -- iterator value", flow="send")
def send(b: Any, arg: Any, iterator: Any, received: Any) -> Any:
    return (iterator, b.call("send", iterator, received))


@op("GET_AWAITABLE", "value -- awaitable")
def get_awaitable(b: Any, where: int, value: Any) -> Any:
    return (b.call("get_awaitable", value, static=where),)


@op("GET_AITER", "value -- iterator")
def get_aiter(b: Any, arg: Any, value: Any) -> Any:
    return (b.call("aiter", value),)


@op("GET_ANEXT", "iterator -- iterator awaitable")
def get_anext(b: Any, arg: Any, iterator: Any) -> Any:
    return (iterator, b.call("anext", iterator))


@op("BEFORE_ASYNC_WITH", "manager -- leave awaitable")
def before_async_with(b: Any, arg: Any, manager: Any) -> Any:
    return b.calls("enter_async_with", 2, manager)


@op("END_ASYNC_FOR", "iterator exc --")
def end_async_for(b: Any, arg: Any, iterator: Any, exc: Any) -> Any:
    b.effect("end_async_for", exc)
    return ()

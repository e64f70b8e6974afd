"""Exceptions, queues, context variables, times and exact numbers."""

import concurrent.futures
import contextlib
import contextvars
import datetime
import decimal
import fractions
import queue
import sys
import threading
import warnings

CV = contextvars.ContextVar("cv")


MEMO = {}


def keyerror(x):
    try:
        {}[x * x]
    except KeyError as e:
        return e.args[0]


def exc_args(x):
    try:
        raise ValueError(x * x, "a")
    except ValueError as e:
        return e.args[0]


def exc_group(x):
    try:
        raise ExceptionGroup("a", [ValueError(x * x), TypeError(x)])
    except* ValueError as e:
        y = e.exceptions[0].args[0]
    except* TypeError as e:
        z = e.exceptions[0].args[0]
    return y * z


def exc_context(x):
    try:
        try:
            raise ValueError(x * x)
        except ValueError:
            raise KeyError(1)
    except KeyError as e:
        return e.__context__.args[0]


def sys_exc(x):
    try:
        raise ValueError(x * x)
    except ValueError:
        return sys.exc_info()[1].args[0]


def warn_(x):
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        warnings.warn(UserWarning(x * x))
        return w[0].message.args[0]


def stop_value(x):
    def g():
        yield 1
        return x * x

    i = g()
    next(i)
    try:
        next(i)
    except StopIteration as e:
        return e.value


def ctxvar(x):
    t = CV.set(x * x)
    y = CV.get()
    CV.reset(t)
    return y


def ctxrun(x):
    c = contextvars.copy_context()
    return c.run(lambda a: a * a, x)


def ctxvar_run(x):
    c = contextvars.copy_context()
    c.run(CV.set, x * x)
    return c[CV]


def timedelta_total(x):
    return datetime.timedelta(seconds=x).total_seconds()


def timedelta_mul(x):
    return (datetime.timedelta(days=1) * x).total_seconds() / 1e5


def timedelta_div(x):
    return datetime.timedelta(days=x) / datetime.timedelta(hours=1)


def timedelta_attr(x):
    return datetime.timedelta(days=x).seconds * x / 1e5


def datetime_add(x):
    return (datetime.datetime(2020, 1, 1) + datetime.timedelta(days=x)).timestamp() / 1e9


def datetime_fromts(x):
    return datetime.datetime.fromtimestamp(x * 1e6).timestamp() / 1e6


def datetime_diff(x):
    return (
        datetime.datetime(2020, 1, 1) + datetime.timedelta(days=x) - datetime.datetime(2019, 1, 1)
    ).total_seconds() / 1e6


def queue_(x):
    q = queue.Queue()
    q.put(x * x)
    return q.get()


def simplequeue(x):
    q = queue.SimpleQueue()
    q.put(x * x)
    return q.get()


def prioqueue(x):
    q = queue.PriorityQueue()
    q.put((x * x, 1))
    q.put((x, 2))
    return q.get()[0] * 2


def tlocal(x):
    t = threading.local()
    t.a = x * x
    return t.a


def future_(x):
    u = concurrent.futures.Future()
    u.set_result(x * x)
    return u.result()


def decimal_(x):
    return float(decimal.Decimal(x) * decimal.Decimal(x))


def decimal_ctx(x):
    with decimal.localcontext() as c:
        c.prec = 20
        return float((decimal.Decimal(x) ** 2).sqrt().ln().exp())


def decimal_fma(x):
    return float(decimal.Decimal(x).fma(decimal.Decimal(x), 1))


def decimal_tuple(x):
    return float(decimal.Decimal(decimal.Decimal(x).as_tuple()))


def fraction_(x):
    return float(fractions.Fraction(x) * fractions.Fraction(1, 3))


def own_memo(x):
    MEMO.clear()

    def g(a):
        if a not in MEMO:
            MEMO[a] = a * a
        return MEMO[a]

    return g(x) * g(x)


def exitstack(x):
    out = []
    with contextlib.ExitStack() as s:
        s.callback(out.append, x * x)
    return out[0]


def id_cache(x):
    y = x * x
    d = {id(y): y}
    return d[id(y)]


ESCAPES = (
    keyerror,
    exc_args,
    exc_group,
    exc_context,
    sys_exc,
    warn_,
    stop_value,
    ctxvar,
    ctxrun,
    ctxvar_run,
    timedelta_total,
    timedelta_mul,
    timedelta_div,
    timedelta_attr,
    datetime_add,
    datetime_fromts,
    datetime_diff,
    queue_,
    simplequeue,
    prioqueue,
    tlocal,
    future_,
    decimal_,
    decimal_ctx,
    decimal_fma,
    decimal_tuple,
    fraction_,
    own_memo,
    exitstack,
    id_cache,
)

"""Hooks of the interpreter and of the standard library: classes that are made, contexts, executors."""

import builtins
import concurrent.futures
import contextlib
import contextvars
import copy
import copyreg
import dataclasses
import enum
import inspect
import io
import sched
import sys
import time
import traceback
import typing
import unittest.mock
import warnings
import weakref

POOL = concurrent.futures.ThreadPoolExecutor(1)


class P(typing.NamedTuple):
    a: float
    b: float = 2.0


@dataclasses.dataclass
class D:
    a: float
    b: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.c = self.a * 2


class Holder:
    def __init__(self, a):
        self.a = a


class R:
    def __init__(self, a):
        self.a = a

    def __reduce__(self):
        return (R, (self.a * 3,))


class Dt:
    def __set_name__(self, owner, name):
        owner.q = owner.base * 2


class IS:
    def __init_subclass__(cls):
        cls.q = cls.base * 2


def by_nt_replace(x):
    return P(x)._replace(a=x * x).a


def by_dc_replace(x):
    return dataclasses.replace(D(x), a=x * x).c


def by_dc_asdict_nested(x):
    return dataclasses.asdict(D(x * x, [D(x * x)]))["b"][0]["a"]


def by_dc_make(x):
    return dataclasses.make_dataclass("Q", [("a", float, x * x)])().a


def by_dc_field_default(x):
    return dataclasses.fields(dataclasses.make_dataclass("Q", [("a", float, x * x)]))[0].default


def by_copy_reduce(x):
    return copy.copy(R(x * x)).a


def by_copyreg(x):

    class Z(Holder):
        pass

    copyreg.pickle(Z, lambda z: (Holder, (z.a * 2,)))
    try:
        return copy.copy(Z(x * x)).a
    finally:
        del copyreg.dispatch_table[Z]


def by_reduce_ex(x):
    r = Holder(x * x).__reduce_ex__(4)
    return r[2]["a"]


def by_getstate(x):
    return Holder(x * x).__getstate__()["a"]


def by_enum_float(x):

    class E(float, enum.Enum):
        A = x * x

    return E.A * 1.0


def by_enum_float_value(x):

    class E(float, enum.Enum):
        A = x * x

    return E.A.value * 1.0


def by_enum_float_slot(x):

    class E(float, enum.Enum):
        A = x * x

    return E["A"]._value_ * 1.0


def by_enum_lookup(x):

    class E(enum.Enum):
        A = x * x

    return E(x * x).value


def by_enum_auto(x):

    class E(enum.Enum):
        def _generate_next_value_(name, start, count, last):
            return x * x

        A = enum.auto()

    return E.A.value


def by_weakfinal(x):
    out = []
    o = Holder(x)
    f = weakref.finalize(o, out.append, x * x)
    f()
    return out[0]


def by_ctxvar(x):
    v = contextvars.ContextVar("v")
    v.set(x * x)
    return contextvars.copy_context()[v]


def by_ctxvar_run(x):
    v = contextvars.ContextVar("v", default=1.0)

    def g():
        v.set(x * x)
        return v.get()

    return contextvars.copy_context().run(g)


def by_ctxvar_default(x):
    return contextvars.ContextVar("v", default=x * x).get()


def by_ctxvar_token(x):
    v = contextvars.ContextVar("v")
    v.set(x * x)
    t = v.set(1.0)
    return t.old_value


def by_ctxlib_exitstack(x):
    out = []
    with contextlib.ExitStack() as s:
        s.callback(out.append, x * x)
    return out[0]


def by_pool_prestart(x):
    return POOL.submit(lambda: x * x).result()


def by_inspect_apply(x):
    b = inspect.signature(lambda a, b=x * x: a).bind(1)
    b.apply_defaults()
    return b.arguments["b"]


def by_mock_side(x):
    return unittest.mock.Mock(side_effect=lambda a: a * x)(x)


def by_sched(x):
    out = []
    s = sched.scheduler(time.time, time.sleep)
    s.enter(0, 1, out.append, (x * x,))
    s.run()
    return out[0]


def by_warn_show(x):
    out = []
    old = warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda m, *a: out.append(m.args[0])
        warnings.warn(UserWarning(x * x))
    return out[0]


def by_traceback_printfile(x):
    s = io.StringIO()
    try:
        raise ValueError(x * x)
    except ValueError:
        traceback.print_exc(file=s)
    return float(s.getvalue().split("ValueError: ")[1])


def by_attrerr(x):
    try:
        getattr(Holder(x * x), "zz")
    except AttributeError as e:
        return e.obj.a


def by_sysexit(x):
    try:
        sys.exit(x * x)
    except SystemExit as e:
        return e.code


def by_excgroup(x):
    try:
        raise ExceptionGroup("a", [ValueError(x * x)])
    except* ValueError as e:
        r = e.exceptions[0].args[0]
    return r


def by_set_name(x):

    class C:
        base = x * x
        d = Dt()

    return C.q


def by_set_name_closure(x):

    class Ds:
        def __set_name__(self, o, n):
            self.v = x * x

    class C:
        d = Ds()

    return C.__dict__["d"].v


def by_init_sub(x):

    class C(IS):
        base = x * x

    return C.q


def by_meta_init(x):

    class M(type):
        def __init__(c, n, b, ns):
            c.q = c.p * 2

    class C(metaclass=M):
        p = x * x

    return C.q


def by_builtins(x):
    builtins.qqq = x * x
    try:
        return qqq
    finally:
        del builtins.qqq


ESCAPES = (
    by_nt_replace,
    by_dc_replace,
    by_dc_asdict_nested,
    by_dc_make,
    by_dc_field_default,
    by_copy_reduce,
    by_copyreg,
    by_reduce_ex,
    by_getstate,
    by_enum_float,
    by_enum_lookup,
    by_enum_auto,
    by_weakfinal,
    by_ctxvar,
    by_ctxvar_run,
    by_ctxvar_default,
    by_ctxvar_token,
    by_ctxlib_exitstack,
    by_pool_prestart,
    by_inspect_apply,
    by_mock_side,
    by_sched,
    by_warn_show,
    by_traceback_printfile,
    by_attrerr,
    by_sysexit,
    by_excgroup,
    by_set_name,
    by_set_name_closure,
    by_init_sub,
    by_meta_init,
    by_builtins,
)

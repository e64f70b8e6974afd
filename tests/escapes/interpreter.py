"""The interpreter's own objects: frames, cells, namespaces, exceptions; and values of other kinds."""

import enum
import gc
import inspect
import sys
import types


def function_type(x):
    def g(a):
        return a * a

    h = types.FunctionType(g.__code__, globals(), "h", (x * 2,))
    return h() * x


def function_type_closure(x):
    y = x * x

    def g(a):
        return a * y

    h = types.FunctionType(g.__code__, globals(), "h", None, g.__closure__)
    return h(x)


def cell_contents(x):
    y = x * x

    def g():
        return y

    return g.__closure__[0].cell_contents


def cell_contents_set(x):
    y = 1.0

    def g():
        return y

    g.__closure__[0].cell_contents = x * x
    return g() * x


def cell_type(x):
    c = types.CellType(x * x)
    return c.cell_contents


def defaults_attr(x):
    def g(a=x * x):
        return a

    return g.__defaults__[0]


def defaults_set(x):
    def g(a=1.0):
        return a

    g.__defaults__ = (x * x,)
    return g()


def kwdefaults_set(x):
    def g(*, a=1.0):
        return a

    g.__kwdefaults__ = {"a": x * x}
    return g()


def kwdefaults_mut(x):
    def g(*, a=1.0):
        return a

    g.__kwdefaults__["a"] = x * x
    return g()


def locals_read(x):
    y = x * x
    return locals()["y"]


def frame_read(x):
    y = x * x
    return sys._getframe().f_locals["y"]


def frame_caller(x):
    def g():
        return sys._getframe(1).f_locals["y"]

    y = x * x
    return g()


def inspect_frame(x):
    y = x * x
    return inspect.currentframe().f_locals["y"]


def inspect_stack(x):
    y = x * x
    return inspect.stack()[0].frame.f_locals["y"]


def tb_frame(x):
    y = x * x
    try:
        raise ValueError
    except ValueError as e:
        return e.__traceback__.tb_frame.f_locals["y"]


def globals_read(x):
    globals()["_gq"] = x * x
    return _gq


def globals_write(x):
    global _gw
    _gw = x * x
    return globals()["_gw"]


def modvars(x):
    m = types.ModuleType("m")
    m.a = x * x
    return vars(m)["a"]


def mod_exec(x):
    m = types.ModuleType("m")
    m.a = x
    exec("b = a*a", m.__dict__)
    return m.b


def gen_frame(x):
    def g():
        y = x * x
        yield 1

    it = g()
    next(it)
    return it.gi_frame.f_locals["y"]


def getclosurevars(x):
    y = x * x

    def g():
        return y

    return inspect.getclosurevars(g).nonlocals["y"]


def gc_refs(x):
    o = [x * x]
    return gc.get_referents(o)[0]


def class_isub(x):
    class B:
        def __init_subclass__(cls, k=1.0):
            cls.k = k * 2

    class C(B, k=x * x):
        pass

    return C.k


def enum_made(x):
    return enum.Enum("Q", {"A": x * x}).A.value


def fattr(x):
    def g():
        return g.k

    g.k = x * x
    return g()


ESCAPES = (
    function_type,
    function_type_closure,
    cell_contents,
    cell_contents_set,
    cell_type,
    defaults_attr,
    defaults_set,
    kwdefaults_set,
    kwdefaults_mut,
    locals_read,
    frame_read,
    frame_caller,
    inspect_frame,
    inspect_stack,
    tb_frame,
    globals_read,
    globals_write,
    modvars,
    mod_exec,
    gen_frame,
    getclosurevars,
    gc_refs,
    class_isub,
    enum_made,
    fattr,
)

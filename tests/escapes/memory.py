"""One memory with several faces: ctypes, arrays of `array`, byte arrays and views of them."""

import array
import ctypes
import struct

import numpy as np


def ctypes_contents(x):
    v = ctypes.c_double(1.0)
    p = ctypes.pointer(v)
    p.contents.value = x * x
    return v.value


def ctypes_contents_store(x):
    v = ctypes.c_double(1.0)
    p = ctypes.pointer(v)
    p.contents = ctypes.c_double(x * x)
    return p[0]


def ctypes_ptr_item(x):
    v = ctypes.c_double(1.0)
    p = ctypes.pointer(v)
    p[0] = x * x
    return v.value


def ctypes_cast(x):
    v = (ctypes.c_double * 2)()
    p = ctypes.cast(v, ctypes.POINTER(ctypes.c_double))
    p[1] = x * x
    return v[1]


def ctypes_struct_nested(x):

    class A(ctypes.Structure):
        _fields_ = [("a", ctypes.c_double)]

    class B(ctypes.Structure):
        _fields_ = [("s", A), ("p", ctypes.c_double * 2)]

    b = B()
    b.s.a = x * x
    b.p[1] = x
    return b.s.a * b.p[1]


def ctypes_item_write(x):
    v = (ctypes.c_double * 2)()
    v[0] = x
    v[1] = x * x
    return v[0] * v[1]


def ctypes_memmove(x):
    a = ctypes.c_double(x * x)
    b = ctypes.c_double()
    ctypes.memmove(ctypes.byref(b), ctypes.byref(a), 8)
    return b.value


def ctypes_from_buffer(x):
    a = np.array([1.0])
    c = (ctypes.c_double * 1).from_buffer(a)
    c[0] = x * x
    return a[0]


def ctypes_from_buffer_read(x):
    a = np.array([1.0])
    c = (ctypes.c_double * 1).from_buffer(a)
    a[0] = x * x
    return c[0]


def ctypes_as_array(x):
    c = (ctypes.c_double * 1)()
    a = np.ctypeslib.as_array(c)
    a[0] = x * x
    return c[0]


def ctypes_as_array2(x):
    c = (ctypes.c_double * 1)()
    a = np.ctypeslib.as_array(c)
    c[0] = x * x
    return a[0]


def ctypes_union(x):

    class U(ctypes.Union):
        _fields_ = [("a", ctypes.c_double), ("b", ctypes.c_uint64)]

    u = U()
    u.a = x * x
    v = U()
    v.b = u.b
    return v.a


def ctypes_from_bytes(x):
    return ctypes.c_double.from_buffer_copy(bytes(ctypes.c_double(x * x))).value


def array_asarray(x):
    a = array.array("d", [1.0, 2.0])
    v = np.asarray(a)
    v[0] = x * x
    return a[0]


def array_asarray_read(x):
    a = array.array("d", [1.0, 2.0])
    v = np.asarray(a)
    a[0] = x * x
    return v[0]


def array_frombuffer(x):
    a = array.array("d", [1.0, 2.0])
    v = np.frombuffer(a)
    v[0] = x * x
    return a[0]


def array_frombuffer2(x):
    a = array.array("d", [1.0, 2.0])
    v = np.frombuffer(a)
    a[0] = x * x
    return v[0]


def typed_memoryview(x):
    a = array.array("d", [1.0, 2.0])
    v = memoryview(a)
    v[0] = x * x
    return a[0]


def typed_memoryview2(x):
    a = array.array("d", [1.0, 2.0])
    v = memoryview(a)
    a[0] = x * x
    return v[0]


def bytearray_frombuffer(x):
    b = bytearray(8)
    v = np.frombuffer(b)
    v[0] = x * x
    return struct.unpack("d", b)[0]


def bytearray_frombuffer2(x):
    b = bytearray(8)
    v = np.frombuffer(b)
    struct.pack_into("d", b, 0, x * x)
    return v[0]


def np_memoryview_write(x):
    a = np.zeros(2)
    m = memoryview(a)
    m[0] = x * x
    return a[0]


def np_data_write(x):
    a = np.zeros(2)
    a.data[0] = x * x
    return a[0]


def np_memoryview_read(x):
    a = np.zeros(2)
    m = memoryview(a)
    a[0] = x * x
    return m[0]


def array_only_read(x):
    a = array.array("d", [x, x * x])
    v = np.asarray(a)
    return a[0] * v[1] + np.sum(np.frombuffer(a))


def bytearray_under_arrays(x):
    b = bytearray(24)
    v, w = np.ndarray((3,), float, buffer=b), np.frombuffer(b)
    v[1] = x * x
    return w[1] * x


ESCAPES = (
    ctypes_contents,
    ctypes_contents_store,
    ctypes_ptr_item,
    ctypes_cast,
    ctypes_struct_nested,
    ctypes_item_write,
    ctypes_memmove,
    ctypes_from_buffer,
    ctypes_from_buffer_read,
    ctypes_as_array,
    ctypes_as_array2,
    ctypes_union,
    ctypes_from_bytes,
    array_asarray,
    array_asarray_read,
    array_frombuffer,
    array_frombuffer2,
    typed_memoryview,
    typed_memoryview2,
    bytearray_frombuffer,
    bytearray_frombuffer2,
    np_memoryview_write,
    np_data_write,
    np_memoryview_read,
    array_only_read,
    bytearray_under_arrays,
)

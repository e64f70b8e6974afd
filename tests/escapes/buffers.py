"""Bytes, buffers and arrays that share memory."""

import array
import base64
import copy
import ctypes
import io
import pickle
import struct

import numpy as np


def struct_rt(x):
    return struct.unpack("d", struct.pack("d", x * x))[0]


def struct_class(x):
    s = struct.Struct("dd")
    return s.unpack(s.pack(x, x * x))[1]


def struct_into(x):
    b = bytearray(8)
    struct.pack_into("d", b, 0, x * x)
    return struct.unpack_from("d", b)[0]


def struct_iter(x):
    return sum(v for (v,) in struct.iter_unpack("d", struct.pack("dd", x, x * x)))


def array_rt(x):
    return array.array("d", [x, x * x])[1]


def array_bytes(x):
    a = array.array("d")
    a.frombytes(array.array("d", [x, x * x]).tobytes())
    return a[1]


def array_tolist(x):
    return array.array("d", [x, x * x]).tolist()[1]


def array_append(x):
    a = array.array("d")
    a.append(x * x)
    a.extend([x, 3 * x])
    a[1] = a[0] * 2
    return sum(a)


def array_memoryview(x):
    return memoryview(array.array("d", [x, x * x]))[1]


def memoryview_cast(x):
    m = memoryview(bytearray(16)).cast("d")
    m[0] = x * x
    return m[0]


def memoryview_tolist(x):
    return memoryview(array.array("d", [x, x * x])).tolist()[1]


def ctypes_double(x):
    return ctypes.c_double(x * x).value


def ctypes_array(x):
    return (ctypes.c_double * 2)(x, x * x)[1]


def ctypes_struct(x):
    class T(ctypes.Structure):
        _fields_ = [("a", ctypes.c_double)]

    t = T()
    t.a = x * x
    return t.a


def base64_(x):
    return struct.unpack("d", base64.b64decode(base64.b64encode(struct.pack("d", x * x))))[0]


def mmap_like(x):
    b = bytearray(struct.pack("d", x * x))
    m = memoryview(b)
    return struct.unpack("d", bytes(m))[0]


def int_bytes(x):
    return struct.unpack("d", int.from_bytes(struct.pack("d", x * x), "little").to_bytes(8, "little"))[0]


def nplist(x):
    return np.array([x, x * x]).tolist()[1]


def npbytes(x):
    return np.frombuffer(np.array([x * x]).tobytes())[0]


def npsave(x):
    b = io.BytesIO()
    np.save(b, np.array([x * x]))
    b.seek(0)
    return np.load(b)[0]


def npstr(x):
    return float(np.array2string(np.array(x * x)))


def npfromstr(x):
    return np.fromstring(f"{x} {x * x}", sep=" ")[1]


def npitem(x):
    return np.array([x * x]).item()


def npdeepcopy(x):
    return copy.deepcopy(np.array([x * x]))[0]


def nppickle(x):
    return pickle.loads(pickle.dumps(np.array([x * x])))[0]


def npobj(x):
    return np.array([x, x * x], dtype=object)[1]


def npstruct(x):
    a = np.zeros(2, dtype=[("a", float)])
    a["a"][0] = x * x
    return a[0]["a"]


def npbuffer(x):
    return np.frombuffer(array.array("d", [x * x]))[0]


def npmemview(x):
    a = np.array([x * x, x])
    return memoryview(a)[0]


def npctypes(x):
    a = np.array([x * x])
    return a.ctypes.data_as(ctypes.POINTER(ctypes.c_double))[0]


def npview(x):
    return np.array([x * x]).view(np.int64).view(float)[0]


def np_dataset(x):
    a = np.array([x * x])
    b = np.ndarray((1,), float, a)
    return b[0]


def ratio_(x):
    n, d = (x * x).as_integer_ratio()
    return n / d


ESCAPES = (
    struct_rt,
    struct_class,
    struct_into,
    struct_iter,
    array_rt,
    array_bytes,
    array_tolist,
    array_append,
    array_memoryview,
    memoryview_cast,
    memoryview_tolist,
    ctypes_double,
    ctypes_array,
    ctypes_struct,
    base64_,
    mmap_like,
    int_bytes,
    nplist,
    npbytes,
    npsave,
    npstr,
    npfromstr,
    npitem,
    npdeepcopy,
    nppickle,
    npobj,
    npstruct,
    npbuffer,
    npmemview,
    npctypes,
    npview,
    np_dataset,
    ratio_,
)

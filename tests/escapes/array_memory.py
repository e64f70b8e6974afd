"""Arrays in files, in text, and in memory that others lend or share."""

import io
import mmap
import pickle
import struct
import tempfile
from multiprocessing import shared_memory

import numpy as np


def A(x):
    return np.array([x, x * x, 2.0])


def by_savez(x):
    b = io.BytesIO()
    np.savez(b, a=A(x))
    b.seek(0)
    return np.load(b)["a"][1]


def by_save_name(x):
    with tempfile.TemporaryDirectory() as d:
        np.save(d + "/a.npy", A(x))
        return np.load(d + "/a.npy")[1]


def by_savetxt(x):
    b = io.StringIO()
    np.savetxt(b, A(x))
    b.seek(0)
    return np.loadtxt(b)[1]


def by_savetxt_name(x):
    with tempfile.TemporaryDirectory() as d:
        np.savetxt(d + "/a", A(x))
        return np.loadtxt(d + "/a")[1]


def by_genfromtxt(x):
    return np.genfromtxt(io.StringIO(f"{x * x!r},1"), delimiter=",")[0]


def by_tofile(x):
    with tempfile.TemporaryDirectory() as d:
        A(x).tofile(d + "/a")
        return np.fromfile(d + "/a")[1]


def by_tofile_text(x):
    with tempfile.TemporaryDirectory() as d:
        A(x).tofile(d + "/a", sep=" ")
        return np.fromfile(d + "/a", sep=" ")[1]


def by_dump(x):
    return pickle.loads(A(x).dumps())[1]


def by_memmap(x):
    with tempfile.TemporaryDirectory() as d:
        m = np.memmap(d + "/a", dtype=float, mode="w+", shape=3)
        m[:] = A(x)
        return m[1]


def by_iface(x):
    a = A(x)

    class H:
        __array_interface__ = a.__array_interface__
        k = a

    return np.asarray(H())[1]


def by_iface_write(x):
    a = np.ones(3)

    class H:
        __array_interface__ = a.__array_interface__
        k = a

    v = np.asarray(H())
    v[0] = x * x
    return a[0]


def by_struct(x):
    a = A(x)

    class H:
        __array_struct__ = a.__array_struct__
        k = a

    return np.asarray(H())[1]


def by_ndarray_buf(x):
    return np.ndarray((3,), float, buffer=A(x).data)[1]


def by_ndarray_buf_w(x):
    b = bytearray(24)
    v = np.ndarray((3,), float, buffer=b)
    v[1] = x * x
    return np.ndarray((3,), float, buffer=b)[1]


def by_ndarray_buf_w2(x):
    b = bytearray(24)
    v = np.ndarray((3,), float, buffer=b)
    w = np.frombuffer(b)
    v[1] = x * x
    return w[1]


def by_strided(x):
    return np.lib.stride_tricks.as_strided(A(x), (2, 2), (8, 8))[0, 1]


def by_slide(x):
    return np.lib.stride_tricks.sliding_window_view(A(x), 2)[1, 0]


def by_nditer(x):
    return sum((float(v) for v in np.nditer(A(x))))


def by_nditer_w(x):
    a = np.zeros(3)
    for o, i in zip(np.nditer(a, op_flags=["readwrite"]), A(x)):
        o[...] = i * x
    return a.sum()


def by_nditer2(x):
    it = np.nditer([A(x), None])
    for a, b in it:
        b[...] = a * 2
    return it.operands[1].sum()


def by_flat(x):
    a = np.zeros(3)
    a.flat[1] = x * x
    a.flat = a + x
    return a.sum()


def by_rec(x):
    r = np.rec.array([(x, 1.0), (x * x, 2.0)], dtype=[("a", float), ("b", float)])
    return r.a[1] * r[0].a


def by_rec2(x):
    return np.rec.fromarrays([A(x), A(x)], names="a,b").b[1]


def by_char(x):
    return float(np.char.add(np.array([str(x * x)]), "")[0])


def by_strarr(x):
    return np.array([str(x * x)]).astype(float)[0]


def by_strarr2(x):
    return A(x).astype(str).astype(float)[1]


def by_strarr3(x):
    return A(x).astype("S32").astype(float)[1]


def by_setstate(x):
    a = np.zeros(3)
    a.__setstate__(A(x).__reduce__()[2])
    return a[1]


def by_reduce(x):
    f, a, s = A(x).__reduce__()
    b = f(*a)
    b.__setstate__(s)
    return b[1]


def by_setfield(x):
    a = np.zeros(3)
    a.setfield(A(x), float)
    return a[1]


def by_getfield(x):
    return A(x).getfield(float)[1]


def by_byteswap(x):
    return A(x).byteswap().byteswap()[1]


def by_view_int(x):
    a = A(x)
    a.view(np.int64)[0] = np.array([x * x]).view(np.int64)[0]
    return a[0]


def by_view_bytes(x):
    a = np.zeros(1)
    a.view(np.uint8)[:] = np.array([x * x]).view(np.uint8)
    return a[0]


def by_complexview(x):
    a = np.zeros(2, complex)
    a.view(float)[2] = x * x
    return a[1].real


def by_scalar_bytes(x):
    return np.frombuffer(np.float64(x * x).tobytes())[0]


def by_scalar_view(x):
    return np.float64(x * x).view(np.int64).view(np.float64)


def by_scalar_hex(x):
    return float.fromhex(np.float64(x * x).hex())


def by_fmt(x):
    return float(np.format_float_positional(x * x))


def by_fmtsci(x):
    return float(np.format_float_scientific(x * x))


def by_printopt(x):
    with np.printoptions(formatter={"float": lambda v: repr(v * 2)}):
        return float(str(np.array(x * x)))


def by_shm(x):
    s = shared_memory.SharedMemory(create=True, size=24)
    try:
        v = np.ndarray((3,), float, buffer=s.buf)
        v[1] = x * x
        r = float(np.ndarray((3,), float, buffer=s.buf)[1])
        del v
        return r
    finally:
        try:
            s.close()
        except BufferError:
            pass
        s.unlink()


def by_mmap(x):
    m = mmap.mmap(-1, 8)
    m[:] = struct.pack("d", x * x)
    return struct.unpack("d", m[:])[0]


def by_mmap2(x):
    m = mmap.mmap(-1, 8)
    np.frombuffer(m)[0] = x * x
    return struct.unpack("d", m[:])[0]


def by_mmap3(x):
    m = mmap.mmap(-1, 8)
    m.write(struct.pack("d", x * x))
    return np.frombuffer(m)[0]


def by_dlpack(x):
    return np.from_dlpack(A(x))[1]


def by_dlpack_w(x):
    a = np.zeros(3)
    b = np.from_dlpack(a)
    a[1] = x * x
    return b[1]


def by_packbits(x):
    return float(np.packbits(np.unpackbits(np.array([x * x]).view(np.uint8))).view(float)[0])


ESCAPES = (
    by_savez,
    by_save_name,
    by_savetxt,
    by_savetxt_name,
    by_genfromtxt,
    by_tofile,
    by_tofile_text,
    by_dump,
    by_memmap,
    by_iface,
    by_iface_write,
    by_struct,
    by_ndarray_buf,
    by_ndarray_buf_w,
    by_ndarray_buf_w2,
    by_strided,
    by_slide,
    by_nditer,
    by_nditer_w,
    by_nditer2,
    by_flat,
    by_rec,
    by_rec2,
    by_char,
    by_strarr,
    by_strarr2,
    by_strarr3,
    by_setstate,
    by_reduce,
    by_setfield,
    by_getfield,
    by_byteswap,
    by_view_int,
    by_view_bytes,
    by_complexview,
    by_scalar_bytes,
    by_scalar_view,
    by_scalar_hex,
    by_fmt,
    by_fmtsci,
    by_printopt,
    by_shm,
    by_mmap,
    by_mmap2,
    by_mmap3,
    by_dlpack,
    by_dlpack_w,
    by_packbits,
)

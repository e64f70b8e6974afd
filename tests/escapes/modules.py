"""Ways through modules of the standard library: text, bytes, parsers, stores."""

import argparse
import ast
import binascii
import bisect
import codecs
import configparser
import contextlib
import csv
import ctypes
import datetime
import decimal
import gzip
import heapq
import io
import json
import marshal
import pickle
import pprint
import random
import reprlib
import shelve
import shlex
import sqlite3
import string
import struct
import tempfile
import tomllib
import typing
import urllib.parse
import uuid
import xml.etree.ElementTree as ET
import zipfile


class P(typing.NamedTuple):
    a: float
    b: float = 2.0


class Holder:
    def __init__(self, a):
        self.a = a


class R:
    def __init__(self, a):
        self.a = a

    def __reduce__(self):
        return (R, (self.a * 3,))


def by_bisect_key(x):
    a = [P(1.0), P(2.0)]
    bisect.insort(a, P(x * x), key=lambda p: p.a)
    return a[1].a


def by_heap_merge(x):
    return list(heapq.merge([x * x, 5.0], [1.0]))[1]


def by_decimal_tuple(x):
    t = decimal.Decimal(x * x).as_tuple()
    return float(decimal.Decimal(t))


def by_decimal_ctx(x):
    return float(decimal.getcontext().multiply(decimal.Decimal(x), decimal.Decimal(x)))


def by_timedelta(x):
    return datetime.timedelta(seconds=1000.0 * x * x).total_seconds()


def by_datetime_ts(x):
    return datetime.datetime.fromtimestamp(1000000000.0 * x * x).timestamp()


def by_json_default(x):
    return json.loads(json.dumps({"a": Holder(x * x)}, default=lambda o: o.a))["a"]


def by_json_hook(x):
    return json.loads('{"a": 1.0}', object_hook=lambda d: d["a"] * x * x)


def by_json_pfloat(x):
    return json.loads("[1.5]", parse_float=lambda s: float(s) * x)[0]


def by_pickle_reduce(x):
    return pickle.loads(pickle.dumps(R(x * x))).a


def by_pickle_persist(x):
    store = []

    class Pk(pickle.Pickler):
        def persistent_id(self, o):
            if isinstance(o, Holder):
                store.append(o.a)
                return len(store) - 1

    class Up(pickle.Unpickler):
        def persistent_load(self, pid):
            return store[pid]

    f = io.BytesIO()
    Pk(f).dump(Holder(x * x))
    f.seek(0)
    return Up(f).load()


def by_csv_quote(x):
    return next(csv.reader(["%r" % (x * x)], quoting=csv.QUOTE_NONNUMERIC))[0]


def by_template(x):
    return float(string.Template("$a").substitute(a=x * x))


def by_formatter(x):
    return float(string.Formatter().format("{0!r}", x * x))


def by_pprint2(x):
    return float(pprint.pformat([x * x])[1:-1])


def by_reprlib(x):
    return float(reprlib.repr([x * x])[1:-1])


def by_redirect(x):
    s = io.StringIO()
    with contextlib.redirect_stdout(s):
        print(x * x)
    return float(s.getvalue())


def by_sqlite_table(x):
    c = sqlite3.connect(":memory:")
    c.execute("create table t(a)")
    c.execute("insert into t values(?)", (x * x,))
    return c.execute("select a from t").fetchall()[0][0]


def by_sqlite_func(x):
    c = sqlite3.connect(":memory:")
    c.create_function("f", 1, lambda a: a * x * x)
    return c.execute("select f(1.0)").fetchone()[0]


def by_gzip(x):
    return struct.unpack("d", gzip.decompress(gzip.compress(struct.pack("d", x * x))))[0]


def by_hexlify(x):
    return struct.unpack("d", binascii.unhexlify(binascii.hexlify(struct.pack("d", x * x))))[0]


def by_codecs(x):
    return float(codecs.decode(codecs.encode(str(x * x), "rot13"), "rot13"))


def by_tempfile_spool(x):
    with tempfile.SpooledTemporaryFile(mode="w+") as f:
        f.write(repr(x * x))
        f.seek(0)
        return float(f.read())


def by_configparser(x):
    c = configparser.ConfigParser()
    c.read_dict({"a": {"b": x * x}})
    return c.getfloat("a", "b")


def by_argparse(x):
    p = argparse.ArgumentParser()
    p.add_argument("--a", type=float)
    return p.parse_args(["--a", repr(x * x)]).a


def by_argparse_const(x):
    p = argparse.ArgumentParser()
    p.add_argument("--a", action="store_const", const=x * x)
    return p.parse_args(["--a"]).a


def by_shelve(x):
    with tempfile.TemporaryDirectory() as d, shelve.open(d + "/s") as s:
        s["a"] = x * x
        return s["a"]


def by_ast_const(x):
    return ast.Constant(x * x).value


def by_ast_eval(x):
    t = ast.parse("1.0", mode="eval")
    t.body = ast.copy_location(ast.Constant(x * x), t.body)
    return eval(compile(t, "q", "eval"))


def by_marshal_list(x):
    return marshal.loads(marshal.dumps([x * x, x]))[0]


def by_uuid(x):
    u = uuid.UUID(bytes=struct.pack("d", x * x) * 2)
    return struct.unpack("d", u.bytes[:8])[0]


def by_url(x):
    return float(urllib.parse.parse_qs(urllib.parse.urlencode({"a": x * x}))["a"][0])


def by_shlex(x):
    return float(shlex.split(f"a {x * x!r}")[1])


def by_et_text(x):
    e = ET.Element("a")
    e.text = repr(x * x)
    return float(ET.fromstring(ET.tostring(e)).text)


def by_et_attrib(x):
    e = ET.Element("a")
    e.attrib["v"] = x * x
    return e.attrib["v"]


def by_toml(x):
    return tomllib.loads(f"a = {x * x!r}")["a"]


def by_zip(x):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        z.writestr("a", repr(x * x))
    with zipfile.ZipFile(b) as z:
        return float(z.read("a"))


def by_struct_bits(x):
    b = struct.unpack("Q", struct.pack("d", x * x))[0]
    return struct.unpack("d", struct.pack("Q", b))[0]


def by_readinto(x):
    b = bytearray(8)
    io.BytesIO(struct.pack("d", x * x)).readinto(b)
    return struct.unpack("d", b)[0]


def by_complex_str(x):
    return complex(str(complex(x * x))).real


def by_py_object(x):
    return ctypes.py_object(x * x).value


def by_random_choices(x):
    return random.Random(3).choices([x * x, x], weights=[1.0, 0.0])[0]


ESCAPES = (
    by_bisect_key,
    by_heap_merge,
    by_decimal_tuple,
    by_decimal_ctx,
    by_timedelta,
    by_datetime_ts,
    by_json_default,
    by_json_hook,
    by_json_pfloat,
    by_pickle_reduce,
    by_pickle_persist,
    by_csv_quote,
    by_template,
    by_formatter,
    by_pprint2,
    by_reprlib,
    by_redirect,
    by_sqlite_table,
    by_sqlite_func,
    by_gzip,
    by_hexlify,
    by_codecs,
    by_tempfile_spool,
    by_configparser,
    by_argparse,
    by_argparse_const,
    by_shelve,
    by_ast_const,
    by_ast_eval,
    by_marshal_list,
    by_uuid,
    by_url,
    by_shlex,
    by_et_text,
    by_et_attrib,
    by_toml,
    by_zip,
    by_struct_bits,
    by_readinto,
    by_complex_str,
    by_py_object,
    by_random_choices,
)

"""Text, bytes and files: what was written may be read again."""

import ast
import configparser
import contextlib
import csv
import decimal
import io
import json
import marshal
import os
import pickle
import pprint
import re
import shlex
import sqlite3
import string
import tempfile
import textwrap
import tomllib
import traceback
import urllib.parse

import numpy as np


class P:
    def __init__(self, v):
        self.v = v


def json_rt(x):
    return json.loads(json.dumps(x))


def json_rt_list(x):
    return json.loads(json.dumps([x, {"a": x * x}]))[1]["a"]


def json_rt_dict(x):
    return json.loads(json.dumps({"a": x * x}))["a"]


def json_indent(x):
    return json.loads(json.dumps({"a": [x * x, x]}, indent=2, sort_keys=True))["a"][0]


def json_encoder(x):
    return json.JSONDecoder().decode(json.JSONEncoder().encode({"a": x}))["a"]


def json_dump_io(x):
    s = io.StringIO()
    json.dump({"a": x * x}, s)
    s.seek(0)
    return json.load(s)["a"]


def json_parse_float(x):
    return json.loads(json.dumps([x]), parse_float=decimal.Decimal)[0].__float__()


def pickle_rt(x):
    return pickle.loads(pickle.dumps(x * x))


def pickle_list(x):
    return pickle.loads(pickle.dumps([x * x, x]))[0]


def pickle_obj(x):
    return pickle.loads(pickle.dumps(P(x * x))).v


def pickle_io(x):
    b = io.BytesIO()
    pickle.dump({"a": x * x}, b)
    b.seek(0)
    return pickle.load(b)["a"]


def pickle_class(x):
    b = io.BytesIO()
    pickle.Pickler(b).dump([x])
    b.seek(0)
    return pickle.Unpickler(b).load()[0]


def marshal_rt(x):
    return marshal.loads(marshal.dumps([x * x]))[0]


def repr_eval(x):
    return eval(repr(x * x))


def evaluated_list(x):
    return eval(f"[{x * x}, 2.0]")[0]


def evaluated_array(x):
    return np.sum(eval("np.array([" + str(x * x) + "])"))


class Held:
    def __init__(self, value):
        self.value, self.array = value, np.array([value])


def evaluated_object(x):
    return eval(f"Held({x * x})").value + eval("Held(%s)" % x).array[0]


def executed_array(x):
    namespace = {"np": np}
    exec(f"made = (1, np.array([{x * x}]))", namespace)
    return namespace["made"][1][0]


def repr_literal(x):
    return ast.literal_eval(repr([x * x]))[0]


def str_float(x):
    return float(str(x * x))


def fmt_float(x):
    return float("%.17g" % (x * x))


def fmt_format(x):
    return float("{:.17g}".format(x * x))


def fstr(x):
    return float(f"{x * x!r}")


def fmt_builtin(x):
    return float(format(x * x, ".17g"))


def hex_(x):
    return float.fromhex((x * x).hex())


def str_split(x):
    return sum(float(w) for w in f"{x} {x * x}".split())


def str_join(x):
    return sum(float(w) for w in ",".join([repr(x), repr(x * x)]).split(","))


def str_join_map(x):
    return sum(map(float, ",".join(map(repr, [x, x * x])).split(",")))


def re_find(x):
    return float(re.findall(r"[\d.]+", f"a {x * x} b")[0])


def re_match(x):
    return float(re.match(r"v=(.*)", f"v={x * x}").group(1))


def re_sub(x):
    return float(re.sub("a", "", f"a{x * x}a"))


def template(x):
    return float(string.Template("$a").substitute(a=x * x))


def fmt_map(x):
    return float("{a}".format_map({"a": x * x}))


def string_formatter(x):
    return float(string.Formatter().format("{0}", x * x))


def print_io(x):
    s = io.StringIO()
    print(x * x, file=s)
    return float(s.getvalue())


def write_io(x):
    s = io.StringIO()
    s.write(repr(x * x))
    s.write("\n")
    return float(s.getvalue())


def redirect(x):
    s = io.StringIO()
    with contextlib.redirect_stdout(s):
        print(x * x)
    return float(s.getvalue())


def csv_(x):
    s = io.StringIO()
    csv.writer(s).writerow([x, x * x])
    s.seek(0)
    return float(next(csv.reader(s))[1])


def configp(x):
    c = configparser.ConfigParser()
    c["a"] = {"b": repr(x * x)}
    return c.getfloat("a", "b")


def bytes_(x):
    return float(str(x * x).encode())


def bytes_decode(x):
    return float(str(x * x).encode().decode())


def bytearray_(x):
    return float(bytearray(repr(x * x), "ascii"))


def pprint_(x):
    return ast.literal_eval(pprint.pformat([x * x]))[0]


def tempfile_(x):
    with tempfile.TemporaryFile("w+") as h:
        h.write(repr(x * x))
        h.seek(0)
        return float(h.read())


def sqlite_(x):
    c = sqlite3.connect(":memory:")
    c.execute("create table t(v)")
    c.execute("insert into t values (?)", (x * x,))
    r = c.execute("select v from t").fetchone()[0]
    c.close()
    return r


def environ_(x):
    os.environ["QX"] = repr(x * x)
    return float(os.environ.pop("QX"))


def exc_str(x):
    try:
        raise ValueError(x * x)
    except ValueError as e:
        return float(str(e))


def exc_notes(x):
    try:
        e = ValueError()
        e.add_note(repr(x * x))
        raise e
    except ValueError as e:
        return float(e.__notes__[0])


def traceback_(x):
    try:
        raise ValueError(x * x)
    except ValueError:
        return float(traceback.format_exc().strip().rsplit(": ")[-1])


def decimal_str(x):
    return float(decimal.Decimal(str(x)))


def complex_str(x):
    return complex(str(complex(x, 1))).real


def maketrans(x):
    return float(str(x * x).translate({44: None}))


def strmeths(x):
    return float(str(x * x).strip().rjust(30).replace("q", "").upper().partition("z")[0])


def strindex(x):
    return float(str(x * x)[:] + "")


def strlist(x):
    return float("".join(list(str(x * x))))


def strloop(x):
    s = ""
    for c in str(x * x):
        s += c
    return float(s)


def ordchr(x):
    return float("".join(chr(ord(c)) for c in str(x * x)))


def urlparse_(x):
    return float(urllib.parse.parse_qs(urllib.parse.urlencode({"a": x * x}))["a"][0])


def textwrap_(x):
    return float(textwrap.dedent("  " + repr(x * x)))


def shlex_(x):
    return float(shlex.split(f"a {x * x}")[1])


def toml_(x):
    return tomllib.loads(f"a = {x * x}")["a"]


class Token(str):
    pass


def text_of_a_class(x):
    return float(Token(str(x))) * x


def text_of_a_class_in_a_list(x):
    tokens = []
    tokens.append(Token(str(x)))
    return float([token for token in tokens][0]) * x


class Named:
    pass


def text_of_a_class_in_an_attribute(x):
    named = Named()
    named.token = Token(str(x))
    return float(named.token) * x


ESCAPES = (
    json_rt,
    json_rt_list,
    json_rt_dict,
    json_indent,
    json_encoder,
    json_dump_io,
    json_parse_float,
    pickle_rt,
    pickle_list,
    pickle_obj,
    pickle_io,
    pickle_class,
    marshal_rt,
    repr_eval,
    evaluated_list,
    evaluated_array,
    evaluated_object,
    executed_array,
    repr_literal,
    str_float,
    fmt_float,
    fmt_format,
    fstr,
    fmt_builtin,
    hex_,
    str_split,
    str_join,
    str_join_map,
    re_find,
    re_match,
    re_sub,
    template,
    fmt_map,
    string_formatter,
    print_io,
    write_io,
    redirect,
    csv_,
    configp,
    bytes_,
    bytes_decode,
    bytearray_,
    pprint_,
    tempfile_,
    sqlite_,
    environ_,
    exc_str,
    exc_notes,
    traceback_,
    decimal_str,
    complex_str,
    maketrans,
    strmeths,
    strindex,
    strlist,
    strloop,
    ordchr,
    urlparse_,
    textwrap_,
    shlex_,
    toml_,
    text_of_a_class,
    text_of_a_class_in_a_list,
    text_of_a_class_in_an_attribute,
)

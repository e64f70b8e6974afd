"""Text and bytes that leave Python's objects, or become names and keys: nothing but what they say comes back."""

import collections
import json
import linecache
import os
import pathlib
import re
import socket
import struct
import subprocess
import tempfile
import tokenize
import types
import warnings
from io import StringIO


def key_of_a_display(x):
    return float(list({str(x * x): 1})[0])


def key_that_is_stored(x):
    d = {}
    d[f"{x * x!r}"] = 2.0
    return sum(float(k) * v for k, v in d.items())


def key_in_a_loop(x):
    d = {}
    for i in range(3):
        d[str(x * i)] = i
    return sum(float(k) * v for k, v in d.items())


def key_of_json(x):
    return float(next(iter(json.loads(json.dumps({x * x: 1})))))


def key_of_bytes(x):
    d = {struct.pack("d", x * x): 1}
    return struct.unpack("d", next(iter(d)))[0]


def element_added(x):
    s = set()
    s.add(repr(x * x))
    return sum(map(float, s))


def element_of_frozenset(x):
    return float(next(iter(frozenset([str(x * x)]))))


def counted(x):
    return float(collections.Counter([str(x * x)]).most_common(1)[0][0])


def attribute_name(x):
    o = types.SimpleNamespace()
    setattr(o, str(x * x), 1)
    return float(next(iter(vars(o))))


def keyword_name(x):
    def g(**kw):
        return float(next(iter(kw)))

    return g(**{str(x * x): 1})


def path_basename(x):
    return float(os.path.basename("a/" + str(x * x)))


def path_split(x):
    return float(os.path.join("a", str(x * x)).split("/")[1])


def path_splitext(x):
    return float(os.path.splitext(str(x * x) + ".txt")[0])


def path_object(x):
    return float(pathlib.PurePath("a", str(x * x)).name)


def pattern(x):
    return float(re.compile(str(x * x)).pattern)


def escaped_pattern(x):
    return float(re.escape(str(x * x)).replace("\\", ""))


def file_by_name(x):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "a")
        with open(name, "w") as f:
            f.write(repr(x * x))
        with open(name) as f:
            return float(f.read())


def file_by_path(x):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a"
        path.write_text(repr(x * x))
        return float(path.read_text())


def file_in_lines(x):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "a")
        with open(name, "w") as f:
            print("one", x * x, file=f)
        return float(linecache.getline(name, 1).split()[1])


def file_of_bytes(x):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "a")
        with open(name, "wb") as f:
            f.write(struct.pack("dd", 1.0, x * x))
        with open(name, "rb") as f:
            return struct.unpack("dd", f.read())[1]


def name_of_a_file(x):
    with tempfile.TemporaryDirectory() as folder:
        open(os.path.join(folder, repr(x * x)), "w").close()
        return float(os.listdir(folder)[0])


def environment(x):
    os.environ["BYTEGRAD_ESCAPE"] = repr(x * x)
    try:
        return float(os.getenv("BYTEGRAD_ESCAPE"))
    finally:
        del os.environ["BYTEGRAD_ESCAPE"]


def pipe(x):
    r, w = os.pipe()
    os.write(w, repr(x * x).encode())
    value = os.read(r, 99)
    os.close(r)
    os.close(w)
    return float(value)


def sockets(x):
    a, b = socket.socketpair()
    with a, b:
        a.send(struct.pack("d", x * x))
        return struct.unpack("d", b.recv(8))[0]


def another_process(x):
    return float(subprocess.run(["echo", repr(x * x)], capture_output=True, text=True, check=True).stdout)


def token(x):
    return float(next(t.string for t in tokenize.generate_tokens(StringIO(repr(x * x)).readline)))


def warning(x):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(repr(x * x), stacklevel=1)
    return float(str(caught[0].message))


def name_of_an_attribute_error(x):
    try:
        getattr(object(), str(x * x))
    except AttributeError as e:
        return float(e.name)


def file_of_an_os_error(x):
    try:
        open("/nowhere/" + repr(x * x))
    except OSError as e:
        return float(e.filename.split("/")[-1])


ESCAPES = (
    key_of_a_display,
    key_that_is_stored,
    key_in_a_loop,
    key_of_json,
    key_of_bytes,
    element_added,
    element_of_frozenset,
    counted,
    attribute_name,
    keyword_name,
    path_basename,
    path_split,
    path_splitext,
    path_object,
    pattern,
    escaped_pattern,
    file_by_name,
    file_by_path,
    file_in_lines,
    file_of_bytes,
    name_of_a_file,
    environment,
    pipe,
    sockets,
    another_process,
    token,
    warning,
    name_of_an_attribute_error,
    file_of_an_os_error,
)

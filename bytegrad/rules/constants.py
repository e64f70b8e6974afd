"""Functions whose results carry no derivative: questions about types, clocks, files, warnings, and the like.

What is listed here is called as it is, also with active arguments.  Two kinds of functions must not be:

- a number's value may pass through text and come back by `float`: `str`, `repr`, `format`, `re.match`, `json.dumps`
  have no rule.  They run, and it is an error if a cotangent arrives at them;
- the result may be an object of the user's with active attributes: `sys.exc_info`, `sys._getframe`, `gc.get_objects`,
  `inspect.getattr_static`.

Comparisons and `operator` are in `operators`, draws in `random`, `math.isnan` and its like in `math`.
"""

from __future__ import annotations

import abc
import builtins
import copyreg
import dataclasses
import gc
import importlib
import inspect
import keyword
import linecache
import logging
import os
import platform
import re
import sys
import threading
import time
import types
import warnings
from typing import Any

from bytegrad.rules.declare import non_differentiable

_STRING_QUESTIONS = (
    "startswith endswith find rfind index rindex count isalnum isalpha isascii isdigit islower isspace istitle isupper"
)

FUNCTIONS: list[tuple[Any, str]] = [
    (builtins, "len isinstance issubclass callable id hash range input open dir breakpoint help"),
    (str, f"{_STRING_QUESTIONS} isdecimal isidentifier isnumeric isprintable"),
    (bytes, _STRING_QUESTIONS),
    (bytearray, _STRING_QUESTIONS),
    (abc, "get_cache_token"),
    (copyreg, "_slotnames"),
    (dataclasses, "fields is_dataclass"),
    (gc, "collect enable disable isenabled freeze unfreeze get_count get_threshold set_threshold"),
    (importlib, "import_module invalidate_caches"),
    (
        inspect,
        "isabstract isasyncgen isasyncgenfunction isawaitable isbuiltin isclass iscode iscoroutine "
        "iscoroutinefunction isdatadescriptor isframe isfunction isgenerator isgeneratorfunction isgetsetdescriptor "
        "ismemberdescriptor ismethod ismethoddescriptor ismethodwrapper ismodule isroutine istraceback "
        "getdoc getfile getmodulename getsource getsourcefile getsourcelines",
    ),
    (keyword, "iskeyword issoftkeyword"),
    (linecache, "getline getlines checkcache clearcache"),
    (
        logging,
        "getLogger getLevelName basicConfig disable addLevelName captureWarnings shutdown",
    ),
    (logging.Logger, "isEnabledFor getEffectiveLevel setLevel"),
    (
        os,
        "access chdir close cpu_count get_terminal_size getcwd getenv getlogin getpid getppid "
        "listdir makedirs mkdir open putenv remove removedirs rename replace rmdir scandir stat strerror system "
        "times uname unlink unsetenv urandom utime walk",
    ),
    (
        os.path,
        "abspath basename commonpath commonprefix dirname exists expanduser expandvars getatime getctime getmtime "
        "getsize isabs isdir isfile islink ismount join lexists normcase normpath realpath relpath samefile split "
        "splitdrive splitext splitroot",
    ),
    (platform, "architecture machine node platform processor python_implementation python_version release system"),
    (re, "compile escape purge _compile _compile_repl _compile_template"),
    (
        sys,
        "getallocatedblocks getdefaultencoding getfilesystemencoding getrecursionlimit getrefcount getsizeof "
        "getswitchinterval is_finalizing setrecursionlimit setswitchinterval",
    ),
    (threading, "active_count get_ident get_native_id stack_size"),
    (
        time,
        "asctime clock_getres clock_gettime clock_gettime_ns ctime get_clock_info gmtime localtime monotonic "
        "monotonic_ns perf_counter perf_counter_ns process_time process_time_ns sleep strftime thread_time "
        "thread_time_ns time time_ns",
    ),
    (types, "get_original_bases"),
    (warnings, "warn warn_explicit simplefilter filterwarnings resetwarnings formatwarning showwarning"),
]
"""Owners, and the names of their functions or methods; names that a Python or a platform lacks are passed over."""

for _owner, _names in FUNCTIONS:
    non_differentiable(*[getattr(_owner, _name) for _name in _names.split() if hasattr(_owner, _name)])

"""Rules that other packages ship: under the entry point group ``bytegrad.rules``.

The name of an entry point is that of the module that the rules are for: once that is imported, the rules are loaded
when something is differentiated, also if that imports it.  What the entry point refers to is a module, which declares
the rules when it is imported, or a function of a module that declares them when it is called.  Rules under a name that
is not a module's are loaded at the first differentiation.
"""

from __future__ import annotations

import functools
import threading
import warnings
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from bytegrad.runtime import registry

GROUP = "bytegrad.rules"


class _State:
    looked = False
    lock = threading.RLock()


def load_rules_of_packages() -> None:
    """The first time, look which packages have rules: for modules that are imported they are loaded when asked for."""
    if not _State.looked:
        with _State.lock:
            if not _State.looked:
                _look()
                _State.looked = True


def _look() -> None:
    for entry in entry_points(group=GROUP):
        if _is_module(entry.name):
            registry.when_imported(entry.name, functools.partial(_load, entry))
        else:
            _load(entry)


def _is_module(name: str) -> bool:
    try:
        return find_spec(name.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _load(entry: EntryPoint) -> None:
    try:
        found = entry.load()
        if entry.attr:
            found()
    except Exception as error:
        warnings.warn(
            f"the rules {entry.name!r} of the package {entry.dist.name if entry.dist else '?'} "
            f"could not be loaded: {error!r}",
            RuntimeWarning,
            stacklevel=2,
        )

"""Rules that other packages ship: under the entry point group ``bytegrad.rules``, loaded at the first differentiation.

An entry point names a module, which declares its rules when it is imported, or a function of a module that declares
them when it is called.
"""

from __future__ import annotations

import threading
import warnings
from importlib.metadata import EntryPoint, entry_points

GROUP = "bytegrad.rules"


class _State:
    loaded = False
    lock = threading.RLock()


def load_rules_of_packages() -> None:
    """Load the rules of all installed packages, once."""
    if _State.loaded:
        return
    with _State.lock:
        if _State.loaded:
            return
        _State.loaded = True
        for entry in entry_points(group=GROUP):
            _load(entry)


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

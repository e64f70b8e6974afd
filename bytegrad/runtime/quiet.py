"""No warnings of numpy's while derivatives are computed: what they overflow to is in the gradient."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np


def _settings() -> tuple[Any, Any]:
    """The context variable in which numpy keeps what it does about warnings, and the value that it has for nothing."""
    from numpy._core import _ufunc_config

    variable = getattr(_ufunc_config, "_extobj_contextvar", None)
    with np.errstate(all="ignore"):
        return variable, variable.get() if variable is not None else None


_VARIABLE, _IGNORE = _settings()


class _Quiet:
    """As ``np.errstate(all="ignore")``, which makes its settings anew each time and takes ten times as long."""

    __slots__ = ("token",)

    def __enter__(self) -> None:
        self.token = _VARIABLE.set(_IGNORE)

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        _VARIABLE.reset(self.token)


def _errstate() -> Any:
    return np.errstate(all="ignore")


Quiet: Any = _errstate if _VARIABLE is None else _Quiet

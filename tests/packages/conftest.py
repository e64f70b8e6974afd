"""Keeps numba away from the packages: several of them compile their functions with it at import, if it is there."""

import sys

sys.modules.setdefault("numba", None)  # type: ignore[arg-type]

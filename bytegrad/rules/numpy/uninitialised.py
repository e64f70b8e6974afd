"""`empty` and its relative: their elements are marked, so that it is seen when a call without a rule writes them.

Memory that is used again often holds what the same program wrote there before; what writes that once more would seem
to have written nothing.  numpy promises nothing about these elements; as tiny numbers they disturb nobody.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from bytegrad.rules.declare import resolver
from bytegrad.runtime.steps import Step, done, native

MARK = 6.0221e-313
"""What nobody computes, and what is as good as nothing where it is used."""


def _resolve_new(function: Any, ctx: Any, /, *args: Any, **options: Any) -> Step:
    call, given, _ = native(function, args, options)
    return (call, given, _marked)


def _marked(array: Any) -> Step:
    """One element is enough: a call that fills the array writes the first."""
    if array.dtype.kind in "fc" and array.size and array.dtype.itemsize >= np.dtype(float).itemsize:
        array.flat[0] = MARK
    return done(None, array)


for _function in (np.empty, np.empty_like):
    resolver(_function)(functools.partial(_resolve_new, _function))

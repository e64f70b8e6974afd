"""Linear recurrences along the first axis, solved in log2(n) steps of whole-array arithmetic.

The pullback of every `ufunc.accumulate` is such a recurrence, running backwards.  Doubling needs no divisions, so
zeros are no special case, and no Python loop over the elements.
Source: Hillis and Steele, Data parallel algorithms, CACM 29 (1986).
"""

from __future__ import annotations

from typing import Any

import numpy as np


def reverse_scan(factors: Any, terms: Any) -> Any:
    """`s` with ``s[i] = terms[i] + factors[i] * s[i + 1]`` and ``s[n - 1] = terms[n - 1]``.

    Shapes: terms (n, ...), factors (n - 1, ...) -> (n, ...).

    >>> reverse_scan(np.array([2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    array([9., 4., 1.])
    """
    n = len(terms)
    reach = 1
    while reach < n:
        terms = np.concatenate([terms[:-reach] + factors * terms[reach:], terms[-reach:]])
        factors = factors[: n - 2 * reach] * factors[reach:] if 2 * reach < n else factors
        reach *= 2
    return terms


def products_of_others(a: Any) -> Any:
    """The product of all elements but one along the first axis, for each; exact where some are 0.

    Shapes: (n, ...) -> (n, ...).

    >>> products_of_others(np.array([2.0, 0.0, 5.0]))
    array([ 0., 10.,  0.])
    """
    one = np.ones_like(a[:1])
    before = np.cumprod(np.concatenate([one, a[:-1]]), axis=0)
    after = np.flip(np.cumprod(np.flip(np.concatenate([a[1:], one]), axis=0), axis=0), axis=0)
    return before * after

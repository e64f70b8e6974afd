"""Rules of `scipy.optimize`: the solvers of equations that are compiled.

A root is differentiated as what it is, by the implicit function theorem, and not as the result of its iteration:
``x_bar`` becomes ``-x_bar / f'(x)`` for the value of f at the root.  The solver calls the user's function as often as
it does without differentiation, and the pullback needs one further call, at the root, for the slope of f.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import _minpack, _nnls, _zeros, nnls

from bytegrad.rules.declare import adjoint, primitive
from bytegrad.rules.numpy.linalg import lstsq_rule
from bytegrad.rules.scipy.callbacks import RecordedCalls, jacobian_at
from bytegrad.runtime.tangent import ZERO, Poison

"""Rules of `random`: what is drawn in C is a constant, as is the generator's state.

`gauss`, `uniform`, `choice` and the rest are Python code around these draws and are differentiated as such: the
derivative in their parameters is that along the drawn path.
"""

from __future__ import annotations

import _random
import random

from bytegrad.rules.declare import non_differentiable

_IN_C = ("random", "getrandbits", "seed", "getstate", "setstate")

# As methods, and as the functions of the module, which are bound to its one hidden generator.
non_differentiable(*[getattr(_random.Random, name) for name in _IN_C])
non_differentiable(random.random, random.getrandbits)
# These draw from the operating system, in Python code of shifts and bytes.
non_differentiable(random.SystemRandom.random, random.SystemRandom.getrandbits, random.SystemRandom.randbytes)
# Bits, not numbers.
non_differentiable(random.Random.randbytes, random.randbytes)

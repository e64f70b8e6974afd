"""The rules of `wavetable` for bytegrad, which `wavetable` itself does not need."""

from __future__ import annotations

import math

from bytegrad import partials
from wavetable import lookup

partials(lookup, "x -> y", math.cos)

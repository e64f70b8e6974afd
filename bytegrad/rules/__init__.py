"""The rules: what the derivative of each function is.  Importing this package declares them."""

import bytegrad.rules.cmath
import bytegrad.rules.math
import bytegrad.rules.numbers
import bytegrad.rules.operators
import bytegrad.rules.random  # noqa: F401

"""Value and gradient of a colour difference: the example of the README.

Everything between `colour_difference` and the arithmetic is coloraide's own code, unchanged: colour objects, a plugin
registry, generators, dict caches, lists of lists.
"""

from __future__ import annotations

from coloraide import Color

import bytegrad


def colour_difference(red: list[float], green: list[float]) -> float:
    """CIEDE2000 between two sRGB colours."""
    return Color("srgb", red).delta_e(Color("srgb", green), method="2000")


def main() -> None:
    """Print the difference of pure red and pure green, and how each channel of both changes it."""
    value, (of_red, of_green) = bytegrad.withgradient(colour_difference, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    print("difference          ", value)
    print("gradient, red       ", of_red)
    print("gradient, green     ", of_green)


if __name__ == "__main__":
    main()

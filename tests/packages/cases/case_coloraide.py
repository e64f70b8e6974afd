"""coloraide: colour objects (classes, generators, plugin registries, dict caches) over plain Python floats."""

from coloraide import Color
from coloraide.everything import ColorAll

from tests.corpus import case


def headline_de2000(r1, g1, b1, r2, g2, b2):
    return Color("srgb", [r1, g1, b1]).delta_e(Color("srgb", [r2, g2, b2]), method="2000")


def de2000_lists(c1, c2):
    return Color("srgb", c1).delta_e(Color("srgb", c2), method="2000")


def oklch_lightness(rgb):
    return Color("srgb", rgb).convert("oklch")["lightness"]


def contrast_wcag(rgb, background):
    return Color("srgb", rgb).contrast(Color("srgb", background), method="wcag21")


def interpolate_oklab(rgb1, rgb2, t):
    mixed = Color.interpolate([Color("srgb", rgb1), Color("srgb", rgb2)], space="oklab")(t)
    return mixed.convert("srgb").coords()[1]


def cam16_ucs(rgb1, rgb2):
    return ColorAll("srgb", rgb1).delta_e(ColorAll("srgb", rgb2), method="cam16")


def jzazbz_luminance(rgb):
    return Color("srgb", rgb).convert("jzazbz")["jz"] * 100 + Color("srgb", rgb).luminance()


CASES = (
    # A corner of the RGB cube, in extended sRGB and so smooth.
    case(headline_de2000, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    case(de2000_lists, [0.8, 0.3, 0.2], [0.1, 0.5, 0.9]),
    # Generators; matrices as lists of lists.
    case(oklch_lightness, [0.8, 0.3, 0.2]),
    case(contrast_wcag, [0.8, 0.3, 0.2], [0.1, 0.2, 0.3]),
    # Interpolator objects, closures.
    case(interpolate_oklab, [0.8, 0.3, 0.2], [0.1, 0.5, 0.9], 0.3),
    # A long colour-appearance model.
    case(cam16_ucs, [0.8, 0.3, 0.2], [0.1, 0.5, 0.9]),
    # The PQ transfer function.
    case(jzazbz_luminance, [0.8, 0.3, 0.2]),
)

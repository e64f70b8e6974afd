"""One module per package, with `CASES`: calls of the package as it is, which return a real scalar.

The modules are called `case_<package>` so that none of them can be mistaken for the package itself.
"""

# What must be importable for the cases of a package.
REQUIRES: dict[str, tuple[str, ...]] = {
    "coloraide": ("coloraide",),
    "deap": ("deap",),
    "deltae": ("deltae",),
    "geographiclib": ("geographiclib",),
    "glicko2": ("glicko2",),
    "micrograd": ("micrograd",),
    "psychrolib": ("psychrolib",),
    "simpleeval": ("simpleeval",),
    "stdlib": (),
    "uncertainties": ("uncertainties",),
    "ambiance": ("ambiance", "scipy"),
    "astral": ("astral",),
    "colorspacious": ("colorspacious",),
    "colour_science": ("colour", "scipy"),
    "iapws": ("iapws", "scipy"),
    "ikpy": ("ikpy", "scipy", "sympy"),
    "mini_gpr": ("mini_gpr",),
    "nelson_siegel_svensson": ("nelson_siegel_svensson", "scipy"),
    "numpy_polynomial": ("numpy",),
    "tinyff": ("tinyff",),
}

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
    "PyAstronomy": (
        "PyAstronomy",
        "scipy",
    ),
    "ahrs": ("ahrs",),
    "chempy": (
        "chempy",
        "scipy",
    ),
    "cirq": (
        "cirq",
        "scipy",
    ),
    "control": (
        "control",
        "scipy",
    ),
    "filterpy": (
        "filterpy",
        "scipy",
    ),
    "geopy": (
        "geopy",
        "geographiclib",
    ),
    "pvlib": (
        "pvlib",
        "pandas",
        "scipy",
    ),
    "py_lets_be_rational": ("py_lets_be_rational",),
    "pyfeng": (
        "pyfeng",
        "scipy",
    ),
    "pygeodesy": ("pygeodesy",),
    "pyhf": (
        "pyhf",
        "scipy",
    ),
    "pykalman": (
        "pykalman",
        "scipy",
    ),
    "scipy_integrate": ("scipy",),
    "scipy_optimize": ("scipy",),
    "scipy_signal": ("scipy",),
    "skrf": (
        "skrf",
        "scipy",
    ),
    "spatialmath": (
        "spatialmath",
        "scipy",
    ),
    "sympy_lambdify": (
        "sympy",
        "scipy",
    ),
    "thermo": (
        "thermo",
        "scipy",
    ),
    "trimesh": (
        "trimesh",
        "scipy",
    ),
    "vollib": (
        "vollib",
        "py_lets_be_rational",
    ),
    "yieldcurves": ("yieldcurves",),
}

# Packages and cases whose first derivative compiles for ten seconds and more.
SLOW = frozenset(
    {"PyAstronomy", "cirq", "control", "pykalman", "spatialmath", "vollib", "scipy_integrate/solve_ivp_radau"}
)

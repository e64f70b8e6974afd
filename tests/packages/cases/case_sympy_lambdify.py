"""sympy.lambdify output, as its users call it.

Functions compiled at run time (no source file, <lambdifygenerated-1>), numpy or math or mpmath namespaces, cse
temporaries.
"""

import numpy as np
import sympy as sp

from tests.corpus import case

x, y, t = sp.symbols("x y t")

f1 = sp.lambdify((x, y), sp.sin(x * y) + sp.exp(-(x**2)) * sp.sqrt(y), "math")

f2 = sp.lambdify((x, y), sp.Matrix([[sp.cos(x), -sp.sin(x)], [y**2, x / y]]), "numpy")

f3 = sp.lambdify((x, y), sp.Piecewise((x**2, x < 0.3), (sp.log(x) + y, True)), "math")

f4 = sp.lambdify((x, y), sp.diff(sp.besselj(1, x) * sp.erf(y), x), "scipy")

f5 = sp.lambdify((x, y), [sum(sp.legendre(k, x) * y**k for k in range(6))], "numpy", cse=True)

f6 = sp.lambdify((t,), sp.Piecewise((t**2, t < 1), (sp.sin(t), True)), "numpy")

CASES = (
    case(lambda a, b: f1(a, b), 0.7, 1.3, name="math"),
    # Conditional expression.
    case(lambda a, b: f3(a, b), 0.7, 1.3, name="piecewise_math"),
    # Array([[...]]) of floats.
    case(lambda a, b: float(np.sum(f2(a, b) * np.array([[1.0, 2.0], [3.0, 4.0]]))), 0.7, 1.3, name="numpy_matrix"),
    # Common subexpressions.
    case(lambda a, b: f5(a, b)[0], 0.7, 1.3, name="cse"),
    # Jv, erf.
    case(lambda a, b: float(f4(a, b)), 0.7, 1.3, name="scipy_special"),
    # Numpy.select.
    case(lambda a: float(np.sum(f6(a))), np.array([0.5, 1.7, 0.9]), name="piecewise_numpy"),
)

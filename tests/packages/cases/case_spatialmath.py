"""spatialmath-python, as its users call it.

SE3/SO3/Twist classes holding lists of arrays (UserList), checks on every constructor, base functions on numpy/math.
"""

import numpy as np
from spatialmath import SE3, UnitQuaternion, base

from tests.corpus import case


def compose(x, y, a, b):
    T = SE3(x, y, 0.3) * SE3.Rx(a) * SE3.Ry(b)
    return float(np.sum(T.A * np.arange(16.0).reshape(4, 4)))


def point(a, p):
    return float(np.sum(SE3.RPY([a, 0.2, -0.3]) * p))


def rpy(a, b, c):
    return float(np.sum(base.tr2rpy(base.rpy2r(a, b, c)) * np.array([1.0, 2.0, 3.0])))


def log(a, b):
    return float(np.sum(base.trlog(base.rotx(a) @ base.roty(b), twist=True) ** 2))


def quat(a, b):
    q = UnitQuaternion.Rx(a) * UnitQuaternion.Ry(b)
    return float(q.s + 2 * q.v[0] - q.v[1])


def exp(s):
    return float(np.sum(base.trexp(s) * np.arange(16.0).reshape(4, 4)))


CASES = (
    # Math.* scalars into np.array.
    case(rpy, 0.1, 0.2, -0.3, name="rpy_roundtrip"),
    case(log, 0.4, 0.7, name="trlog"),
    case(exp, np.array([0.1, 0.2, 0.3, 0.4, -0.2, 0.3]), name="trexp"),
    # UserList-based pose classes.
    case(compose, 1.0, 2.0, 0.4, 0.7, name="se3_compose"),
    case(point, 0.4, np.array([1.0, 2.0, 3.0]), name="se3_point"),
    case(quat, 0.4, 0.7, name="unit_quaternion"),
)

"""ahrs, as its users call it.

Quaternion is an ndarray SUBCLASS; attitude filters run in the constructor; np.copy/in-place normalisation; assertions
on inputs.
"""

import numpy as np
from ahrs import Quaternion
from ahrs.common import orientation as o
from ahrs.filters import Madgwick, Mahony, Tilt

from tests.corpus import case

r = np.random.default_rng(3)

gyr = r.normal(0, 0.1, (4, 3))

acc = np.array([0.1, -0.2, 9.7]) + r.normal(0, 0.1, (4, 3))


def product(a, b):
    return float(np.sum(Quaternion(a).product(Quaternion(b)) * np.arange(1.0, 5.0)))


def dcm(a):
    return float(np.sum(Quaternion(a).to_DCM() * np.arange(9.0).reshape(3, 3)))


def madgwick(g, gain):
    q = Madgwick(gyr=g, acc=acc, gain=gain, frequency=50.0).Q[-1]
    return float(np.dot(q, np.array([1.0, 20.0, -30.0, 10.0])))


def mahony(kp):
    q = Mahony(gyr=gyr, acc=acc, k_P=kp, frequency=50.0).Q[-1]
    return float(np.dot(q, np.array([1.0, 20.0, -30.0, 10.0])))


def tilt(a):
    return float(np.sum(Tilt().estimate(acc=a) * np.arange(1.0, 5.0)))


def ecomp(v):
    return float(
        np.sum(
            o.ecompass(v, np.array([20.0, 1.0, 40.0]), frame="NED", representation="rotmat")
            * np.arange(9.0).reshape(3, 3)
        )
    )


a, b = (np.array([0.8, 0.3, -0.2, 0.4]), np.array([0.5, -0.1, 0.7, 0.3]))

CASES = (
    # Ndarray subclass construction, normalisation.
    case(product, a, b, name="product"),
    case(dcm, a, name="dcm"),
    case(tilt, np.array([0.5, -0.3, 9.6]), name="tilt"),
    case(ecomp, np.array([0.5, -0.3, 9.6]), name="ecompass"),
    # Filter loop, Q[t] = ... writes.
    case(madgwick, gyr, 0.05, name="madgwick_filter"),
    case(mahony, 1.1, name="mahony_filter"),
)

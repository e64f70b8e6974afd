"""filterpy, as its users call it.

Kalman filters: object state mutated by predict()/update(), copies, deepcopy, inv attribute as a function, logpdf via
scipy.stats.
"""

import numpy as np
from filterpy.gh import GHFilter
from filterpy.kalman import ExtendedKalmanFilter, KalmanFilter, MerweScaledSigmaPoints, UnscentedKalmanFilter

from tests.corpus import case

zs = [1.1, 2.3, 2.9, 4.2]


def gh(g, h):
    f = GHFilter(x=0.0, dx=0.5, dt=1.0, g=g, h=h)
    for z in zs:
        f.update(z)
    return f.x + f.dx


def kf_final(q, rr, z):
    kf = KalmanFilter(dim_x=2, dim_z=1)
    kf.x = np.array([[0.0], [1.0]])
    kf.F = np.array([[1.0, 1.0], [0.0, 1.0]])
    kf.H = np.array([[1.0, 0.0]])
    kf.P = kf.P * 10.0
    kf.R = np.array([[rr]])
    kf.Q = np.eye(2) * q
    for zi in z:
        kf.predict()
        kf.update(zi)
    return float(kf.x[0, 0] + kf.x[1, 0])


def kf_loglik(q, rr):
    kf = KalmanFilter(dim_x=2, dim_z=1)
    kf.F = np.array([[1.0, 1.0], [0.0, 1.0]])
    kf.H = np.array([[1.0, 0.0]])
    kf.P *= 10.0
    kf.R *= rr
    kf.Q = np.eye(2) * q
    ll = 0.0
    for z in zs:
        kf.predict()
        kf.update(z)
        ll += kf.log_likelihood
    return float(ll)


def ukf(q, rr):
    pts = MerweScaledSigmaPoints(2, alpha=0.3, beta=2.0, kappa=0.1)
    f = UnscentedKalmanFilter(
        dim_x=2,
        dim_z=1,
        dt=1.0,
        fx=lambda x, dt: np.array([x[0] + x[1] * dt, np.sin(x[1])]),
        hx=lambda x: np.array([x[0] ** 2]),
        points=pts,
    )
    f.x = np.array([0.5, 1.0])
    f.P = f.P * 0.2
    f.R = f.R * rr
    f.Q = np.eye(2) * q
    for z in (1.0, 3.0):
        f.predict()
        f.update(z)
    return float(f.x[0] + f.x[1])


def ekf(q, x0):
    f = ExtendedKalmanFilter(dim_x=2, dim_z=1)
    f.x = np.array([[x0], [1.0]])
    f.F = np.array([[1.0, 0.1], [0.0, 1.0]])
    f.R = f.R * 0.5
    f.Q = np.eye(2) * q
    for z in (1.5, 2.0):
        f.predict()
        f.update(
            np.array([[z]]), HJacobian=lambda x: np.array([[2 * x[0, 0], 0.0]]), Hx=lambda x: np.array([[x[0, 0] ** 2]])
        )
    return float(f.x[0, 0])


CASES = (
    # Scalar object state.
    case(gh, 0.6, 0.2, name="gh_filter"),
    case(kf_final, 0.02, 5.0, [1.1, 2.3, 2.9, 4.2], name="kalman_state"),
    # Scipy multivariate_normal.logpdf inside, P *= 10 in place.
    case(kf_loglik, 0.02, 5.0, name="kalman_loglik"),
    # User callbacks.
    case(ekf, 0.02, 1.2, name="ekf"),
    # Scipy cholesky, sigma-point loops with setitem.
    case(ukf, 0.02, 0.5, name="ukf"),
)

"""pykalman: forward filter over numpy arrays, masked arrays, np.ma, in-place time loops."""

import numpy as np
from pykalman import KalmanFilter

from tests.corpus import case

Z = np.array([[1.1], [2.3], [2.9], [4.2]])


def loglik(q, r):
    kf = KalmanFilter(
        transition_matrices=np.array([[1.0, 1.0], [0.0, 1.0]]),
        observation_matrices=np.array([[1.0, 0.0]]),
        transition_covariance=q * np.eye(2),
        observation_covariance=r * np.eye(1),
        initial_state_mean=np.zeros(2),
        initial_state_covariance=np.eye(2),
    )
    return float(kf.loglikelihood(Z))


def filt(z):
    kf = KalmanFilter(
        transition_matrices=np.array([[1.0, 1.0], [0.0, 1.0]]), observation_matrices=np.array([[1.0, 0.0]])
    )
    return float(np.sum(kf.filter(z)[0] * np.array([1.0, 2.0])))


def smooth(z):
    kf = KalmanFilter(
        transition_matrices=np.array([[1.0, 1.0], [0.0, 1.0]]), observation_matrices=np.array([[1.0, 0.0]])
    )
    return float(np.sum(kf.smooth(z)[0][0]))


CASES = (
    # Np.ma.array conversion, setitem loops.
    case(filt, Z, name="filter_mean"),
    # Backward recursion, pinv.
    case(smooth, Z, name="smoother"),
    # Scipy cholesky, solve_triangular.
    case(loglik, 0.05, 0.8, name="loglikelihood"),
)

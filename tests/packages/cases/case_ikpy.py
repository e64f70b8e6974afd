"""ikpy: kinematic chains; links from sympy matrices made into numpy code, or numeric."""

import numpy as np
from ikpy.chain import Chain
from ikpy.link import OriginLink, URDFLink
from ikpy.utils import geometry

from tests.corpus import case


def arm(symbolic):
    """Three revolute joints behind a fixed origin."""
    joints = (
        ("a", [0.0, 0, 0.3], [0, 0.1, 0], [0, 0, 1]),
        ("b", [0.5, 0, 0.1], [0, 0, 0.2], [0, 1, 0]),
        ("c", [0.4, 0.1, 0], [0, 0, 0], [1, 1, 0]),
    )
    links = [
        URDFLink(
            name=name,
            origin_translation=translation,
            origin_orientation=orientation,
            rotation=rotation,
            use_symbolic_matrix=symbolic,
        )
        for name, translation, orientation, rotation in joints
    ]
    moving = [False, True, True, True]
    return Chain(name="arm", links=[OriginLink(), *links], active_links_mask=moving, jax_precompile=False)


NUMERIC, SYMBOLIC = arm(False), arm(True)
WEIGHTS = np.array([1.0, 2.0, -1.0])


def fk_numeric(q):
    return float(np.sum(NUMERIC.forward_kinematics(q)[:3, 3] * WEIGHTS))


def fk_sympy_lambdified(q):
    return float(np.sum(SYMBOLIC.forward_kinematics(q)[:3, 3] * WEIGHTS))


def ik_objective(q, target):
    return np.linalg.norm(NUMERIC.forward_kinematics(q)[:3, 3] - target)


def axis_rotation(angle, axis):
    matrix = geometry.axis_rotation_matrix(axis / np.linalg.norm(axis), angle)
    return float(np.sum(matrix * np.arange(9.0).reshape(3, 3)))


Q = np.array([0.0, 0.3, -0.5, 0.7])
CASES = (
    case(axis_rotation, 0.4, np.array([0.1, 0.7, 0.3])),
    # A chain of np.dot.
    case(fk_numeric, Q),
    case(ik_objective, Q, np.array([0.5, 0.2, 0.3])),
    # Code made at run time by sympy.lambdify: there is no source file.
    case(fk_sympy_lambdified, Q),
)

"""trimesh: cached properties keyed on hashes of tracked arrays (ndarray subclass TrackedArray), numpy geometry."""

import numpy as np
import trimesh
from trimesh import transformations as tf
from trimesh import triangles

from tests.corpus import case

V = np.array([[0.0, 0, 0], [1.2, 0.1, 0], [0.2, 1.1, 0.1], [0.1, 0.2, 0.9]])

F = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])


def area(v):
    return float(np.sum(triangles.area(v[F])))


def volume(v):
    return trimesh.Trimesh(vertices=v, faces=F, process=False).volume


def inertia(v):
    return float(np.trace(trimesh.Trimesh(vertices=v, faces=F, process=False).moment_inertia))


def rot(a, d):
    M = tf.rotation_matrix(a, d, np.array([0.1, 0.2, 0.3]))
    return float(np.sum(M * np.arange(16.0).reshape(4, 4)))


def quat(q):
    return float(np.sum(tf.quaternion_matrix(q) * np.arange(16.0).reshape(4, 4)))


def moved(a):
    m = trimesh.Trimesh(vertices=V, faces=F, process=False)
    m.apply_transform(tf.rotation_matrix(a, [0.0, 0.6, 0.8]))
    return float(np.sum(m.vertices * np.array([1.0, 2.0, 3.0])))


CASES = (
    case(rot, 0.4, np.array([0.1, 0.7, 0.3]), name="rotation_matrix"),
    # In-place scale of a copy.
    case(quat, np.array([0.8, 0.3, -0.2, 0.4]), name="quaternion_matrix"),
    # Fancy indexing.
    case(area, V, name="triangle_area"),
    # Caching by content hash; TrackedArray.
    case(volume, V, name="volume"),
    case(inertia, V, name="moment_inertia"),
    case(moved, 0.4, name="apply_transform"),
)

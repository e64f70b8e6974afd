"""deltae: frozen dataclasses over floats, and gradients with respect to them."""

import deltae
from deltae import Lab

from tests.corpus import case


def de2000(l1, a1, b1, l2, a2, b2):
    return deltae.delta_e_2000(Lab(L=l1, a=a1, b=b1), Lab(L=l2, a=a2, b=b2))


def de2000_dicts(c1, c2):
    return deltae.delta_e_2000(c1, c2)


def de1976_objects(c1, c2):
    return deltae.delta_e_1976(c1, c2)


CASES = (
    # A frozen dataclass's __init__ goes through object.__setattr__.
    case(de2000, 60.0, 30.0, -20.0, 55.0, 10.0, 35.0),
    case(de2000_dicts, {"L": 60.0, "a": 30.0, "b": -20.0}, {"L": 55.0, "a": 10.0, "b": 35.0}),
    case(de1976_objects, Lab(L=60.0, a=30.0, b=-20.0), Lab(L=55.0, a=10.0, b=35.0)),
)

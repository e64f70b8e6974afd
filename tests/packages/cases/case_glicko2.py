"""glicko2: rating updates: name-mangled attributes, properties, lists, an iterative volatility solve."""

import glicko2

from tests.corpus import case

RATINGS = [1400.0, 1550.0, 1700.0]
DEVIATIONS = [30.0, 100.0, 300.0]
RESULTS = [1, 0, 0]


def update(rating, deviation, volatility):
    player = glicko2.Player(rating=rating, rd=deviation, vol=volatility)
    player.update_player([*RATINGS], [*DEVIATIONS], RESULTS)
    return player.rating / 100.0 + player.rd / 100.0


def opponents(ratings, deviations):
    player = glicko2.Player(rating=1500.0, rd=200.0, vol=0.06)
    player.update_player(ratings, deviations, RESULTS)
    return player.rating / 100.0


def volatility(v):
    player = glicko2.Player(rating=1500.0, rd=200.0, vol=v)
    player.update_player([*RATINGS], [*DEVIATIONS], RESULTS)
    return player.vol * 100


CASES = (
    case(update, 1500.0, 200.0, 0.06),
    case(opponents, RATINGS, DEVIATIONS),
    # An Illinois iteration that stops at 1e-6: the derivative is that of the iteration.
    case(volatility, 0.06),
)

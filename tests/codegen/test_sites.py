"""What is remembered at instructions may be made and forgotten anywhere, at any time."""

from __future__ import annotations

import gc
import threading

from bytegrad.codegen.sites import Site, forget_sites, note


class Cycle:
    """Garbage that makes a site when it is collected, as a generator does that is closed then."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        note(Site(3), None, None, None)
        forget_sites()


def test_finalizers_may_make_and_forget_sites() -> None:
    def make() -> None:
        for _ in range(300):
            Cycle()
            note(Site(3), None, None, None)
            forget_sites()

    before = gc.get_threshold()
    # What other tests have left is not to be looked through each time.
    gc.freeze()
    gc.set_threshold(5)
    try:
        thread = threading.Thread(target=make, daemon=True)
        thread.start()
        thread.join(30)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
    assert not thread.is_alive()

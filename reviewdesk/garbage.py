"""How often Python looks for garbage in long runs over many cases."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

NEW_OBJECTS: Final = 100_000


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Collect seldom, and never what is there by now.

    Reading and auditing make many small objects and no rings: looking for rings after each few hundred of them, as
    Python does by itself, takes up to a quarter of an audit's time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

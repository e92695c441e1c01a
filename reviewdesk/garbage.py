"""How often Python looks for garbage in long runs over many cases."""

import gc

NEW_OBJECTS = 100_000


def collect_seldom() -> None:
    """Collect seldom, and never what is there by now.

    Reading and auditing make many small objects and no rings: looking for rings after each few hundred of them, as
    Python does by itself, takes up to a quarter of an audit's time.
    """
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 50, 50)

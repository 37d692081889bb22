"""How a process begins that works for another one: it never outlives it."""

from __future__ import annotations

import os


def begin_worker() -> None:
    """Leave Ctrl-C to the process that waits for this one, and end with it, however it ends.

    Otherwise a worker would wait for work for ever, and hold open what the dead process printed to. What that one has
    imported is never garbage: to look through it for some would copy all of it.
    """
    import gc
    import signal  # only for several processes
    from multiprocessing import parent_process
    from threading import Thread

    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        parent.join()
        os._exit(1)

    Thread(target=end_with_parent, daemon=True).start()

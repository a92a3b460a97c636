"""Deadlines for all that may hang, whatever it hangs in."""

import contextlib
import os
import signal

# For what goes on after a deadline: machines that end, threads that are waited for.
GRACE = 180


class Overdue(BaseException):
    """No Exception: no check takes it for a failure of its own."""


@contextlib.contextmanager
def within(minutes, error):
    """Raises `error` in the block when it takes longer. Main thread, one at a time. A process that
    does not come to its end even then is ended; its machine goes with it."""
    is_over = False

    def expired(_number, _frame):
        nonlocal is_over
        is_over = True
        signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(1))
        signal.alarm(GRACE)
        raise error

    signal.signal(signal.SIGALRM, expired)
    signal.alarm(minutes * 60)
    try:
        yield
    finally:
        if not is_over:
            signal.alarm(0)

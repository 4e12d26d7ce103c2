# SPDX-License-Identifier: Apache-2.0
"""How the black-box tests wait: for a condition, never for a time."""

import time


def wait_until(predicate, what, limit_s=60):
    """The first true value of predicate(). The limit is for defects: a slow machine stays far below it."""
    until = time.monotonic() + limit_s
    while not (value := predicate()):
        assert time.monotonic() < until, f"not within {limit_s} s: {what() if callable(what) else what}"
        time.sleep(0.02)
    return value

"""A port that must be known before its server starts: for addresses that outlive a restart, and for processes."""

import random
import socket
from typing import Final

BELOW_THE_EPHEMERAL: Final = range(12_000, 31_000)
"""Where no system takes ports for outgoing connections: Linux begins at 32768, others at 49152 (RFC 6335, section 6)."""
_given: set[int] = set()


def free_port() -> int:
    """A loopback port that nobody listens on and that this process was not given before.

    A port from `bind(0)` is an ephemeral one: between closing it here and opening it there, any outgoing connection of
    the machine may be given the same.
    """
    for _ in range(len(BELOW_THE_EPHEMERAL)):
        if (port := random.choice(BELOW_THE_EPHEMERAL)) in _given:
            continue
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError("No port is free. End other test runs.")

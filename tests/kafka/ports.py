"""Loopback ports that nobody uses."""
import pathlib
import random
import socket

LOWEST = 10_000


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count, taken=()):
    """`count` ports beside those in `taken`.

    They lie below the range from which the system takes ports for outgoing connections: a node that is killed and
    started again finds its ports free.
    """
    outgoing = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    candidates = range(LOWEST, max(int(outgoing[0]), LOWEST + 1_000))
    found = []
    for port in random.sample(candidates, len(candidates)):
        if port not in taken and _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"no {count} free ports from {candidates.start} to {candidates.stop - 1}")

"""Asks a broker, in Kafka's own protocol, which brokers are alive."""
import socket
import struct

TIMEOUT_SECONDS = 2.0
METADATA, VERSION, CORRELATION = 3, 1, 7


def _receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def live_brokers(port):
    """The ids of the brokers that the one on this loopback port counts as alive; none when it does not answer."""
    client = b"parley-probe"
    # No topics, so the answer is the cluster alone.
    request = struct.pack(f">hhih{len(client)}si", METADATA, VERSION, CORRELATION, len(client), client, 0)
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.sendall(struct.pack(">i", len(request)) + request)
            size, = struct.unpack(">i", _receive(connection, 4))
            answer = _receive(connection, size)
    except OSError:
        return set()
    count, = struct.unpack_from(">i", answer, 4)
    brokers, at = set(), 8
    for _ in range(count):
        broker, host_size = struct.unpack_from(">ih", answer, at)
        at += 6 + host_size + 4
        rack_size, = struct.unpack_from(">h", answer, at)
        at += 2 + max(rack_size, 0)
        brokers.add(broker)
    return brokers

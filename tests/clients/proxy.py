"""A connection between a client and a gateway that can be deafened and cut."""
import contextlib
import socket
import threading


class Proxy:
    """Passes bytes on to one address, from a port of its own, until it is cut; thread-safe."""

    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self._sockets = []
        self._lock = threading.Lock()
        self._answers = threading.Event()
        self._answers.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def is_used(self):
        with self._lock:
            return bool(self._sockets)

    def hold_answers(self):
        """What the gateway says from now on is not passed on."""
        self._answers.clear()

    def cut(self):
        """Ends the connections and takes no more."""
        with self._lock:
            # Shut down first: a thread that waits in a call would keep a closed socket open.
            for end in [self._listener, *self._sockets]:
                with contextlib.suppress(OSError):  # It may have gone by itself.
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._answers.set()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            gateway = socket.create_connection(self._target)
            with self._lock:
                self._sockets += [client, gateway]
            for source, sink, gate in ((client, gateway, None), (gateway, client, self._answers)):
                threading.Thread(target=self._pass_on, args=(source, sink, gate), daemon=True).start()

    def _pass_on(self, source, sink, gate):
        try:
            while data := source.recv(65536):
                if gate:
                    gate.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # Cut, or the other end went.

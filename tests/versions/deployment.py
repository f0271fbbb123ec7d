"""Processes of Parley, each of yesterday's programs or of today's, and people who talk through them."""
import json
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kafka"))
import ports  # noqa: E402
from product import Program, clean_environment  # noqa: E402
from waiting import wait_until  # noqa: E402

READY_SECONDS = 60
END_SECONDS = 30
DELIVERED_SECONDS = 30
ATTEMPTS_MAX = 20
# Two replicas of each; a gateway gives its clients a second to go elsewhere.
REPLICAS = 2
DRAIN = ["--drain-announce=0s", "--drain-window=1s", "--drain-linger=0s", "--drain-flush=2s"]
KINDS = ["presence", "router", "gateway"]


class Deployment:
    """Two replicas of each service. One keeps its name and its ports when it is replaced."""

    def __init__(self, folder, brokers, old, new):
        self.folder = folder
        self._brokers = brokers
        self._programs = {"old": old, "new": new}
        numbers = iter(ports.free_ports(7 * REPLICAS))
        take = lambda: [f"127.0.0.1:{next(numbers)}" for _ in range(REPLICAS)]
        self._presences, self.gateways, self._links = take(), take(), take()
        self._admins = {(kind, i): next(numbers) for kind in KINDS for i in range(REPLICAS)}
        self._running = {}
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, kind, number, age):
        options = [f"--id={kind}-{number}", f"--kafka-brokers={self._brokers}"]
        if kind == "presence":
            options += [f"--listen={self._presences[number]}"]
        else:
            options += ["--presence=" + ",".join(self._presences)]
        if kind == "gateway":
            options += [f"--listen={self.gateways[number]}", f"--link-listen={self._links[number]}", *DRAIN]
        program = Program([str(self._programs[age] / f"parley-{kind}"), *options], self._admins[kind, number],
                          self.folder / f"{kind}-{number}-{age}.log", clean_environment())
        self._running[kind, number] = program
        return program

    def up(self, ages):
        """`ages`: `old` or `new` for each kind."""
        for kind in KINDS:
            for number in range(REPLICAS):
                self.start(kind, number, ages[kind])
        for program in self._running.values():
            program.await_ready(READY_SECONDS)

    def replace(self, kind, number, age):
        self.end(kind, number)
        self.start(kind, number, age).await_ready(READY_SECONDS)

    def end(self, kind, number):
        program = self._running.pop((kind, number))
        code = program.end(END_SECONDS)
        assert code == 0, f"{program.name} ended with {code}: see {program.log}"

    def down(self):
        for kind in reversed(KINDS):
            for number in range(REPLICAS):
                self.end(kind, number)

    def kill(self):
        for program in self._running.values():
            program.kill()


class Listener:
    """`parley listen` from now on, on whichever gateway there is."""

    def __init__(self, parley, name, channel, gateways, folder):
        self.name = name
        self.out = folder / f"{name}.jsonl"
        self.err = folder / f"{name}.err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self._process = subprocess.Popen(
                [parley, "listen", "--json", f"--user={name}", f"--channel={channel}",
                 "--server=" + ",".join(gateways)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=clean_environment())
        wait_until(f"{name} listens", READY_SECONDS, lambda: "listening to" in self.err.read_text())

    def ids(self):
        lines = self.out.read_bytes().split(b"\n")[:-1]
        return [json.loads(line)["id"] for line in lines]

    def end(self):
        """The last word: it must still have listened."""
        assert self._process.poll() is None, f"{self.name} does not listen any more: see {self.err}"
        self._process.kill()
        self._process.wait()

    def kill(self):
        self._process.kill()
        self._process.wait()


class Sender(threading.Thread):
    """Sends one message after the other, each until it is stored."""

    def __init__(self, parley, name, channel, gateways):
        super().__init__(daemon=True)
        self.stored = []
        self.trouble = None
        self._command = [parley, "send", "--json", f"--user={name}", f"--channel={channel}",
                         "--server=" + ",".join(gateways)]
        self._name = name
        self._over = threading.Event()
        self.start()

    def run(self):
        while not self._over.is_set() and self.trouble is None:
            self._send(f"{self._name}-{len(self.stored)}")

    def finish(self):
        self._over.set()
        self.join()
        assert self.trouble is None, self.trouble

    def await_more(self, count):
        enough = len(self.stored) + count
        wait_until(f"{self._name} has sent {count} more", DELIVERED_SECONDS,
                   lambda: len(self.stored) >= enough or self.trouble)

    def _send(self, message):
        retry = []
        for _ in range(ATTEMPTS_MAX):
            done = subprocess.run([*self._command, f"--id={message}", *retry, message], capture_output=True, text=True,
                                  env=clean_environment(), check=False)
            outcome = json.loads(done.stdout or "{}")
            if outcome.get("outcome") == "stored":
                self.stored.append(message)
                return
            if outcome.get("outcome") == "unknown":
                retry = ["--retry"]
            time.sleep(0.1)
        self.trouble = f"{message} could not be sent: {outcome}"


class Chat:
    """Two people who talk and two who listen, in one channel, over both gateways in either order."""

    def __init__(self, parley, channel, gateways, folder):
        orders = [gateways, gateways[::-1]]
        self._listeners = [Listener(parley, f"listener-{i}", channel, order, folder) for i, order in enumerate(orders)]
        self._senders = [Sender(parley, f"sender-{i}", channel, order) for i, order in enumerate(orders)]

    def await_more(self, count):
        for sender in self._senders:
            sender.await_more(count)

    def finish(self):
        """Everything that was stored was shown once, to everybody in the same order, each sender's in its own.
        Returns how much that was."""
        for sender in self._senders:
            sender.finish()
        sent = [message for sender in self._senders for message in sender.stored]
        wait_until("all that was stored is shown", DELIVERED_SECONDS,
                   lambda: all(set(sent) <= set(listener.ids()) for listener in self._listeners))
        shown = [listener.ids() for listener in self._listeners]
        for listener, ids in zip(self._listeners, shown):
            assert len(ids) == len(set(ids)), f"{listener.name} was shown a message twice: see {listener.out}"
            for sender in self._senders:
                own = [message for message in ids if message in set(sender.stored)]
                assert own == sender.stored, f"{listener.name} was shown messages out of order: see {listener.out}"
            listener.end()
        assert shown[0] == shown[1], "the listeners were shown different things"
        return len(sent)

    def kill(self):
        for listener in self._listeners:
            listener.kill()

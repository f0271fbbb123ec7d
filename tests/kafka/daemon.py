"""A process that outlives the script that started it, known by a file that names it beyond doubt."""
import os
import pathlib
import signal
import subprocess
import time

POLL_SECONDS = 0.02


def _look(pid):
    """The process's state and when it began, in the kernel's ticks; nothing when it is gone or waits to be reaped."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None, None
    state, threads, start_time = fields[0], int(fields[17]), fields[19]
    # The first thread of a process may be gone while others still hold its ports.
    if state != "Z" or threads > 1:
        return state, start_time
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass  # Somebody else's to reap.
    return None, None


class Daemon:
    """`pid_file` holds the pid and the start time, so a pid that the system gave away again is never taken for ours."""

    def __init__(self, pid_file):
        self.pid_file = pathlib.Path(pid_file)

    def start(self, command, log_file):
        with open(log_file, "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True)
        self.pid_file.write_text(f"{process.pid} {_look(process.pid)[1]}\n")
        process.returncode = 0  # It is meant to outlive us: no warning when the object goes.

    def pid(self):
        """The process's id while it runs (or is stopped), else None."""
        try:
            pid, start_time = self.pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _look(int(pid))[1] == start_time else None

    def paused(self):
        pid = self.pid()
        return pid is not None and _look(pid)[0] == "T"

    def send(self, number):
        """False when there is no such process."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, number)
        return True

    def end(self, number=signal.SIGKILL, seconds=10):
        """Signals it and waits until it is gone; kills it when the time is over."""
        if not self.send(number):
            return
        deadline = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                self.send(signal.SIGKILL)
            time.sleep(POLL_SECONDS)

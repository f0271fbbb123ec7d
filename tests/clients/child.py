"""Programs under test as line-by-line conversations: on pipes (`Child`) or on a terminal of their own (`Terminal`)."""
import contextlib
import io
import subprocess
import threading
import time

import pexpect

WAIT_SECONDS = 30
DRAW_SECONDS = 0.05


class Child:
    """A program whose lines are collected as they come. Used by one thread; ended by `close`."""

    def __init__(self, command, **options):
        self.name = " ".join(map(str, command))
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1, encoding="utf-8", **options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def wait_until(self, true_of_lines, what, seconds=WAIT_SECONDS):
        """Returns the lines as soon as something is true of them; raises AssertionError when it never is."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not true_of_lines(self.lines):
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    said = "\n  ".join(self.lines[-40:])
                    why = "ended" if self._ended else f"{seconds} s passed"
                    raise AssertionError(f"{self.name}\n{why} without {what}; it said:\n  {said}")
                self._changed.wait(left)
            return list(self.lines)

    def wait_for(self, text, seconds=WAIT_SECONDS):
        return self.wait_until(lambda lines: any(text in line for line in lines), repr(text), seconds)

    def shows(self, text):
        with self._changed:
            return any(text in line for line in self.lines)

    def end_input(self):
        self.process.stdin.close()

    def exit_code(self, seconds=WAIT_SECONDS):
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


class Terminal:
    """A program on a terminal. `text` is all that it ever drew there."""

    def __init__(self, command):
        self.name = " ".join(map(str, command))
        self._drawn = io.StringIO()
        self._child = pexpect.spawn(str(command[0]), list(map(str, command[1:])), encoding="utf-8",
                                    dimensions=(50, 160))
        self._child.logfile_read = self._drawn

    @property
    def text(self):
        return self._drawn.getvalue()

    def say(self, text):
        self._child.sendline(text)

    def wait_for(self, text, seconds=WAIT_SECONDS):
        deadline = time.monotonic() + seconds
        while not self.shows(text):
            if time.monotonic() > deadline or not self._child.isalive():
                raise AssertionError(f"{self.name}\nnever showed {text!r}:\n{self.text}")

    def shows(self, text):
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            while text not in self.text:
                self._child.read_nonblocking(4096, timeout=DRAW_SECONDS)
        return text in self.text

    def close(self):
        self._child.close(force=True)

# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own: types, and waits for what is shown."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class Terminal:
    def __init__(self, words, environment, columns=80, cwd=None):
        self.raw = b""
        self.status = None
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGHUP, signal.SIGINT):  # as a shell starts it, whatever the tests ignore
                signal.signal(number, signal.SIG_DFL)
            os.chdir(cwd or ".")
            os.execve(words[0], list(map(str, words)), {"TERM": "xterm", **environment})
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    @property
    def text(self):
        """What was written so far, without escape sequences."""
        return ESCAPES.sub("", self.raw.decode(errors="replace")).replace("\r", "")

    def read(self, wait_s=0.1):
        """Takes what is there; returns False at the end."""
        if not select.select([self.end], [], [], wait_s)[0]:
            return True
        try:
            more = os.read(self.end, 65536)
        except OSError:
            return False  # the program has closed the terminal
        self.raw += more
        return bool(more)

    def wait_for(self, wanted, limit_s=60):
        until = time.monotonic() + limit_s
        while wanted not in self.text:
            assert time.monotonic() < until, f"not shown: {wanted!r} in\n{self.text}"
            assert self.read() or wanted in self.text, f"ended without {wanted!r}:\n{self.text}"
        return self.text

    def type(self, text):
        os.write(self.end, text.encode() if isinstance(text, str) else text)

    def wait(self, limit_s=60):
        """Reads to the end; the exit status, negative for a signal."""
        until = time.monotonic() + limit_s
        while self.read():
            assert time.monotonic() < until, f"goes on:\n{self.text}"
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.end)
        return self.status

    def close(self):
        """Closes the window: the program gets SIGHUP."""
        os.close(self.end)
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

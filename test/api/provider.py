# SPDX-License-Identifier: Apache-2.0
"""A provider of language models that is played, for a whole NetGuru."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

PLAYED = Path(__file__).resolve().parents[1] / "harness/played_provider.py"


class Provider:
    """test/harness/played_provider.py in a process of its own."""

    def __init__(self):
        words = [sys.executable, str(PLAYED), "--port", "0"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline().split()[-1])}"
        self.answers = 0

    def post(self, path, body=None):
        request = urllib.request.Request(self.url + path, json.dumps(body or {}).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=60).close()

    def script(self, *steps):
        self.post("/_script", {"answers": [{"steps": list(steps)}]})

    def go(self, part):
        """Lets the newest answer go on after that part of it."""
        self.post(f"/_go/{self.answers}.{part}")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.process.stdin.close()
        self.process.stdout.close()

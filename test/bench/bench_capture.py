# SPDX-License-Identifier: Apache-2.0
"""Reading captures, against capinfos and tshark."""

import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import measure

TITLE = "Captures: netguru analyze, capinfos, tshark"
ROUNDS = 3
WANTED_BYTES = 150 << 20


def sources():
    shared = Path(os.environ.get("NETGURU_SHARED_DATA", measure.ROOT.parent / "shared/data")) / "pcaps"
    files = sorted(shared.glob("zeek__http*.pcap")) + sorted(shared.glob("zeek__tcp*.pcap"))
    return [path for path in files if is_plain(path)] or sorted((measure.ROOT / "sample/captures").glob("*.pcap"))


def is_plain(path):
    """Whether mergecap will take it: a whole Ethernet capture."""
    told = subprocess.run(["capinfos", "-E", "-T", "-r", str(path)], capture_output=True, text=True)
    return told.returncode == 0 and told.stdout.split()[-1:] == ["ether"]


def merge(target):
    """One large capture of many real ones, appended again and again."""
    files = [str(path) for path in sources()]
    total = sum(os.path.getsize(path) for path in files)
    with tempfile.TemporaryDirectory() as directory:
        once = f"{directory}/once.pcap"
        subprocess.run(["mergecap", "-a", "-F", "pcap", "-w", once, *files], check=True, capture_output=True)
        times = max(1, WANTED_BYTES // max(total, 1))
        subprocess.run(
            ["mergecap", "-a", "-F", "pcap", "-w", target, *([once] * min(times, 400))], check=True, capture_output=True
        )


def dump_program():
    """The engine alone, built beside the program."""
    return str(Path(measure.PROGRAM).parents[1] / "test/engines/pcap/pcap_dump")


def run():
    with tempfile.TemporaryDirectory(prefix="netguru-bench-") as directory:
        capture = f"{directory}/large.pcap"
        merge(capture)
        text = subprocess.run(["capinfos", "-c", "-M", "-T", "-r", capture], capture_output=True, text=True).stdout
        packets = int(text.split()[-1])
        commands = {
            "netguru analyze": [measure.PROGRAM, "analyze", "--json", capture],
            "without facts": [dump_program(), "--no-facts", "--rows", "100", capture],
            "capinfos": ["capinfos", capture],
            "tshark -z conv,tcp": ["tshark", "-q", "-n", "-r", capture, "-z", "conv,tcp"],
        }
        taken = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                taken[name].append(measure.run_cpu(command))
        rows = [
            (
                name,
                f"{median(t[0] for t in times):.2f}",
                f"{packets / median(t[0] for t in times) / 1e6:.2f}",
                f"{median(t[2] for t in times) / 1024:.0f}",
            )
            for name, times in taken.items()
        ]
        ours = taken["netguru analyze"]
        against = {
            name: measure.ratio([(b[0], a[0]) for a, b in zip(ours, taken[name])])
            for name in commands
            if name not in ("netguru analyze", "without facts")
        }
        size = os.path.getsize(capture) / 2**20
    return [
        *measure.table(("program", "CPU s", "M packets per CPU second", "peak MB"), rows),
        "",
        f"{packets:,} packets, {size:.0f} MB of real captures. NetGuru is **{against['tshark -z conv,tcp']:.1f}×** as fast as "
        f"tshark (bar: 10×) and {against['capinfos']:.1f}× as fast as capinfos, which counts and hashes only; "
        "bars: 1 M packets per CPU second with facts and findings, 3 M without.",
    ]

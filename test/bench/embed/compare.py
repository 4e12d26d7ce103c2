#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our encoder and onnxruntime's in turn (A B A B …), same texts, same number of threads.

usage: compare.py BENCH_EMBED [--model DIR] [--threads N] [--rounds N]

The texts are the chunks of the starter knowledge and the sample network, as the server embeds them.
Prints the tokens a second, by the clock and by CPU time of all threads, of each round, and the
median ratios to the better of the rival's batch sizes. On a machine that does other work too, trust
the CPU time. As a module: compare(…) gives the same as a dict. The interpreter needs onnxruntime, onnx, tokenizers and numpy.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
MAX_TEXTS = 300


def chunks(program):
    files = sorted((ROOT / "knowledge").glob("*.md")) + sorted((ROOT / "sample/configs").iterdir())
    files += sorted((ROOT / "sample/logs").iterdir())
    names = [str(file.relative_to(ROOT)) for file in files]
    done = subprocess.run([program, "chunks", *names], cwd=ROOT, check=True, capture_output=True, text=True)
    texts = json.loads(done.stdout)
    step = max(1, -(-len(texts) // MAX_TEXTS))
    return texts[::step]


class Side:
    """A program that says ready, then measures once for each line it is given."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"compare: {command[0]} did not start")

    def measure(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(program, model, threads=2, rounds=3, batches=(8, 32)):
    """Medians over rounds. The rival runs with each batch size; its better one counts."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        texts = chunks(program)
        json.dump(texts, file)
        file.flush()
        sides = {"ours": Side([program, "loop", str(model), file.name, str(threads)])}
        for batch in batches:
            command = [sys.executable, str(HERE / "onnx_rival.py"), str(model), file.name]
            command += ["--threads", str(threads), "--batch", str(batch), "--loop"]
            sides[f"onnxruntime, batch {batch}"] = Side(command)
        results = {name: [] for name in sides}
        for _ in range(rounds):
            for name, side in sides.items():
                results[name].append(side.measure())
        for side in sides.values():
            side.close()
    found = {"texts": len(texts), "threads": threads}
    found["tokens"] = {name: rows[0]["tokens"] for name, rows in results.items()}
    for key, seconds in (("tokens_per_s", "seconds"), ("tokens_per_cpu_s", "cpu_seconds")):
        rates = {name: [round(r["tokens"] / r[seconds]) for r in rows] for name, rows in results.items()}
        rivals = [max(rates[name][i] for name in rates if name != "ours") for i in range(rounds)]
        ratios = [ours / rival for ours, rival in zip(rates["ours"], rivals)]
        found[key] = rates
        found[key + "_ratio"] = round(statistics.median(ratios), 2)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    default = os.environ.get("NETGURU_MODEL_DIR", ROOT / ".cache/models/all-MiniLM-L6-v2")
    parser.add_argument("--model", type=Path, default=Path(default))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    found = compare(args.program, args.model, args.threads, args.rounds)
    print(f"{found['texts']} texts, {found['threads']} threads")
    for key in ("tokens_per_s", "tokens_per_cpu_s"):
        print(f"{key}: ratio {found[key + '_ratio']}")
        for name, rates in found[key].items():
            print(f"  {name:24} {' '.join(f'{r:>7}' for r in rates)}  of {found['tokens'][name]} tokens")


if __name__ == "__main__":
    main()

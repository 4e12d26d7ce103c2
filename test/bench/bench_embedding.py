# SPDX-License-Identifier: Apache-2.0
"""The encoder beside onnxruntime: the same texts, in turn."""

import json
import os
import subprocess
import sys
from statistics import median

import measure

sys.path.insert(0, str(measure.ROOT / "test/bench/embed"))
import compare  # noqa: E402

TITLE = "Embedding: all-MiniLM-L6-v2 against onnxruntime, fp32"
ROUNDS = 3


def lengths(program, model):
    """The time of one text alone, by its tokens."""
    done = subprocess.run([program, "lengths", str(model)], check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()[1:]]
    return [(str(row["tokens"]), f"{row['least_ms']:.2f}", f"{row['median_ms']:.2f}") for row in rows]


def run():
    program = os.path.join(os.path.dirname(os.path.dirname(measure.PROGRAM)), "test/engines/embed/bench_embed")
    model = os.environ.get("NETGURU_MODEL_DIR", measure.ROOT / ".cache/models/all-MiniLM-L6-v2")
    if not os.path.exists(program) or not os.path.exists(model):
        return ["Not measured: the program or the model is not there."]
    rows, ratios = [], {}
    for threads in (1, 2):
        found = compare.compare(program, model, threads, ROUNDS)
        for name, rates in found["tokens_per_s"].items():
            by_cpu = found["tokens_per_cpu_s"][name]
            rows.append((str(threads), name, f"{median(rates):,.0f}", f"{median(by_cpu):,.0f}"))
        ratios[threads] = (found["tokens_per_s_ratio"], found["tokens_per_cpu_s_ratio"])
    return [
        *measure.table(("threads", "program", "tokens/s", "tokens per CPU second"), rows),
        "",
        f"{found['texts']} chunks of the knowledge and the sample, {found['tokens']['ours']:,} tokens. With 2 threads "
        f"**{ratios[2][0]:.2f}×** the tokens/s of onnxruntime at its better batch size (bar: 1.2×) and "
        f"{ratios[2][1]:.2f}× per CPU second, which counts its waiting in a spin; with 1 thread {ratios[1][0]:.2f}× "
        f"and {ratios[1][1]:.2f}×.",
        "",
        *measure.table(("tokens of one text", "ms, least", "ms, median"), lengths(program, model)),
    ]

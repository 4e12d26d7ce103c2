# SPDX-License-Identifier: Apache-2.0
"""Models of the same shape as all-MiniLM-L6-v2, made of it: no package ships a second one that loads."""
import json
import os
import shutil
import struct
from array import array
from pathlib import Path

from conftest import ROOT

MODEL = Path(os.environ.get("NETGURU_MODEL_DIR") or ROOT / ".cache/models/all-MiniLM-L6-v2")
LAST_NORM = "encoder.layer.5.output.LayerNorm."


def make(directory, change):
    """A copy in which change(place, number) has replaced each number of the last normalization, from which a vector is the mean."""
    directory.mkdir()
    for name in ("vocab.txt", "model.safetensors"):
        shutil.copyfile(MODEL / name, directory / name)
    with open(directory / "model.safetensors", "r+b") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        for name in ("weight", "bias"):
            first, last = header[LAST_NORM + name]["data_offsets"]
            file.seek(8 + size + first)
            numbers = array("f", file.read(last - first))
            file.seek(8 + size + first)
            file.write(array("f", [change(place, number) for place, number in enumerate(numbers)]).tobytes())
    return directory


def reflected(directory):
    """Every second number of a vector has the other sign: what was near is as near, and nothing is near to a vector of the original."""
    return make(directory, lambda place, number: -number if place % 2 else number)


def coarse(directory):
    """Only eight numbers of a vector tell anything: other neighbours."""
    return make(directory, lambda place, number: number if place < 8 else 0.0)


def broken(directory):
    """Vectors that are no numbers."""
    return make(directory, lambda place, number: float("nan"))

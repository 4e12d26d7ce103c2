# SPDX-License-Identifier: Apache-2.0
"""Real readers open what `netguru topology` writes: Graphviz, networkx, an XML parser with the rules of draw.io, and csv.

The files are written by the program from configurations of this test: names that are hard to quote, and a network that is
large enough for groups.
"""

import csv
import io
import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(os.environ.get("TEST_PROGRAM", ROOT / "build/src/netguru"))
HARD = [
    "version 15.2\nhostname r1\ninterface Gi0/1\n description <b> & \"r2\" Gi0/2 =1+1 \\\n ip address 10.0.0.1 255.255.255.252\n",
    "version 15.2\nhostname =r2&<x>\"\\\ninterface Gi0/2\n ip address 10.0.0.2 255.255.255.252\n"
    "router bgp 1\n neighbor 192.0.2.9 remote-as 2\n",
    "version 15.2\nhostname a\xe7\xe3o\ninterface Gi0/1\n ip address 10.1.0.1 255.255.255.0\n",
    "version 15.2\nhostname s2\ninterface Gi0/1\n ip address 10.1.0.2 255.255.255.0\n",
    "version 15.2\nhostname s3\ninterface Gi0/1\n ip address 10.1.0.3 255.255.255.0\n",
]


def fabric():
    """Four sites of twelve devices and two that join them."""
    texts, link = {}, 0

    def join(a, b):
        nonlocal link
        for name, last in ((a, 0), (b, 1)):
            texts.setdefault(name, []).append((link, last))
        link += 1

    for site in "abcd":
        for leaf in range(1, 11):
            for spine in (1, 2):
                join(f"{site}1-spine{spine}", f"{site}1-leaf{leaf}")
        join("core1", f"{site}1-spine1")
        join("core2", f"{site}1-spine2")
    return [f"version 15.2\nhostname {name}\n" + "".join(
        f"interface Gi0/{number}\n ip address 10.0.{number}.{last} 255.255.255.254\n" for number, last in links)
        for name, links in texts.items()]


@pytest.fixture(scope="module", params=["hard", "fabric"])
def files(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    texts = HARD if request.param == "hard" else fabric()
    paths = [folder / f"{number}.cfg" for number in range(len(texts))]
    for path, text in zip(paths, texts):
        path.write_bytes(text.encode("latin-1"))
    return [str(path) for path in paths]


def topology(files, option):
    run = subprocess.run([PROGRAM, "topology", option, *files], capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout.decode()


@pytest.fixture(scope="module")
def graph(files):
    return json.loads(topology(files, "--json"))


def pairs(graph):
    return sorted(tuple(sorted((edge["source"], edge["target"]))) for edge in graph["edges"])


def test_graphviz_reads_the_dot(files, graph):
    if not shutil.which("dot"):
        pytest.skip("graphviz is not installed: tools/install test")
    read = subprocess.run(["dot", "-Tdot_json"], input=topology(files, "--dot").encode(), capture_output=True, timeout=120)
    assert read.returncode == 0 and not read.stderr, read.stderr.decode()
    network = json.loads(read.stdout)
    nodes = {item["_gvid"]: item for item in network["objects"] if "nodes" not in item}
    assert sorted(node["name"] for node in nodes.values()) == sorted(node["id"] for node in graph["nodes"])
    # A label is shown with its escapes resolved; the JSON of dot has them.
    assert {node["label"].replace("\\\\", "\\") for node in nodes.values()} == {node["data"]["label"] for node in graph["nodes"]}
    assert sorted(tuple(sorted((nodes[edge["tail"]]["name"], nodes[edge["head"]]["name"]))) for edge in network["edges"]) == pairs(graph)


def test_networkx_reads_the_graphml(files, graph):
    networkx = pytest.importorskip("networkx", reason="networkx is not installed: ./dev test installs test/requirements.txt")
    network = networkx.parse_graphml(topology(files, "--graphml"), force_multigraph=True)
    assert sorted(network.nodes) == sorted(node["id"] for node in graph["nodes"])
    assert sorted(tuple(sorted(ends)) for ends in network.edges()) == pairs(graph)
    for node in graph["nodes"]:
        assert network.nodes[node["id"]]["label"] == node["data"]["label"]
        assert network.nodes[node["id"]]["x"] == node["position"]["x"]


def test_drawio_is_what_the_program_accepts(files, graph):
    """The rules of mxfile: one root with the cells 0 and 1, unique ids, parents and ends that exist, a geometry each."""
    document = ElementTree.fromstring(topology(files, "--drawio").encode())
    assert document.tag == "mxfile" and [child.tag for child in document] == ["diagram"]
    root = document.find("diagram/mxGraphModel/root")
    cells = root.findall("mxCell")
    ids = [cell.get("id") for cell in cells]
    assert len(root) == len(cells) and len(set(ids)) == len(ids)
    assert (ids[:2], cells[0].get("parent"), cells[1].get("parent")) == (["0", "1"], None, "0")
    vertices = {cell.get("id"): cell for cell in cells if cell.get("vertex") == "1"}
    edges = [cell for cell in cells if cell.get("edge") == "1"]
    for number, cell in enumerate(cells[2:], 2):
        assert cell.get("parent") in ids[:number]
        assert (cell.get("vertex") == "1") != (cell.get("edge") == "1")
        assert cell.find("mxGeometry").get("as") == "geometry"
    assert len(edges) == len(graph["edges"])
    assert all(edge.get("source") in vertices and edge.get("target") in vertices for edge in edges)
    assert {node["data"]["label"] for node in graph["nodes"]} <= {vertex.get("value") for vertex in vertices.values()}


def test_csv_has_a_row_for_each_link(files, graph):
    rows = list(csv.DictReader(io.StringIO(topology(files, "--csv"), newline=""), strict=True))
    assert len(rows) == len(graph["edges"])
    labels = {node["id"]: node["data"]["label"] for node in graph["nodes"]}
    for row, edge in zip(rows, graph["edges"]):
        assert None not in row and None not in row.values()
        assert row["device_a"].lstrip("'") == labels[edge["source"]]
        assert float(row["confidence"]) == edge["data"]["confidence"]
        assert all(not cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_svg_fits_its_window_and_zooms_by_views(files, graph):
    picture = topology(files, "--svg")
    assert "<script" not in picture
    svg = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert (svg.get("width"), svg.get("height")) == ("100%", "100%")
    ids = {view.get("id") for view in svg.iter(f"{space}view")}
    links = {link.get("href") for link in svg.iter(f"{space}a")}
    assert "whole" in ids and links <= {f"#{name}" for name in ids}
    grouped = len(graph["nodes"]) > 40
    assert bool(links) == grouped
    titles = [title.text for title in svg.iter(f"{space}title")]
    assert any("10.0.0.1/30" in title for title in titles) or grouped


def test_formats_exclude_each_other(files):
    run = subprocess.run([PROGRAM, "topology", "--dot", "--csv", *files], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and "choose one of" in run.stderr

# SPDX-License-Identifier: Apache-2.0
"""PDFs: columns, cut words, ligatures, scans and bytes before the head."""

import pytest
from conftest import SHARED
from pdf_file import pdf

CASES = SHARED.parent / "cases/documents"

COLUMNS = [
    "The border router edge7 peers   The storage fabric in hall B",
    "with transit provider Alfa on   uses jumbo frames of 9216 bytes",
    "an interface that was named     and priority flow control in its",
    "first, in the inte-             class for the traffic that comes",
    "rior gateway proto-             from the compute racks, with a",
    "col that the racks use.         route-map of its own.",
    "",
    "Interface              IP-Address      OK? Method Status   Protocol",
    "GigabitEthernet0/0     10.0.0.1        YES NVRAM  up       up",
    "GigabitEthernet0/1     10.0.0.5        YES NVRAM  up       down",
    "GigabitEthernet0/2     10.0.0.9        YES NVRAM  up       up",
]


def first(client, query):
    return client.post("/api/v1/search", {"query": query, "limit": 3}).json["results"][0]


def test_columns_are_read_in_order_and_tables_by_rows(somebody):
    document = somebody.process("columns.pdf", pdf(COLUMNS))
    assert document["status"] == "completed", document
    text = first(somebody, "transit provider Alfa")["text"]
    assert text.index("racks use.") < text.index("The storage fabric in hall B\nuses jumbo frames of 9216 bytes")
    assert "GigabitEthernet0/1     10.0.0.5" in first(somebody, "10.0.0.5")["text"]
    for word in ("interior", "gateway", "proto-col"):
        hit = first(somebody, word)
        assert hit["matched_words"] and "interior\ngateway protocol" in hit["text"], word


def test_bytes_before_the_head_are_accepted(somebody):
    assert somebody.process("junk.pdf", b"HTTP/1.1 200 OK\r\n\r\n" + pdf(["marker WALRUS4"]))["status"] == "completed"
    assert "WALRUS4" in first(somebody, "WALRUS4")["text"]
    assert somebody.upload("late.pdf", b"x" * 1024 + pdf(["too late"])).status == 400


def test_pages_without_text_are_named(somebody):
    lines = ["page one"] + [""] * 119 + ["page three"]
    document = somebody.process("scan.pdf", pdf(lines))
    assert (document["metadata"]["pages"], document["metadata"]["pages_without_text"]) == (3, [2])
    assert "no text (scanned?) on page 2 of 3" in somebody.task(document)["result"]["text"]


@pytest.mark.parametrize("name, words", [
    ("two-col-block.pdf", ["authentication keys rotated\nevery ninety days"]), ("two-col-rows.pdf", ["class three for the RoCE traffic\nbetween the compute"]),
    ("ligatures.pdf", ["efficient firewalls"]), ("pt.pdf", ["mão ão ção", "Manutenção da ligação"]), ("hyphen.pdf", ["interior", "protocol"]),
    ("leading-junk.pdf", ["Circuit inventory"]), ("mixed-scan.pdf", ["QUOKKA1"]),
])
def test_cases_are_read(somebody, name, words):
    if not CASES.is_dir():
        pytest.skip(f"{CASES} is not here")
    document = somebody.process(name, (CASES / name).read_bytes())
    assert document["status"] == "completed", document
    for word in words:
        assert word in first(somebody, word)["text"]
    assert document["metadata"].get("pages_without_text") == ([2] if name == "mixed-scan.pdf" else None)

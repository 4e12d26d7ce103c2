# SPDX-License-Identifier: Apache-2.0
"""Single identifiers and words of one's own documents: found first, and known to be there; what stands nowhere is not."""

from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parents[3] / "shared/cases/search"

# name, text, and questions that it answers
OWN = [
    ("cameras.txt", "Camera 7 of the car park answers as 0050.7944.9901 on port 11 of the gate switch.",
     ["00:50:79:44:99:01", "00-50-79-44-99-01", "0050.7944.9901", "where is 00-50-79-44-99-01?", "onde está a câmera 0050.7944.9901?"]),
    ("resolver.txt", "Queries are answered by 2001:0db8:00aa:0000:0000:0000:0000:0035 in the second hall.",
     ["2001:db8:aa::35", "2001:DB8:AA:0:0:0:0:35", "2001:0db8:00aa:0000:0000:0000:0000:0035", "who answers at 2001:db8:aa::35?"]),
    ("aviso.txt", "O balanceador do segundo andar desliga quando chove.", ["balanceador", "quando o balanceador desliga?"]),
    ("floor-2.txt", "Floor 2 notes.\n\nThe uplink TenGigabitEthernet1/1/4 of fun-acc3 carries 10.77.4.0/22.\n\n"
     "Ticket INC0077123: CVE-2022-20968 was closed on fun-edge1.\n\nChassis FDO3311Z9QX is a spare.",
     ["Te1/1/4 fun-acc3", "10.77.4.0/22", "INC0077123", "CVE-2022-20968", "FDO3311Z9QX", "chassis", "fun-edge1"]),
]
SHARED = {
    "mac.txt": ["00:50:79:66:68:01", "00-50-79-66-68-01", "0050.7966.6801"],
    "v6.txt": ["2001:db8::53", "2001:0db8:0000:0000:0000:0000:0000:0053"],
    "pt.txt": ["encaminhador", "qual encaminhador reinicia sozinho?"],
    "site-a.txt": ["serial", "serial FDO2145A1BC", "CVE-2023-20198", "INC0045991", "Gi1/0/1 of lis-acc9", "0011.2233.4455"],
}


@pytest.fixture(scope="module")
def reader(make_netguru):
    client = make_netguru().demo()
    for name, text, _ in OWN:
        assert client.process(name, text.encode())["status"] == "completed"
    if CASES.is_dir():
        for name in SHARED:
            assert client.process(name, (CASES / name).read_bytes())["status"] == "completed"
    return client


@pytest.mark.parametrize("document, question", [(name, question) for name, _, questions in OWN for question in questions])
def test_own_document_comes_first_and_is_relevant(reader, document, question):
    answer = reader.post("/api/v1/search", {"query": question}).json
    assert answer["relevant"] and answer["results"][0]["document"] == document, answer["results"][:2]


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize("document, question", [(name, question) for name, questions in SHARED.items() for question in questions])
def test_shared_case_comes_first_and_is_relevant(reader, document, question):
    answer = reader.post("/api/v1/search", {"query": question}).json
    assert answer["relevant"] and answer["results"][0]["document"] == document, answer["results"][:2]


@pytest.mark.parametrize("question", ["00:50:79:44:99:02", "2001:db8:aa::36", "INC0077124", "CVE-2022-20969", "FDO3311Z9QW", "10.77.8.0/22", "fun-edge2"])
def test_what_stands_nowhere_is_not_relevant(reader, question):
    assert not reader.post("/api/v1/search", {"query": question}).json["relevant"]

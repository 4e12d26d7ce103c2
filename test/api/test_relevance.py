# SPDX-License-Identifier: Apache-2.0
"""Whether the starter knowledge is about a question: what FAR_DISTANCE of src/knowledge/search.c was measured by."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

RELATED = [
    "Why does my OSPF neighbor stay in EXSTART?", "What does the OSPF state INIT mean?", "How does BGP choose the best path?",
    "BGP session flapping with hold timer expired", "Difference between root bridge and designated port in spanning tree",
    "native VLAN mismatch on a trunk", "LACP bundle member is suspended", "What is a shadowed access list entry?",
    "wildcard mask in an access list", "How do I configure port forwarding with NAT?", "path MTU discovery black hole",
    "DNS lookups are slow, SERVFAIL answers", "duplicate acknowledgements and fast retransmit", "How can I see packet loss in a capture?",
    "zero window in TCP", "clients do not get an address from DHCP", "HSRP and VRRP active router election", "traceroute shows asterisks",
    "duplicate address detection in IPv6", "How do I show the interfaces on Junos?", "commit confirmed rollback",
    "What does %LINEPROTO-5-UPDOWN mean?", "queue drops under QoS policing and shaping", "Por que o vizinho OSPF não sobe?",
    "EOS command to see port channels", "como configurar VLAN em um trunk",
]

UNRELATED = [
    "How long do I boil an egg?", "best recipe for chocolate cake", "Who won the football world cup in 1998?",
    "symptoms of the flu in children", "How do I tie a necktie?", "cheap flights to Lisbon in summer", "What is the capital of Mongolia?",
    "plot summary of a romantic comedy film", "How do I train a puppy to sit?", "tax deductions for home owners",
    "guitar chords for beginners", "When should tomatoes be planted in the garden?", "history of the Roman Empire",
    "yoga poses for back pain", "meaning of dreams about water", "receita de bolo de cenoura", "quem descobriu o Brasil",
    "average salary of a nurse", "how to remove red wine stains from a carpet", "books similar to war and peace",
    "photosynthesis in green leaves", "mortgage interest rates next year", "exercises to lose weight", "poem about autumn leaves",
]


@pytest.fixture(scope="module")
def reader(make_netguru):
    instance = make_netguru()
    instance.run("knowledge", "ingest", ROOT / "knowledge")
    return instance.client().register()


@pytest.mark.parametrize("question", RELATED)
def test_what_the_corpus_holds_is_relevant(reader, question):
    answer = reader.post("/api/v1/search", {"query": question}).json
    assert answer["by_meaning"] and answer["relevant"], answer["results"][0]


@pytest.mark.parametrize("question", UNRELATED)
def test_what_the_corpus_does_not_hold_is_said_so(reader, question):
    answer = reader.post("/api/v1/search", {"query": question}).json
    assert answer["by_meaning"] and not answer["relevant"], answer["results"][0]

# SPDX-License-Identifier: Apache-2.0
"""Full text: identifiers stay whole, and no text is an error."""
import json
import random

import psycopg2.errors
import pytest

from conftest import fetch

MAC = ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e", "001A-2B3C-4D5E", "001a:2b3c:4d5e", "001a2b-3c4d5e", "001A2B3C4D5E", "0:1a:2b:3c:4d:5e",
       "01:00:1a:2b:3c:4d:5e", "0100.1a2b.3c4d.5e"]
IPV6 = ["2001:db8::53", "2001:DB8::53", "2001:0db8:0000:0000:0000:0000:0000:0053", "2001:db8:0:0:0:0:0:53", "2001:db8::0:53", "2001:db8::53/128", "[2001:db8::53]:443",
        "2001:db8::0.0.0.83"]

# what stands in a chunk, what a person types
FOUND = [
    ("neighbor 10.0.0.1 remote-as 65001", "10.0.0.1"), ("ip address 10.0.0.1/24", "10.0.0.1/24"), ("ip address 10.0.0.1/24", "10.0.0.1"),
    ("network 10.0.0.0/8.", "10.0.0.0/8"), ("to 10.0.0.1:443 failed", "10.0.0.1"), ("from 10.0.0.1, ttl", "10.0.0.1"),
    ("ipv6 address 2001:DB8::1/64", "2001:db8::1"), ("2001:db8::/32", "2001:db8::/32"), ("route ::/0 via fe80::1", "::/0"), ("peer ::1", "::1"),
    ("next-hop fe80::1%eth0", "fe80::1%eth0"), ("mac 00:1A:2b:3c:4d:5e", "00:1a:2B:3C:4d:5e"), ("001a.2b3c.4d5e", "001A.2B3C.4D5E"),
    ("interface Gi0/1", "Gi0/1"), ("interface GigabitEthernet0/1", "gi0/1"), ("Gi0/1 is down", "GigabitEthernet0/1"), ("gig0/1", "Gi0/1"),
    ("GigabitEthernet0/1.100", "gi0/1"), ("interface Te1/1/1", "TenGigabitEthernet1/1/1"), ("interface Ethernet49/1", "Et49/1"),
    ("interface Port-Channel10", "po10"), ("Po10", "port-channel10"), ("interface Vlan10", "vl10"), ("interface Loopback0", "lo0"),
    ("lo0.0 inet", "Loopback0"), ("ge-0/0/0.100 up", "ge-0/0/0.100"), ("ge-0/0/0.100 up", "ge-0/0/0"), ("xe-0/0/0:1", "xe-0/0/0:1"),
    ("ae12.4094", "ae12.4094"), ("irb.100", "irb.100"), ("%OSPF-5-ADJCHG: Process 1", "%OSPF-5-ADJCHG"), ("%OSPF-5-ADJCHG: Process 1", "OSPF-5-ADJCHG:"),
    ("%OSPF-5-ADJCHG: Process 1", "adjchg"), ("%LINEPROTO-5-UPDOWN: Line", "lineproto-5-updown"), ("RPD_BGP_NEIGHBOR_STATE_CHANGED: x", "rpd_bgp_neighbor_state_changed"),
    ("RPD_OSPF_NBRDOWN", "nbrdown"), ("router bgp 65001", "AS65001"), ("AS65001 originates", "65001"), ("AS65001", "as65001"), ("asn 4200000000", "AS4200000000"),
    ("route-target 65000:100", "65000:100"), ("rd 10.0.0.1:100", "10.0.0.1:100"), ("dc1-leaf1a", "dc1-leaf1a"), ("dc1-leaf1a", "leaf"),
    ("r1.example.net", "r1.example.net"), ("err-disabled port", "err-disabled"), ("link state", "link-state"), ("Configuração da interface", "CONFIGURACAO"),
    ("alteração", "alterações"), ("configurações", "configuração"), ("the neighbors", "neighbor"), ("neighbor", "neighbors"), ("policies", "policy"),
    ("policy", "policies"), ('description "Uplink to core"', "uplink"), ("(vrf=BLUE)", "blue"), ("set interfaces ge-0/0/0 unit 0;", "ge-0/0/0"),
    ("version 15.2(4)M1", "15.2(4)M1"), ("router ospf 1", "ospf"), ("SQLSTATE[42501]", "42501"), ("show ip int brief|include up", "brief"),
    ("mac 001a.2b3c.4d5e", "00:1A:2B:3C:4D:5E"), ("mac 00-1a-2b-3c-4d-5e", "001a2b3c4d5e"), ("mac 001A2B3C4D5E", "001a-2b3c-4d5e"), ("001a:2b3c", "001a:2b3c"),
    ("2001:0db8:0000:0000:0000:0000:0000:0053", "2001:db8::53"), ("2001:db8::53/64", "2001:DB8:0:0::53/64"), ("fe80::1%eth0", "FE80::1%eth0"),
    ("neighbor is AS 65200", "AS65200"), ("peer-as 65200", "AS 65200"), ("AS65200 is ours", "65200"), ("vlan 100", "VLAN 100"), ("interface Vlan100", "vlan 100"),
    ("change-0733.md", "change 0733"), ("## Draining a router", "drain"), ("drain", "draining"), ("it replaces", "replace"), ("08:30:12 down", "at 08:30"),
    *((f"the camera {spelling} is on port 4", query) for spelling in MAC for query in MAC),
    *((f"resolver {spelling}, second hall", query) for spelling in IPV6 for query in IPV6),
    ("neighbor fe80::5%Gi0/1 up", "fe80::5"), ("inet6 fe80::5", "FE80:0:0:0:0:0:0:5%eth0"), ("peer 2001:db8::53/64", "2001:db8::53%eth1"),
    ("ip address 10.9.8.1 255.255.255.0", "10.9.8.1/24"), ("network 10.9.8.0 0.0.0.3 area 0", "10.9.8.0/30"), ("host 10.9.8.1", "10.9.8.1/32"), ("10.9.8.1", "10.9.8.1/24"),
    ("vlan 871", "Vlan871"), ("vlan 871", "vlan871"), ("interface port-channel 12", "Po12"), ("interface Port-channel12", "port-channel 12"), ("interface loopback 0", "Lo0"),
    ("interface Loopback0", "loopback 0"), ("interface Tunnel7", "tunnel 7"), ("from ::ffff:10.9.8.7", "10.9.8.7"), ("from ::ffff:10.9.8.7", "::FFFF:0a09:0807"), ("interface GigabitEthernet 0/1", "Gi0/1"), ("Gi0/1 down", "gigabitethernet 0/1"),
    ("interface XGigabitEthernet0/0/1", "XGE0/0/1"), ("interface GigabitEthernet0/0/1", "GE0/0/1"), ("TwentyFiveGigE1/0/3", "Twe1/0/3"), ("FortyGigabitEthernet1/1", "Fo1/1"),
    ("no shutdown", "no shutdown"), ("Это маршрут", "маршрут"), ("日本語 設定", "設定"),
]
NOT_FOUND = [
    ("10.0.0.10", "10.0.0.1"), ("10.0.0.1", "10.0.0.10"), ("110.0.0.1", "10.0.0.1"), ("10.0.0.0/24", "10.0.0.0/25"), ("Gi0/11", "Gi0/1"),
    ("Gi0/1", "Gi0/11"), ("Te0/1", "Gi0/1"), ("ge-0/0/1", "ge-0/0/0"), ("ge-0/0/0.100", "ge-0/0/0.10"), ("AS650011", "AS65001"),
    ("%OSPF-4-ADJCHG", "%OSPF-5-ADJCHG"), ("2001:db8::1", "2001:db8::11"), ("00:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5f"), ("address", "addres"),
    ("001a.2b3c.4d5e", "00:1a:2b:3c:4d:5f"), ("2001:db8::53", "2001:db8::54"), ("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8"), ("AS65200", "AS 6520"),
    ("Vlan10", "Vlan100"), ("err port", "err-disabled"), ("00:1a:2b:3c:4d:5e", "001a.2b3c.4d5f"), ("ip address 10.9.8.1 255.255.255.0", "10.9.8.0/24"),
    ("ip route 10.9.8.0 255.255.255.0", "10.9.8.0/25"), ("10.9.8.0", "10.9.8.0/24"), ("2001:db8::/32", "2001:db8::/33"), ("10.9.8.1 via 255.255.255.0", "10.9.8.2/24"),
    ("at 12:30:11 on 10-11-12", "12:30:11:10:11:12"), ("fe80::5%eth0", "fe80::6%eth0"), ("GigabitEthernet 0/1", "Gi0/2"), ("vlan 87", "Vlan871"), ("vlan 10 and 871", "vlan871"),
]


def matches(session, chunk, query):
    return session.one("SELECT coalesce(search_tokens(%s) @@ search_query(%s), FALSE)", chunk, query)


@pytest.mark.parametrize("chunk, query", FOUND)
def test_found(alice, chunk, query):
    assert matches(alice, chunk, query)


@pytest.mark.parametrize("chunk, query", NOT_FOUND)
def test_not_found(alice, chunk, query):
    assert not matches(alice, chunk, query)


def test_an_identifier_outweighs_words(database, alice):
    texts = ["ospf neighbor down on the interface, interface down, neighbor down", "Gi0/1 err-disabled", "ospf interface neighbor down Gi0/2", "nothing"]
    for index, text in enumerate(texts):
        database.owner("INSERT INTO embeddings (chunk_text, chunk_index) VALUES (%s, %s)", text, 1000 + index)
    rows = alice.run("SELECT chunk_text FROM knowledge_search_text('why is the ospf neighbor down on interface GigabitEthernet0/1?', 10)")
    assert rows[0] == (texts[1],) and (texts[3],) not in rows and len(rows) == 3


def test_a_rare_word_is_found_among_common_ones(database, alice):
    """More chunks hold the common words than a term may offer."""
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index) SELECT 'multicast tree number ' || n, n FROM generate_series(3000, 4000) AS n")
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index) VALUES ('assert timer on a multicast link', 4001), ('rendezvous points', 4002)")
    rows = alice.run("SELECT chunk_index FROM knowledge_search_text('which tree number does the multicast assert use?', 5)")
    assert rows[0] == (4001,) and len(rows) == 5
    assert alice.run("SELECT chunk_index FROM knowledge_search_text('multicast tree rendezvous point', 5)")[0] == (4002,)
    assert alice.run("SELECT chunk_index FROM knowledge_search_text('multicast tree number 3977', 5)")[0] == (3977,)


def test_own_text_search_finds_own_rows_only(database, alice, bob, nobody):
    for tenant, text in ((alice, "unicorn of alice Gi0/7"), (bob, "unicorn of bob Gi0/7")):
        tenant.run("INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index, vendor) VALUES (%s, %s, %s, 70, 'cisco')", tenant.id, tenant.document, text)
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index) VALUES ('unicorn of everyone Gi0/7', 70)")
    query = "SELECT chunk_text, filename, document_id FROM document_search_text('GigabitEthernet0/7 unicorn', 10%s)"
    assert alice.run(query % "") == [("unicorn of alice Gi0/7", "r1.cfg", alice.document)]
    assert bob.run(query % ", '%s'" % bob.document) == [("unicorn of bob Gi0/7", "r1.cfg", bob.document)]
    assert bob.run(query % ", '%s'" % alice.document) == []
    assert bob.run(query % ", NULL, 'juniper'") == []
    for setting in (None, ""):
        if setting is not None:
            fetch(nobody, "SELECT set_config('app.current_user_id', %s, false)", setting)
        assert fetch(nobody, query % "") == []
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        bob.run("SELECT * FROM search_text_best(%s, 'unicorn', 10, NULL, NULL, NULL)", alice.id)


def test_filters(database, alice):
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index, vendor, document_type, embedding) VALUES "
                   "('zebra', 1, 'cisco', 'config', %(v)s), ('zebra', 2, 'juniper', 'config', %(v)s), ('zebra', 3, 'juniper', 'log', %(v)s)"
                   .replace("%(v)s", "array_fill(1, '{384}')::vector"))
    query = "SELECT chunk_index FROM knowledge_search_text('zebra', 10, %s, %s) ORDER BY 1"
    assert alice.run(query, "juniper", None) == [(2,), (3,)]
    assert alice.run(query, "juniper", "log") == [(3,)]
    query = "SELECT chunk_index FROM knowledge_search_vector(array_fill(1, '{384}')::vector, %s, 10, %s, %s) ORDER BY 1"
    assert alice.run(query, "all-MiniLM-L6-v2", None, "config") == [(1,), (2,)]
    assert alice.run(query, "another model", None, "config") == []


@pytest.mark.parametrize("query", ["", " ", None, "'", "''", "\\", "!", "&", "|", "(", ":*", "a:*", "<->", "a <2> b", "!!a", "'a' & 'b", "a\\' b", "%s", "“”", "...", "::", ":",
                                   "-", "/", "\t\n\x01\x7f", "a" * 5000, "é" * 5000, "x " * 5000, "\u202e\ufeff", "💥", "a\u0300", "$$", "1", "%"])
def test_no_query_is_an_error(alice, query):
    assert alice.run("SELECT search_query(%s)", query) is not None
    assert len(alice.run("SELECT id FROM knowledge_search_text(%s, 5)", query)) <= 5
    if query is not None:
        alice.run("SELECT search_tokens(%s)", query)
    assert not alice.app.notices


def test_random_text_is_never_an_error(alice):
    random.seed(11)
    alphabet = "ab01.:/-_%'\"\\&|!()<>*@#$^~+,;= \n\t{}[]éçß“”…\u00a0\u2028\ufeffЖ日💥\x01\x7f"
    for _ in range(400):
        text = "".join(random.choices(alphabet, k=random.randint(0, 300)))
        alice.run("SELECT search_query(%s), search_tokens(%s)", text, text)
        # every word of a text finds it again
        assert alice.one("SELECT coalesce(search_tokens(%s) @@ search_query(%s), (SELECT count(*) FROM search_words(%s)) = 0)", text, text, text), text


@pytest.mark.parametrize("text", ["a.b/c-d_e:f " * 5461, "x" * 65536, "1a" * 32768, "10.0.0.1/24 " * 5461, " ".join(map(str, range(11000))),
                                  "".join(chr(0x4e00 + n % 20000) + " " for n in range(16384)), "-" * 65536, "' \\" * 21845])
def test_the_largest_chunk_can_be_indexed(alice, text):
    assert len(text.encode()) <= 65536
    assert alice.one("INSERT INTO embeddings (user_id, chunk_text, chunk_index) VALUES (%s, %s, 0) RETURNING length(tokens) >= 0", alice.id, text)


def test_tokens_do_not_depend_on_the_locale(cluster, alice):
    text = "INTERFACE Configuração ÉÇÃO ıİ"
    assert alice.one("SELECT search_tokens(%s)::text", text).startswith("'configuracao':2B 'ecao':3B 'interface':1B")


NAMES = [
    ("Which device owns 10.12.3.1 and 2001:db8::1?", {"10.12.3.1", "2001:db8::1"}), ("who is AS 65200 or AS65201?", {"65200", "as65201"}),
    ("where is 00:1a:2b:3c:4d:5e?", {"00:1a:2b:3c:4d:5e"}), ("is Gi0/1 of lis-core1 in VLAN 100?", {"gi0/1", "lis-core1", "vlan 100"}),
    ("what does CUST-ACME-IN permit?", {"cust-acme-in"}), ("serial FDO2145A1BC", {"fdo2145a1bc"}), ("community 64900:777", {"64900:777"}),
    ("why OSPF-5-ADJCHG?", {"ospf-5-adjchg"}),
    # Things that many share, times, and words with a hyphen are nobody's names.
    ("does IPv6 need MD5 or SHA-256, 802.1X, RFC-2328 and a 10-gigabit port?", set()), ("0.0.0.0/0 by 255.255.255.0 at 08:30", set()),
    ("a point-to-point link with SYN-ACK", set()), ("how many of the 65536 packets were lost?", set()), ("", set()), (None, set()),
]


@pytest.mark.parametrize("question, names", NAMES)
def test_names_in_a_question(alice, question, names):
    assert {row[0] for row in alice.run("SELECT name FROM search_terms(%s) WHERE name IS NOT NULL", question)} == names


def fit(session, question, also="{}"):
    return session.run("SELECT e.chunk_text, f.fit, f.has_identifier, f.known, f.missing FROM search_fit(%s, %s, '{}', 10, NULL, NULL, NULL) AS f"
                       " JOIN embeddings AS e ON e.id = f.id ORDER BY f.fit DESC", question, also)


def add(session, text, **metadata):
    session.run("INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index, metadata) SELECT %s, %s, %s, coalesce(max(chunk_index), 100) + 1, %s"
                " FROM embeddings", session.id, session.document, text, json.dumps(metadata))


@pytest.fixture
def chunks(database, alice, bob):
    database.owner("DELETE FROM embeddings")
    add(alice, "7012 input errors, 6312 CRC", title="lis-core7-show-interfaces.txt", section="lis-core7#show interfaces > GigabitEthernet0/7 is up")
    add(alice, "4 input errors, 2 CRC", title="lis-core8-show-interfaces.txt", section="lis-core8#show interfaces > GigabitEthernet0/7 is up")
    add(alice, "peer-as 65200;", title="edge.conf", device="opo-edge3", section="protocols > bgp > group ACME > neighbor 192.0.2.9")
    add(alice, "O certificado do servidor venceu")
    add(bob, "router ospf 1 of lis-core7 and 198.51.100.77")
    return alice


def test_a_chunk_is_found_by_what_it_hangs_on(chunks):
    best = fit(chunks, "How many CRC errors has Gi0/7 of lis-core7?")
    assert best[0][0].startswith("7012") and best[0][1] > 0.9 and best[0][1] > best[1][1]
    best = fit(chunks, "which AS has the neighbor 192.0.2.9 of opo-edge3?")[0]
    assert best[0] == "peer-as 65200;" and best[2]


def test_other_words_for_a_word_are_given(chunks):
    assert fit(chunks, "which certificate expired?")[0:] == []
    best = fit(chunks, "which certificate expired?", '{"certificate": ["certificado"], "expired": ["venceu"]}')[0]
    assert best[0].startswith("O certificado") and best[1] == pytest.approx(1) and not best[2] and best[4] is None
    # Whatever is given instead of arrays of words is no error.
    for also in ("{}", "[]", "1", '{"certificate": 1}', '{"certificate": ["", null, 7, "a\' | !b"]}'):
        fit(chunks, "which certificate expired?", also)


@pytest.mark.parametrize("question, missing", [
    ("CRC of Gi0/7 on lis-core7", None), ("input errors of Gi0/8 on lis-core7", ["gi0/8", "gi0/8"]), ("input errors of lis-core9", ["lis-core9"]),
    ("who is AS 65201, input?", ["65201"]), ("input errors of 198.51.100.77", ["198.51.100.77"]),
    # The device stands, and the protocol at another one.
    ("BGP of opo-edge3, input", None), ("BGP of lis-core7, input", ["bgp"]), ("BGP, input", None),
])
def test_what_stands_nowhere_is_missing(chunks, question, missing):
    assert fit(chunks, question)[0][4] == missing


def test_fit_is_of_own_and_global_chunks_only(database, chunks, bob, nobody):
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index) VALUES ('lis-core7 of all', 1)")
    assert {row[0] for row in fit(chunks, "lis-core7")} == {"7012 input errors, 6312 CRC", "lis-core7 of all"}
    assert {row[0] for row in fit(bob, "lis-core7")} == {"router ospf 1 of lis-core7 and 198.51.100.77", "lis-core7 of all"}
    # Not even those of others that are asked for by their ids.
    ids = database.superuser("SELECT array_agg(id::text) FROM embeddings")[0][0]
    rows = bob.run("SELECT id FROM search_fit('x', '{}', %s::uuid[], 10, NULL, NULL, NULL)", ids)
    assert len(rows) == 2
    assert len(fetch(nobody, "SELECT id FROM search_fit('lis-core7', '{}', '{}', 10, NULL, NULL, NULL)")) == 1

# SPDX-License-Identifier: Apache-2.0
"""Full text: identifiers stay whole, and no text is an error."""
import random

import psycopg2.errors
import pytest

from conftest import fetch

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
    ("no shutdown", "no shutdown"), ("Это маршрут", "маршрут"), ("日本語 設定", "設定"),
]
NOT_FOUND = [
    ("10.0.0.10", "10.0.0.1"), ("10.0.0.1", "10.0.0.10"), ("110.0.0.1", "10.0.0.1"), ("10.0.0.0/24", "10.0.0.0/25"), ("Gi0/11", "Gi0/1"),
    ("Gi0/1", "Gi0/11"), ("Te0/1", "Gi0/1"), ("ge-0/0/1", "ge-0/0/0"), ("ge-0/0/0.100", "ge-0/0/0.10"), ("AS650011", "AS65001"),
    ("%OSPF-4-ADJCHG", "%OSPF-5-ADJCHG"), ("2001:db8::1", "2001:db8::11"), ("00:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5f"), ("address", "addres"),
    ("Vlan10", "Vlan100"), ("err port", "err-disabled"),
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

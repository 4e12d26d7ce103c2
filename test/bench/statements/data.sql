-- SPDX-License-Identifier: Apache-2.0
--
-- A large installation: 2,000 users, 200 k conversations, 2 M messages, 200 k chunks. Skewed: user 1 has 20,000
-- conversations, user 2 a conversation of 5,000 messages, user 3 2,500 documents with 50 k chunks. Each id is the MD5 of the
-- kind and the number, so that test/bench/statements/parameters.py computes them. Run by a superuser on a migrated database
-- without the indexes that ./dev bench data builds afterwards.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';
SELECT setseed(0.25);

CREATE FUNCTION pg_temp.id_of(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT md5(kind || ':' || number)::uuid $$;
-- Who owns conversation and document number n.
CREATE FUNCTION pg_temp.owner_of_conversation(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN n <= 20000 THEN 1 ELSE 2 + n % 1999 END $$;
CREATE FUNCTION pg_temp.owner_of_document(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN n <= 2500 THEN 3 ELSE 4 + n % 1997 END $$;

INSERT INTO users (id, email, hashed_password, full_name, plan_tier, is_superuser, created_at)
SELECT pg_temp.id_of('user', n), 'user' || n || '@netguru.example', '$2b$12$' || repeat('a', 53), 'User ' || n,
    CASE n % 10 WHEN 0 THEN 'team' WHEN 1 THEN 'enterprise' ELSE 'solo' END, n = 5, now() - n * interval '1 hour'
FROM generate_series(1, 2000) AS n;
UPDATE users SET is_active = false, closed_at = now() - interval '40 days', erase_after = now() - interval '1 day',
    ledger_alias = pg_temp.id_of('alias', 1) WHERE id IN (pg_temp.id_of('user', 1999), pg_temp.id_of('user', 2000));

INSERT INTO api_keys (id, user_id, provider, encrypted_key, key_name, last_four, encryption_key_id, created_at)
SELECT pg_temp.id_of('key', n), pg_temp.id_of('user', 1 + n % 2000), (ARRAY['openai', 'anthropic', 'openai'])[1 + n % 3], repeat('k', 140),
    'key ' || n, 'abcd', 'first', now() - n * interval '1 minute'
FROM generate_series(1, 6000) AS n;

INSERT INTO personal_access_tokens (id, user_id, name, token_digest, last_four, scopes, created_at)
SELECT pg_temp.id_of('token', n), pg_temp.id_of('user', 1 + n % 2000), 'token ' || n, sha256(n::text::bytea), 'wxyz', '{read,mcp}', now() - n * interval '1 minute'
FROM generate_series(1, 6000) AS n;

INSERT INTO consents (id, user_id, scope, reason, created_at, expires_at)
SELECT pg_temp.id_of('consent', n), pg_temp.id_of('user', 1 + n % 2000), (ARRAY['documents', 'conversations'])[1 + n / 2000 % 2], 'help', now() - n * interval '1 minute',
    now() + interval '30 days'
FROM generate_series(1, 4000) AS n;

INSERT INTO conversations (id, user_id, title, title_source, message_count, head_id, created_at, updated_at)
SELECT pg_temp.id_of('conversation', n), pg_temp.id_of('user', pg_temp.owner_of_conversation(n)), 'Why is Gi' || n % 48 || '/' || n % 7 || ' down on core-sw' || n % 300,
    'message', CASE n WHEN 21989 THEN 5000 ELSE 10 END, md5('message:' || n || ':' || CASE n WHEN 21989 THEN 5000 ELSE 10 END)::uuid,
    now() - (n % 100000) * interval '5 minutes' - interval '10 minutes', now() - (n % 100000) * interval '5 minutes'
FROM generate_series(1, 200000) AS n;

-- A thousand texts, each with its words, so that the words need not be computed two million times.
CREATE TEMPORARY TABLE texts AS
SELECT n, content, public.search_tokens(content) AS tokens
FROM (SELECT n, 'Interface Gi' || n % 48 || '/' || n % 7 || ' of core-sw' || n % 300 || ' in vlan ' || n % 97 || ' flaps since 10.' || n % 250 || '.' || n % 13 ||
    '.1 lost its ospf neighbour in area ' || n % 5 || '; the mtu is ' || 1400 + n % 100 || ' bytes' || repeat(' and the log repeats it', n % 12) AS content
    FROM generate_series(0, 999) AS n) AS t;

INSERT INTO messages (id, conversation_id, user_id, role, content, tokens_used, created_at, sequence, parent_id, state, tokens, metadata)
OVERRIDING SYSTEM VALUE
SELECT md5('message:' || c || ':' || k)::uuid, pg_temp.id_of('conversation', c), pg_temp.id_of('user', pg_temp.owner_of_conversation(c)),
    CASE WHEN k % 2 = 1 THEN 'user' ELSE 'assistant' END, t.content, CASE WHEN k % 2 = 0 THEN 100 + k END,
    now() - (c % 100000) * interval '5 minutes' - (CASE c WHEN 21989 THEN 5000 ELSE 10 END - k) * interval '1 second',
    c * 10 + k + CASE WHEN c > 21989 THEN 5000 ELSE 0 END,
    CASE WHEN k > 1 THEN md5('message:' || c || ':' || k - 1)::uuid END, 'complete', t.tokens, CASE WHEN k % 2 = 0 THEN '{"model": "m"}'::jsonb END
FROM generate_series(1, 200000) AS c, generate_series(1, CASE c WHEN 21989 THEN 5000 ELSE 10 END) AS k, texts AS t
WHERE t.n = (c * 31 + k * 7) % 1000;
SELECT setval('messages_sequence_seq', (SELECT max(sequence) FROM messages));

-- Turns that run: the newest answer of every two-hundredth conversation up to 20,000, and of a few others.
CREATE TEMPORARY TABLE running AS
SELECT c, row_number() OVER (ORDER BY c) AS place FROM (SELECT 200 * n AS c FROM generate_series(1, 50) AS n UNION ALL SELECT 30000 + n FROM generate_series(1, 50) AS n
    UNION ALL SELECT 21989) AS r;
UPDATE messages AS m SET state = 'streaming', tokens_used = NULL FROM running AS r
WHERE m.id = md5('message:' || r.c || ':' || CASE r.c WHEN 21989 THEN 5000 ELSE 10 END)::uuid;
INSERT INTO conversation_turns (conversation_id, user_id, message_id, owner, fencing_token, lease_expires_at)
OVERRIDING SYSTEM VALUE
SELECT pg_temp.id_of('conversation', c), pg_temp.id_of('user', pg_temp.owner_of_conversation(c)), md5('message:' || c || ':' || CASE c WHEN 21989 THEN 5000 ELSE 10 END)::uuid,
    'p1', c, now() + CASE WHEN place % 5 = 0 THEN interval '-1 minute' ELSE interval '10 years' END FROM running;
INSERT INTO conversation_standins (conversation_id, user_id, map, encryption_key_id)
SELECT pg_temp.id_of('conversation', n), pg_temp.id_of('user', pg_temp.owner_of_conversation(n)), repeat('m', 900), 'first' FROM generate_series(1, 200000, 100) AS n;

-- A third by user 1, who asks a program all day.
INSERT INTO usage_ledger (id, occurred_at, user_id, conversation_id, message_id, provider, model, tokens_in, tokens_out, tokens_total, cost_micros)
OVERRIDING SYSTEM VALUE
SELECT n, now() - (600001 - n) * interval '30 seconds', pg_temp.id_of('user', CASE WHEN n % 3 = 0 THEN 1 ELSE 1 + n % 2000 END), NULL, NULL, 'openai', 'm' || n % 4, 80, 40, 120, 15
FROM generate_series(1, 600000) AS n;
SELECT setval('usage_ledger_id_seq', 600000);

INSERT INTO audit_log (sequence, at, actor_kind, actor_id, action, user_id, subject, previous_digest, digest)
SELECT n, now() - (200000 - n) * interval '1 minute', 'user', pg_temp.id_of('user', 1 + n % 2000), 'account.export', pg_temp.id_of('user', 1 + n % 2000), 's', sha256((n - 1)::text::bytea), sha256(n::text::bytea)
FROM generate_series(1, 200000) AS n;
UPDATE audit_head SET sequence = 200000, digest = sha256('200000');

INSERT INTO documents (id, user_id, filename, original_filename, file_type, file_size_bytes, storage_path, mime_type, status, metadata, created_at, processed_at, sha256)
SELECT pg_temp.id_of('document', n), pg_temp.id_of('user', pg_temp.owner_of_document(n)), 'f' || n, 'core-sw' || n || '.cfg', (ARRAY['config', 'pcap', 'log', 'config'])[1 + n % 4], 40000,
    'store/' || n, 'text/plain', CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'completed' END,
    jsonb_build_object('hostname', 'core-sw' || n % 2000, 'vendor', (ARRAY['cisco', 'juniper'])[1 + n % 2]), now() - n * interval '2 minutes', now() - n * interval '2 minutes', sha256(n::text::bytea)
FROM generate_series(1, 22500) AS n;

-- What an analysis holds: fifty interfaces, twenty times as many for document 1.
CREATE TEMPORARY TABLE results AS
SELECT size, jsonb_build_object('hostname', 'core-sw1', 'vendor', 'cisco', 'lines', 900, 'warnings', '[]'::jsonb,
    'interfaces', (SELECT jsonb_agg(jsonb_build_object('name', 'Gi' || i, 'canonical', 'GigabitEthernet' || i, 'addresses', jsonb_build_array('10.0.' || i % 250 || '.1/24'),
        'ospf', '{"enabled": true, "area": "0"}'::jsonb, 'line', i)) FROM generate_series(1, size) AS i),
    'vlans', (SELECT jsonb_agg(jsonb_build_object('id', i, 'name', 'v' || i)) FROM generate_series(1, size) AS i), 'vrfs', '[{"name": "red"}]'::jsonb, 'ospf', '[{"process": 1}]'::jsonb,
    'bgp', '[{"asn": 65000, "neighbors": [{"address": "10.0.0.2"}], "groups": []}]'::jsonb, 'static_routes', '[{"prefix": "0.0.0.0/0"}]'::jsonb,
    'acls', (SELECT jsonb_agg(jsonb_build_object('name', 'a' || i, 'entries', '[{"action": "permit"}, {"action": "deny"}]'::jsonb)) FROM generate_series(1, size) AS i),
    'prefix_lists', '[]'::jsonb, 'route_maps', '[]'::jsonb, 'not_understood', '[]'::jsonb,
    'events', (SELECT jsonb_agg(jsonb_build_object('host', 'h' || i % 5, 'severity', i % 8, 'text', 'event')) FROM generate_series(1, size) AS i), 'events_left_out', '[0, 0, 0]'::jsonb,
    'conversations', jsonb_build_object('count', size, 'rows', (SELECT jsonb_agg(jsonb_build_object('address_a', '10.0.0.1', 'address_b', '10.0.0.' || i % 250, 'port_a', 80, 'port_b', i,
        'transport', 'tcp', 'packets_a_to_b', i, 'packets_b_to_a', i, 'bytes_a_to_b', i * 100, 'bytes_b_to_a', i * 90, 'duration_s', 1)) FROM generate_series(1, size) AS i)),
    'protocols', '{"rows": []}'::jsonb, 'hosts', '{"rows": [], "count": 0}'::jsonb) AS result
FROM (VALUES (50), (1000)) AS s (size);

INSERT INTO analysis_tasks (id, user_id, document_id, task_type, celery_task_id, status, result, settles_document, created_at, started_at, completed_at, taken_at, attempts)
SELECT pg_temp.id_of('task', n), pg_temp.id_of('user', pg_temp.owner_of_document(n)), pg_temp.id_of('document', n), 'config_validation', pg_temp.id_of('task', n)::text, 'completed', r.result, true,
    now() - n * interval '2 minutes', now() - n * interval '2 minutes', now() - n * interval '2 minutes', now() - n * interval '2 minutes', 1
FROM generate_series(1, 22500) AS n JOIN results AS r ON r.size = CASE n WHEN 1 THEN 1000 ELSE 50 END;
-- Twenty thousand that wait, half of user 3; a hundred that run, a third of them without their worker; and dead letters.
INSERT INTO analysis_tasks (id, user_id, task_type, celery_task_id, status, created_at, next_attempt_at, sent_at)
SELECT pg_temp.id_of('waiting', n), pg_temp.id_of('user', CASE WHEN n % 2 = 0 THEN 3 ELSE 4 + n % 1990 END), 'config_validation', pg_temp.id_of('waiting', n)::text, 'pending',
    now() - n * interval '1 second', now() - n * interval '1 second', CASE WHEN n % 20 > 0 THEN now() END
FROM generate_series(1, 20000) AS n;
INSERT INTO analysis_tasks (id, user_id, task_type, celery_task_id, status, created_at, started_at, taken_at, worker, lease_expires_at, fencing_token, attempts)
SELECT pg_temp.id_of('running', n), pg_temp.id_of('user', 10 + n), 'config_validation', pg_temp.id_of('running', n)::text, 'running', now(), now(), now(), 'w1',
    now() + CASE WHEN n % 3 = 0 THEN interval '-1 minute' ELSE interval '10 years' END, n, 1
FROM generate_series(1, 100) AS n;
INSERT INTO analysis_tasks (id, user_id, task_type, celery_task_id, status, failure_kind, error_message, created_at, completed_at, attempts)
SELECT pg_temp.id_of('dead', n), pg_temp.id_of('user', 10 + n), 'config_validation', pg_temp.id_of('dead', n)::text, 'failed', 'dead', 'cannot be read', now() - interval '40 days', now() - interval '39 days', 3
FROM generate_series(1, 1000) AS n;

-- Two hundred devices in a topology; two hundred topologies of user 3, three of each other.
INSERT INTO topology_snapshots (id, user_id, title, graph_data, metadata, svg, created_at)
SELECT pg_temp.id_of('topology', n), pg_temp.id_of('user', CASE WHEN n <= 200 THEN 3 ELSE 1 + n % 2000 END), 'Network', g.graph,
    jsonb_build_object('findings', '[]'::jsonb, 'documents', jsonb_build_array(jsonb_build_object('id', pg_temp.id_of('document', n), 'file', 'core-sw.cfg'))), repeat('<g/>', 500), now() - n * interval '1 hour'
FROM generate_series(1, 6000) AS n, (SELECT jsonb_build_object('nodes', (SELECT jsonb_agg(jsonb_build_object('id', 'd' || i, 'type', 'router', 'data', jsonb_build_object('hostname', 'core-sw' || i)))
    FROM generate_series(1, 200) AS i), 'edges', (SELECT jsonb_agg(jsonb_build_object('source', 'd' || i, 'target', 'd' || i % 200 + 1, 'data', '{"kind": "link"}'::jsonb)) FROM generate_series(1, 200) AS i)) AS graph) AS g;

INSERT INTO knowledge_sources (id, name, sha256, embedding_model)
SELECT pg_temp.id_of('source', n), 'source' || n || '.md', sha256(n::text::bytea), 'all-MiniLM-L6-v2' FROM generate_series(1, 400) AS n;

-- Directions of vectors: two hundred clusters of ten.
CREATE TEMPORARY TABLE centres AS
SELECT c, (SELECT array_agg(random() - 0.5 + 0 * c * d)::real[]::vector(384) FROM generate_series(1, 384) AS d) AS v FROM generate_series(0, 199) AS c;
CREATE TEMPORARY TABLE bases AS
SELECT row_number() OVER () - 1 AS n, l2_normalize(c.v + (SELECT array_agg((random() - 0.5) * 0.7 + 0 * c.c * d * i)::real[]::vector(384) FROM generate_series(1, 384) AS d)) AS v
FROM centres AS c, generate_series(1, 10) AS i;
CREATE TEMPORARY TABLE shifts AS SELECT n, v * array_fill(0.4, '{384}')::vector AS v FROM bases;
ANALYZE bases;
ANALYZE shifts;
SET enable_nestloop = off;

CREATE TEMPORARY TABLE drawn AS
SELECT n, CASE WHEN n <= 70000 THEN 1 + n % 2500 ELSE 2501 + n % 20000 END AS document, floor(random() * 2000)::bigint AS i, floor(random() * 2000)::bigint AS j
FROM generate_series(1, 200000) AS n;
ANALYZE drawn;

-- The words of five thousand texts are computed once: they take milliseconds each.
CREATE TABLE bench_texts AS
SELECT text, public.search_chunk_tokens(text, NULL) AS tokens
FROM (SELECT 'interface Gi' || n % 48 || '/' || n % 7 || ' mtu ' || n || ' ip address 10.' || n % 250 || '.' || n / 80 || '.1/24 ospf area ' || n % 5 || ' vlan ' || n % 97 || ' of core-sw' || n % 300 AS text
    FROM generate_series(0, 4999) AS n) AS t;
ANALYZE bench_texts;

INSERT INTO embeddings (id, user_id, document_id, source_id, chunk_index, chunk_text, embedding, vendor, document_type, line_start, line_end, tokens, metadata)
SELECT pg_temp.id_of('chunk', d.n), CASE WHEN d.n > 20000 THEN pg_temp.id_of('user', pg_temp.owner_of_document(document)) END, CASE WHEN d.n > 20000 THEN pg_temp.id_of('document', document) END,
    CASE WHEN d.n <= 20000 THEN pg_temp.id_of('source', 1 + d.n % 400) END, d.n / 400, t.text,
    l2_normalize(a.v + b.v), (ARRAY['cisco', 'juniper'])[1 + d.n % 2], 'config', 1 + d.n % 40 * 20, 20 + d.n % 40 * 20, t.tokens, jsonb_build_object('device', 'core-sw' || d.n % 300)
FROM drawn AS d JOIN bases AS a ON a.n = d.i JOIN shifts AS b ON b.n = d.j JOIN (SELECT row_number() OVER () - 1 AS t_n, text, tokens FROM bench_texts) AS t ON t_n = d.n % 5000;
INSERT INTO encryption_canary (token, encryption_key_id) VALUES ('t', 'first');
-- Vectors to ask for.
CREATE TABLE bench_queries AS SELECT n, l2_normalize(v + (SELECT array_agg((random() - 0.5) * 0.5 + 0 * n * d)::real[]::vector(384) FROM generate_series(1, 384) AS d))::text AS v FROM bases WHERE n % 20 = 0;

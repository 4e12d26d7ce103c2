-- SPDX-License-Identifier: Apache-2.0
-- Retrieval that answers questions: one notation for MAC and IPv6 addresses, a chunk that is also found by what it hangs on
-- (its document, its device, its section), a rank by the share of the question that a chunk holds, and names that stand
-- nowhere.

-- 2001:0DB8:0:0::1 is 2001:db8::1. What only looks like an address stays as it is.
CREATE FUNCTION search_ipv6_name(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_word !~ '^(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
            AND (p_word !~ '^(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
                OR pg_catalog.length(pg_catalog.regexp_replace(p_word, '/.*|[^:]', '', 'g')) > 7)
        THEN p_word
        WHEN p_word LIKE '%/%' THEN pg_catalog.host(p_word::pg_catalog.inet) || '/' || pg_catalog.masklen(p_word::pg_catalog.inet)
        ELSE pg_catalog.host(p_word::pg_catalog.inet) END
$$;

-- As before, and a MAC address in any notation also answers to its twelve digits ('a').
CREATE OR REPLACE FUNCTION search_words(p_text text) RETURNS TABLE (word text, place integer, kind text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH split AS (
        SELECT piece, ordinality::integer AS place
        FROM pg_catalog.regexp_split_to_table(
            pg_catalog.translate(pg_catalog.lower(p_text COLLATE "C"),
                'ÁÀÂÃÄÅÇÉÈÊËÍÌÎÏÑÓÒÔÕÖÚÙÛÜÝáàâãäåçéèêëíìîïñóòôõöúùûüýÿ',
                'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy'),
            '[\s\u0001-\u001f\u007f\u0085\u00a0\u2028\u2029\u3000\ufeff,;(){}\[\]<>"''`|=!?\\“”‘’«»…—–·•]+' COLLATE "C")
            WITH ORDINALITY AS pieces (piece, ordinality)
    ), trimmed AS (
        SELECT pg_catalog.btrim(piece, '.-_/*#&~^+@$%') AS word, place FROM split
    ), cut AS (
        -- A colon stays where it is half of the :: of an IPv6 address.
        SELECT pg_catalog.left(CASE WHEN word ~ '^:|:$' THEN pg_catalog.regexp_replace(word, '^:(?!:)|(?<!:):$', '', 'g') ELSE word END, 200)
            AS word, place
        FROM trimmed
    ), named AS MATERIALIZED (
        SELECT CASE WHEN word ~ '^[a-z-]+[0-9]' THEN public.search_interface_name(word)
                WHEN word ~ '^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?:/[0-9]+)?$' THEN public.search_ipv6_name(word) ELSE word END AS word, place,
            word ~ '^[0-9]{0,4}$|^[^-_./:@#%&*~^+$0-9]*$' AS is_plain,
            word ~ '^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:[/:][0-9]+)?|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:/[0-9]+)?|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})$'
                AS is_address
        FROM cut WHERE word <> ''
    )
    SELECT word, place, CASE WHEN is_plain THEN 'B' ELSE 'A' END FROM named
    UNION ALL
    SELECT pg_catalog.split_part(word, '/', 1), place, 'a' FROM named
    WHERE is_address AND word LIKE '%/%'
    UNION ALL
    SELECT pg_catalog.split_part(word, ':', 1), place, 'a' FROM named
    WHERE is_address AND word ~ '^[0-9.]+:[0-9]+$'
    UNION ALL
    SELECT pg_catalog.regexp_replace(word, '\.[0-9]+$', ''), place, 'a' FROM named
    WHERE NOT is_plain AND NOT is_address AND word ~ '^[a-z][-a-z]*[0-9][0-9/:]*\.[0-9]+$'
    UNION ALL
    SELECT pg_catalog.translate(word, ':.-', ''), place, 'a' FROM named
    WHERE word ~ '^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^[0-9a-f]{4}[.-][0-9a-f]{4}[.-][0-9a-f]{4}$'
    UNION ALL
    SELECT part, place, 'C'
    FROM named, LATERAL (
        SELECT pg_catalog.regexp_split_to_table(word, '[-_./:@#%&*~^+$]+') AS part
        UNION ALL
        SELECT (pg_catalog.regexp_matches(word, '[a-z]{3,}|[0-9]{3,}', 'g'))[1]
    ) AS parts
    WHERE NOT is_plain AND NOT is_address AND part <> word AND part ~ '[^0-9].|.[^0-9]|[0-9]{3}'
$$;

-- What a chunk is found by: its words, and (weight D) those of its document, its device, its section and the facts of its lines. A document is also
-- found by the first parts of its name, since lis-core1-show-version.txt is about lis-core1; a prompt by what is before the mark.
CREATE FUNCTION search_chunk_tokens(p_text text, p_metadata jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT public.search_tokens(p_text) || pg_catalog.setweight(public.search_tokens(pg_catalog.concat_ws(' ', title,
            (SELECT pg_catalog.string_agg(pg_catalog.left(title, n - 1), ' ') FROM pg_catalog.generate_series(2, pg_catalog.length(title)) AS each (n)
                WHERE pg_catalog.substr(title, n, 1) ~ '[-_. ]'),
            p_metadata ->> 'device', pg_catalog.translate(p_metadata ->> 'section', '#>@', '   '), p_metadata ->> 'facts')), 'D')
    FROM (SELECT pg_catalog.left(p_metadata ->> 'title', 255) AS title) AS named
$$;

-- Existing chunks learn the name of their document and its device. The graphs of large accounts would be kept up row by row:
-- they are dropped, and `netguru maintain` builds them again.
DO $$
DECLARE
    index_name text;
BEGIN
    FOR index_name IN SELECT p.index_name FROM public.embeddings_own_index_plan(0) AS p WHERE p.action IS DISTINCT FROM 'build' LOOP
        EXECUTE format('DROP INDEX public.%I', index_name);
    END LOOP;
END
$$;
ALTER TABLE embeddings DROP COLUMN tokens;
UPDATE embeddings AS e SET metadata = coalesce(e.metadata, '{}') || jsonb_strip_nulls(jsonb_build_object('title', d.original_filename, 'device', d.metadata ->> 'hostname'))
    FROM documents AS d WHERE d.id = e.document_id AND e.user_id IS NOT NULL;
ALTER TABLE embeddings ADD COLUMN tokens TSVECTOR GENERATED ALWAYS AS (public.search_chunk_tokens(chunk_text, metadata)) STORED;
CREATE INDEX idx_embeddings_tokens_global ON embeddings USING gin (tokens) WITH (fastupdate = off) WHERE user_id IS NULL;
CREATE INDEX idx_embeddings_tokens_own ON embeddings USING gin (user_id, tokens) WITH (fastupdate = off) WHERE user_id IS NOT NULL;

-- What a person typed, as terms to look for, the most telling first. Never an error, whatever the text.
--   term           an identifier is looked for as a whole; ASN without its letters too; a hyphenated word also by its parts
--                  together; a time of day also with its seconds; a number of up to four digits behind a word also as "vlan 100". A plain
--                  word also in its other number (-s, -ies/-y, -oes/-ao) and as what p_also names, {"vizinho": ["neighbor"]}. Common words of English and
--                  Portuguese are left out unless there is nothing else. At most 24 terms of the first 2,000 characters.
--   name           the name of one thing in particular, as a person would write it, or NULL: an address, an AS, a port, a device, a serial number, a filter in
--                  capitals, "vlan 100". An identifier that many things share, such as IPv6 or SHA256, is none.
--   stands         a chunk with this tells that there is a thing of the name
--   word           the word itself
DROP FUNCTION search_query(text);
DROP FUNCTION search_terms(text);

-- A plain word in its other forms: in the other number, as in "neighbors", "policies", "sessoes", and as a verb in "drained", "draining".
CREATE FUNCTION search_forms(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.string_agg(DISTINCT '''' || form || '''', '|') FROM (
        SELECT p_word AS form
        UNION ALL
        SELECT stem || ending FROM (SELECT CASE
                WHEN p_word LIKE '___%ies' THEN pg_catalog.left(p_word, -3) || 'y'
                WHEN p_word LIKE '__%oes' THEN pg_catalog.left(p_word, -3) || 'ao'
                WHEN p_word LIKE '___%ais' THEN pg_catalog.left(p_word, -2) || 'l'
                WHEN p_word LIKE '____%ing' THEN pg_catalog.left(p_word, -3)
                WHEN p_word LIKE '____%ed' THEN pg_catalog.left(p_word, -2)
                WHEN p_word LIKE '____%s' AND p_word NOT LIKE '%ss' AND p_word NOT LIKE '%us' THEN pg_catalog.left(p_word, -1)
                ELSE p_word END) AS cut (stem),
            pg_catalog.unnest(CASE WHEN stem LIKE '%s' THEN '{"",es,ed,ing}'::text[] ELSE '{"",s,es,d,ed,ing,e}'::text[] END) AS ending
        WHERE p_word ~ '^[a-z]{3,}$'
        UNION ALL
        SELECT CASE WHEN p_word LIKE '___%y' THEN pg_catalog.left(p_word, -1) || 'ies' WHEN p_word LIKE '__%ao' THEN pg_catalog.left(p_word, -2) || 'oes'
            WHEN p_word LIKE '__%al' THEN pg_catalog.left(p_word, -1) || 'is' WHEN p_word LIKE '___%e' THEN pg_catalog.left(p_word, -1) || 'ing' END
        WHERE p_word ~ '^[a-z]{3,}$'
    ) AS forms WHERE form IS NOT NULL
$$;

CREATE FUNCTION search_terms(p_text text, p_also jsonb DEFAULT '{}') RETURNS TABLE (term text, is_identifier boolean, name text, stands text, word text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 24 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
    WITH pieces AS MATERIALIZED (
        SELECT w.word, w.kind, w.place, w.word = ANY (
            '{a,an,and,any,are,as,at,be,been,by,can,did,do,does,for,from,get,give,got,has,have,how,i,if,in,is,it,its,many,me,much,my,of,on,or,our,that,the,their,there,this,to,us,
              was,we,were,what,when,where,which,who,whom,whose,why,will,with,you,
              ao,aos,algum,alguma,com,como,da,das,de,do,dos,e,em,entre,era,essa,esse,esta,estao,este,foi,foram,ha,isso,mais,me,meu,minha,na,nas,no,nos,o,onde,os,ou,para,pela,pelo,
              por,porque,qual,quais,quando,quanta,quantas,quanto,quantos,que,quem,se,sem,ser,seu,sao,sua,tem,teve,um,uma}'::text[]
        ) AS is_common
        FROM public.search_words(pg_catalog.left(p_text, 2000)) AS w
    ), found AS (
        SELECT p.word, p.kind, pg_catalog.min(p.place) AS place, p.is_common, pg_catalog.bool_or(q.word IS NOT NULL) AS is_numbered,
            pg_catalog.min(coalesce((SELECT pg_catalog.string_agg('|' || t.word, '') FROM
                (SELECT CASE a.kind WHEN 'A' THEN '''' || a.word || '''' ELSE public.search_forms(a.word) END AS word FROM pg_catalog.jsonb_array_elements_text(
                    CASE pg_catalog.jsonb_typeof(p_also -> p.word) WHEN 'array' THEN p_also -> p.word ELSE '[]' END) AS each (text),
                    LATERAL public.search_words(each.text) AS a WHERE a.kind IN ('A', 'B')) AS t), '')) AS also
        FROM pieces AS p LEFT JOIN pieces AS q ON q.place = p.place - 1
            AND q.word IN ('as', 'asn', 'case', 'caso', 'change', 'circuit', 'circuito', 'contract', 'contrato', 'id', 'mudanca', 'number', 'numero', 'ticket', 'vni')
        WHERE p.kind IN ('A', 'B')
        GROUP BY p.word, p.kind, p.is_common
    ), single AS (
        SELECT place, kind, word, also, is_numbered,
            CASE
                WHEN kind = 'A' AND word ~ '^asn?[0-9]+$' THEN '''' || word || '''|''' || pg_catalog.substring(word, '[0-9]+') || ''''
                WHEN kind = 'A' AND word ~ '^[a-z]{2,}([-_/.][a-z]{2,})+$'
                    THEN '''' || word || '''|(''' || pg_catalog.regexp_replace(word, '[-_/.]', '''&''', 'g') || ''')'
                WHEN kind = 'A' AND word ~ '^[0-9]{1,2}:[0-9]{2}$' THEN '''' || word || '''|''' || word || ':'':*'
                WHEN word ~ '^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^[0-9a-f]{4}[.-][0-9a-f]{4}[.-][0-9a-f]{4}$'
                    THEN '''' || word || '''|''' || pg_catalog.translate(word, ':.-', '') || ''''
                WHEN kind = 'A' THEN '''' || word || ''''
                ELSE public.search_forms(word)
            END || also AS term
        FROM found WHERE NOT is_common OR NOT EXISTS (SELECT FROM found AS other WHERE NOT other.is_common)
    ), named AS (
        SELECT place, kind, word, term,
            CASE WHEN kind <> 'A' OR word ~ '^(?:ipv?[46]|md-?5|sha-?[0-9]+|aes-?[0-9]+.*|x[.]?509|802[.].*|rfc-?[0-9]+.*|ed25519|dot1q|wpa[23]?-.*|tlsv?-?[0-9.]+|(?:ospf|snmp|bgp|rip|vrrp|igmp|http)-?v?[0-9]|.*base-?[a-z]+|layer-?[0-9]|type-?[0-9]|[a-z][0-9]/[a-z][0-9]|[0-9.]+-?[a-z]+)$'
                    OR word ~ '^(?:0|127|224|255)[.][0-9.]+(?:/[0-9]+)?$|^[0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?$|^::(?:/0|1)?$' THEN false
                WHEN word ~ '^[0-9]{1,3}(?:[.][0-9]{1,3}){3}(?:/[0-9]+)?$|^asn?[0-9]+$|^[0-9]{3,}:[0-9]+$' THEN true
                WHEN word ~ '^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:/[0-9]+)?$|^(?:[0-9a-f]{4}[.-]){2}[0-9a-f]{4}$|^(?:[0-9a-f]{2}-){5}[0-9a-f]{2}$' THEN true
                WHEN word ~ '^[0-9]{5,}$' THEN is_numbered
                WHEN word ~ '[a-z]' AND word ~ '[0-9]' THEN word ~ '[-_/]' OR word ~ '[0-9].*[0-9].*[0-9]' AND pg_catalog.length(word) >= 7
                ELSE word ~ '^[a-z]+(?:[-_][a-z]+)+$' AND word ~ '[a-z]{4}' AND pg_catalog.strpos(p_text, pg_catalog.upper(word)) > 0
            END AS is_name
        FROM single
    ), numbered AS (
        SELECT p.place, q.word || ' ' || p.word AS word, '(''' || q.word || '''' || f.also || ')' AS cue, '''' || p.word || '''' AS number,
            '''' || CASE q.word WHEN 'vlan' THEN 'vl' ELSE q.word END || p.word || '''' AS joined,
            q.word IN ('as', 'asn', 'change', 'incident', 'incidente', 'mudanca', 'ticket', 'vlan', 'vni') AS is_name
        FROM pieces AS p JOIN pieces AS q ON q.place = p.place - 1 AND q.kind = 'B' AND q.word ~ '^[a-z]+$' JOIN found AS f ON f.word = q.word AND f.kind = q.kind
        WHERE p.kind = 'B' AND p.word ~ '^[0-9]+$' AND (NOT q.is_common OR q.word = 'as')
    ), terms AS (
        SELECT n.kind, n.place, n.term, n.kind = 'A' AS is_identifier, CASE WHEN n.is_name THEN n.word END AS name,
            n.term || CASE WHEN n.word LIKE '%_/%' AND n.word ~ '^[0-9a-f.:]+/[0-9]+$' THEN '|''' || pg_catalog.split_part(n.word, '/', 1) || '''' ELSE '' END AS stands, n.word
        FROM named AS n
        UNION ALL
        SELECT 'AB', n.place, '(' || n.cue || '<->' || n.number || ')|(' || n.cue || '<0>' || n.number || ')|' || n.joined, true,
            CASE WHEN n.is_name THEN n.word END, '(' || n.cue || '&' || n.number || ')|' || n.joined, n.word
        FROM numbered AS n
    )
    SELECT t.term, t.is_identifier, t.name, t.stands, t.word FROM terms AS t ORDER BY t.kind, t.place LIMIT 24
$$;

-- Any of the terms as one query; NULL, which finds nothing, when there is none.
CREATE FUNCTION search_query(p_text text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.string_agg('(' || term || ')', '|')::pg_catalog.tsquery FROM public.search_terms(p_text)
$$;

-- Internal: what a question names that stands in no chunk, of the own and the global ones that the filters let pass: names, and
-- where a device is named also a port or a protocol that no chunk of it or about it holds. The arrays are columns of search_terms.
CREATE FUNCTION search_missing_names(p_names text[], p_stands text[], p_words text[], p_document_id uuid, p_vendor text, p_document_type text) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    device CONSTANT text := '^[a-z]+[a-z0-9]*(?:[-_][a-z0-9]+)*[-_][a-z0-9]*[0-9][a-z0-9]*$';
    port CONSTANT text := '^[a-z]+-?[0-9]+(?:/[0-9]+)+';
    protocols CONSTANT text[] := '{ospf,ospfv3,bgp,isis,is-is,eigrp,rip,mpls,ldp,rsvp,vxlan,evpn,ipsec,gre,hsrp,vrrp,glbp,vpc,mlag,pim,igmp,bfd,netflow,sflow,tacacs,radius,macsec,dmvpn,lisp}';
    wanted record;
    stands boolean;
    missing text[];
BEGIN
    FOR wanted IN
        WITH terms AS MATERIALIZED (SELECT * FROM unnest(p_names, p_stands, p_words) AS t (name, term, word)),
        devices AS (SELECT '(' || string_agg('(' || t.term || ')', '|') || ')&' AS terms FROM terms AS t WHERE t.name ~ device HAVING count(*) > 0)
        SELECT t.name, t.term::tsquery AS term FROM terms AS t WHERE t.name IS NOT NULL
        UNION ALL
        SELECT t.word, (d.terms || '(' || t.term || ')')::tsquery FROM terms AS t, devices AS d WHERE t.name ~ port OR t.word = ANY (protocols)
    LOOP
        SELECT EXISTS (SELECT FROM public.embeddings AS e WHERE e.user_id = p_user AND e.tokens @@ wanted.term
                AND (p_document_id IS NULL OR e.document_id = p_document_id) AND (p_vendor IS NULL OR e.vendor = p_vendor)
                AND (p_document_type IS NULL OR e.document_type = p_document_type))
            OR p_document_id IS NULL AND EXISTS (SELECT FROM public.embeddings AS e WHERE e.user_id IS NULL AND e.tokens @@ wanted.term
                AND (p_vendor IS NULL OR e.vendor = p_vendor) AND (p_document_type IS NULL OR e.document_type = p_document_type))
            INTO stands;
        IF NOT stands THEN
            missing := missing || wanted.name;
        END IF;
    END LOOP;
    RETURN missing;
END
$$;

-- How well chunks fit a question: the share of its terms that a chunk holds, each term weighed by how rare it is, an
-- identifier three times, and a little less if it is only in what the chunk hangs on. Of the own and the global rows: those of p_near that are either, and the p_limit best by the words.
-- A common term offers only some of its chunks. So an identifier that is common is also looked for together with each other common
-- term, and the best by the rare terms alone are taken too. known is the share of the terms that stand anywhere, missing what the question names
-- that stands nowhere.
CREATE FUNCTION search_fit(p_query text, p_also jsonb, p_near uuid[], p_limit integer, p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (id uuid, fit double precision, has_identifier boolean, known double precision, missing text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    terms tsquery[];
    are_identifiers boolean[];
    names text[];
    stands text[];
    words text[];
    missing_names text[];
    places integer[] := '{}';
    ids uuid[] := '{}';
    more_places integer[];
    more_ids uuid[];
    counts integer[];
    weights double precision[];
    pairs tsquery[];
    pair_weights double precision[];
BEGIN
    SELECT array_agg(t.term::tsquery), array_agg(t.is_identifier), array_agg(t.name), array_agg(t.stands), array_agg(t.word)
        INTO terms, are_identifiers, names, stands, words FROM public.search_terms(p_query, p_also) AS t;
    IF terms IS NOT NULL THEN
        missing_names := public.search_missing_names(names, stands, words, p_document_id, p_vendor, p_document_type);
        SELECT array_agg(o.place), array_agg(o.id) INTO places, ids FROM (
            SELECT o.place, o.id FROM public.search_text_offer(p_user, terms, p_document_id, p_vendor, p_document_type) AS o WHERE p_user IS NOT NULL
            UNION ALL
            SELECT o.place, o.id FROM public.search_text_offer(NULL, terms, NULL, p_vendor, p_document_type) AS o WHERE p_document_id IS NULL) AS o;
        SELECT array_agg(c.count ORDER BY c.place), array_agg(CASE WHEN c.count = 0 THEN 0 WHEN are_identifiers[c.place]
                THEN 3 * greatest(0.4, 1 - ln(c.count) / ln(400)) ELSE greatest(0.15, 1 - ln(c.count) / ln(400)) END ORDER BY c.place)
            INTO counts, weights FROM (
            SELECT t.place, count(o.place)::integer AS count FROM generate_subscripts(terms, 1) AS t (place)
            LEFT JOIN unnest(places) AS o (place) ON o.place = t.place GROUP BY t.place) AS c;
        SELECT array_agg(p.pair), array_agg(p.weight) INTO pairs, pair_weights FROM (
            SELECT terms[a] && terms[b] AS pair, weights[a] + weights[b] AS weight
            FROM generate_subscripts(terms, 1) AS a, generate_subscripts(terms, 1) AS b
            WHERE are_identifiers[a] AND counts[a] >= 200 AND counts[b] >= 200 AND (a < b OR NOT are_identifiers[b] AND a <> b)
            ORDER BY are_identifiers[b] DESC, 2 DESC LIMIT 4) AS p;
        IF pairs IS NOT NULL THEN
            SELECT array_agg(cardinality(terms) + o.place), array_agg(o.id) INTO more_places, more_ids FROM (
                SELECT o.place, o.id FROM public.search_text_offer(p_user, pairs, p_document_id, p_vendor, p_document_type) AS o WHERE p_user IS NOT NULL
                UNION ALL
                SELECT o.place, o.id FROM public.search_text_offer(NULL, pairs, NULL, p_vendor, p_document_type) AS o WHERE p_document_id IS NULL) AS o;
            places := places || more_places;
            ids := ids || more_ids;
        END IF;
    END IF;
    RETURN QUERY
        WITH best AS (
            SELECT o.id FROM unnest(places, ids) AS o (place, id)
            GROUP BY o.id ORDER BY sum((weights || pair_weights)[o.place]) DESC, o.id LIMIT least(greatest(p_limit, 0), 200)
        ), rare AS (
            SELECT o.id FROM unnest(places, ids) AS o (place, id) WHERE coalesce(counts[o.place] < 200, true)
            GROUP BY o.id ORDER BY sum((weights || pair_weights)[o.place]) DESC, o.id LIMIT least(greatest(p_limit, 0), 200)
        ), wanted AS (
            SELECT b.id FROM best AS b UNION SELECT r.id FROM rare AS r UNION SELECT n.id FROM unnest(p_near) AS n (id)
        ), unpacked AS MATERIALIZED (
            SELECT e.id, e.tokens || '' AS tokens, ts_filter(e.tokens, '{a,b,c}') AS own FROM public.embeddings AS e
            WHERE e.id IN (SELECT w.id FROM wanted AS w) AND (e.user_id = p_user OR e.user_id IS NULL)
        )
        SELECT u.id, coalesce(sum(t.weight * CASE WHEN u.own @@ t.term THEN 1 ELSE 0.95 END) / nullif((SELECT sum(w.weight) FROM unnest(weights) AS w (weight)), 0), 0)::double precision,
            coalesce(bool_or(t.is_identifier), false),
            coalesce((SELECT avg((c.count > 0)::integer) FROM unnest(counts) AS c (count)), 0)::double precision, missing_names
        FROM unpacked AS u LEFT JOIN unnest(terms, weights, are_identifiers) AS t (term, weight, is_identifier) ON u.tokens @@ t.term
        GROUP BY u.id;
END
$$;

-- Words of the document, the device and the section count little in a rank.
CREATE OR REPLACE FUNCTION search_rank(p_tokens tsvector, p_query tsquery) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.ts_rank('{0.01, 0.02, 0.05, 1}', p_tokens, p_query, 1)
$$;

REVOKE ALL ON FUNCTION search_ipv6_name(text), search_chunk_tokens(text, jsonb), search_forms(text), search_terms(text, jsonb), search_query(text),
    search_missing_names(text[], text[], text[], uuid, text, text), search_fit(text, jsonb, uuid[], integer, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_ipv6_name(text), search_chunk_tokens(text, jsonb), search_forms(text), search_terms(text, jsonb), search_query(text),
    search_fit(text, jsonb, uuid[], integer, uuid, text, text) TO authenticated_user;

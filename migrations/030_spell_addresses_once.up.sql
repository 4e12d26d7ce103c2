-- SPDX-License-Identifier: Apache-2.0
-- One word for every spelling of an address or an interface, in documents and in questions.

-- The twelve digits of a MAC address, or NULL: 00:50:79:66:68:01, 0:50:79:66:68:1, 00-50-79-66-68-01, 0050.7966.6801, 0050-7966-6801, 0050:7966:6801,
-- 005079-666801 and 005079666801; also of a DHCP client that names itself by the type 01 and its address, 01:00:50:79:66:68:01 and 0100.5079.6668.01.
CREATE FUNCTION search_mac_digits(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_word ~ '^(?:[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|[0-9a-f]{4}([.:-])[0-9a-f]{4}\1[0-9a-f]{4}|[0-9a-f]{6}[-:.]?[0-9a-f]{6})$' THEN pg_catalog.translate(p_word, ':.-', '')
        WHEN p_word ~ '^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$' THEN pg_catalog.translate(pg_catalog.regexp_replace(p_word, '\m([0-9a-f])\M', '0\1', 'g'), ':', '')
        WHEN p_word ~ '^01(?:[:-][0-9a-f]{2}){6}$|^01[0-9a-f]{2}\.[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{2}$' THEN pg_catalog.substr(pg_catalog.translate(p_word, ':.-', ''), 3) END
$$;

-- The length of a mask or of a wildcard with contiguous bits, or NULL: 255.255.255.0 and 0.0.0.255 are 24.
CREATE FUNCTION search_mask_length(p_word text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_word ~ '^(?:255\.){1,4}|^(?:0\.){1,3}' THEN
        CASE WHEN p_word ~ '^(?:255\.255\.255\.(?:255|254|252|248|240|224|192|128|0)|255\.255\.(?:254|252|248|240|224|192|128|0)\.0|255\.(?:254|252|248|240|224|192|128|0)\.0\.0)$'
            THEN pg_catalog.masklen(pg_catalog.inet_merge('0.0.0.0', pg_catalog.host(~ p_word::pg_catalog.inet)::pg_catalog.inet))
        WHEN p_word ~ '^(?:0\.0\.0\.(?:1|3|7|15|31|63|127|255)|0\.0\.(?:1|3|7|15|31|63|127|255)\.255|0\.(?:1|3|7|15|31|63|127|255)\.255\.255)$'
            THEN pg_catalog.masklen(pg_catalog.inet_merge('0.0.0.0', p_word::pg_catalog.inet)) END END
$$;

-- Whether the word is an IPv6 address, with a length or without, and without a zone.
CREATE FUNCTION search_is_ipv6(p_word text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_word ~ '^(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
        OR p_word ~ '^(?:[0-9a-f]{1,4}:){6}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
        OR p_word ~ '^(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
            AND pg_catalog.length(pg_catalog.regexp_replace(p_word, '/.*|[^:]', '', 'g')) <= 7
        OR p_word ~ '^(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,4})?::(?:[0-9a-f]{1,4}:){0,5}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
            AND pg_catalog.length(pg_catalog.regexp_replace(p_word, '/.*|[^:]', '', 'g')) <= 6
$$;

-- 2001:0DB8:0:0::1 is 2001:db8::1, with its zone and its length if it has them. What only looks like an address stays as it is.
CREATE OR REPLACE FUNCTION search_ipv6_name(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN public.search_is_ipv6(pg_catalog.regexp_replace(p_word, '%[a-z0-9_./-]*[a-z0-9_.-](?=/[0-9]+$|$)', ''))
        THEN pg_catalog.host(pg_catalog.regexp_replace(p_word, '[%/].*', '')::pg_catalog.inet) || pg_catalog.substring(p_word, '[%/].*|$') ELSE p_word END
$$;

-- Whether the word belongs to one host: it has a zone, or bits beyond its length, or no bit is left beyond it. 10.0.0.1/24 does, 10.0.0.0/24 does not.
CREATE FUNCTION search_is_host(p_word text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_word ~ '^[0-9a-f]*:[0-9a-f:.]*%' THEN true
        WHEN p_word NOT LIKE '%_/%' THEN false
        WHEN p_word ~ '^(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}/(?:[12]?[0-9]|3[0-2])$' OR public.search_is_ipv6(p_word)
            THEN p_word::pg_catalog.inet <> pg_catalog.network(p_word::pg_catalog.inet)
                OR pg_catalog.masklen(p_word::pg_catalog.inet) = CASE pg_catalog.family(p_word::pg_catalog.inet) WHEN 4 THEN 32 ELSE 128 END
        ELSE false END
$$;

-- As before, and with the names of more systems.
CREATE OR REPLACE FUNCTION search_interface_name(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce('{"tengigabitethernet": "te", "tengigethernet": "te", "tengige": "te", "tengig": "te", "ten": "te", "tengigabit": "te", "xgigabitethernet": "te", "xge": "te",
        "gigabitethernet": "gi", "gigabitether": "gi", "gigabiteth": "gi", "gigabit": "gi", "gige": "gi", "gig": "gi", "ge": "gi",
        "twogigabitethernet": "tw", "two": "tw", "fivegigabitethernet": "fi", "five": "fi", "appgigabitethernet": "ap",
        "twentyfivegigabitethernet": "twe", "twentyfivegige": "twe", "twentyfivegig": "twe", "fortygigabitethernet": "fo", "fortygige": "fo", "fortygig": "fo",
        "fiftygige": "fif", "hundredgigabitethernet": "hu", "hundredgige": "hu", "hundredgig": "hu", "fastethernet": "fa", "fast": "fa",
        "ethernet": "et", "eth": "et", "loopback": "lo", "loop": "lo", "port-channel": "po", "portchannel": "po", "bundle-ether": "be", "bundleether": "be",
        "management": "ma", "mgmt": "ma", "mgmteth": "mg", "tunnel": "tu", "tun": "tu", "serial": "se", "ser": "se", "vlan": "vl", "bridge-aggregation": "bagg",
        "vlan-interface": "vl"}'::jsonb ->> pg_catalog.substring(p_word, '^[^0-9]*') || pg_catalog.substring(p_word, '[0-9].*$'), p_word)
$$;

-- Internal: "gigabitethernet 0/1" becomes gigabitethernet0/1. The text is in lower case.
CREATE FUNCTION search_join_names(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_text ~ '[a-z][ \t]+[0-9]+/[0-9]' THEN pg_catalog.regexp_replace(p_text,
        '\m((?:tengig|gig|twogig|fivegig|twentyfivegig|fortygig|hundredgig|xgig)(?:abit)?(?:e|ethernet)?|(?:fast)?ethernet|fa|gi|te|eth|serial)[ \t]+([0-9]+(?:/[0-9]+)+(?:\.[0-9]+)?)', '\1\2', 'g')
        ELSE p_text END
$$;

-- As before, with one word for each address. A mask or a wildcard behind an IPv4 address counts as its length.
CREATE OR REPLACE FUNCTION search_words(p_text text) RETURNS TABLE (word text, place integer, kind text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH split AS (
        SELECT piece, ordinality::integer AS place
        FROM pg_catalog.regexp_split_to_table(
            pg_catalog.translate(public.search_join_names(pg_catalog.lower(p_text COLLATE "C")),
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
        SELECT CASE WHEN word LIKE '%:%:%' AND word ~ '^[0-9a-f:.]+(?:%[a-z0-9_./-]+)?(?:/[0-9]+)?$' THEN public.search_ipv6_name(word)
                WHEN word ~ '^[a-z-]+[0-9]' THEN public.search_interface_name(word) ELSE word END AS word, place,
            word ~ '^[0-9]{0,4}$|^[^-_./:@#%&*~^+$0-9]*$' AND NOT (pg_catalog.length(word) = 12 AND mac IS NOT NULL) AS is_plain,
            word ~ '^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:[/:][0-9]+)?|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%[a-z0-9_./-]+)?(?:/[0-9]+)?)$' OR mac IS NOT NULL AS is_address,
            mac
        FROM cut, LATERAL (SELECT CASE WHEN pg_catalog.length(word) BETWEEN 11 AND 20 AND word COLLATE "C" < 'g' THEN public.search_mac_digits(word) END AS mac) AS m WHERE word <> ''
    )
    SELECT word, place, CASE WHEN is_plain THEN 'B' ELSE 'A' END FROM named
    UNION ALL
    SELECT pg_catalog.split_part(pg_catalog.split_part(word, '/', 1), '%', 1), place, 'a' FROM named
    WHERE is_address AND pg_catalog.translate(word, '%/', '') <> word
    UNION ALL
    -- ::ffff:10.0.0.1 is 10.0.0.1.
    SELECT pg_catalog.substr(word, 8), place, 'a' FROM named
    WHERE is_address AND word LIKE '::ffff:_%._%._%._%'
    UNION ALL
    SELECT pg_catalog.split_part(word, ':', 1), place, 'a' FROM named
    WHERE is_address AND word ~ '^[0-9.]+:[0-9]+$'
    UNION ALL
    SELECT pg_catalog.regexp_replace(word, '\.[0-9]+$', ''), place, 'a' FROM named
    WHERE NOT is_plain AND NOT is_address AND word ~ '^[a-z][-a-z]*[0-9][0-9/:]*\.[0-9]+$'
    UNION ALL
    SELECT mac, place, 'a' FROM named WHERE mac IS NOT NULL AND mac <> word
    UNION ALL
    -- 10.0.0.1 255.255.255.252 is also 10.0.0.1/30, and 10.0.0.0 0.0.0.3 is 10.0.0.0/30.
    SELECT n.word || '/' || m.length, n.place, 'a'
    FROM (SELECT place, public.search_mask_length(word) AS length FROM named WHERE is_address AND (word LIKE '255.%' OR word LIKE '0.%')) AS m
    JOIN named AS n ON n.place = m.place - 1 AND n.is_address AND n.word LIKE '%_.%_.%_.%_' AND pg_catalog.translate(n.word, ':%/', '') = n.word
    WHERE m.length IS NOT NULL
    UNION ALL
    SELECT part, place, 'C'
    FROM named, LATERAL (
        SELECT pg_catalog.regexp_split_to_table(word, '[-_./:@#%&*~^+$]+') AS part
        UNION ALL
        SELECT (pg_catalog.regexp_matches(word, '[a-z]{3,}|[0-9]{3,}', 'g'))[1]
    ) AS parts
    WHERE NOT is_plain AND NOT is_address AND part <> word AND part ~ '[^0-9].|.[^0-9]|[0-9]{3}'
$$;

-- As before, with every spelling of an address. literal is the term without the words of the other language.
DROP FUNCTION search_terms(text, jsonb);
CREATE FUNCTION search_terms(p_text text, p_also jsonb DEFAULT '{}') RETURNS TABLE (term text, is_identifier boolean, name text, stands text, word text, literal text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 24 AS $$
    WITH pieces AS MATERIALIZED (
        SELECT w.word, w.kind, w.place, w.word = ANY (
            CASE WHEN p_text ~ '[a-z]' AND p_text ~ '\mAS\M' THEN '{}' ELSE '{as}' END || '{a,an,and,any,are,at,be,been,by,can,did,do,does,for,from,get,give,got,has,have,how,i,if,in,is,it,its,many,me,much,my,of,on,or,our,that,the,their,there,this,to,us,
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
                WHEN word ~ '^(?:vl|lo|po|tu)[0-9]{1,4}$' THEN '''' || word || '''|(''' || CASE pg_catalog.left(word, 2) WHEN 'vl' THEN 'vlan' WHEN 'lo' THEN 'loopback'
                    WHEN 'po' THEN 'port-channel' ELSE 'tunnel' END || '''<->''' || pg_catalog.substr(word, 3) || ''')'
                WHEN kind = 'A' AND word ~ '^[0-9]{1,2}:[0-9]{2}$' THEN '''' || word || '''|''' || word || ':'':*'
                WHEN public.search_mac_digits(word) IS NOT NULL THEN '''' || word || '''|''' || public.search_mac_digits(word) || ''''
                -- The address of an interface, or of a host, is found without its length and its zone. A network is not.
                WHEN kind = 'A' AND public.search_is_host(word) THEN '''' || word || '''|''' || pg_catalog.regexp_replace(word, '[%/].*', '') || ''''
                WHEN kind = 'A' THEN '''' || word || ''''
                ELSE public.search_forms(word)
            END AS literal
        FROM found WHERE NOT is_common OR NOT EXISTS (SELECT FROM found AS other WHERE NOT other.is_common)
    ), named AS (
        SELECT place, kind, word, literal || also AS term, literal,
            CASE WHEN kind <> 'A' OR word ~ '^(?:ipv?[46]|md-?5|sha-?[0-9]+|aes-?[0-9]+.*|x[.]?509|802[.].*|rfc-?[0-9]+.*|ed25519|dot1q|wpa[23]?-.*|tlsv?-?[0-9.]+|(?:ospf|snmp|bgp|rip|vrrp|igmp|http)-?v?[0-9]|.*base-?[a-z]+|layer-?[0-9]|type-?[0-9]|[a-z][0-9]/[a-z][0-9]|[0-9.]+-?[a-z]+)$'
                    OR word ~ '^(?:0|127|224|255)[.][0-9.]+(?:/[0-9]+)?$|^[0-9]{1,2}:[0-9]{2}(?::[0-9.]+)?$|^::(?:/0|1)?$' THEN false
                WHEN word ~ '^[0-9]{1,3}(?:[.][0-9]{1,3}){3}(?:/[0-9]+)?$|^asn?[0-9]+$|^[0-9]{3,}:[0-9]+$' THEN true
                WHEN word ~ '^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:%[a-z0-9_./-]+)?(?:/[0-9]+)?$' OR public.search_mac_digits(word) IS NOT NULL AND word !~ '^[0-9]*$' THEN true
                WHEN word ~ '^[0-9]{5,}$' THEN is_numbered
                WHEN word ~ '[a-z]' AND word ~ '[0-9]' THEN word ~ '[-_/]' OR word ~ '[0-9].*[0-9].*[0-9]' AND pg_catalog.length(word) >= 7
                ELSE word ~ '^[a-z]+(?:[-_][a-z]+)+$' AND word ~ '[a-z]{4}' AND pg_catalog.strpos(p_text, pg_catalog.upper(word)) > 0
            END AS is_name
        FROM single
    ), numbered AS (
        SELECT p.place, q.word || ' ' || p.word AS word, '(''' || q.word || '''' || f.also || ')' AS cue, '''' || p.word || '''' AS number,
            '''' || public.search_interface_name(q.word || p.word) || '''' AS joined,
            q.word IN ('as', 'asn', 'change', 'incident', 'incidente', 'mudanca', 'ticket', 'vlan', 'vni') AS is_name
        FROM pieces AS p JOIN pieces AS q ON q.place = p.place - 1 AND q.kind IN ('A', 'B') AND q.word ~ '^[a-z]+(?:-[a-z]+)?$' JOIN found AS f ON f.word = q.word AND f.kind = q.kind
        WHERE p.kind = 'B' AND p.word ~ '^[0-9]+$' AND (NOT q.is_common OR q.word = 'as')
    ), terms AS (
        SELECT n.kind, n.place, n.term, n.kind = 'A' AS is_identifier, CASE WHEN n.is_name THEN n.word END AS name,
            n.term || CASE WHEN n.word LIKE '%_/%' AND n.word ~ '^[0-9a-f.:]+/[0-9]+$' THEN '|''' || pg_catalog.split_part(n.word, '/', 1) || '''' ELSE '' END AS stands, n.word, n.literal
        FROM named AS n
        UNION ALL
        SELECT 'AB', n.place, '(' || n.cue || '<->' || n.number || ')|(' || n.cue || '<0>' || n.number || ')|' || n.joined, true,
            CASE WHEN n.is_name THEN n.word END, '(' || n.cue || '&' || n.number || ')|' || n.joined, n.word,
            '(' || n.cue || '<->' || n.number || ')|(' || n.cue || '<0>' || n.number || ')|' || n.joined
        FROM numbered AS n
    )
    SELECT t.term, t.is_identifier, t.name, t.stands, t.word, t.literal FROM terms AS t ORDER BY t.kind, t.place LIMIT 24
$$;
REVOKE ALL ON FUNCTION search_terms(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_terms(text, jsonb) TO authenticated_user;

-- As before. The front matter of a document is not found.
CREATE OR REPLACE FUNCTION search_chunk_tokens(p_text text, p_metadata jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_metadata ? 'front_matter' THEN ''::pg_catalog.tsvector ELSE public.search_tokens(p_text) || pg_catalog.setweight(public.search_tokens(pg_catalog.concat_ws(' ', title,
            (SELECT pg_catalog.string_agg(pg_catalog.left(title, n - 1), ' ') FROM pg_catalog.generate_series(2, pg_catalog.length(title)) AS each (n)
                WHERE pg_catalog.substr(title, n, 1) ~ '[-_. ]'),
            p_metadata ->> 'device', pg_catalog.translate(p_metadata ->> 'section', '#>@', '   '), p_metadata ->> 'facts')), 'D') END
    FROM (SELECT pg_catalog.left(p_metadata ->> 'title', 255) AS title) AS named
$$;

-- As before, and whether a chunk holds the name of one thing (search_terms), not merely an identifier that many share; and the share of the question
-- that it holds in the very words of the question.
DROP FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text);
CREATE FUNCTION search_fit(p_query text, p_also jsonb, p_near uuid[], p_limit integer, p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (id uuid, fit double precision, has_identifier boolean, has_name boolean, literal double precision, known double precision, missing text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    terms tsquery[];
    literals tsquery[];
    are_identifiers boolean[];
    names text[];
    stands text[];
    words text[];
    missing_names text[];
    places integer[] := '{}';
    ids uuid[] := '{}';
    are_seldom boolean[];
    all_totals integer[];
    totals integer[];
    weights double precision[];
BEGIN
    SELECT array_agg(t.term::tsquery), array_agg(t.is_identifier), array_agg(t.name), array_agg(t.stands), array_agg(t.word), array_agg(t.literal::tsquery)
        INTO terms, are_identifiers, names, stands, words, literals FROM public.search_terms(p_query, p_also) AS t;
    IF terms IS NOT NULL THEN
        SELECT array_agg(o.place), array_agg(o.id), array_agg(o.is_seldom), array_agg(o.total) INTO places, ids, are_seldom, all_totals FROM (
            SELECT o.* FROM public.search_fit_offer(p_user, terms, are_identifiers, p_document_id, p_vendor, p_document_type) AS o WHERE p_user IS NOT NULL
            UNION ALL
            SELECT o.* FROM public.search_fit_offer(NULL, terms, are_identifiers, NULL, p_vendor, p_document_type) AS o WHERE p_document_id IS NULL) AS o;
        SELECT array_agg(c.total ORDER BY c.place), array_agg(CASE WHEN c.total = 0 THEN 0 WHEN are_identifiers[c.place]
                THEN 3 * greatest(0.4, 1 - ln(c.count) / ln(400)) ELSE greatest(0.15, 1 - ln(c.count) / ln(400)) END ORDER BY c.place)
            INTO totals, weights FROM (
            SELECT t.place, coalesce(sum(o.total), 0)::integer AS total, sum(least(o.total, 200)) AS count FROM generate_subscripts(terms, 1) AS t (place)
            LEFT JOIN unnest(places, all_totals) AS o (place, total) ON o.place = t.place GROUP BY t.place) AS c;
        missing_names := public.search_missing_names(names, stands, words, totals, p_document_id, p_vendor, p_document_type);
    END IF;
    RETURN QUERY
        WITH offered AS MATERIALIZED (
            SELECT o.id, o.place, bool_or(o.is_seldom) AS is_seldom FROM unnest(places, ids, are_seldom) AS o (place, id, is_seldom) WHERE o.id IS NOT NULL GROUP BY o.id, o.place
        ), best AS (
            SELECT o.id FROM offered AS o GROUP BY o.id ORDER BY sum(weights[o.place]) DESC, o.id LIMIT least(greatest(p_limit, 0), 200)
        ), rare AS (
            SELECT o.id FROM offered AS o WHERE o.is_seldom GROUP BY o.id ORDER BY sum(weights[o.place]) DESC, o.id LIMIT least(greatest(p_limit, 0), 200)
        ), wanted AS (
            SELECT b.id FROM best AS b UNION SELECT r.id FROM rare AS r UNION SELECT n.id FROM unnest(p_near) AS n (id)
        ), unpacked AS MATERIALIZED (
            SELECT e.id, e.tokens || '' AS tokens, ts_filter(e.tokens, '{a,b,c}') AS own FROM public.embeddings AS e
            WHERE e.id IN (SELECT w.id FROM wanted AS w) AND (e.user_id = p_user OR e.user_id IS NULL)
        )
        SELECT u.id, coalesce(sum(t.weight * CASE WHEN t.name IS NOT NULL OR u.own @@ t.term THEN 1 ELSE 0.9 END) / nullif((SELECT sum(w.weight) FROM unnest(weights) AS w (weight)), 0), 0)::double precision,
            coalesce(bool_or(t.is_identifier), false), coalesce(bool_or(t.name IS NOT NULL), false),
            coalesce(sum(t.weight) FILTER (WHERE u.tokens @@ t.literal) / nullif((SELECT sum(w.weight) FROM unnest(weights) AS w (weight)), 0), 0)::double precision,
            coalesce((SELECT avg((c.total > 0)::integer) FROM unnest(totals) AS c (total)), 0)::double precision, missing_names
        FROM unpacked AS u LEFT JOIN unnest(terms, weights, are_identifiers, names, literals) AS t (term, weight, is_identifier, name, literal) ON u.tokens @@ t.term
        GROUP BY u.id;
END
$$;
REVOKE ALL ON FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text) TO authenticated_user;

-- Internal to this migration: what every text has whose words change.
CREATE FUNCTION search_respelled() RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '[0-9a-f]{12}|[0-9a-f]{4}[.:][0-9a-f]{4}[.:][0-9a-f]{2,4}|[0-9a-f]{6}[-:.][0-9a-f]{6}|(?:[0-9a-f]{1,2}[:-]){5}|:[0-9a-f.]*%|:(?:[0-9]{1,3}[.]){3}|[.0-9]\s+(?:255|0)[.]'
        || '|[a-z][ \t]+[0-9]+/[0-9]|\m(?:x?ge|tengig|gig|two|five|app|twenty|forty|fifty|hundred|ten|bundle|mgmt|tun|ser|bridge|vlan)[a-z-]*[0-9]'
$$;

-- Ends the turn with its whole text. false: it was lost, and another process has ended it.
CREATE OR REPLACE FUNCTION turn_finish(p_message uuid, p_fencing_token bigint, p_state text, p_reason text, p_content text, p_steps jsonb, p_metadata jsonb,
    p_tokens integer, p_model text, p_sent jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    turn public.conversation_turns;
BEGIN
    -- The conversation is locked before its turn, as everywhere, but only that of a turn of the current user.
    PERFORM FROM public.conversations AS c WHERE c.id = (
        SELECT t.conversation_id FROM public.conversation_turns AS t
        WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token AND t.user_id = of_user) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT * INTO turn FROM public.conversation_turns AS t
    WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token AND t.user_id = of_user FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_model IS NOT NULL THEN
        UPDATE public.conversations AS c SET model_used = left(p_model, 100) WHERE c.id = turn.conversation_id;
    END IF;
    UPDATE public.messages AS m SET sent = p_sent WHERE m.id = p_message AND p_sent IS NOT NULL;
    PERFORM public.turn_settle(turn, p_state, p_reason, p_content, p_steps, p_metadata, p_tokens);
    RETURN true;
END
$$;

REVOKE ALL ON FUNCTION search_mac_digits(text), search_mask_length(text), search_is_ipv6(text), search_is_host(text), search_join_names(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_mac_digits(text), search_mask_length(text), search_is_ipv6(text), search_is_host(text), search_join_names(text) TO authenticated_user;

-- Only texts that may hold such a word are looked at, and only those whose words change are written.
UPDATE embeddings SET chunk_text = chunk_text WHERE chunk_text ~* public.search_respelled() AND tokens IS DISTINCT FROM public.search_chunk_tokens(chunk_text, metadata);
UPDATE messages SET tokens = public.search_tokens(content) WHERE tokens IS NOT NULL AND content ~* public.search_respelled() AND tokens IS DISTINCT FROM public.search_tokens(content);
DROP FUNCTION search_respelled();

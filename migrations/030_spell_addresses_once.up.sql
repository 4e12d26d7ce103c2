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

-- As before, with every spelling of an address.
CREATE OR REPLACE FUNCTION search_terms(p_text text, p_also jsonb DEFAULT '{}') RETURNS TABLE (term text, is_identifier boolean, name text, stands text, word text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 24 AS $$
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
                WHEN public.search_mac_digits(word) IS NOT NULL THEN '''' || word || '''|''' || public.search_mac_digits(word) || ''''
                -- The address of an interface, or of a host, is found without its length and its zone. A network is not.
                WHEN kind = 'A' AND public.search_is_host(word) THEN '''' || word || '''|''' || pg_catalog.regexp_replace(word, '[%/].*', '') || ''''
                WHEN kind = 'A' THEN '''' || word || ''''
                ELSE public.search_forms(word)
            END || also AS term
        FROM found WHERE NOT is_common OR NOT EXISTS (SELECT FROM found AS other WHERE NOT other.is_common)
    ), named AS (
        SELECT place, kind, word, term,
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

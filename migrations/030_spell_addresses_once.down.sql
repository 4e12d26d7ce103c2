-- SPDX-License-Identifier: Apache-2.0
CREATE OR REPLACE FUNCTION search_interface_name(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce('{"tengigabitethernet": "te", "tengige": "te", "tengig": "te", "ten": "te",
        "gigabitethernet": "gi", "gigabit": "gi", "gige": "gi", "gig": "gi", "twentyfivegigabitethernet": "twe", "twentyfivegige": "twe",
        "fortygigabitethernet": "fo", "fortygige": "fo", "hundredgigabitethernet": "hu", "hundredgige": "hu",
        "fastethernet": "fa", "fast": "fa", "ethernet": "et", "eth": "et", "loopback": "lo", "loop": "lo",
        "port-channel": "po", "portchannel": "po", "bundle-ether": "be", "management": "ma", "mgmt": "ma",
        "tunnel": "tu", "serial": "se", "vlan": "vl"}'::jsonb ->> pg_catalog.substring(p_word, '^[^0-9]*') || pg_catalog.substring(p_word, '[0-9].*$'), p_word)
$$;

CREATE OR REPLACE FUNCTION search_ipv6_name(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_word !~ '^(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
            AND (p_word !~ '^(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?(?:/(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?$'
                OR pg_catalog.length(pg_catalog.regexp_replace(p_word, '/.*|[^:]', '', 'g')) > 7)
        THEN p_word
        WHEN p_word LIKE '%/%' THEN pg_catalog.host(p_word::pg_catalog.inet) || '/' || pg_catalog.masklen(p_word::pg_catalog.inet)
        ELSE pg_catalog.host(p_word::pg_catalog.inet) END
$$;

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

DROP FUNCTION search_terms(text, jsonb);
CREATE FUNCTION search_terms(p_text text, p_also jsonb DEFAULT '{}') RETURNS TABLE (term text, is_identifier boolean, name text, stands text, word text)
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
REVOKE ALL ON FUNCTION search_terms(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_terms(text, jsonb) TO authenticated_user;

CREATE OR REPLACE FUNCTION search_chunk_tokens(p_text text, p_metadata jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT public.search_tokens(p_text) || pg_catalog.setweight(public.search_tokens(pg_catalog.concat_ws(' ', title,
            (SELECT pg_catalog.string_agg(pg_catalog.left(title, n - 1), ' ') FROM pg_catalog.generate_series(2, pg_catalog.length(title)) AS each (n)
                WHERE pg_catalog.substr(title, n, 1) ~ '[-_. ]'),
            p_metadata ->> 'device', pg_catalog.translate(p_metadata ->> 'section', '#>@', '   '), p_metadata ->> 'facts')), 'D')
    FROM (SELECT pg_catalog.left(p_metadata ->> 'title', 255) AS title) AS named
$$;

DROP FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text);
CREATE FUNCTION search_fit(p_query text, p_also jsonb, p_near uuid[], p_limit integer, p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (id uuid, fit double precision, has_identifier boolean, known double precision, missing text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
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
    are_seldom boolean[];
    all_totals integer[];
    totals integer[];
    weights double precision[];
BEGIN
    SELECT array_agg(t.term::tsquery), array_agg(t.is_identifier), array_agg(t.name), array_agg(t.stands), array_agg(t.word)
        INTO terms, are_identifiers, names, stands, words FROM public.search_terms(p_query, p_also) AS t;
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
        SELECT u.id, coalesce(sum(t.weight * CASE WHEN u.own @@ t.term THEN 1 ELSE 0.9 END) / nullif((SELECT sum(w.weight) FROM unnest(weights) AS w (weight)), 0), 0)::double precision,
            coalesce(bool_or(t.is_identifier), false),
            coalesce((SELECT avg((c.total > 0)::integer) FROM unnest(totals) AS c (total)), 0)::double precision, missing_names
        FROM unpacked AS u LEFT JOIN unnest(terms, weights, are_identifiers) AS t (term, weight, is_identifier) ON u.tokens @@ t.term
        GROUP BY u.id;
END
$$;
REVOKE ALL ON FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text) TO authenticated_user;

DROP FUNCTION search_mac_digits(text), search_mask_length(text), search_is_ipv6(text), search_is_host(text), search_join_names(text);


-- Internal to this migration: what every text has whose words change.
CREATE FUNCTION search_respelled() RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '[0-9a-f]{12}|[0-9a-f]{4}[.:][0-9a-f]{4}[.:][0-9a-f]{2,4}|[0-9a-f]{6}[-:.][0-9a-f]{6}|(?:[0-9a-f]{1,2}[:-]){5}|:[0-9a-f.]*%|:(?:[0-9]{1,3}[.]){3}|[.0-9]\s+(?:255|0)[.]'
        || '|[a-z][ \t]+[0-9]+/[0-9]|\m(?:x?ge|tengig|gig|two|five|app|twenty|forty|fifty|hundred|ten|bundle|mgmt|tun|ser|bridge|vlan)[a-z-]*[0-9]'
$$;

-- Only texts that may hold such a word are looked at, and only those whose words change are written.
UPDATE embeddings SET chunk_text = chunk_text WHERE chunk_text ~* public.search_respelled() AND tokens IS DISTINCT FROM public.search_chunk_tokens(chunk_text, metadata);
UPDATE messages SET tokens = public.search_tokens(content) WHERE tokens IS NOT NULL AND content ~* public.search_respelled() AND tokens IS DISTINCT FROM public.search_tokens(content);
DROP FUNCTION search_respelled();

-- Ends the turn with its whole text. false: it was lost, and another process has ended it.
CREATE OR REPLACE FUNCTION turn_finish(p_message uuid, p_fencing_token bigint, p_state text, p_reason text, p_content text, p_steps jsonb, p_metadata jsonb,
    p_tokens integer, p_model text, p_sent jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    turn public.conversation_turns;
BEGIN
    PERFORM FROM public.conversations AS c WHERE c.id = (SELECT m.conversation_id FROM public.messages AS m WHERE m.id = p_message) FOR NO KEY UPDATE;
    SELECT * INTO turn FROM public.conversation_turns AS t
    WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token
      AND t.user_id = nullif(current_setting('app.current_user_id', true), '')::uuid FOR UPDATE;
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

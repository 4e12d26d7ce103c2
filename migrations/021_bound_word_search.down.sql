-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION search_missing_names(text[], text[], text[], integer[], uuid, text, text);
DROP FUNCTION search_stands(uuid, tsquery, uuid, text, text);
DROP FUNCTION search_fit_offer(uuid, tsquery[], boolean[], uuid, text, text);

CREATE OR REPLACE FUNCTION search_text_offer(p_user uuid, p_terms tsquery[], p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (place integer, id uuid)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    filters CONSTANT text := '($3 IS NULL OR document_id = $3) AND ($4 IS NULL OR vendor = $4) AND ($5 IS NULL OR document_type = $5)';
    rows CONSTANT text := CASE WHEN p_user IS NULL THEN 'e.user_id IS NULL' ELSE 'e.user_id = $1' END;
    from_chunks CONSTANT text := 'FROM public.embeddings AS e WHERE ' || CASE WHEN p_user IS NULL THEN 'e.source_id IS NOT NULL' ELSE 'e.user_id = $1' END;
    are_many boolean;
    places integer[];
    ids uuid[];
BEGIN
    EXECUTE format('SELECT count(*) = 10000 FROM (SELECT %s LIMIT 10000) AS e', from_chunks) INTO are_many USING p_user;
    IF are_many THEN
        -- "|| ''" unpacks the tokens, once and not for every term.
        EXECUTE format('WITH first AS MATERIALIZED (SELECT id, tokens || '''' AS tokens FROM (SELECT e.* %s LIMIT 800) AS e WHERE %s)
            SELECT array_agg(t.place::integer), array_agg(o.id) FROM unnest($2) WITH ORDINALITY AS t (term, place),
                LATERAL (SELECT f.id FROM first AS f WHERE f.tokens @@ t.term LIMIT 200) AS o', from_chunks, filters)
            INTO places, ids USING p_user, p_terms, p_document_id, p_vendor, p_document_type;
    END IF;
    FOR n IN 1 .. cardinality(p_terms) LOOP
        IF cardinality(array_positions(places, n)) = 200 THEN
            RETURN QUERY SELECT o.place, o.id FROM unnest(places, ids) AS o (place, id) WHERE o.place = n;
        ELSE
            RETURN QUERY EXECUTE format('SELECT $6, id FROM public.embeddings AS e WHERE %s AND tokens @@ $2 AND %s LIMIT 200', rows, filters)
                USING p_user, p_terms[n], p_document_id, p_vendor, p_document_type, n;
        END IF;
    END LOOP;
END
$$;

DROP FUNCTION search_offer(uuid, tsquery[], uuid, text, text);
DROP FUNCTION search_text_find(uuid, bigint, tsquery, integer, uuid, text, text);
DROP FUNCTION search_together(tsquery);
DROP FUNCTION search_is_phrase(tsquery);
DROP FUNCTION search_parts(uuid);

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
REVOKE ALL ON FUNCTION search_missing_names(text[], text[], text[], uuid, text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION search_fit(p_query text, p_also jsonb, p_near uuid[], p_limit integer, p_document_id uuid, p_vendor text, p_document_type text)
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

ALTER FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text) RESET plan_cache_mode;
ALTER FUNCTION search_terms(text, jsonb) SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION search_terms(text, jsonb) SET jit = off;

DROP INDEX idx_embeddings_words;
DROP FUNCTION search_slices(uuid, uuid, uuid);
DROP FUNCTION search_slice(uuid, integer, integer);
CREATE INDEX idx_embeddings_tokens_global ON embeddings USING gin (tokens) WITH (fastupdate = off) WHERE user_id IS NULL;
CREATE INDEX idx_embeddings_tokens_own ON embeddings USING gin (user_id, tokens) WITH (fastupdate = off) WHERE user_id IS NOT NULL;

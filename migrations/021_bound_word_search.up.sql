-- SPDX-License-Identifier: Apache-2.0
-- A search by words reads a bounded number of chunks, however large the account is and whatever is asked.

-- The key in the word index of one of so many equal parts of an account (NULL: of the global chunks) or of a document.
CREATE FUNCTION search_slice(p_owner uuid, p_parts integer, p_part integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.hashtextextended(pg_catalog.concat(p_owner::text, '/', p_parts::text, '/', p_part::text), 0)
$$;

-- The keys of a chunk: its account, its document, and the part of the account that it falls into by chance, of 16 to 4096 parts.
CREATE FUNCTION search_slices(p_user uuid, p_document_id uuid, p_id uuid) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.array_agg(public.search_slice(s.owner, s.parts, s.part)) FROM (
        SELECT p_user AS owner, n AS parts, (pg_catalog.uuid_hash(p_id) & 4095) % n AS part FROM pg_catalog.unnest('{1,16,64,256,1024,4096}'::integer[]) AS n
        UNION ALL SELECT p_document_id, 1, 0 WHERE p_document_id IS NOT NULL) AS s
$$;

DROP INDEX idx_embeddings_tokens_own;
DROP INDEX idx_embeddings_tokens_global;
CREATE INDEX idx_embeddings_words ON embeddings USING gin (tokens, public.search_slices(user_id, document_id, id)) WITH (fastupdate = off);

REVOKE ALL ON FUNCTION search_slice(uuid, integer, integer), search_slices(uuid, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_slice(uuid, integer, integer), search_slices(uuid, uuid, uuid) TO authenticated_user;

-- Internal: the functions below have one plan each, by idx_embeddings_words, since no other index can serve their conditions; the
-- functions that call them turn sequential scans off.

-- Internal: into how many parts an account is divided to judge by one of them how common a word is, so that a part has at least
-- some 600 chunks; 1 if it has fewer than 5000.
CREATE FUNCTION search_parts(p_user uuid) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    probe integer;
    chunks integer;
BEGIN
    -- A small part of a large account tells its size as well as a large part of a small one.
    FOREACH probe IN ARRAY '{1024,64}'::integer[] LOOP
        SELECT probe * count(*) INTO chunks FROM (
            SELECT FROM public.embeddings AS e
            WHERE public.search_slices(e.user_id, e.document_id, e.id) OPERATOR(pg_catalog.@>) ARRAY[public.search_slice(p_user, probe, 0)]
              AND e.user_id IS NOT DISTINCT FROM p_user
            LIMIT 4000) AS e;
        EXIT WHEN chunks >= 40 * 1024;
    END LOOP;
    RETURN CASE WHEN chunks < 5000 THEN 1 WHEN chunks < 64 * 600 THEN 16 WHEN chunks < 256 * 600 THEN 64 WHEN chunks < 1024 * 600 THEN 256
        WHEN chunks < 4096 * 600 THEN 1024 ELSE 4096 END;
END
$$;

-- Internal: whether words of a term must follow each other; and the term as the index knows it, which is that the words are in one chunk.
CREATE FUNCTION search_is_phrase(p_term tsquery) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT p_term::text LIKE '%<%' $$;

CREATE FUNCTION search_together(p_term tsquery) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN public.search_is_phrase(p_term) THEN pg_catalog.regexp_replace(p_term::text, '<(?:-|[0-9]+)>', '&', 'g')::pg_catalog.tsquery ELSE p_term END
$$;

-- Internal: the chunks of a slice that hold a term. At most p_limit are looked at, or 2000 if they have to pass a filter; is_all tells that this
-- was enough. The index does not know which words follow each other: whether a chunk holds a term with "<->" is found out from the chunk.
CREATE FUNCTION search_text_find(p_user uuid, p_slice bigint, p_term tsquery, p_limit integer, p_document_id uuid, p_vendor text, p_document_type text,
    OUT ids uuid[], OUT looked_at integer, OUT is_all boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_phrase CONSTANT boolean := public.search_is_phrase(p_term);
    together CONSTANT tsquery := public.search_together(p_term);
    most CONSTANT integer := CASE WHEN p_vendor IS NULL AND p_document_type IS NULL THEN p_limit ELSE greatest(p_limit, 2000) END;
BEGIN
    SELECT array_agg(f.id) FILTER (WHERE f.holds), count(*), count(*) < most INTO ids, looked_at, is_all FROM (
        SELECT e.id, (p_document_id IS NULL OR e.document_id = p_document_id) AND (p_vendor IS NULL OR e.vendor = p_vendor)
            AND (p_document_type IS NULL OR e.document_type = p_document_type) AND CASE WHEN is_phrase THEN e.tokens @@ p_term ELSE true END AS holds
        FROM public.embeddings AS e
        WHERE e.tokens @@ together AND public.search_slices(e.user_id, e.document_id, e.id) @> ARRAY[p_slice] AND e.user_id IS NOT DISTINCT FROM p_user
        LIMIT most) AS f;
END
$$;

-- Internal: for each of the terms at most 200 chunks with it, of the global rows (p_user NULL) or of one tenant, and how many there are in
-- all, which from 200 on is an estimate. Words that are in more than some 600 chunks are not collected from the whole index: those of
-- one part of the account are enough, since they hardly tell one chunk from another.
CREATE FUNCTION search_offer(p_user uuid, p_terms tsquery[], p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (place integer, ids uuid[], total integer)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    whole CONSTANT bigint := public.search_slice(coalesce(p_document_id, p_user), 1, 0);
    parts CONSTANT integer := CASE WHEN p_document_id IS NULL THEN public.search_parts(p_user) ELSE 1 END;
    -- Those with "<->" look into the chunks: into 1000, all of them together.
    phrase_limit CONSTANT integer := 1000 / (SELECT greatest(count(*), 1) FROM unnest(p_terms) AS t (term) WHERE public.search_is_phrase(t.term));
    most integer;
    found uuid[];
    looked_at integer := 0;
    is_all boolean;
BEGIN
    FOR n IN 1 .. cardinality(p_terms) LOOP
        most := CASE WHEN public.search_is_phrase(p_terms[n]) THEN phrase_limit ELSE 200 END;
        IF parts > 1 THEN
            SELECT f.ids, f.looked_at INTO found, looked_at FROM public.search_text_find(p_user, public.search_slice(p_user, parts, 0), p_terms[n], most, p_document_id, p_vendor, p_document_type) AS f;
        END IF;
        IF parts > 1 AND looked_at * parts > 600 THEN
            RETURN QUERY SELECT n, found[:200], greatest(parts * coalesce(cardinality(found), 0), 200);
        ELSE
            SELECT f.ids, f.is_all INTO found, is_all FROM public.search_text_find(p_user, whole, p_terms[n], most, p_document_id, p_vendor, p_document_type) AS f;
            RETURN QUERY SELECT n, found[:200], CASE WHEN is_all THEN least(coalesce(cardinality(found), 0), 200) ELSE 200 END;
        END IF;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION search_text_offer(p_user uuid, p_terms tsquery[], p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (place integer, id uuid)
LANGUAGE sql STABLE ROWS 1000 SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT o.place, i.id FROM public.search_offer(p_user, p_terms, p_document_id, p_vendor, p_document_type) AS o, unnest(o.ids) AS i (id)
$$;

-- Internal: the candidates of a question, with the places of terms that they hold. A common term offers only some of its chunks.
-- So the chunks of the seldom terms are asked for the common ones too, and identifiers that are common are looked for
-- together with each other common term: a chunk that is found so counts as found by something seldom.
CREATE FUNCTION search_fit_offer(p_user uuid, p_terms tsquery[], p_are_identifiers boolean[], p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (place integer, id uuid, is_seldom boolean, total integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    whole CONSTANT bigint := public.search_slice(coalesce(p_document_id, p_user), 1, 0);
    offer record;
    pair record;
    totals integer[];
    seldom tsquery;
    n integer;
    found uuid[];
BEGIN
    FOR offer IN SELECT * FROM public.search_offer(p_user, p_terms, p_document_id, p_vendor, p_document_type) LOOP
        totals[offer.place] := offer.total;
        IF offer.total BETWEEN 1 AND 199 THEN
            seldom := coalesce(seldom || public.search_together(p_terms[offer.place]), public.search_together(p_terms[offer.place]));
        END IF;
        RETURN QUERY SELECT offer.place, NULL::uuid, NULL::boolean, offer.total;
        RETURN QUERY SELECT offer.place, i.id, offer.total < 200, NULL::integer FROM unnest(offer.ids) AS i (id);
    END LOOP;
    FOR n IN
        SELECT t.n FROM generate_subscripts(p_terms, 1) AS t (n) WHERE totals[t.n] >= 200 AND seldom IS NOT NULL ORDER BY p_are_identifiers[t.n] DESC, totals[t.n], t.n LIMIT 8
    LOOP
        SELECT f.ids INTO found FROM public.search_text_find(p_user, whole, seldom && p_terms[n], 200, p_document_id, p_vendor, p_document_type) AS f;
        RETURN QUERY SELECT n, i.id, false, NULL::integer FROM unnest(found) AS i (id);
    END LOOP;
    FOR pair IN
        SELECT a, b FROM generate_subscripts(p_terms, 1) AS a, generate_subscripts(p_terms, 1) AS b
        WHERE p_are_identifiers[a] AND totals[a] >= 200 AND totals[b] >= 200 AND (a < b OR NOT p_are_identifiers[b] AND a <> b)
            AND least(totals[a], totals[b]) <= 5000
        ORDER BY p_are_identifiers[b] DESC, totals[a]::float8 * totals[b] LIMIT 4
    LOOP
        SELECT f.ids INTO found FROM public.search_text_find(p_user, whole, p_terms[pair.a] && p_terms[pair.b], 100, p_document_id, p_vendor, p_document_type) AS f;
        RETURN QUERY SELECT p.place, i.id, true, NULL::integer FROM unnest(found) AS i (id), unnest(ARRAY[pair.a, pair.b]) AS p (place);
    END LOOP;
END
$$;

-- Internal: whether there is a chunk with the words, own or global, among those that the filters let pass.
CREATE FUNCTION search_stands(p_user uuid, p_term tsquery, p_document_id uuid, p_vendor text, p_document_type text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p_user IS NOT NULL AND
            (public.search_text_find(p_user, public.search_slice(coalesce(p_document_id, p_user), 1, 0), p_term, 1, p_document_id, p_vendor, p_document_type)).ids IS NOT NULL
        OR p_document_id IS NULL AND (public.search_text_find(NULL, public.search_slice(NULL, 1, 0), p_term, 1, NULL, p_vendor, p_document_type)).ids IS NOT NULL
$$;

-- Internal: as before. p_totals tells in how many chunks a term was found: where it was found, its name need not be looked for.
-- A device and a protocol that are each in more than 10,000 chunks are taken to be in one together.
DROP FUNCTION search_missing_names(text[], text[], text[], uuid, text, text);
CREATE FUNCTION search_missing_names(p_names text[], p_stands text[], p_words text[], p_totals integer[], p_document_id uuid, p_vendor text, p_document_type text)
RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    device CONSTANT text := '^[a-z]+[a-z0-9]*(?:[-_][a-z0-9]+)*[-_][a-z0-9]*[0-9][a-z0-9]*$';
    port CONSTANT text := '^[a-z]+-?[0-9]+(?:/[0-9]+)+';
    protocols CONSTANT text[] := '{ospf,ospfv3,bgp,isis,is-is,eigrp,rip,mpls,ldp,rsvp,vxlan,evpn,ipsec,gre,hsrp,vrrp,glbp,vpc,mlag,pim,igmp,bfd,netflow,sflow,tacacs,radius,macsec,dmvpn,lisp}';
    wanted record;
    missing text[];
BEGIN
    FOR wanted IN
        WITH terms AS MATERIALIZED (SELECT * FROM unnest(p_names, p_stands, p_words, p_totals) AS t (name, term, word, total)),
        devices AS (SELECT '(' || string_agg('(' || t.term || ')', '|') || ')&' AS terms, sum(t.total) AS total FROM terms AS t WHERE t.name ~ device HAVING count(*) > 0)
        SELECT t.name, t.term::tsquery AS term FROM terms AS t WHERE t.name IS NOT NULL AND t.total = 0
        UNION ALL
        SELECT t.word, (d.terms || '(' || t.term || ')')::tsquery FROM terms AS t, devices AS d WHERE (t.name ~ port OR t.word = ANY (protocols)) AND least(t.total, d.total) <= 10000
    LOOP
        IF NOT public.search_stands(p_user, wanted.term, p_document_id, p_vendor, p_document_type) THEN
            missing := missing || wanted.name;
        END IF;
    END LOOP;
    RETURN missing;
END
$$;

-- Without settings of its own it becomes part of the plan of its caller, and is not planned for every question.
ALTER FUNCTION search_terms(text, jsonb) RESET ALL;

-- As before, from candidates of which a bounded number is read.
CREATE OR REPLACE FUNCTION search_fit(p_query text, p_also jsonb, p_near uuid[], p_limit integer, p_document_id uuid, p_vendor text, p_document_type text)
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

REVOKE ALL ON FUNCTION search_parts(uuid), search_is_phrase(tsquery), search_together(tsquery), search_text_find(uuid, bigint, tsquery, integer, uuid, text, text),
    search_offer(uuid, tsquery[], uuid, text, text), search_fit_offer(uuid, tsquery[], boolean[], uuid, text, text), search_stands(uuid, tsquery, uuid, text, text),
    search_missing_names(text[], text[], text[], integer[], uuid, text, text) FROM PUBLIC;

-- SPDX-License-Identifier: Apache-2.0
-- The search checks itself: serve compares what the HNSW indexes find for sampled questions with what is nearest, and a scope
-- (the global knowledge, or an account with an index of its own) in which the index misses too much is searched harder.

-- How hard a scope is searched. effort 0: hnsw.ef_search is 100 (own) or 200 (global); 1 and 2: twice and four times that; 3: all
-- vectors are compared. The counts are those of the window in progress: of the ten nearest chunks of a question, how many there are, how many the
-- search found, and how many it would have found with one effort less. The index of a scope with effort 3 is measured as with 2.
CREATE TABLE search_settings (
    user_id UUID UNIQUE NULLS NOT DISTINCT REFERENCES users (id) ON DELETE CASCADE, -- NULL: the global knowledge
    effort SMALLINT NOT NULL DEFAULT 0 CHECK (effort BETWEEN 0 AND 3),
    wanted INTEGER NOT NULL DEFAULT 0 CHECK (wanted >= 0),
    found INTEGER NOT NULL DEFAULT 0 CHECK (found BETWEEN 0 AND wanted),
    found_with_less INTEGER NOT NULL DEFAULT 0 CHECK (found_with_less BETWEEN 0 AND wanted),
    good_windows INTEGER NOT NULL DEFAULT 0, -- in a row, in which less effort would have been enough
    recall REAL CHECK (recall BETWEEN 0 AND 1), -- of the index in the last whole window; NULL: none yet
    measured_at TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP -- of effort
);

ALTER TABLE search_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY user_search_settings_policy ON search_settings FOR SELECT TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY global_search_settings_policy ON search_settings FOR SELECT TO authenticated_user
    USING (user_id IS NULL AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) IS NOT NULL);
CREATE POLICY owner_policy ON search_settings FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT ON search_settings TO authenticated_user;

CREATE FUNCTION embeddings_has_own_index(p_user uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indexrelid = pg_catalog.to_regclass('public.' || public.embeddings_own_index_name(p_user)) AND i.indisvalid)
$$;

-- Loads pgvector, whose settings are unknown before.
DO $$ BEGIN PERFORM '[1]'::vector; END $$;

-- As before, with the effort of the account; p_effort is for measuring.
DROP FUNCTION document_search_vector(vector, text, integer, uuid, text, text);
DROP FUNCTION knowledge_search_vector(vector, text, integer, text, text);
CREATE FUNCTION document_search_vector(p_embedding vector, p_model text, p_limit integer, p_document_id uuid DEFAULT NULL,
    p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL, p_effort integer DEFAULT NULL)
RETURNS TABLE (id uuid, document_id uuid, filename text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, distance double precision)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off SET enable_sort = off SET jit = off SET hnsw.ef_search = 100 AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    wanted CONSTANT integer := least(greatest(p_limit, 0), 200);
    effort CONSTANT integer := coalesce(p_effort, (SELECT s.effort FROM public.search_settings AS s WHERE s.user_id = p_user), 0);
    ways text[] := '{"+ 0"}';
    way text;
    nearest uuid[];
BEGIN
    IF p_user IS NULL OR p_embedding IS NULL THEN
        RETURN;
    END IF;
    IF effort < 3 AND p_document_id IS NULL AND p_vendor IS NULL AND p_document_type IS NULL AND public.embeddings_has_own_index(p_user) THEN
        PERFORM set_config('hnsw.ef_search', (100 << effort)::text, true);
        ways := '{"", "+ 0"}';
    END IF;
    FOREACH way IN ARRAY ways LOOP
        EXECUTE format('SELECT array_agg(id) FROM (SELECT e.id FROM public.embeddings AS e WHERE e.user_id = %L
            AND e.embedding_model = $2 AND ($4 IS NULL OR e.document_id = $4) AND ($5 IS NULL OR e.vendor = $5)
            AND ($6 IS NULL OR e.document_type = $6) AND e.embedding IS NOT NULL
            ORDER BY (e.embedding OPERATOR(public.<=>) $1) %s LIMIT $3) AS nearest', p_user, way)
            INTO nearest USING p_embedding, p_model, wanted, p_document_id, p_vendor, p_document_type;
        EXIT WHEN cardinality(nearest) = wanted;
    END LOOP;
    RETURN QUERY
        SELECT e.id, e.document_id, d.original_filename::text, e.chunk_index, e.chunk_text, e.line_start, e.line_end, e.page,
            e.vendor::text, e.document_type::text, e.metadata, e.embedding OPERATOR(public.<=>) p_embedding AS distance
        FROM public.embeddings AS e LEFT JOIN public.documents AS d ON d.id = e.document_id
        WHERE e.id = ANY (nearest) AND e.user_id = p_user
        ORDER BY distance, e.id;
END
$$;

-- As before, with the effort of the global knowledge; p_effort is for measuring.
CREATE FUNCTION knowledge_search_vector(p_embedding vector, p_model text, p_limit integer, p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL, p_effort integer DEFAULT NULL)
RETURNS TABLE (id uuid, source_id uuid, source_name text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, distance double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_sort = off SET jit = off SET hnsw.ef_search = 200 AS $$
#variable_conflict use_column
DECLARE
    wanted CONSTANT integer := least(greatest(p_limit, 0), 200);
    effort CONSTANT integer := coalesce(p_effort, (SELECT s.effort FROM public.search_settings AS s WHERE s.user_id IS NULL), 0);
    nearest uuid[];
BEGIN
    IF effort < 3 AND p_vendor IS NULL AND p_document_type IS NULL THEN
        PERFORM set_config('hnsw.ef_search', (200 << effort)::text, true);
        SELECT array_agg(n.id) INTO nearest FROM (
            SELECT e.id FROM public.embeddings AS e
            WHERE e.user_id IS NULL AND e.embedding_model = p_model AND e.embedding IS NOT NULL
            ORDER BY e.embedding OPERATOR(public.<=>) p_embedding
            LIMIT wanted) AS n;
    ELSE
        -- A walk through a graph whose neighbours do not pass finds next to nothing: what passes is compared, from which
        -- "+ 0" keeps the graph.
        SELECT array_agg(n.id) INTO nearest FROM (
            SELECT e.id FROM public.embeddings AS e
            WHERE e.user_id IS NULL AND e.embedding_model = p_model AND e.embedding IS NOT NULL
              AND (p_vendor IS NULL OR e.vendor = p_vendor) AND (p_document_type IS NULL OR e.document_type = p_document_type)
            ORDER BY (e.embedding OPERATOR(public.<=>) p_embedding) + 0
            LIMIT wanted) AS n;
    END IF;
    RETURN QUERY
        SELECT e.id, e.source_id, s.name, e.chunk_index, e.chunk_text, e.line_start, e.line_end, e.page, e.vendor::text,
            e.document_type::text, e.metadata, e.embedding OPERATOR(public.<=>) p_embedding AS distance
        FROM public.embeddings AS e LEFT JOIN public.knowledge_sources AS s ON s.id = e.source_id
        WHERE e.id = ANY (nearest) AND e.user_id IS NULL
        ORDER BY distance, e.id;
END
$$;

-- Beside rows of another model the graph is walked until enough rows pass; pgvector has that from 0.8 on.
DO $$
BEGIN
    IF (SELECT string_to_array(regexp_replace(extversion, '[^0-9.].*$', ''), '.')::integer[] >= '{0,8}'
        FROM pg_catalog.pg_extension WHERE extname = 'vector') THEN
        ALTER FUNCTION knowledge_search_vector(vector, text, integer, text, text, integer) SET hnsw.iterative_scan = strict_order;
    END IF;
END
$$;

-- Measures, as the user, one scope with the vector of a question: how many of the ten nearest chunks (wanted) are found with an effort, and with one
-- less. No row: the scope has no index, or nothing to find.
CREATE FUNCTION search_recall_measure(p_embedding vector, p_model text, p_is_global boolean, p_effort integer)
RETURNS TABLE (wanted integer, found integer, found_with_less integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    -- Comparing all vectors needs no measuring: what is measured is what the index would do.
    most CONSTANT integer := least(p_effort, 2);
    less CONSTANT integer := greatest(least(p_effort - 1, 2), 0);
    nearest double precision[];
    counts integer[];
BEGIN
    -- "+ 0" keeps the indexes from answering.
    IF p_user IS NULL THEN
        RETURN;
    ELSIF p_is_global THEN
        SELECT array_agg(n.distance) INTO nearest FROM (
            SELECT (e.embedding OPERATOR(public.<=>) p_embedding) + 0 AS distance FROM public.embeddings AS e
            WHERE e.user_id IS NULL AND e.embedding_model = p_model AND e.embedding IS NOT NULL ORDER BY 1 LIMIT 10) AS n;
    ELSIF public.embeddings_has_own_index(p_user) THEN
        SELECT array_agg(n.distance) INTO nearest FROM (
            SELECT (e.embedding OPERATOR(public.<=>) p_embedding) + 0 AS distance FROM public.embeddings AS e
            WHERE e.user_id = p_user AND e.embedding_model = p_model AND e.embedding IS NOT NULL ORDER BY 1 LIMIT 10) AS n;
    END IF;
    IF nearest IS NULL THEN
        RETURN;
    END IF;
    -- Of chunks that are equally far any is as good as the other.
    FOR effort IN less .. most LOOP
        counts[effort] := least(cardinality(nearest), CASE WHEN p_is_global
            THEN (SELECT count(*) FROM public.knowledge_search_vector(p_embedding, p_model, 40, NULL, NULL, effort) AS v WHERE v.distance <= nearest[cardinality(nearest)])
            ELSE (SELECT count(*) FROM public.document_search_vector(p_embedding, p_model, 40, NULL, NULL, NULL, effort) AS v WHERE v.distance <= nearest[cardinality(nearest)]) END);
    END LOOP;
    RETURN QUERY SELECT cardinality(nearest), counts[most], counts[less];
END
$$;

-- Adds a measurement to the window of a scope. At the end of a window, which has 20 questions with ten chunks each, a recall below 0.99
-- raises the effort by one. It falls by one when less would have been enough in three windows in a row, and an hour has passed.
-- Returns a row at the end of a window; former is the effort in it.
CREATE FUNCTION search_recall_note(p_is_global boolean, p_effort integer, p_wanted integer, p_found integer, p_found_with_less integer)
RETURNS TABLE (recall real, former integer, effort integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    kept public.search_settings%ROWTYPE;
    good CONSTANT double precision := 0.99;
BEGIN
    IF p_user IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO public.search_settings (user_id) VALUES (CASE WHEN NOT p_is_global THEN p_user END) ON CONFLICT DO NOTHING;
    IF p_is_global THEN
        SELECT * INTO kept FROM public.search_settings AS s WHERE s.user_id IS NULL FOR UPDATE;
    ELSE
        SELECT * INTO kept FROM public.search_settings AS s WHERE s.user_id = p_user FOR UPDATE;
    END IF;
    -- Another process has changed it since the measurement.
    IF kept.effort IS DISTINCT FROM p_effort THEN
        RETURN;
    END IF;
    kept.wanted := kept.wanted + p_wanted;
    kept.found := kept.found + p_found;
    kept.found_with_less := kept.found_with_less + p_found_with_less;
    IF kept.wanted >= 200 THEN
        kept.recall := kept.found::double precision / kept.wanted;
        kept.measured_at := now();
        kept.good_windows := CASE WHEN kept.effort > 0 AND kept.found_with_less >= good * kept.wanted THEN kept.good_windows + 1 ELSE 0 END;
        IF kept.effort < 3 AND kept.found < good * kept.wanted THEN
            kept.effort := kept.effort + 1;
        ELSIF kept.good_windows >= 3 AND kept.changed_at <= now() - interval '1 hour' THEN
            kept.effort := kept.effort - 1;
        END IF;
        IF kept.effort <> p_effort THEN
            kept.changed_at := now();
            kept.good_windows := 0;
        END IF;
        kept.wanted := 0;
        kept.found := 0;
        kept.found_with_less := 0;
        RETURN QUERY SELECT kept.recall, p_effort, kept.effort::integer;
    END IF;
    UPDATE public.search_settings AS s SET effort = kept.effort, wanted = kept.wanted, found = kept.found, found_with_less = kept.found_with_less,
        good_windows = kept.good_windows, recall = kept.recall, measured_at = kept.measured_at, changed_at = kept.changed_at
        WHERE s.user_id = kept.user_id OR kept.user_id IS NULL AND s.user_id IS NULL;
END
$$;

-- Measures both scopes of the user with the vector of a question, and notes the results. Returns the windows that have ended.
CREATE FUNCTION search_recall_check(p_embedding vector, p_model text)
RETURNS TABLE (is_global boolean, recall real, former integer, effort integer)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    effort integer;
BEGIN
    FOREACH is_global IN ARRAY '{true,false}'::boolean[] LOOP
        SELECT s.effort INTO effort FROM public.search_settings AS s WHERE is_global AND s.user_id IS NULL OR NOT is_global AND s.user_id = p_user;
        RETURN QUERY SELECT is_global, n.recall, n.former, n.effort
            FROM public.search_recall_measure(p_embedding, p_model, is_global, coalesce(effort, 0)) AS m,
                public.search_recall_note(is_global, coalesce(effort, 0), m.wanted, m.found, m.found_with_less) AS n;
    END LOOP;
END
$$;

-- The recall of the indexes in the last week, by the kind of the scope, and how many scopes are searched harder, or exactly.
CREATE FUNCTION metrics_read_recall()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT v.family, k.name, v.value
    FROM (VALUES ('global', true), ('own', false)) AS k (name, is_global)
    CROSS JOIN LATERAL (
        SELECT min(s.recall) AS least, avg(s.recall) AS mean, count(*) FILTER (WHERE s.effort IN (1, 2)) AS raised, count(*) FILTER (WHERE s.effort = 3) AS exact
        FROM public.search_settings AS s WHERE (s.user_id IS NULL) = k.is_global AND s.measured_at > now() - interval '7 days') AS t
    CROSS JOIN LATERAL (VALUES ('search_recall_min', t.least::double precision), ('search_recall_mean', t.mean),
        ('search_scopes_raised', t.raised), ('search_scopes_exact', t.exact)) AS v (family, value)
    WHERE v.value IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION metrics_read()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT * FROM public.metrics_read_database()
    UNION ALL SELECT * FROM public.metrics_read_sessions()
    UNION ALL SELECT * FROM public.metrics_read_replication()
    UNION ALL SELECT * FROM public.metrics_read_tables()
    UNION ALL SELECT * FROM public.metrics_read_queues()
    UNION ALL SELECT * FROM public.metrics_read_statements()
    UNION ALL SELECT * FROM public.metrics_read_recall()
$$;

REVOKE ALL ON FUNCTION embeddings_has_own_index(uuid), document_search_vector(vector, text, integer, uuid, text, text, integer),
    knowledge_search_vector(vector, text, integer, text, text, integer), search_recall_measure(vector, text, boolean, integer),
    search_recall_note(boolean, integer, integer, integer, integer), search_recall_check(vector, text), metrics_read_recall() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION embeddings_has_own_index(uuid), document_search_vector(vector, text, integer, uuid, text, text, integer),
    knowledge_search_vector(vector, text, integer, text, text, integer) TO authenticated_user;
GRANT EXECUTE ON FUNCTION search_recall_measure(vector, text, boolean, integer), search_recall_note(boolean, integer, integer, integer, integer),
    search_recall_check(vector, text) TO netguru_app, netguru_serve;

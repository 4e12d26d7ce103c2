-- SPDX-License-Identifier: Apache-2.0
-- The vectors of later generations are deleted. Search uses those in embeddings again.

DO $$ BEGIN PERFORM '[1]'::vector; END $$;

CREATE OR REPLACE FUNCTION embeddings_own_index_plan(p_build bigint)
RETURNS TABLE (index_name text, user_id uuid, chunks bigint, action text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH large AS (
        SELECT e.user_id, count(*) AS chunks FROM public.embeddings AS e
        WHERE e.user_id IS NOT NULL GROUP BY e.user_id HAVING count(*) >= p_build / 2
    ), there AS (
        SELECT c.relname::text AS index_name, i.indisvalid AS is_valid
        FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = 'public.embeddings'::regclass AND c.relname ~ '^idx_embeddings_own_[0-9a-f]{32}$'
    )
    SELECT coalesce(t.index_name, public.embeddings_own_index_name(l.user_id)), l.user_id, coalesce(l.chunks, 0),
        CASE WHEN l.user_id IS NULL THEN 'drop'
            WHEN t.index_name IS NULL THEN 'build'
            WHEN NOT t.is_valid THEN 'rebuild' END
    FROM large AS l FULL JOIN there AS t ON t.index_name = public.embeddings_own_index_name(l.user_id)
    WHERE t.index_name IS NOT NULL OR l.chunks >= p_build
$$;

CREATE OR REPLACE FUNCTION embeddings_own_indexes_wanted() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM public.embeddings_own_index_plan(5000) AS p WHERE p.action IN ('build', 'rebuild')
$$;

CREATE OR REPLACE FUNCTION document_search_vector(p_embedding vector, p_model text, p_limit integer, p_document_id uuid DEFAULT NULL,
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

CREATE OR REPLACE FUNCTION knowledge_search_vector(p_embedding vector, p_model text, p_limit integer, p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL, p_effort integer DEFAULT NULL)
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

DO $$
BEGIN
    IF (SELECT string_to_array(regexp_replace(extversion, '[^0-9.].*$', ''), '.')::integer[] >= '{0,8}'
        FROM pg_catalog.pg_extension WHERE extname = 'vector') THEN
        ALTER FUNCTION knowledge_search_vector(vector, text, integer, text, text, integer) SET hnsw.iterative_scan = strict_order;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION search_recall_measure(p_embedding vector, p_model text, p_is_global boolean, p_effort integer)
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

CREATE OR REPLACE FUNCTION search_recall_check(p_embedding vector, p_model text)
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

CREATE OR REPLACE FUNCTION admin_knowledge_list(p_by jsonb, p_limit integer, p_model text, p_before_us bigint DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.admin_require();
    RETURN QUERY
        SELECT jsonb_build_object('id', s.id, 'name', s.name, 'title', s.title, 'vendor', s.vendor, 'document_type', s.document_type,
                'embedding_model', s.embedding_model, 'sha256', encode(s.sha256, 'hex'), 'ingested_at', s.ingested_at, 'chunks', c.chunks,
                'chunks_without_vector', c.without_vector,
                'needs_ingest', c.without_vector > 0 OR s.embedding_model IS DISTINCT FROM coalesce(p_model, s.embedding_model)),
            public.admin_page_key(s.ingested_at, s.id)
        FROM public.knowledge_sources AS s
        CROSS JOIN LATERAL (
            SELECT count(*) AS chunks, count(*) FILTER (WHERE e.embedding IS NULL) AS without_vector
            FROM public.embeddings AS e WHERE e.source_id = s.id) AS c
        WHERE p_before_us IS NULL OR (s.ingested_at, s.id) < (public.admin_page_time(p_before_us), p_before_id)
        ORDER BY s.ingested_at DESC, s.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'knowledge.list', NULL, NULL, NULL);
END
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

DROP FUNCTION metrics_read_generations(), embedding_compare(vector, text, vector, text), embedding_compare_note(text, integer, integer, integer),
    embedding_nearest(vector, text, integer), embedding_generation_drop_step(integer, uuid, integer), embedding_generation_drop(jsonb, text),
    embedding_generation_switch(jsonb, text, boolean), embedding_generation_settle(integer, bigint), embedding_generation_pause(jsonb, text, boolean),
    embedding_generation_add(jsonb, text, bytea), embedding_generations_lock(), embedding_vectors_index_plan(bigint),
    embedding_vectors_has_index(integer, uuid), embedding_vectors_index_name(integer, uuid), embedding_fill_count(integer, boolean),
    embedding_fill_store(integer, uuid, json, real), embedding_fill_find(integer, uuid, integer), embedding_is_wanted(uuid, integer, jsonb),
    embedding_generations_hold();
DROP INDEX idx_embeddings_without_vector;
DROP TABLE embedding_vectors, embedding_generations;
DROP FUNCTION embedding_vectors_set_user();

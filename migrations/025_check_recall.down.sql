-- SPDX-License-Identifier: Apache-2.0
CREATE OR REPLACE FUNCTION metrics_read()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT * FROM public.metrics_read_database()
    UNION ALL SELECT * FROM public.metrics_read_sessions()
    UNION ALL SELECT * FROM public.metrics_read_replication()
    UNION ALL SELECT * FROM public.metrics_read_tables()
    UNION ALL SELECT * FROM public.metrics_read_queues()
    UNION ALL SELECT * FROM public.metrics_read_statements()
$$;

DROP FUNCTION metrics_read_recall();
DROP FUNCTION search_recall_check(vector, text);
DROP FUNCTION search_recall_note(boolean, integer, integer, integer, integer);
DROP FUNCTION search_recall_measure(vector, text, boolean, integer);
DROP FUNCTION document_search_vector(vector, text, integer, uuid, text, text, integer);
DROP FUNCTION knowledge_search_vector(vector, text, integer, text, text, integer);
DROP FUNCTION embeddings_has_own_index(uuid);
DROP TABLE search_settings;

-- Loads pgvector, whose settings are unknown before.
DO $$ BEGIN PERFORM '[1]'::vector; END $$;

CREATE FUNCTION document_search_vector(p_embedding vector, p_model text, p_limit integer, p_document_id uuid DEFAULT NULL,
    p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL)
RETURNS TABLE (id uuid, document_id uuid, filename text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, distance double precision)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off SET enable_sort = off SET jit = off SET hnsw.ef_search = 100 AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    wanted CONSTANT integer := least(greatest(p_limit, 0), 200);
    ways text[] := '{"+ 0"}';
    way text;
    nearest uuid[];
BEGIN
    IF p_user IS NULL OR p_embedding IS NULL THEN
        RETURN;
    END IF;
    IF p_document_id IS NULL AND p_vendor IS NULL AND p_document_type IS NULL AND EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indexrelid = to_regclass('public.' || public.embeddings_own_index_name(p_user)) AND i.indisvalid) THEN
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

CREATE FUNCTION knowledge_search_vector(p_embedding vector, p_model text, p_limit integer, p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL)
RETURNS TABLE (id uuid, source_id uuid, source_name text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, distance double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_sort = off SET jit = off SET hnsw.ef_search = 200 AS $$
#variable_conflict use_column
DECLARE
    wanted CONSTANT integer := least(greatest(p_limit, 0), 200);
    nearest uuid[];
BEGIN
    IF p_vendor IS NULL AND p_document_type IS NULL THEN
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
        ALTER FUNCTION knowledge_search_vector(vector, text, integer, text, text) SET hnsw.iterative_scan = strict_order;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION document_search_vector(vector, text, integer, uuid, text, text), knowledge_search_vector(vector, text, integer, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION document_search_vector(vector, text, integer, uuid, text, text), knowledge_search_vector(vector, text, integer, text, text)
    TO authenticated_user;

-- SPDX-License-Identifier: Apache-2.0
-- Vectors of large accounts: comparing takes about a millisecond for a thousand chunks, so an account of many gets a graph of
-- its own. One graph for all accounts would be filtered after the walk, and find a tenth of what it should.

-- The name of an account's own graph over its vectors. `netguru maintain` makes it, since only the owner of the table
-- may, and only outside a transaction can it be built beside writers.
CREATE FUNCTION embeddings_own_index_name(p_user uuid) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'idx_embeddings_own_' || pg_catalog.replace(p_user::text, '-', '')
$$;

-- What there is to do: accounts from p_build chunks on get their graph, and lose it below half of that. Action
-- 'build'; 'rebuild' what a build that was cut short left behind, 'drop'; NULL where all is well.
CREATE FUNCTION embeddings_own_index_plan(p_build bigint)
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

-- How many accounts wait for their graph, for the doctor: a number, of accounts from 5,000 chunks on. (Whose the graphs
-- are is in the catalogue for every role to read; an id alone opens nothing.)
CREATE FUNCTION embeddings_own_indexes_wanted() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM public.embeddings_own_index_plan(5000) AS p WHERE p.action IN ('build', 'rebuild')
$$;

-- For searches with a filter: only what passes is read.
DROP INDEX idx_embeddings_user_id;
CREATE INDEX idx_embeddings_user_id ON embeddings (user_id, vendor, document_type) WHERE user_id IS NOT NULL;

-- Loads pgvector: before, its settings are unknown, and only a superuser may name what is unknown.
DO $$ BEGIN PERFORM '[1]'::vector; END $$;

-- The chunks of app.current_user_id that are nearest to a vector, at most 200: by the account's own graph, or compared
-- one by one, from which "+ 0" keeps the graph. Compared is whatever a filter lets pass: a walk through a graph whose
-- neighbours do not pass finds next to nothing, the more so where vendors lie apart. And all is compared where the walk
-- brought too little (vectors of another model, more wanted than it looks at). That the graph holds the account's rows the planner proves from the id
-- written out in the statement, hence EXECUTE.
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

REVOKE ALL ON FUNCTION embeddings_own_index_name(uuid), embeddings_own_index_plan(bigint), embeddings_own_indexes_wanted(),
    document_search_vector(vector, text, integer, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION embeddings_own_index_name(uuid), embeddings_own_indexes_wanted(),
    document_search_vector(vector, text, integer, uuid, text, text) TO authenticated_user;

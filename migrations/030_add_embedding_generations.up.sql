-- SPDX-License-Identifier: Apache-2.0
-- The vectors of several models side by side, so that the operator changes the model while searches go on: docs/embeddings.md.

-- A generation is the vectors that one model has made of all chunks. Searches use the active one. The vectors of the first are in
-- embeddings.embedding (is_inline); those of later ones are in embedding_vectors.
--   building  it is being filled              ready     it has a vector of every chunk and its indexes
--   active    searches use it                 retired   it was active; it is still filled, for a rollback
--   dropping  its vectors are being deleted
CREATE TABLE embedding_generations (
    id INTEGER GENERATED ALWAYS AS IDENTITY (MAXVALUE 999999) PRIMARY KEY,
    name VARCHAR(100) NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'),
    sha256 BYTEA NOT NULL UNIQUE CHECK (octet_length(sha256) = 32), -- of the weights
    dimensions INTEGER NOT NULL DEFAULT 384 CHECK (dimensions = 384),
    is_inline BOOLEAN NOT NULL DEFAULT FALSE,
    state VARCHAR(10) NOT NULL DEFAULT 'building' CHECK (state IN ('building', 'ready', 'active', 'retired', 'dropping')),
    is_paused BOOLEAN NOT NULL DEFAULT FALSE CHECK (NOT (is_paused AND state = 'active')),
    wanted BIGINT NOT NULL DEFAULT 0, -- chunks that need a vector, when they were last counted
    filled BIGINT NOT NULL DEFAULT 0, -- those that have one
    fill_after UUID,                  -- the pass in progress has come to this chunk; NULL: none is
    chunks_per_second REAL CHECK (chunks_per_second > 0),
    compared INTEGER NOT NULL DEFAULT 0,       -- questions of users, searched with this and the active generation
    compared_chunks BIGINT NOT NULL DEFAULT 0, -- the nearest chunks of these questions, ten of each
    agreed_chunks BIGINT NOT NULL DEFAULT 0,   -- those that both generations have among their ten
    found_chunks BIGINT NOT NULL DEFAULT 0,    -- those of this generation that its indexes find
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    filled_at TIMESTAMP WITH TIME ZONE, -- when the first pass found nothing left
    activated_at TIMESTAMP WITH TIME ZONE,
    retired_at TIMESTAMP WITH TIME ZONE
);
CREATE UNIQUE INDEX embedding_generations_active_key ON embedding_generations (state) WHERE state = 'active';
CREATE UNIQUE INDEX embedding_generations_inline_key ON embedding_generations (is_inline) WHERE is_inline;
-- No tenant data: every login reads it, only the owner writes it.
GRANT SELECT ON embedding_generations TO authenticated_user;

INSERT INTO embedding_generations (name, sha256, is_inline, state, filled_at, activated_at)
VALUES ('all-MiniLM-L6-v2', '\x53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db', TRUE, 'active', now(), now());

-- user_id is that of the chunk; the trigger sees to it.
CREATE TABLE embedding_vectors (
    embedding_id UUID NOT NULL REFERENCES embeddings (id) ON DELETE CASCADE,
    generation_id INTEGER NOT NULL REFERENCES embedding_generations (id),
    user_id UUID, -- NULL: global knowledge
    embedding vector(384) NOT NULL,
    PRIMARY KEY (embedding_id, generation_id)
);
-- As in embeddings: vectors stay in the row, and no index is built by several processes.
ALTER TABLE embedding_vectors ALTER COLUMN embedding SET STORAGE PLAIN;
ALTER TABLE embedding_vectors SET (parallel_workers = 0);
CREATE INDEX idx_embedding_vectors_generation_id ON embedding_vectors (generation_id, user_id);

ALTER TABLE embedding_vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE embedding_vectors FORCE ROW LEVEL SECURITY;
CREATE POLICY user_embedding_vectors_policy ON embedding_vectors FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY global_embedding_vectors_policy ON embedding_vectors FOR SELECT TO authenticated_user
    USING (user_id IS NULL AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) IS NOT NULL);
CREATE POLICY owner_policy ON embedding_vectors FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON embedding_vectors TO authenticated_user;

-- A vector belongs to whom its chunk belongs. The answer for a chunk that the writer cannot see is that for one which does not exist.
CREATE FUNCTION embedding_vectors_set_user() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    chunk_user uuid;
BEGIN
    SELECT e.user_id INTO chunk_user FROM public.embeddings AS e WHERE e.id = NEW.embedding_id;
    IF NOT FOUND OR coalesce(NEW.user_id <> chunk_user, NEW.user_id IS NOT NULL) THEN
        RAISE EXCEPTION 'there is no such chunk of the user' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.user_id := chunk_user;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION embedding_vectors_set_user() FROM PUBLIC;
CREATE TRIGGER embedding_vectors_set_user BEFORE INSERT OR UPDATE OF embedding_id, user_id ON embedding_vectors
    FOR EACH ROW EXECUTE FUNCTION embedding_vectors_set_user();

-- ---------------------------------------------------------------------------------------------------------------
-- Writing. A transaction that writes chunks calls embedding_generations_hold before, and writes a vector of every generation that
-- it returns. Until it ends, no generation becomes active and none is dropped.
-- ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION embedding_generations_hold() RETURNS SETOF embedding_generations
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('embedding_generations'), 0);
    RETURN QUERY SELECT * FROM public.embedding_generations AS g WHERE g.state <> 'dropping' AND NOT g.is_paused ORDER BY g.id;
END
$$;

-- Whether a chunk has a vector: the first 2,000 of a document (MAX_EMBEDDED_CHUNKS of the job), and all of the knowledge.
CREATE FUNCTION embedding_is_wanted(p_document_id uuid, p_chunk_index integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_document_id IS NULL OR p_chunk_index < 2000
$$;

-- The chunks that still need a vector of the first generation.
CREATE INDEX idx_embeddings_without_vector ON embeddings (id) WHERE embedding IS NULL AND (document_id IS NULL OR chunk_index < 2000);

-- The next chunks without a vector, in the order of their ids, after p_after.
CREATE FUNCTION embedding_fill_find(p_generation integer, p_after uuid, p_limit integer)
RETURNS TABLE (id uuid, title text, section text, chunk_text text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_sort = off AS $$
#variable_conflict use_column
DECLARE
    after CONSTANT uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
BEGIN
    IF (SELECT g.is_inline FROM public.embedding_generations AS g WHERE g.id = p_generation) THEN
        RETURN QUERY SELECT e.id, e.metadata ->> 'title', e.metadata ->> 'section', e.chunk_text FROM public.embeddings AS e
            WHERE e.id > after AND e.embedding IS NULL AND public.embedding_is_wanted(e.document_id, e.chunk_index)
            ORDER BY e.id LIMIT p_limit;
    ELSE
        RETURN QUERY SELECT e.id, e.metadata ->> 'title', e.metadata ->> 'section', e.chunk_text FROM public.embeddings AS e
            WHERE e.id > after AND public.embedding_is_wanted(e.document_id, e.chunk_index)
              AND NOT EXISTS (SELECT FROM public.embedding_vectors AS v WHERE v.embedding_id = e.id AND v.generation_id = p_generation)
            ORDER BY e.id LIMIT p_limit;
    END IF;
END
$$;

-- Stores vectors of chunks, [{"id": …, "vector": …}]; chunks that have been deleted since are left out. Returns false, and stores nothing,
-- when the generation is paused or being dropped.
CREATE FUNCTION embedding_fill_store(p_generation integer, p_after uuid, p_vectors json, p_chunks_per_second real) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    generation public.embedding_generations;
    stored bigint;
BEGIN
    SELECT * INTO generation FROM public.embedding_generations AS g WHERE g.id = p_generation AND g.state <> 'dropping' AND NOT g.is_paused FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF generation.is_inline THEN
        UPDATE public.embeddings AS e SET embedding = c.vector::public.vector, embedding_model = generation.name
            FROM json_to_recordset(p_vectors) AS c (id uuid, vector text) WHERE e.id = c.id AND e.embedding IS NULL;
    ELSE
        INSERT INTO public.embedding_vectors (embedding_id, generation_id, user_id, embedding)
            SELECT e.id, p_generation, e.user_id, c.vector::public.vector
            FROM json_to_recordset(p_vectors) AS c (id uuid, vector text) JOIN public.embeddings AS e ON e.id = c.id FOR KEY SHARE OF e
            ON CONFLICT DO NOTHING;
    END IF;
    GET DIAGNOSTICS stored = ROW_COUNT;
    UPDATE public.embedding_generations AS g SET filled = g.filled + stored, wanted = greatest(g.wanted, g.filled + stored), fill_after = p_after,
        chunks_per_second = coalesce(p_chunks_per_second, g.chunks_per_second) WHERE g.id = p_generation;
    RETURN TRUE;
END
$$;

-- Counts the chunks of a generation again. p_is_whole: a pass has come to its end.
CREATE FUNCTION embedding_fill_count(p_generation integer, p_is_whole boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    chunks bigint;
    vectors bigint;
BEGIN
    SELECT count(*) INTO chunks FROM public.embeddings AS e WHERE public.embedding_is_wanted(e.document_id, e.chunk_index);
    IF (SELECT g.is_inline FROM public.embedding_generations AS g WHERE g.id = p_generation) THEN
        SELECT chunks - count(*) INTO vectors FROM public.embeddings AS e
            WHERE e.embedding IS NULL AND public.embedding_is_wanted(e.document_id, e.chunk_index);
    ELSE
        SELECT count(*) INTO vectors FROM public.embedding_vectors AS v WHERE v.generation_id = p_generation;
    END IF;
    UPDATE public.embedding_generations AS g SET wanted = chunks, filled = vectors, fill_after = CASE WHEN NOT p_is_whole THEN g.fill_after END,
        filled_at = CASE WHEN p_is_whole THEN coalesce(g.filled_at, now()) ELSE g.filled_at END WHERE g.id = p_generation;
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Indexes: as those of large accounts (011), one over the global knowledge and one for each large account, of each later generation
-- that is filled. They are built outside of transactions, by `netguru maintain` and `netguru embeddings fill`.
-- ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION embedding_vectors_index_name(p_generation integer, p_user uuid) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'idx_vectors_' || p_generation || '_' || coalesce(pg_catalog.replace(p_user::text, '-', ''), 'global')
$$;

CREATE FUNCTION embedding_vectors_has_index(p_generation integer, p_user uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_index AS i
        WHERE i.indexrelid = pg_catalog.to_regclass('public.' || public.embedding_vectors_index_name(p_generation, p_user)) AND i.indisvalid)
$$;

-- What there is to do, as embeddings_own_index_plan has it. user_id is NULL for the global knowledge.
CREATE FUNCTION embedding_vectors_index_plan(p_build bigint)
RETURNS TABLE (index_name text, generation_id integer, user_id uuid, chunks bigint, action text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH filled AS (
        SELECT g.id FROM public.embedding_generations AS g WHERE NOT g.is_inline AND g.filled_at IS NOT NULL AND g.state <> 'dropping'
    ), large AS (
        SELECT f.id, NULL::uuid AS user_id, (SELECT count(*) FROM public.embedding_vectors AS v WHERE v.generation_id = f.id AND v.user_id IS NULL) AS chunks
        FROM filled AS f
        UNION ALL
        SELECT v.generation_id, v.user_id, count(*) FROM public.embedding_vectors AS v JOIN filled AS f ON f.id = v.generation_id
        WHERE v.user_id IS NOT NULL GROUP BY v.generation_id, v.user_id HAVING count(*) >= p_build / 2
    ), there AS (
        SELECT c.relname::text AS index_name, i.indisvalid AS is_valid
        FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = 'public.embedding_vectors'::regclass AND c.relname ~ '^idx_vectors_[0-9]+_(global|[0-9a-f]{32})$'
    )
    SELECT coalesce(t.index_name, public.embedding_vectors_index_name(l.id, l.user_id)), l.id, l.user_id, coalesce(l.chunks, 0),
        CASE WHEN l.id IS NULL THEN 'drop'
            WHEN t.index_name IS NULL THEN 'build'
            WHEN NOT t.is_valid THEN 'rebuild' END
    FROM large AS l FULL JOIN there AS t ON t.index_name = public.embedding_vectors_index_name(l.id, l.user_id)
    WHERE t.index_name IS NOT NULL OR l.user_id IS NULL OR l.chunks >= p_build
$$;

-- As before, but the chunks need no index while the first generation is dropped, or after that.
CREATE OR REPLACE FUNCTION embeddings_own_index_plan(p_build bigint)
RETURNS TABLE (index_name text, user_id uuid, chunks bigint, action text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH large AS (
        SELECT e.user_id, count(*) AS chunks FROM public.embeddings AS e
        WHERE e.user_id IS NOT NULL AND EXISTS (SELECT FROM public.embedding_generations AS g WHERE g.is_inline AND g.state <> 'dropping')
        GROUP BY e.user_id HAVING count(*) >= p_build / 2
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
    SELECT (SELECT count(*) FROM public.embeddings_own_index_plan(5000) AS p WHERE p.action IN ('build', 'rebuild'))
        + (SELECT count(*) FROM public.embedding_vectors_index_plan(5000) AS p WHERE p.action IN ('build', 'rebuild'))
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The acts of the operator, each with an entry in the audit log.
-- ---------------------------------------------------------------------------------------------------------------

-- Waits for the transactions that are writing chunks, and lets no other begin.
CREATE FUNCTION embedding_generations_lock() RETURNS void
LANGUAGE sql AS $$
    SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('embedding_generations'), 0)
$$;

-- Begins a generation. At most four exist at a time, which bounds the disk that they take.
CREATE FUNCTION embedding_generation_add(p_by jsonb, p_name text, p_sha256 bytea) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made integer;
BEGIN
    PERFORM public.embedding_generations_lock();
    IF (SELECT count(*) >= 4 FROM public.embedding_generations) THEN
        RAISE EXCEPTION 'there are four generations already: drop one first' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.embedding_generations (name, sha256) VALUES (p_name, p_sha256) RETURNING id INTO made;
    PERFORM public.embedding_fill_count(made, FALSE);
    PERFORM public.admin_append(p_by, 'embeddings.add', NULL, 'generation:' || p_name, jsonb_build_object('sha256', encode(p_sha256, 'hex')));
    RETURN made;
END
$$;

-- Pauses or resumes the filling. Returns what was done: paused, resumed, or why not: absent, active, dropping.
CREATE FUNCTION embedding_generation_pause(p_by jsonb, p_name text, p_is_paused boolean) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    named public.embedding_generations;
BEGIN
    SELECT * INTO named FROM public.embedding_generations AS g WHERE g.name = p_name FOR NO KEY UPDATE;
    IF named.id IS NULL OR named.state IN ('active', 'dropping') THEN
        RETURN coalesce(named.state, 'absent');
    END IF;
    UPDATE public.embedding_generations AS g SET is_paused = p_is_paused WHERE g.id = named.id;
    PERFORM public.admin_append(p_by, CASE WHEN p_is_paused THEN 'embeddings.pause' ELSE 'embeddings.resume' END, NULL, 'generation:' || p_name, NULL);
    RETURN CASE WHEN p_is_paused THEN 'paused' ELSE 'resumed' END;
END
$$;

-- Marks a generation ready that is filled and has its indexes. Returns its state.
CREATE FUNCTION embedding_generation_settle(p_generation integer, p_build bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.embedding_generations AS g SET state = 'ready'
    WHERE g.id = p_generation AND g.state = 'building' AND g.filled_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM public.embedding_vectors_index_plan(p_build) AS p WHERE p.generation_id = g.id AND p.action IN ('build', 'rebuild'));
    RETURN (SELECT g.state FROM public.embedding_generations AS g WHERE g.id = p_generation);
END
$$;

-- Makes a generation that is ready or retired the active one, if no chunk lacks its vector. Returns switched, or why not: absent, building, active,
-- dropping, paused, incomplete.
CREATE FUNCTION embedding_generation_switch(p_by jsonb, p_name text, p_is_rollback boolean) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    next public.embedding_generations;
    former public.embedding_generations;
BEGIN
    PERFORM public.embedding_generations_lock();
    SELECT * INTO next FROM public.embedding_generations AS g WHERE g.name = p_name FOR NO KEY UPDATE;
    IF next.id IS NULL THEN
        RETURN 'absent';
    ELSIF next.state NOT IN ('ready', 'retired') THEN
        RETURN next.state;
    ELSIF next.is_paused THEN
        RETURN 'paused';
    ELSIF EXISTS (SELECT FROM public.embedding_fill_find(next.id, NULL, 1)) THEN
        RETURN 'incomplete';
    END IF;
    UPDATE public.embedding_generations AS g SET state = 'retired', retired_at = now() WHERE g.state = 'active' RETURNING * INTO former;
    UPDATE public.embedding_generations AS g SET state = 'active', activated_at = now(), retired_at = NULL WHERE g.id = next.id;
    UPDATE public.embedding_generations AS g SET compared = 0, compared_chunks = 0, agreed_chunks = 0, found_chunks = 0;
    -- What was ingested with the former model need not be ingested again.
    UPDATE public.knowledge_sources AS s SET embedding_model = next.name WHERE s.embedding_model = former.name;
    -- What the indexes of the former generation have missed says nothing about these.
    DELETE FROM public.search_settings;
    PERFORM public.admin_append(p_by, CASE WHEN p_is_rollback THEN 'embeddings.rollback' ELSE 'embeddings.switch' END, NULL, 'generation:' || p_name,
        jsonb_build_object('former', former.name));
    RETURN 'switched';
END
$$;

-- Begins to drop a generation; the vectors go in steps afterwards. Returns dropping, or why not: absent, active.
CREATE FUNCTION embedding_generation_drop(p_by jsonb, p_name text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    named public.embedding_generations;
BEGIN
    PERFORM public.embedding_generations_lock();
    SELECT * INTO named FROM public.embedding_generations AS g WHERE g.name = p_name FOR NO KEY UPDATE;
    IF named.id IS NULL OR named.state = 'active' THEN
        RETURN coalesce(named.state, 'absent');
    ELSIF named.state <> 'dropping' THEN
        UPDATE public.embedding_generations AS g SET state = 'dropping', is_paused = FALSE WHERE g.id = named.id;
        PERFORM public.admin_append(p_by, 'embeddings.drop', NULL, 'generation:' || p_name, NULL);
    END IF;
    RETURN 'dropping';
END
$$;

-- Deletes the next vectors of a generation that is being dropped, in the order of the chunks. Returns the last chunk, from which the next step goes on;
-- NULL: there were none, and the generation is gone.
CREATE FUNCTION embedding_generation_drop_step(p_generation integer, p_after uuid, p_limit integer) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    dropped public.embedding_generations;
    chunks uuid[];
BEGIN
    SELECT * INTO dropped FROM public.embedding_generations AS g WHERE g.id = p_generation AND g.state = 'dropping' FOR NO KEY UPDATE;
    IF dropped.is_inline THEN
        SELECT array_agg(o.id ORDER BY o.id) INTO chunks FROM (SELECT e.id FROM public.embeddings AS e
            WHERE e.id > p_after AND e.embedding_model = dropped.name ORDER BY e.id LIMIT p_limit) AS o;
        UPDATE public.embeddings AS e SET embedding = NULL, embedding_model = NULL WHERE e.id = ANY (chunks);
    ELSE
        SELECT array_agg(o.id ORDER BY o.id) INTO chunks FROM (SELECT v.embedding_id AS id FROM public.embedding_vectors AS v
            WHERE v.embedding_id > p_after AND v.generation_id = dropped.id ORDER BY v.embedding_id LIMIT p_limit) AS o;
        DELETE FROM public.embedding_vectors AS v WHERE v.generation_id = dropped.id AND v.embedding_id = ANY (chunks);
    END IF;
    IF chunks IS NULL THEN
        DELETE FROM public.embedding_generations AS g WHERE g.id = dropped.id;
    END IF;
    RETURN chunks[cardinality(chunks)];
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Searching: p_model names the generation.
-- ---------------------------------------------------------------------------------------------------------------

-- Loads pgvector, whose settings are unknown before.
DO $$ BEGIN PERFORM '[1]'::vector; END $$;

CREATE OR REPLACE FUNCTION document_search_vector(p_embedding vector, p_model text, p_limit integer, p_document_id uuid DEFAULT NULL,
    p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL, p_effort integer DEFAULT NULL)
RETURNS TABLE (id uuid, document_id uuid, filename text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, distance double precision)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off SET enable_sort = off SET jit = off SET hnsw.ef_search = 100 AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    -- NULL: the vectors are in the chunks.
    generation CONSTANT integer := (SELECT g.id FROM public.embedding_generations AS g WHERE g.name = p_model AND NOT g.is_inline);
    wanted CONSTANT integer := least(greatest(p_limit, 0), 200);
    effort CONSTANT integer := coalesce(p_effort, (SELECT s.effort FROM public.search_settings AS s WHERE s.user_id = p_user), 0);
    is_filtered CONSTANT boolean := p_document_id IS NOT NULL OR p_vendor IS NOT NULL OR p_document_type IS NOT NULL;
    ways text[] := '{"+ 0"}';
    way text;
    statement text;
    nearest uuid[];
BEGIN
    IF p_user IS NULL OR p_embedding IS NULL THEN
        RETURN;
    END IF;
    IF effort < 3 AND NOT is_filtered AND (CASE WHEN generation IS NULL THEN public.embeddings_has_own_index(p_user)
            ELSE public.embedding_vectors_has_index(generation, p_user) END) THEN
        PERFORM set_config('hnsw.ef_search', (100 << effort)::text, true);
        ways := '{"", "+ 0"}';
    END IF;
    statement := CASE
        WHEN generation IS NULL THEN 'SELECT array_agg(id) FROM (SELECT e.id FROM public.embeddings AS e WHERE e.user_id = %1$L
            AND e.embedding_model = $2 AND ($4 IS NULL OR e.document_id = $4) AND ($5 IS NULL OR e.vendor = $5)
            AND ($6 IS NULL OR e.document_type = $6) AND e.embedding IS NOT NULL
            ORDER BY (e.embedding OPERATOR(public.<=>) $1) %2$s LIMIT $3) AS nearest'
        WHEN NOT is_filtered THEN 'SELECT array_agg(id) FROM (SELECT v.embedding_id AS id FROM public.embedding_vectors AS v WHERE v.user_id = %1$L
            AND v.generation_id = %3$s ORDER BY (v.embedding OPERATOR(public.<=>) $1) %2$s LIMIT $3) AS nearest'
        ELSE 'SELECT array_agg(id) FROM (SELECT e.id FROM public.embeddings AS e
            JOIN public.embedding_vectors AS v ON v.embedding_id = e.id AND v.generation_id = %3$s WHERE e.user_id = %1$L
            AND ($4 IS NULL OR e.document_id = $4) AND ($5 IS NULL OR e.vendor = $5) AND ($6 IS NULL OR e.document_type = $6)
            ORDER BY (v.embedding OPERATOR(public.<=>) $1) %2$s LIMIT $3) AS nearest' END;
    FOREACH way IN ARRAY ways LOOP
        EXECUTE format(statement, p_user, way, generation) INTO nearest USING p_embedding, p_model, wanted, p_document_id, p_vendor, p_document_type;
        EXIT WHEN cardinality(nearest) = wanted;
    END LOOP;
    RETURN QUERY
        SELECT e.id, e.document_id, d.original_filename::text, e.chunk_index, e.chunk_text, e.line_start, e.line_end, e.page,
            e.vendor::text, e.document_type::text, e.metadata,
            CASE WHEN generation IS NULL THEN e.embedding ELSE (SELECT v.embedding FROM public.embedding_vectors AS v
                WHERE v.embedding_id = e.id AND v.generation_id = generation) END OPERATOR(public.<=>) p_embedding AS distance
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
    generation CONSTANT integer := (SELECT g.id FROM public.embedding_generations AS g WHERE g.name = p_model AND NOT g.is_inline);
    wanted CONSTANT integer := least(greatest(p_limit, 0), 200);
    effort CONSTANT integer := coalesce(p_effort, (SELECT s.effort FROM public.search_settings AS s WHERE s.user_id IS NULL), 0);
    is_filtered CONSTANT boolean := p_vendor IS NOT NULL OR p_document_type IS NOT NULL;
    nearest uuid[];
BEGIN
    PERFORM set_config('hnsw.ef_search', (200 << least(effort, 2))::text, true);
    -- A walk through a graph whose neighbours do not pass finds next to nothing: what passes is compared, from which
    -- "+ 0" keeps the graph.
    IF generation IS NULL AND effort < 3 AND NOT is_filtered THEN
        SELECT array_agg(n.id) INTO nearest FROM (
            SELECT e.id FROM public.embeddings AS e
            WHERE e.user_id IS NULL AND e.embedding_model = p_model AND e.embedding IS NOT NULL
            ORDER BY e.embedding OPERATOR(public.<=>) p_embedding
            LIMIT wanted) AS n;
    ELSIF generation IS NULL THEN
        SELECT array_agg(n.id) INTO nearest FROM (
            SELECT e.id FROM public.embeddings AS e
            WHERE e.user_id IS NULL AND e.embedding_model = p_model AND e.embedding IS NOT NULL
              AND (p_vendor IS NULL OR e.vendor = p_vendor) AND (p_document_type IS NULL OR e.document_type = p_document_type)
            ORDER BY (e.embedding OPERATOR(public.<=>) p_embedding) + 0
            LIMIT wanted) AS n;
    ELSIF effort < 3 AND NOT is_filtered THEN
        -- The planner proves from the number written out that the index has the rows.
        EXECUTE format('SELECT array_agg(n.id) FROM (SELECT v.embedding_id AS id FROM public.embedding_vectors AS v
            WHERE v.user_id IS NULL AND v.generation_id = %s ORDER BY v.embedding OPERATOR(public.<=>) $1 LIMIT $2) AS n', generation)
            INTO nearest USING p_embedding, wanted;
    ELSE
        SELECT array_agg(n.id) INTO nearest FROM (
            SELECT e.id FROM public.embeddings AS e JOIN public.embedding_vectors AS v ON v.embedding_id = e.id AND v.generation_id = generation
            WHERE e.user_id IS NULL AND v.user_id IS NULL
              AND (p_vendor IS NULL OR e.vendor = p_vendor) AND (p_document_type IS NULL OR e.document_type = p_document_type)
            ORDER BY (v.embedding OPERATOR(public.<=>) p_embedding) + 0
            LIMIT wanted) AS n;
    END IF;
    RETURN QUERY
        SELECT e.id, e.source_id, s.name, e.chunk_index, e.chunk_text, e.line_start, e.line_end, e.page, e.vendor::text,
            e.document_type::text, e.metadata,
            CASE WHEN generation IS NULL THEN e.embedding ELSE (SELECT v.embedding FROM public.embedding_vectors AS v
                WHERE v.embedding_id = e.id AND v.generation_id = generation) END OPERATOR(public.<=>) p_embedding AS distance
        FROM public.embeddings AS e LEFT JOIN public.knowledge_sources AS s ON s.id = e.source_id
        WHERE e.id = ANY (nearest) AND e.user_id IS NULL
        ORDER BY distance, e.id;
END
$$;

-- Replacing a function forgets its settings. pgvector has this one from 0.8 on.
DO $$
BEGIN
    IF (SELECT string_to_array(regexp_replace(extversion, '[^0-9.].*$', ''), '.')::integer[] >= '{0,8}'
        FROM pg_catalog.pg_extension WHERE extname = 'vector') THEN
        ALTER FUNCTION knowledge_search_vector(vector, text, integer, text, text, integer) SET hnsw.iterative_scan = strict_order;
    END IF;
END
$$;

-- As before. An exact search (effort 3) is what the index is measured by.
CREATE OR REPLACE FUNCTION search_recall_measure(p_embedding vector, p_model text, p_is_global boolean, p_effort integer)
RETURNS TABLE (wanted integer, found integer, found_with_less integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    generation CONSTANT integer := (SELECT g.id FROM public.embedding_generations AS g WHERE g.name = p_model AND NOT g.is_inline);
    -- Comparing all vectors needs no measuring: what is measured is what the index would do.
    most CONSTANT integer := least(p_effort, 2);
    less CONSTANT integer := greatest(least(p_effort - 1, 2), 0);
    nearest double precision[];
    counts integer[];
BEGIN
    IF p_user IS NULL THEN
        RETURN;
    ELSIF p_is_global THEN
        SELECT array_agg(v.distance) INTO nearest FROM public.knowledge_search_vector(p_embedding, p_model, 10, NULL, NULL, 3) AS v;
    ELSIF (CASE WHEN generation IS NULL THEN public.embeddings_has_own_index(p_user) ELSE public.embedding_vectors_has_index(generation, p_user) END) THEN
        SELECT array_agg(v.distance) INTO nearest FROM public.document_search_vector(p_embedding, p_model, 10, NULL, NULL, NULL, 3) AS v;
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

-- As before, but only of the active generation: a question that was kept before a switch says nothing about the indexes in use.
CREATE OR REPLACE FUNCTION search_recall_check(p_embedding vector, p_model text)
RETURNS TABLE (is_global boolean, recall real, former integer, effort integer)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    effort integer;
BEGIN
    IF NOT EXISTS (SELECT FROM public.embedding_generations AS g WHERE g.name = p_model AND g.state = 'active') THEN
        RETURN;
    END IF;
    FOREACH is_global IN ARRAY '{true,false}'::boolean[] LOOP
        SELECT s.effort INTO effort FROM public.search_settings AS s WHERE is_global AND s.user_id IS NULL OR NOT is_global AND s.user_id = p_user;
        RETURN QUERY SELECT is_global, n.recall, n.former, n.effort
            FROM public.search_recall_measure(p_embedding, p_model, is_global, coalesce(effort, 0)) AS m,
                public.search_recall_note(is_global, coalesce(effort, 0), m.wanted, m.found, m.found_with_less) AS n;
    END LOOP;
END
$$;

-- The ten chunks of the current user and of the knowledge that are nearest in a generation. p_effort: 3 compares all vectors.
CREATE FUNCTION embedding_nearest(p_embedding vector, p_model text, p_effort integer) RETURNS uuid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(array_agg(n.id), '{}') FROM (
        SELECT v.id, v.distance FROM public.document_search_vector(p_embedding, p_model, 10, NULL, NULL, NULL, p_effort) AS v
        UNION ALL
        SELECT v.id, v.distance FROM public.knowledge_search_vector(p_embedding, p_model, 10, NULL, NULL, p_effort) AS v
        ORDER BY 2, 1 LIMIT 10) AS n
$$;

-- Compares another generation with the active one by a question of the current user, of which each model has made a vector: how many of the ten
-- nearest chunks both have, and how many of its own its indexes find. The counts are kept with the generation. Returns nothing if one of the names is
-- not (or no longer) that of an active and of another generation.
CREATE FUNCTION embedding_compare(p_embedding vector, p_model text, p_other vector, p_other_model text)
RETURNS TABLE (nearest integer, agreed integer, recalled integer)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ours uuid[];
    theirs uuid[];
    by_index uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM public.embedding_generations AS g WHERE g.name = p_model AND g.state = 'active')
            OR NOT EXISTS (SELECT FROM public.embedding_generations AS g WHERE g.name = p_other_model AND g.state IN ('ready', 'retired')) THEN
        RETURN;
    END IF;
    ours := public.embedding_nearest(p_embedding, p_model, 3);
    theirs := public.embedding_nearest(p_other, p_other_model, 3);
    by_index := public.embedding_nearest(p_other, p_other_model, 0);
    SELECT cardinality(theirs), count(*) FILTER (WHERE t = ANY (ours)), count(*) FILTER (WHERE t = ANY (by_index))
        INTO nearest, agreed, recalled FROM unnest(theirs) AS t;
    PERFORM public.embedding_compare_note(p_other_model, nearest, agreed, recalled);
    RETURN NEXT;
END
$$;

-- Adds a comparison to the counts of a generation.
CREATE FUNCTION embedding_compare_note(p_other_model text, p_nearest integer, p_agreed integer, p_found integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.embedding_generations AS g SET compared = g.compared + 1, compared_chunks = g.compared_chunks + p_nearest,
        agreed_chunks = g.agreed_chunks + p_agreed, found_chunks = g.found_chunks + p_found
    WHERE g.name = p_other_model AND g.state IN ('ready', 'retired') AND g.compared < 1000000
      AND p_nearest BETWEEN 0 AND 10 AND p_agreed BETWEEN 0 AND p_nearest AND p_found BETWEEN 0 AND p_nearest
      AND nullif(current_setting('app.current_user_id', true), '') IS NOT NULL
$$;

-- As before, by the vectors of the active generation.
CREATE OR REPLACE FUNCTION admin_knowledge_list(p_by jsonb, p_limit integer, p_model text, p_before_us bigint DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    active public.embedding_generations;
BEGIN
    PERFORM public.admin_require();
    SELECT * INTO active FROM public.embedding_generations AS g WHERE g.state = 'active';
    RETURN QUERY
        SELECT jsonb_build_object('id', s.id, 'name', s.name, 'title', s.title, 'vendor', s.vendor, 'document_type', s.document_type,
                'embedding_model', s.embedding_model, 'sha256', encode(s.sha256, 'hex'), 'ingested_at', s.ingested_at, 'chunks', c.chunks,
                'chunks_without_vector', c.without_vector,
                'needs_ingest', c.without_vector > 0 OR s.embedding_model IS DISTINCT FROM coalesce(p_model, s.embedding_model)),
            public.admin_page_key(s.ingested_at, s.id)
        FROM public.knowledge_sources AS s
        CROSS JOIN LATERAL (
            SELECT count(*) AS chunks, count(*) FILTER (WHERE CASE WHEN active.is_inline THEN e.embedding IS NULL ELSE NOT EXISTS (
                SELECT FROM public.embedding_vectors AS v WHERE v.embedding_id = e.id AND v.generation_id = active.id) END) AS without_vector
            FROM public.embeddings AS e WHERE e.source_id = s.id) AS c
        WHERE p_before_us IS NULL OR (s.ingested_at, s.id) < (public.admin_page_time(p_before_us), p_before_id)
        ORDER BY s.ingested_at DESC, s.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'knowledge.list', NULL, NULL, NULL);
END
$$;

-- How far each generation is filled, and how long the rest takes at the pace of the last slices.
CREATE FUNCTION metrics_read_generations()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT v.family, g.name::text, v.value
    FROM public.embedding_generations AS g
    CROSS JOIN LATERAL (VALUES
        ('embedding_generation_filled_ratio', CASE WHEN g.wanted > 0 THEN least(g.filled::double precision / g.wanted, 1) ELSE 1 END),
        ('embedding_generation_seconds_left', CASE WHEN g.filled_at IS NOT NULL THEN 0
            WHEN NOT g.is_paused THEN greatest(g.wanted - g.filled, 0) / g.chunks_per_second END),
        ('embedding_generation_is_active', (g.state = 'active')::integer),
        ('embedding_generation_is_paused', g.is_paused::integer)) AS v (family, value)
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
    UNION ALL SELECT * FROM public.metrics_read_generations()
$$;

REVOKE ALL ON FUNCTION embedding_generations_hold(), embedding_is_wanted(uuid, integer), embedding_fill_find(integer, uuid, integer),
    embedding_fill_store(integer, uuid, json, real), embedding_fill_count(integer, boolean), embedding_vectors_index_name(integer, uuid),
    embedding_vectors_has_index(integer, uuid), embedding_vectors_index_plan(bigint), embedding_generations_lock(),
    embedding_generation_add(jsonb, text, bytea), embedding_generation_pause(jsonb, text, boolean), embedding_generation_settle(integer, bigint),
    embedding_generation_switch(jsonb, text, boolean), embedding_generation_drop(jsonb, text), embedding_generation_drop_step(integer, uuid, integer),
    embedding_nearest(vector, text, integer), embedding_compare(vector, text, vector, text), embedding_compare_note(text, integer, integer, integer),
    metrics_read_generations() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION embedding_generations_hold(), embedding_vectors_index_name(integer, uuid), embedding_vectors_has_index(integer, uuid)
    TO authenticated_user;
GRANT EXECUTE ON FUNCTION embedding_nearest(vector, text, integer), embedding_compare(vector, text, vector, text),
    embedding_compare_note(text, integer, integer, integer) TO netguru_app, netguru_serve;

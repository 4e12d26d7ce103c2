-- SPDX-License-Identifier: Apache-2.0
-- What a statement reads follows what it answers, not how large the tables or the account are.

-- The export of an account walks its usage by number.
CREATE INDEX idx_usage_ledger_export ON usage_ledger (user_id, id);

-- The export of an account walks its conversations by their creation, which does not change meanwhile.
CREATE INDEX idx_conversations_export ON conversations (user_id, created_at DESC, id DESC);

-- The siblings of a first message were looked for among all messages of the conversation.
CREATE INDEX idx_messages_first ON messages (conversation_id, sequence) WHERE parent_id IS NULL;

-- The sweep read every pending task to find those whose message is due.
CREATE INDEX idx_analysis_tasks_unsent ON analysis_tasks (next_attempt_at) WHERE status = 'pending' AND sent_at IS NULL;
CREATE INDEX idx_analysis_tasks_sent ON analysis_tasks (sent_at) WHERE status = 'pending' AND sent_at IS NOT NULL;

-- As before, by these two indexes.
CREATE OR REPLACE FUNCTION task_sweep(p_limit integer, p_grace interval DEFAULT '5 seconds', p_resend interval DEFAULT '10 minutes')
RETURNS TABLE (id uuid, celery_task_id text, queue text, task_type text, user_id uuid, document_id uuid, arguments jsonb, attempts smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    task record;
BEGIN
    FOR task IN
        SELECT t.id, t.deaths + 1 AS deaths, t.max_deaths, t.cancel_requested FROM public.analysis_tasks AS t
        WHERE t.status = 'running' AND t.lease_expires_at < clock_timestamp()
        ORDER BY t.lease_expires_at
        LIMIT least(greatest(p_limit, 0), 1000)
        FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE public.analysis_tasks AS t SET deaths = task.deaths WHERE t.id = task.id;
        IF task.cancel_requested THEN
            PERFORM public.task_bury(task.id, 'cancelled', 'cancelled by the user');
        ELSIF task.deaths >= task.max_deaths THEN
            PERFORM public.task_bury(task.id, 'dead', format('the server was restarted %s times while working on it', task.deaths));
        ELSE
            -- The token moves on, so that a worker that was only slow finds its lease lost.
            UPDATE public.analysis_tasks AS t SET
                status = 'pending', lease_expires_at = NULL, sent_at = NULL, stage = NULL, fencing_token = t.fencing_token + 1,
                attempts = greatest(t.attempts - 1, 0), error_message = 'the server was restarted while working on it',
                next_attempt_at = clock_timestamp() + CASE WHEN task.deaths > 1
                    THEN least(interval '5 seconds' * power(2, least(task.deaths - 1, 12)), '1 hour') ELSE '0' END
            WHERE t.id = task.id;
        END IF;
    END LOOP;

    RETURN QUERY
        -- Those that were never sent, and those that were sent long ago: each by an index of its own, which holds no task in between.
        WITH unsent AS MATERIALIZED (
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.status = 'pending' AND t.sent_at IS NULL AND t.next_attempt_at <= clock_timestamp()
              AND (t.attempts > 0 OR t.deaths > 0 OR t.next_attempt_at <= clock_timestamp() - p_grace)
            ORDER BY t.next_attempt_at
            LIMIT least(greatest(p_limit, 0), 1000)
            FOR UPDATE SKIP LOCKED
        ), stale AS MATERIALIZED (
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.status = 'pending' AND t.sent_at < clock_timestamp() - p_resend AND t.next_attempt_at <= clock_timestamp()
            ORDER BY t.sent_at
            LIMIT least(greatest(p_limit, 0), 1000) - (SELECT count(*) FROM unsent)
            FOR UPDATE SKIP LOCKED
        )
        UPDATE public.analysis_tasks AS t SET sent_at = clock_timestamp()
        WHERE t.id = ANY (ARRAY(SELECT u.id FROM unsent AS u UNION ALL SELECT s.id FROM stale AS s))
        RETURNING t.id, t.celery_task_id::text, t.queue::text, t.task_type::text, t.user_id, t.document_id, t.arguments, t.attempts;
END
$$;

-- With a plan of its own for each page, the place of the page is a condition of the index, not a filter of all rows before it.
ALTER FUNCTION admin_conversation_list(jsonb, text, integer, bigint, uuid) SET plan_cache_mode = force_custom_plan;

-- As before, but only the chunks of the sources on the page are counted; front matter has no vector, and needs none.
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
        FROM (
            SELECT * FROM public.knowledge_sources AS k
            WHERE p_before_us IS NULL OR (k.ingested_at, k.id) < (public.admin_page_time(p_before_us), p_before_id)
            ORDER BY k.ingested_at DESC, k.id DESC
            LIMIT least(greatest(p_limit, 0), 1000)) AS s
        CROSS JOIN LATERAL (
            SELECT count(*) AS chunks, count(*) FILTER (WHERE public.embedding_is_wanted(e.document_id, e.chunk_index, e.metadata) AND CASE WHEN active.is_inline THEN e.embedding IS NULL ELSE NOT EXISTS (
                SELECT FROM public.embedding_vectors AS v WHERE v.embedding_id = e.id AND v.generation_id = active.id) END) AS without_vector
            FROM public.embeddings AS e WHERE e.source_id = s.id) AS c
        ORDER BY s.ingested_at DESC, s.id DESC;
    PERFORM public.admin_append(p_by, 'knowledge.list', NULL, NULL, NULL);
END
$$;

-- As before, but the texts of only those messages are read that are answered.
CREATE OR REPLACE FUNCTION message_search(p_query text, p_limit integer)
RETURNS TABLE (id uuid, conversation_id uuid, title text, role text, content text, created_at timestamptz, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    query CONSTANT tsquery := public.search_query(p_query);
BEGIN
    IF of_user IS NULL OR query IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT m.id, m.conversation_id, c.title::text, m.role::text, m.content, m.created_at, best.rank
        FROM (
            SELECT s.id, public.search_rank(s.tokens, query) AS rank
            FROM (
                SELECT n.id, n.created_at, n.tokens FROM public.messages AS n WHERE n.user_id = of_user AND n.tokens @@ query
                ORDER BY n.created_at DESC, n.id DESC LIMIT 1000) AS s
            ORDER BY rank DESC, s.created_at DESC, s.id LIMIT least(greatest(p_limit, 0), 100)) AS best
        JOIN public.messages AS m ON m.id = best.id
        JOIN public.conversations AS c ON c.id = m.conversation_id
        ORDER BY best.rank DESC, m.created_at DESC, m.id;
END
$$;

-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION document_delete(uuid);
DROP FUNCTION task_admit(integer, integer, integer);
DROP FUNCTION task_hold(uuid, bigint);
DROP FUNCTION task_has_due(text[], text[]);
DROP FUNCTION task_claim_next(text[], integer, text[], boolean, text, interval);
DROP FUNCTION task_waiting_users(uuid, integer);
DROP FUNCTION task_inspect(uuid);

ALTER TABLE analysis_tasks
    DROP CONSTRAINT analysis_tasks_document_id_fkey,
    ADD CONSTRAINT analysis_tasks_document_id_fkey FOREIGN KEY (document_id, user_id) REFERENCES documents (id, user_id)
        ON DELETE SET NULL (document_id);
DROP INDEX idx_analysis_tasks_taken;
DROP INDEX idx_analysis_tasks_waiting;
CREATE INDEX idx_analysis_tasks_due ON analysis_tasks (queue, next_attempt_at) WHERE status = 'pending';

CREATE OR REPLACE FUNCTION task_claim_all(p_celery_task_ids text[], p_worker text, p_lease interval)
RETURNS TABLE (celery_task_id text, id uuid, user_id uuid, document_id uuid, task_type text, queue text, arguments jsonb,
    attempts smallint, max_attempts smallint, fencing_token bigint, lease_expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        WITH wanted AS MATERIALIZED (
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.celery_task_id = ANY (p_celery_task_ids)
              AND t.attempts < t.max_attempts
              AND NOT t.cancel_requested
              AND ((t.status = 'pending' AND t.next_attempt_at <= clock_timestamp())
                OR (t.status = 'running' AND t.lease_expires_at < clock_timestamp()))
            ORDER BY t.id
            FOR UPDATE
        ), claimed AS (
            UPDATE public.analysis_tasks AS t SET
                status = 'running', attempts = t.attempts + 1, fencing_token = t.fencing_token + 1, worker = left(p_worker, 255),
                started_at = coalesce(t.started_at, clock_timestamp()), heartbeat_at = clock_timestamp(),
                lease_expires_at = public.task_lease_end(p_lease), progress = 0, stage = NULL
            FROM wanted AS w WHERE t.id = w.id
            RETURNING t.*
        ), started AS (
            UPDATE public.documents AS d SET status = 'processing', metadata = d.metadata - 'error'
            FROM claimed AS c WHERE c.settles_document AND d.id = c.document_id AND d.status <> 'processing'
        )
        SELECT c.celery_task_id::text, c.id, c.user_id, c.document_id, c.task_type::text, c.queue::text, c.arguments, c.attempts, c.max_attempts,
            c.fencing_token, c.lease_expires_at
        FROM claimed AS c;
END
$$;

CREATE OR REPLACE FUNCTION task_mark_sent(p_ids uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.analysis_tasks AS t SET sent_at = clock_timestamp()
    WHERE t.id = ANY (p_ids) AND t.status = 'pending' AND t.attempts = 0
$$;

CREATE OR REPLACE FUNCTION task_sweep(p_limit integer, p_grace interval DEFAULT '5 seconds', p_resend interval DEFAULT '10 minutes')
RETURNS TABLE (id uuid, celery_task_id text, queue text, task_type text, user_id uuid, document_id uuid, arguments jsonb, attempts smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    task record;
BEGIN
    FOR task IN
        SELECT t.id, t.attempts, t.max_attempts, t.cancel_requested, t.worker FROM public.analysis_tasks AS t
        WHERE t.status = 'running' AND t.lease_expires_at < clock_timestamp()
        ORDER BY t.lease_expires_at
        LIMIT least(greatest(p_limit, 0), 1000)
        FOR UPDATE SKIP LOCKED
    LOOP
        IF task.cancel_requested THEN
            PERFORM public.task_bury(task.id, 'cancelled', 'cancelled by the user');
        ELSIF task.attempts >= task.max_attempts THEN
            PERFORM public.task_bury(task.id, 'dead', format('the worker was lost %s times (last: %s)', task.attempts, task.worker));
        ELSE
            -- The token moves on, so that a worker that was only slow finds its lease lost.
            UPDATE public.analysis_tasks AS t SET
                status = 'pending', lease_expires_at = NULL, sent_at = NULL, stage = NULL, fencing_token = t.fencing_token + 1,
                next_attempt_at = clock_timestamp(), error_message = format('the worker was lost (%s)', task.worker)
            WHERE t.id = task.id;
        END IF;
    END LOOP;

    RETURN QUERY
        WITH unsent AS MATERIALIZED (
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.status = 'pending' AND t.next_attempt_at <= clock_timestamp()
              AND ((t.sent_at IS NULL AND (t.attempts > 0 OR t.next_attempt_at <= clock_timestamp() - p_grace))
                OR t.sent_at < clock_timestamp() - p_resend)
            ORDER BY t.next_attempt_at
            LIMIT least(greatest(p_limit, 0), 1000)
            FOR UPDATE SKIP LOCKED
        )
        UPDATE public.analysis_tasks AS t SET sent_at = clock_timestamp()
        FROM unsent WHERE t.id = unsent.id
        RETURNING t.id, t.celery_task_id::text, t.queue::text, t.task_type::text, t.user_id, t.document_id, t.arguments, t.attempts;
END
$$;

CREATE OR REPLACE FUNCTION task_position(p_id uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (SELECT count(*) FROM public.analysis_tasks AS ahead
            WHERE ahead.status = 'pending' AND ahead.queue = mine.queue AND ahead.next_attempt_at < mine.next_attempt_at)
    FROM public.analysis_tasks AS mine WHERE mine.id = p_id AND mine.status = 'pending'
$$;

CREATE FUNCTION task_inspect(p_id uuid)
RETURNS TABLE (id uuid, celery_task_id text, user_id uuid, document_id uuid, task_type text, queue text, status text, failure_kind text,
    error_message text, attempts smallint, max_attempts smallint, progress smallint, stage text, cancel_requested boolean, worker text,
    created_at timestamptz, sent_at timestamptz, next_attempt_at timestamptz, started_at timestamptz, heartbeat_at timestamptz,
    lease_expires_at timestamptz, completed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.id, t.celery_task_id, t.user_id, t.document_id, t.task_type, t.queue, t.status, t.failure_kind, t.error_message, t.attempts,
        t.max_attempts, t.progress, t.stage, t.cancel_requested, t.worker, t.created_at, t.sent_at, t.next_attempt_at, t.started_at,
        t.heartbeat_at, t.lease_expires_at, t.completed_at
    FROM public.analysis_tasks AS t WHERE t.id = p_id
$$;

REVOKE ALL ON FUNCTION task_inspect(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION task_inspect(uuid) TO authenticated_user;

DROP FUNCTION task_take(uuid[], text, interval);
ALTER TABLE analysis_tasks
    DROP COLUMN taken_at,
    DROP COLUMN max_deaths,
    DROP COLUMN deaths;

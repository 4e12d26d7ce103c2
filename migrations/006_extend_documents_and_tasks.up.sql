-- SPDX-License-Identifier: Apache-2.0
-- Beyond the seed: duplicate uploads, and tasks that survive lost messages and killed workers.

-- The seed keeps vendor and error in metadata; these columns show them from there, so that there is one truth.
ALTER TABLE documents
    ADD COLUMN sha256 BYTEA CHECK (octet_length(sha256) = 32),
    ADD COLUMN vendor TEXT GENERATED ALWAYS AS (metadata ->> 'vendor') STORED,
    ADD COLUMN failure_reason TEXT GENERATED ALWAYS AS (metadata ->> 'error') STORED;

-- The same bytes are one document per user. Documents from before have no digest and do not collide.
CREATE UNIQUE INDEX documents_user_id_sha256_key ON documents (user_id, sha256);

-- status keeps the seed's four values. What else is true of a task is in columns: a cancelled task is failed with
-- failure_kind 'cancelled'; a dead letter is failed with 'dead' (attempts used up); 'error' will not get better by
-- trying again.
ALTER TABLE analysis_tasks
    ADD COLUMN queue VARCHAR(50) NOT NULL DEFAULT 'default' CHECK (queue IN ('pcap', 'rag', 'default')),
    ADD COLUMN arguments JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN settles_document BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN attempts SMALLINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    ADD COLUMN max_attempts SMALLINT NOT NULL DEFAULT 3 CHECK (max_attempts BETWEEN 1 AND 100),
    ADD COLUMN next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN sent_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN fencing_token BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN worker VARCHAR(255),
    ADD COLUMN heartbeat_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN lease_expires_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN progress SMALLINT NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    ADD COLUMN stage VARCHAR(100),
    ADD COLUMN cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN failure_kind VARCHAR(20) CHECK (failure_kind IN ('error', 'dead', 'cancelled'));

-- A lease of NULL means that somebody else minds the task (a Celery worker that sets status itself): the sweeper leaves
-- it alone. What was running before there were leases gets one that has expired, and is tried again.
UPDATE analysis_tasks SET lease_expires_at = CURRENT_TIMESTAMP, fencing_token = 1, attempts = 1 WHERE status = 'running';
UPDATE analysis_tasks SET failure_kind = 'error' WHERE status = 'failed';

CREATE INDEX idx_analysis_tasks_due ON analysis_tasks (queue, next_attempt_at) WHERE status = 'pending';
CREATE INDEX idx_analysis_tasks_lease ON analysis_tasks (lease_expires_at) WHERE status = 'running';
-- For ON DELETE SET NULL, and for the tasks of a document.
CREATE INDEX idx_analysis_tasks_document_id ON analysis_tasks (document_id) WHERE document_id IS NOT NULL;

GRANT INSERT (queue, arguments, settles_document, max_attempts, next_attempt_at) ON analysis_tasks TO authenticated_user;

-- The life of a task. All state changes are here, each one statement that is true or not; docs/schema.md has the
-- semantics. Workers act across tenants only through these. Times are clock_timestamp(): a lease must not depend on
-- how long ago the caller's transaction began. A lease is between 1 second and 1 hour, whatever is asked for.

-- Without a SET of its own it is inlined into its callers, which have theirs.
CREATE FUNCTION task_lease_end(p_lease interval) RETURNS timestamptz
LANGUAGE sql VOLATILE
AS $$ SELECT pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) least(greatest(coalesce(p_lease, '30 seconds'), '1 second'), '1 hour') $$;

-- Takes those of the tasks that are pending and due, or whose worker's lease ran out. No row for one: not for the
-- caller, drop the message. The rows are locked in order, so that two workers wait for each other only one way; what
-- was locked cannot have changed when it is updated.
CREATE FUNCTION task_claim_all(p_celery_task_ids text[], p_worker text, p_lease interval)
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

CREATE FUNCTION task_claim(p_celery_task_id text, p_worker text, p_lease interval)
RETURNS TABLE (id uuid, user_id uuid, document_id uuid, task_type text, queue text, arguments jsonb,
    attempts smallint, max_attempts smallint, fencing_token bigint, lease_expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT c.id, c.user_id, c.document_id, c.task_type, c.queue, c.arguments, c.attempts, c.max_attempts, c.fencing_token, c.lease_expires_at
        FROM public.task_claim_all(ARRAY[p_celery_task_id], p_worker, p_lease) AS c;
END
$$;

-- The next due task of some queues, for a worker that has no Redis: its celery_task_id, or no row. Then task_claim.
CREATE FUNCTION task_find_due(p_queues text[]) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (
        SELECT t.celery_task_id
        FROM public.analysis_tasks AS t
        WHERE t.status = 'pending' AND t.queue = ANY (p_queues) AND t.next_attempt_at <= clock_timestamp()
          AND t.attempts < t.max_attempts
        ORDER BY t.next_attempt_at
        LIMIT 1);
END
$$;

-- Extends the lease. 'held': go on; 'cancel': still held, but stop; 'lost': another worker may have it, touch nothing.
CREATE FUNCTION task_heartbeat(p_id uuid, p_fencing_token bigint, p_lease interval, p_progress integer DEFAULT NULL, p_stage text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cancelled boolean;
BEGIN
    UPDATE public.analysis_tasks AS t SET
        heartbeat_at = clock_timestamp(), lease_expires_at = public.task_lease_end(p_lease),
        progress = least(greatest(coalesce(p_progress, t.progress), 0), 100), stage = coalesce(left(p_stage, 100), t.stage)
    WHERE t.id = p_id AND t.fencing_token = p_fencing_token AND t.status = 'running'
    RETURNING t.cancel_requested INTO cancelled;
    RETURN CASE WHEN NOT FOUND THEN 'lost' WHEN cancelled THEN 'cancel' ELSE 'held' END;
END
$$;

-- The last statement of the transaction that holds the effect. False: roll back, the effect must not be seen (the
-- lease was lost, or a cancel was asked for; task_fail then tells which). The row stays locked until the commit, so
-- nobody can take the task in between. Wants app.current_user_id to be the task's user, as the effect needs it too.
CREATE FUNCTION task_complete(p_id uuid, p_fencing_token bigint, p_result jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    settled uuid;
BEGIN
    UPDATE public.analysis_tasks AS t SET
        status = 'completed', result = p_result, error_message = NULL, completed_at = clock_timestamp(),
        progress = 100, stage = NULL, lease_expires_at = NULL
    WHERE t.id = p_id AND t.fencing_token = p_fencing_token AND t.status = 'running' AND NOT t.cancel_requested
      AND t.user_id = nullif(current_setting('app.current_user_id', true), '')::uuid
    RETURNING CASE WHEN t.settles_document THEN t.document_id END INTO settled;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    UPDATE public.documents AS d SET status = 'completed', metadata = d.metadata - 'error' WHERE d.id = settled;
    RETURN TRUE;
END
$$;

-- Ends a task as failed, and with it the document it settles. Internal: the callers have locked the row.
CREATE FUNCTION task_bury(p_id uuid, p_kind text, p_error text) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    settled uuid;
    reason text := left(coalesce(p_error, 'unknown error'), 4000);
BEGIN
    UPDATE public.analysis_tasks AS t SET
        status = 'failed', failure_kind = p_kind, error_message = reason, completed_at = clock_timestamp(),
        lease_expires_at = NULL, stage = NULL
    WHERE t.id = p_id
    RETURNING CASE WHEN t.settles_document THEN t.document_id END INTO settled;
    UPDATE public.documents AS d SET status = 'failed', metadata = coalesce(d.metadata, '{}') || jsonb_build_object('error', reason)
    WHERE d.id = settled AND d.status <> 'completed';
END
$$;

-- Gives a task up. With p_retry it goes back to pending after a back-off (p_backoff, doubled with every attempt, at
-- most an hour) while attempts are left. 'retrying', 'failed', 'cancelled' (a cancel had been asked for), or 'lost'.
CREATE FUNCTION task_fail(p_id uuid, p_fencing_token bigint, p_error text, p_retry boolean, p_backoff interval DEFAULT '5 seconds')
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    task public.analysis_tasks%ROWTYPE;
BEGIN
    SELECT * INTO task FROM public.analysis_tasks AS t
    WHERE t.id = p_id AND t.fencing_token = p_fencing_token AND t.status = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'lost';
    ELSIF task.cancel_requested THEN
        PERFORM public.task_bury(p_id, 'cancelled', 'cancelled by the user');
        RETURN 'cancelled';
    ELSIF p_retry AND task.attempts < task.max_attempts THEN
        UPDATE public.analysis_tasks AS t SET
            status = 'pending', error_message = left(p_error, 4000), lease_expires_at = NULL, sent_at = NULL, stage = NULL,
            next_attempt_at = clock_timestamp() + least(
                least(greatest(coalesce(p_backoff, '5 seconds'), '0'), '1 hour') * power(2, least(task.attempts - 1, 12)), '1 hour')
        WHERE t.id = p_id;
        RETURN 'retrying';
    END IF;
    PERFORM public.task_bury(p_id, CASE WHEN p_retry THEN 'dead' ELSE 'error' END, p_error);
    RETURN 'failed';
END
$$;

-- Gives a task back unfinished, through no fault of its own (its worker is told to stop): due at once, and the attempt
-- does not count. 'released', 'cancelled' (a cancel had been asked for), or 'lost'.
CREATE FUNCTION task_release(p_id uuid, p_fencing_token bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cancelled boolean;
BEGIN
    SELECT t.cancel_requested INTO cancelled FROM public.analysis_tasks AS t
    WHERE t.id = p_id AND t.fencing_token = p_fencing_token AND t.status = 'running' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'lost';
    ELSIF cancelled THEN
        PERFORM public.task_bury(p_id, 'cancelled', 'cancelled by the user');
        RETURN 'cancelled';
    END IF;
    UPDATE public.analysis_tasks AS t SET
        status = 'pending', attempts = greatest(t.attempts - 1, 0), lease_expires_at = NULL, sent_at = NULL, stage = NULL,
        next_attempt_at = clock_timestamp()
    WHERE t.id = p_id;
    RETURN 'released';
END
$$;

-- Whose message it is, for a worker that could not claim: no row means that nobody has such a task.
CREATE FUNCTION task_find(p_celery_task_id text) RETURNS TABLE (id uuid, user_id uuid, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.id, t.user_id, t.status FROM public.analysis_tasks AS t WHERE t.celery_task_id = p_celery_task_id
$$;

-- Cancels a task of the current user. 'cancelled': it had not begun; 'requested': its worker hears of it with the next
-- heartbeat; 'settled': it had already ended; 'absent'.
CREATE FUNCTION task_cancel(p_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found_status text;
BEGIN
    SELECT t.status INTO found_status FROM public.analysis_tasks AS t
    WHERE t.id = p_id AND t.user_id = nullif(current_setting('app.current_user_id', true), '')::uuid FOR UPDATE;
    IF found_status IS NULL THEN
        RETURN 'absent';
    ELSIF found_status = 'pending' THEN
        PERFORM public.task_bury(p_id, 'cancelled', 'cancelled by the user');
        RETURN 'cancelled';
    ELSIF found_status = 'running' THEN
        UPDATE public.analysis_tasks AS t SET cancel_requested = TRUE WHERE t.id = p_id;
        RETURN 'requested';
    END IF;
    RETURN 'settled';
END
$$;

-- Says that the message of a new task went out; called after the LPUSH. A task nobody marks is sent again by
-- task_sweep. One that failed meanwhile and is to be tried again waits for a message of its own.
CREATE FUNCTION task_mark_sent(p_ids uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.analysis_tasks AS t SET sent_at = clock_timestamp()
    WHERE t.id = ANY (p_ids) AND t.status = 'pending' AND t.attempts = 0
$$;

-- The sweeper, run by any worker every few seconds. First it takes back what dead workers held: pending again while
-- attempts are left, else a dead letter. Then it returns, and marks as sent, the due tasks whose message never went
-- out within p_grace or was lost (sent longer than p_resend ago). Call it in a transaction, push the messages, then
-- commit. A message too many does no harm: task_claim refuses it.
CREATE FUNCTION task_sweep(p_limit integer, p_grace interval DEFAULT '5 seconds', p_resend interval DEFAULT '10 minutes')
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

-- How many due tasks of the queue are ahead of a pending one, for `netguru jobs why`. NULL when it is not pending.
CREATE FUNCTION task_position(p_id uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (SELECT count(*) FROM public.analysis_tasks AS ahead
            WHERE ahead.status = 'pending' AND ahead.queue = mine.queue AND ahead.next_attempt_at < mine.next_attempt_at)
    FROM public.analysis_tasks AS mine WHERE mine.id = p_id AND mine.status = 'pending'
$$;

-- The state of any task without its arguments and result, for the operator's `netguru jobs`.
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

-- Numbers about the queues and nothing about tenants, for metrics and health.
CREATE FUNCTION task_queue_summary()
RETURNS TABLE (queue text, due bigint, delayed bigint, running bigint, live_workers bigint, oldest_due_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT q.name,
        count(*) FILTER (WHERE t.status = 'pending' AND t.next_attempt_at <= clock_timestamp()),
        count(*) FILTER (WHERE t.status = 'pending' AND t.next_attempt_at > clock_timestamp()),
        count(*) FILTER (WHERE t.status = 'running'),
        count(DISTINCT t.worker) FILTER (WHERE t.status = 'running' AND t.lease_expires_at >= clock_timestamp()),
        coalesce(extract(epoch FROM clock_timestamp() - min(t.next_attempt_at)
            FILTER (WHERE t.status = 'pending' AND t.next_attempt_at <= clock_timestamp())), 0)::double precision
    FROM (VALUES ('pcap'), ('rag'), ('default')) AS q (name)
    LEFT JOIN public.analysis_tasks AS t ON t.queue = q.name AND t.status IN ('pending', 'running')
    GROUP BY q.name
$$;

REVOKE ALL ON FUNCTION task_lease_end(interval), task_claim_all(text[], text, interval), task_claim(text, text, interval), task_find_due(text[]),
    task_heartbeat(uuid, bigint, interval, integer, text), task_complete(uuid, bigint, jsonb), task_bury(uuid, text, text),
    task_fail(uuid, bigint, text, boolean, interval), task_release(uuid, bigint), task_find(text), task_cancel(uuid), task_mark_sent(uuid[]), task_sweep(integer, interval, interval),
    task_position(uuid), task_inspect(uuid), task_queue_summary() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION task_claim_all(text[], text, interval), task_claim(text, text, interval), task_find_due(text[]),
    task_heartbeat(uuid, bigint, interval, integer, text), task_complete(uuid, bigint, jsonb),
    task_fail(uuid, bigint, text, boolean, interval), task_release(uuid, bigint), task_find(text), task_cancel(uuid), task_mark_sent(uuid[]), task_sweep(integer, interval, interval),
    task_position(uuid), task_inspect(uuid), task_queue_summary() TO authenticated_user;

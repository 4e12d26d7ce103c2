-- SPDX-License-Identifier: Apache-2.0
-- Workers are shared fairly between users, a worker's death is counted apart from a task's own errors, the number of
-- waiting tasks is bounded, and a deleted document takes its tasks with it.

-- deaths counts the workers that were lost while they held the task; attempts counts only what the task itself did.
-- taken_at is the time of the last claim, by which the user who has waited longest comes first.
ALTER TABLE analysis_tasks
    ADD COLUMN deaths SMALLINT NOT NULL DEFAULT 0 CHECK (deaths >= 0),
    ADD COLUMN max_deaths SMALLINT NOT NULL DEFAULT 5 CHECK (max_deaths BETWEEN 1 AND 1000),
    ADD COLUMN taken_at TIMESTAMP WITH TIME ZONE;

UPDATE analysis_tasks SET taken_at = started_at WHERE started_at IS NOT NULL;
-- Earlier messages named the host and the process of the worker.
UPDATE analysis_tasks SET error_message = 'the server was restarted while working on it' WHERE error_message LIKE 'the worker was lost%';
UPDATE documents SET metadata = metadata || '{"error": "the server was restarted while working on it"}' WHERE metadata ->> 'error' LIKE 'the worker was lost%';

-- A user's waiting tasks in their order; walked from user to user by task_waiting_users. It replaces the index by queue.
DROP INDEX idx_analysis_tasks_due;
CREATE INDEX idx_analysis_tasks_waiting ON analysis_tasks (user_id, next_attempt_at, id) WHERE status = 'pending';
CREATE INDEX idx_analysis_tasks_taken ON analysis_tasks (user_id, taken_at) WHERE taken_at IS NOT NULL;

-- The analysis of a document goes with the document.
DELETE FROM analysis_tasks WHERE settles_document AND document_id IS NULL;
ALTER TABLE analysis_tasks
    DROP CONSTRAINT analysis_tasks_document_id_fkey,
    ADD CONSTRAINT analysis_tasks_document_id_fkey FOREIGN KEY (document_id, user_id) REFERENCES documents (id, user_id) ON DELETE CASCADE;

-- Hands locked tasks to a worker. Internal: the caller has locked the rows and checked that they may be taken. A task
-- that is still running was held by a worker that died.
CREATE FUNCTION task_take(p_ids uuid[], p_worker text, p_lease interval)
RETURNS TABLE (celery_task_id text, id uuid, user_id uuid, document_id uuid, task_type text, queue text, arguments jsonb,
    attempts smallint, max_attempts smallint, fencing_token bigint, lease_expires_at timestamptz)
LANGUAGE sql VOLATILE SECURITY INVOKER ROWS 10 SET search_path = pg_catalog, public, pg_temp AS $$
    WITH claimed AS (
        UPDATE public.analysis_tasks AS t SET
            status = 'running', fencing_token = t.fencing_token + 1, worker = left(p_worker, 255),
            attempts = CASE WHEN t.status = 'running' THEN t.attempts ELSE t.attempts + 1 END,
            deaths = CASE WHEN t.status = 'running' THEN t.deaths + 1 ELSE t.deaths END,
            started_at = coalesce(t.started_at, clock_timestamp()), taken_at = clock_timestamp(), heartbeat_at = clock_timestamp(),
            lease_expires_at = public.task_lease_end(p_lease), progress = 0, stage = NULL
        WHERE t.id = ANY (p_ids)
        RETURNING t.*
    ), started AS (
        UPDATE public.documents AS d SET status = 'processing', metadata = d.metadata - 'error'
        FROM claimed AS c WHERE c.settles_document AND d.id = c.document_id AND d.status <> 'processing'
    )
    SELECT c.celery_task_id::text, c.id, c.user_id, c.document_id, c.task_type::text, c.queue::text, c.arguments, c.attempts, c.max_attempts,
        c.fencing_token, c.lease_expires_at
    FROM claimed AS c ORDER BY c.next_attempt_at, c.id
$$;

CREATE OR REPLACE FUNCTION task_claim_all(p_celery_task_ids text[], p_worker text, p_lease interval)
RETURNS TABLE (celery_task_id text, id uuid, user_id uuid, document_id uuid, task_type text, queue text, arguments jsonb,
    attempts smallint, max_attempts smallint, fencing_token bigint, lease_expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    chosen uuid[];
BEGIN
    chosen := ARRAY(
        SELECT t.id FROM public.analysis_tasks AS t
        WHERE t.celery_task_id = ANY (p_celery_task_ids) AND NOT t.cancel_requested
          AND ((t.status = 'pending' AND t.next_attempt_at <= clock_timestamp() AND t.attempts < t.max_attempts)
            OR (t.status = 'running' AND t.lease_expires_at < clock_timestamp() AND t.deaths + 1 < t.max_deaths))
        ORDER BY t.id
        FOR UPDATE);
    RETURN QUERY SELECT * FROM public.task_take(chosen, p_worker, p_lease);
END
$$;

-- The users who have waiting tasks, from a given id on. Each step is one descent of the index, so the cost does not
-- depend on how many tasks a user has.
CREATE FUNCTION task_waiting_users(p_from uuid, p_limit integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE users AS (
        (SELECT t.user_id FROM public.analysis_tasks AS t WHERE t.status = 'pending' AND t.user_id >= p_from ORDER BY t.user_id LIMIT 1)
        UNION ALL
        SELECT (SELECT t.user_id FROM public.analysis_tasks AS t WHERE t.status = 'pending' AND t.user_id > u.user_id ORDER BY t.user_id LIMIT 1)
        FROM users AS u WHERE u.user_id IS NOT NULL
    )
    SELECT u.user_id FROM users AS u WHERE u.user_id IS NOT NULL LIMIT p_limit
$$;

-- Claims up to p_count due tasks of any queue whose type the worker knows, shared fairly: each place goes to the user
-- with the fewest running tasks, of several to the one who was served longest ago, and among a user's tasks to the
-- oldest. At most 200 users are compared; where more are waiting, 200 from a random place on. What another worker is
-- claiming at this moment is passed over. With p_newcomers only users with no running task are considered.
--
-- p_celery_task_ids are the messages that woke the worker. A task they name whose type the worker does not know comes
-- first: it only ends with an error, and no other message would ever lead to it. Places that are left go to the other
-- tasks they name.
CREATE FUNCTION task_claim_next(p_celery_task_ids text[], p_count integer, p_types text[], p_newcomers boolean,
    p_worker text, p_lease interval)
RETURNS TABLE (celery_task_id text, id uuid, user_id uuid, document_id uuid, task_type text, queue text, arguments jsonb,
    attempts smallint, max_attempts smallint, fencing_token bigint, lease_expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    most_users constant integer := 200;
    now_at constant timestamptz := clock_timestamp();
    room integer := least(greatest(p_count, 0), 1000);
    users uuid[];
    unknown uuid[] := '{}';
    chosen uuid[];
BEGIN
    IF cardinality(p_celery_task_ids) > 0 THEN
        unknown := ARRAY(
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.celery_task_id = ANY (p_celery_task_ids) AND t.task_type <> ALL (p_types) AND NOT t.cancel_requested
              AND t.status = 'pending' AND t.next_attempt_at <= now_at AND t.attempts < t.max_attempts
            ORDER BY t.id LIMIT room
            FOR UPDATE SKIP LOCKED);
        room := room - cardinality(unknown);
    END IF;
    users := ARRAY(SELECT public.task_waiting_users('00000000-0000-0000-0000-000000000000', most_users));
    IF cardinality(users) = most_users THEN
        users := ARRAY(SELECT public.task_waiting_users(gen_random_uuid(), most_users)
                       UNION SELECT public.task_waiting_users('00000000-0000-0000-0000-000000000000', 1));
    END IF;
    chosen := ARRAY(
        WITH running AS MATERIALIZED (
            SELECT t.user_id, count(*) AS tasks FROM public.analysis_tasks AS t WHERE t.status = 'running' GROUP BY t.user_id
        ), places AS (
            SELECT u.user_id, coalesce(r.tasks, 0) + w.place AS rank, w.next_attempt_at,
                (SELECT max(t.taken_at) FROM public.analysis_tasks AS t WHERE t.user_id = u.user_id AND t.taken_at IS NOT NULL) AS taken_at
            FROM unnest(users) AS u (user_id)
            LEFT JOIN running AS r ON r.user_id = u.user_id
            CROSS JOIN LATERAL (
                SELECT d.next_attempt_at, row_number() OVER (ORDER BY d.next_attempt_at, d.id) AS place
                FROM (SELECT t.next_attempt_at, t.id FROM public.analysis_tasks AS t
                      WHERE t.user_id = u.user_id AND t.status = 'pending' AND t.next_attempt_at <= now_at
                        AND t.task_type = ANY (p_types)
                        AND NOT t.cancel_requested AND t.attempts < t.max_attempts
                      ORDER BY t.next_attempt_at, t.id LIMIT room) AS d
            ) AS w
            WHERE NOT p_newcomers OR r.user_id IS NULL
        ), shares AS (
            SELECT p.user_id, count(*) AS tasks
            FROM (SELECT places.user_id FROM places
                  ORDER BY places.rank, places.taken_at NULLS FIRST, places.next_attempt_at LIMIT room) AS p
            GROUP BY p.user_id
        )
        SELECT l.id FROM shares AS s CROSS JOIN LATERAL (
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.user_id = s.user_id AND t.status = 'pending' AND t.next_attempt_at <= now_at
              AND t.task_type = ANY (p_types)
              AND NOT t.cancel_requested AND t.attempts < t.max_attempts
            ORDER BY t.next_attempt_at, t.id LIMIT s.tasks
            FOR UPDATE SKIP LOCKED
        ) AS l);
    IF cardinality(chosen) < room AND cardinality(p_celery_task_ids) > 0 THEN
        chosen := chosen || ARRAY(
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.celery_task_id = ANY (p_celery_task_ids) AND t.id <> ALL (chosen || unknown) AND NOT t.cancel_requested
              AND ((t.status = 'pending' AND t.next_attempt_at <= now_at AND t.attempts < t.max_attempts)
                OR (t.status = 'running' AND t.lease_expires_at < now_at AND t.deaths + 1 < t.max_deaths))
            ORDER BY t.id LIMIT room - cardinality(chosen)
            FOR UPDATE SKIP LOCKED);
    END IF;
    chosen := unknown || chosen;
    IF cardinality(chosen) > 0 THEN
        RETURN QUERY SELECT * FROM public.task_take(chosen, p_worker, p_lease);
    END IF;
END
$$;

-- Whether task_claim_next may find something in the same circumstances, be it locked at this moment: then a message may
-- not be dropped.
CREATE FUNCTION task_has_due(p_celery_task_ids text[], p_types text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM public.analysis_tasks AS t
        WHERE t.status = 'pending' AND t.next_attempt_at <= clock_timestamp() AND t.task_type = ANY (p_types)
          AND NOT t.cancel_requested AND t.attempts < t.max_attempts
    ) OR EXISTS (
        SELECT 1 FROM public.analysis_tasks AS t
        WHERE t.celery_task_id = ANY (p_celery_task_ids) AND NOT t.cancel_requested
          AND ((t.status = 'pending' AND t.next_attempt_at <= clock_timestamp() AND t.attempts < t.max_attempts)
            OR (t.status = 'running' AND t.lease_expires_at < clock_timestamp() AND t.deaths + 1 < t.max_deaths)));
END
$$;

-- Locks a running task until the end of the transaction: the first statement of the one that stores the effect, so that
-- the task is always locked before its document. 'held', 'cancel' (roll back, then task_fail) or 'lost'.
CREATE FUNCTION task_hold(p_id uuid, p_fencing_token bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    cancelled boolean;
BEGIN
    SELECT t.cancel_requested INTO cancelled FROM public.analysis_tasks AS t
    WHERE t.id = p_id AND t.fencing_token = p_fencing_token AND t.status = 'running' FOR UPDATE;
    RETURN CASE WHEN NOT FOUND THEN 'lost' WHEN cancelled THEN 'cancel' ELSE 'held' END;
END
$$;

-- Called in the transaction that is about to insert a task of the current user: NULL when it may, else the limit of the
-- user's plan, which is reached. Insertions of one user wait for each other here until they commit.
CREATE FUNCTION task_admit(p_solo integer, p_team integer, p_enterprise integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    owner constant uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    most integer;
    waiting integer;
BEGIN
    SELECT CASE u.plan_tier WHEN 'enterprise' THEN p_enterprise WHEN 'team' THEN p_team ELSE p_solo END INTO most
    FROM public.users AS u WHERE u.id = owner;
    PERFORM pg_advisory_xact_lock(hashtextextended('task_admit ' || owner, 0));
    SELECT count(*) INTO waiting
    FROM (SELECT 1 FROM public.analysis_tasks AS t WHERE t.user_id = owner AND t.status = 'pending' LIMIT most) AS w;
    RETURN CASE WHEN waiting >= most THEN most END;
END
$$;

-- Deletes a document of the current user with its chunks and tasks. No row: there is no such document. tasks is an array
-- of {"id", "celery_task_id", "is_running"}. Tasks are locked before the document, as everywhere.
CREATE FUNCTION document_delete(p_id uuid) RETURNS TABLE (storage_path text, tasks jsonb)
LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    owner constant uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    gone jsonb;
BEGIN
    PERFORM 1 FROM public.analysis_tasks AS t WHERE t.document_id = p_id AND t.user_id = owner ORDER BY t.id FOR UPDATE;
    WITH deleted AS (
        DELETE FROM public.analysis_tasks AS t WHERE t.document_id = p_id AND t.user_id = owner
        RETURNING t.id, t.celery_task_id, t.status
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'celery_task_id', d.celery_task_id, 'is_running', d.status = 'running')), '[]')
    INTO gone FROM deleted AS d;
    RETURN QUERY
        DELETE FROM public.documents AS d WHERE d.id = p_id AND d.user_id = owner RETURNING d.storage_path::text, gone;
END
$$;

CREATE OR REPLACE FUNCTION task_mark_sent(p_ids uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.analysis_tasks AS t SET sent_at = clock_timestamp()
    WHERE t.id = ANY (p_ids) AND t.status = 'pending' AND t.attempts = 0 AND t.deaths = 0
$$;

-- As before, but a worker's death counts in deaths: the attempt is not used up, the first death costs no time, and later
-- ones back off 10 s, 20 s, 40 s …
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
        WITH unsent AS MATERIALIZED (
            SELECT t.id FROM public.analysis_tasks AS t
            WHERE t.status = 'pending' AND t.next_attempt_at <= clock_timestamp()
              AND ((t.sent_at IS NULL AND (t.attempts > 0 OR t.deaths > 0 OR t.next_attempt_at <= clock_timestamp() - p_grace))
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

-- How many due tasks may be taken before a pending one: the same user's earlier ones, and of every other user no more
-- than keep step with them. NULL when it is not pending.
CREATE OR REPLACE FUNCTION task_position(p_id uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH mine AS (
        SELECT t.user_id, (SELECT count(*) FROM public.analysis_tasks AS a
                           WHERE a.user_id = t.user_id AND a.status = 'pending' AND a.next_attempt_at < t.next_attempt_at) AS ahead
        FROM public.analysis_tasks AS t WHERE t.id = p_id AND t.status = 'pending'
    ), others AS (
        SELECT count(*) AS tasks FROM public.analysis_tasks AS a
        WHERE a.status = 'pending' AND a.next_attempt_at <= clock_timestamp() AND a.user_id <> (SELECT m.user_id FROM mine AS m)
        GROUP BY a.user_id
    )
    SELECT m.ahead + coalesce((SELECT sum(least(o.tasks, m.ahead + 1))::bigint FROM others AS o), 0) FROM mine AS m
$$;

DROP FUNCTION task_inspect(uuid);
CREATE FUNCTION task_inspect(p_id uuid)
RETURNS TABLE (id uuid, celery_task_id text, user_id uuid, document_id uuid, task_type text, queue text, status text, failure_kind text,
    error_message text, attempts smallint, max_attempts smallint, deaths smallint, max_deaths smallint, progress smallint, stage text,
    cancel_requested boolean, worker text, created_at timestamptz, sent_at timestamptz, next_attempt_at timestamptz, started_at timestamptz,
    taken_at timestamptz, heartbeat_at timestamptz, lease_expires_at timestamptz, completed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.id, t.celery_task_id, t.user_id, t.document_id, t.task_type, t.queue, t.status, t.failure_kind, t.error_message, t.attempts,
        t.max_attempts, t.deaths, t.max_deaths, t.progress, t.stage, t.cancel_requested, t.worker, t.created_at, t.sent_at,
        t.next_attempt_at, t.started_at, t.taken_at, t.heartbeat_at, t.lease_expires_at, t.completed_at
    FROM public.analysis_tasks AS t WHERE t.id = p_id
$$;

REVOKE ALL ON FUNCTION task_take(uuid[], text, interval), task_waiting_users(uuid, integer),
    task_claim_next(text[], integer, text[], boolean, text, interval), task_has_due(text[], text[]),
    task_hold(uuid, bigint), task_admit(integer, integer, integer), document_delete(uuid), task_inspect(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION task_claim_next(text[], integer, text[], boolean, text, interval), task_has_due(text[], text[]),
    task_hold(uuid, bigint), task_admit(integer, integer, integer), document_delete(uuid), task_inspect(uuid) TO authenticated_user;

-- SPDX-License-Identifier: Apache-2.0
-- task_has_due plans like task_claim_next: on the indexes, whatever the statistics say about a table that empties and
-- fills all day, and with one reading of the clock, so that the condition on next_attempt_at can use the index.

CREATE OR REPLACE FUNCTION task_has_due(p_celery_task_ids text[], p_types text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    now_at constant timestamptz := clock_timestamp();
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM public.analysis_tasks AS t
        WHERE t.status = 'pending' AND t.next_attempt_at <= now_at AND t.task_type = ANY (p_types)
          AND NOT t.cancel_requested AND t.attempts < t.max_attempts
    ) OR EXISTS (
        SELECT 1 FROM public.analysis_tasks AS t
        WHERE t.celery_task_id = ANY (p_celery_task_ids) AND NOT t.cancel_requested
          AND ((t.status = 'pending' AND t.next_attempt_at <= now_at AND t.attempts < t.max_attempts)
            OR (t.status = 'running' AND t.lease_expires_at < now_at AND t.deaths + 1 < t.max_deaths)));
END
$$;

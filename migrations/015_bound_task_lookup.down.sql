-- SPDX-License-Identifier: Apache-2.0
CREATE OR REPLACE FUNCTION task_has_due(p_celery_task_ids text[], p_types text[]) RETURNS boolean
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

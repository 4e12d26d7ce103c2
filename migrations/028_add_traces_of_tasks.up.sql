-- SPDX-License-Identifier: Apache-2.0
-- A task remembers the trace of the request that queued it, and the span in it if that was recorded, so that the log lines
-- and spans of its worker belong to the same trace. Both are written once, by the client of the API; nothing decides by them.
ALTER TABLE analysis_tasks
    ADD COLUMN trace_id UUID,
    ADD COLUMN span_id BIGINT;

GRANT INSERT (trace_id, span_id) ON analysis_tasks TO authenticated_user;

-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION task_queue_summary();
DROP FUNCTION task_inspect(uuid);
DROP FUNCTION task_position(uuid);
DROP FUNCTION task_sweep(integer, interval, interval);
DROP FUNCTION task_mark_sent(uuid[]);
DROP FUNCTION task_cancel(uuid);
DROP FUNCTION task_find(text);
DROP FUNCTION task_release(uuid, bigint);
DROP FUNCTION task_fail(uuid, bigint, text, boolean, interval);
DROP FUNCTION task_bury(uuid, text, text);
DROP FUNCTION task_complete(uuid, bigint, jsonb);
DROP FUNCTION task_heartbeat(uuid, bigint, interval, integer, text);
DROP FUNCTION task_find_due(text[]);
DROP FUNCTION task_claim(text, text, interval);
DROP FUNCTION task_claim_all(text[], text, interval);
DROP FUNCTION task_lease_end(interval);
DROP INDEX idx_analysis_tasks_document_id;
DROP INDEX idx_analysis_tasks_lease;
DROP INDEX idx_analysis_tasks_due;
ALTER TABLE analysis_tasks
    DROP COLUMN failure_kind,
    DROP COLUMN cancel_requested,
    DROP COLUMN stage,
    DROP COLUMN progress,
    DROP COLUMN lease_expires_at,
    DROP COLUMN heartbeat_at,
    DROP COLUMN worker,
    DROP COLUMN fencing_token,
    DROP COLUMN sent_at,
    DROP COLUMN next_attempt_at,
    DROP COLUMN max_attempts,
    DROP COLUMN attempts,
    DROP COLUMN settles_document,
    DROP COLUMN arguments,
    DROP COLUMN queue;
DROP INDEX documents_user_id_sha256_key;
ALTER TABLE documents
    DROP COLUMN failure_reason,
    DROP COLUMN vendor,
    DROP COLUMN sha256;

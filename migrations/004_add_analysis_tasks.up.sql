-- SPDX-License-Identifier: Apache-2.0
-- Asynchronous tasks: this table is the truth, the queue in Redis only carries messages about it.

CREATE TABLE analysis_tasks (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    document_id UUID,
    task_type VARCHAR(50) NOT NULL,
    celery_task_id VARCHAR(255) UNIQUE NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    result JSONB,
    error_message TEXT,
    started_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- The seed's REFERENCES documents(id), together with the tenant (see documents). A deleted document leaves the task.
    CONSTRAINT analysis_tasks_document_id_fkey FOREIGN KEY (document_id, user_id) REFERENCES documents (id, user_id)
        ON DELETE SET NULL (document_id)
);

-- One path: a user's tasks, newest first, with id for keyset pages.
CREATE INDEX idx_analysis_tasks_user_id ON analysis_tasks (user_id, created_at DESC, id DESC);
-- Serves the seed's idx_pending_tasks too, which is the same index. idx_analysis_tasks_celery_id is absent: the UNIQUE
-- constraint has its own.
CREATE INDEX idx_analysis_tasks_status ON analysis_tasks (status) WHERE status IN ('pending', 'running');

ALTER TABLE analysis_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE analysis_tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY user_analysis_tasks_policy ON analysis_tasks FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON analysis_tasks FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT ON analysis_tasks TO authenticated_user;
-- A task is born pending; its state changes only through the functions of 006.
GRANT INSERT (id, user_id, document_id, task_type, celery_task_id) ON analysis_tasks TO authenticated_user;

-- SPDX-License-Identifier: Apache-2.0
ALTER TABLE analysis_tasks
    DROP COLUMN span_id,
    DROP COLUMN trace_id;

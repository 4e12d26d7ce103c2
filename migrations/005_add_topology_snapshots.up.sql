-- SPDX-License-Identifier: Apache-2.0
-- Generated network topologies, as React Flow reads them.

CREATE TABLE topology_snapshots (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title VARCHAR(255) NOT NULL,
    graph_data JSONB NOT NULL CHECK (jsonb_typeof(graph_data) = 'object'),
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- One path: a user's snapshots, newest first, with id for keyset pages.
CREATE INDEX idx_topology_user_id ON topology_snapshots (user_id, created_at DESC, id DESC);

ALTER TABLE topology_snapshots ENABLE ROW LEVEL SECURITY;
ALTER TABLE topology_snapshots FORCE ROW LEVEL SECURITY;
CREATE POLICY user_topology_snapshots_policy ON topology_snapshots FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON topology_snapshots FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON topology_snapshots TO authenticated_user;
GRANT UPDATE (title, metadata) ON topology_snapshots TO authenticated_user;

-- SPDX-License-Identifier: Apache-2.0
-- Uploaded documents and the vectors for retrieval.

-- The seed's "pgvector" is the project's name; the extension is called vector. Made by provision.sql; this is for a
-- database where an administrator let the owner make it.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE documents (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    filename VARCHAR(255) NOT NULL,
    original_filename VARCHAR(255) NOT NULL,
    file_type VARCHAR(50) NOT NULL,
    file_size_bytes BIGINT NOT NULL CHECK (file_size_bytes >= 0),
    storage_path TEXT NOT NULL,
    mime_type VARCHAR(100),
    status VARCHAR(20) NOT NULL DEFAULT 'uploaded' CHECK (status IN ('uploaded', 'processing', 'completed', 'failed')),
    metadata JSONB CHECK (jsonb_typeof(metadata) = 'object'),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    processed_at TIMESTAMP WITH TIME ZONE,
    -- What refers to a document refers to it together with its tenant, so that no row can ever point across tenants:
    -- foreign keys look past row security, and a plain one would also tell which ids exist.
    UNIQUE (id, user_id)
);

-- One path: a user's documents, newest first, with id for keyset pages.
CREATE INDEX idx_documents_user_id ON documents (user_id, created_at DESC, id DESC);
CREATE INDEX idx_documents_type ON documents (file_type);
CREATE INDEX idx_documents_status ON documents (status) WHERE status != 'completed';

CREATE TABLE embeddings (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE, -- NULL: global knowledge
    document_id UUID,
    chunk_text TEXT NOT NULL CHECK (octet_length(chunk_text) <= 65536),
    chunk_index INTEGER NOT NULL,
    embedding vector(384),
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- The seed's REFERENCES documents(id), together with the tenant (see documents).
    CONSTRAINT embeddings_document_id_fkey FOREIGN KEY (document_id, user_id) REFERENCES documents (id, user_id) ON DELETE CASCADE,
    -- A key with a NULL in it is not checked, so a global row must not name a document.
    CONSTRAINT embeddings_global_has_no_document CHECK (user_id IS NOT NULL OR document_id IS NULL)
);

-- Vectors stay in the row: exact search over a tenant's rows would fetch each from the TOAST table.
ALTER TABLE embeddings ALTER COLUMN embedding SET STORAGE PLAIN;

-- A tenant's own rows: exact search behind this index. Global rows have no use for it.
CREATE INDEX idx_embeddings_user_id ON embeddings (user_id) WHERE user_id IS NOT NULL;
-- Unique, so that a job that runs twice cannot leave a document's chunks twice.
CREATE UNIQUE INDEX idx_embeddings_document_id ON embeddings (document_id, chunk_index);

-- Approximate search only over the global rows. One graph over all tenants filtered by user_id finds as little as 9 %
-- of a small tenant's true neighbours.
-- pgvector before 0.8.2 can leak data into indexes built by parallel workers: none here, and none when a restore or a
-- REINDEX builds the index again (that is what parallel_workers = 0 on the table is for).
SET LOCAL max_parallel_maintenance_workers = 0;
ALTER TABLE embeddings SET (parallel_workers = 0);
CREATE INDEX idx_embeddings_vector ON embeddings USING hnsw (embedding vector_cosine_ops) WHERE user_id IS NULL;

-- processed_at is set when a document is done and cleared when it is started again.
CREATE FUNCTION documents_set_processed_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.status = 'completed' THEN
        NEW.processed_at := coalesce(NEW.processed_at, clock_timestamp());
    ELSE
        NEW.processed_at := NULL;
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION documents_set_processed_at() FROM PUBLIC;
CREATE TRIGGER documents_set_processed_at BEFORE INSERT OR UPDATE OF status, processed_at ON documents
    FOR EACH ROW EXECUTE FUNCTION documents_set_processed_at();

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
CREATE POLICY user_documents_policy ON documents FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON documents FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON documents TO authenticated_user;
GRANT UPDATE (file_type, mime_type, status, metadata, processed_at) ON documents TO authenticated_user;

ALTER TABLE embeddings ENABLE ROW LEVEL SECURITY;
ALTER TABLE embeddings FORCE ROW LEVEL SECURITY;
CREATE POLICY user_embeddings_policy ON embeddings FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
-- Global rows are read by every user and written by none; nobody (no user set) reads nothing.
CREATE POLICY global_embeddings_policy ON embeddings FOR SELECT TO authenticated_user
    USING (user_id IS NULL AND (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid) IS NOT NULL);
CREATE POLICY owner_policy ON embeddings FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON embeddings TO authenticated_user;
GRANT UPDATE (embedding, metadata) ON embeddings TO authenticated_user;

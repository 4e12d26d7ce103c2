-- SPDX-License-Identifier: Apache-2.0
-- The extension vector stays: provision.sql made it, and other objects of the database may use it.
DROP TABLE embeddings;
DROP TABLE documents;
DROP FUNCTION documents_set_processed_at();

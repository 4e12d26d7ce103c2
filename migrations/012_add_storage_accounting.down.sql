-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION document_known_ids(uuid[]);
DROP FUNCTION document_storage_lock(bytea);
DROP INDEX idx_documents_storage;

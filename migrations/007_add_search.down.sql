-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION knowledge_source_replace(text, bytea, text, text, text, text, jsonb);
DROP FUNCTION document_search_text(text, integer, uuid, text, text);
DROP FUNCTION knowledge_search_text(text, integer, text, text);
DROP FUNCTION search_text_best(uuid, text, integer, uuid, text, text);
DROP FUNCTION search_text_offer(uuid, tsquery[], uuid, text, text);
DROP FUNCTION knowledge_search_vector(vector, text, integer, text, text);
REVOKE UPDATE (embedding_model) ON embeddings FROM authenticated_user;
ALTER TABLE embeddings
    DROP CONSTRAINT embeddings_vector_names_model,
    DROP CONSTRAINT embeddings_source_is_global,
    DROP COLUMN tokens,
    DROP COLUMN page,
    DROP COLUMN line_end,
    DROP COLUMN line_start,
    DROP COLUMN document_type,
    DROP COLUMN vendor,
    DROP COLUMN embedding_model,
    DROP COLUMN source_id;
DROP FUNCTION search_rank(tsvector, tsquery);
DROP FUNCTION search_query(text);
DROP FUNCTION search_terms(text);
DROP FUNCTION search_tokens(text);
DROP FUNCTION search_words(text);
DROP FUNCTION search_interface_name(text);
DROP TABLE knowledge_sources;

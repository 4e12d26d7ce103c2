-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION document_search_vector(vector, text, integer, uuid, text, text);
DROP FUNCTION embeddings_own_indexes_wanted();

DO $$
DECLARE
    index_name text;
BEGIN
    FOR index_name IN SELECT p.index_name FROM public.embeddings_own_index_plan(0) AS p WHERE p.action IS DISTINCT FROM 'build' LOOP
        EXECUTE format('DROP INDEX public.%I', index_name);
    END LOOP;
END
$$;

DROP FUNCTION embeddings_own_index_plan(bigint);
DROP FUNCTION embeddings_own_index_name(uuid);

DROP INDEX idx_embeddings_user_id;
CREATE INDEX idx_embeddings_user_id ON embeddings (user_id) WHERE user_id IS NOT NULL;

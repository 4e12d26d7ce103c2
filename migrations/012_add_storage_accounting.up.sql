-- SPDX-License-Identifier: Apache-2.0
-- Beyond the seed: how much of the disk a user's documents take, and which stored files belong to no document.

-- Summing a user's documents reads this index alone.
CREATE INDEX idx_documents_storage ON documents (user_id) INCLUDE (file_size_bytes, sha256);

-- Returns the bytes that the current user's documents take, not counting one with this digest, and makes every other
-- upload of the user wait until the transaction ends: what is compared with a quota cannot change before the insert
-- commits. Volatile, so that the sum sees what the lock waited for.
CREATE FUNCTION document_storage_lock(p_sha256 bytea) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('documents:' || me::text, 0));
    RETURN (
        SELECT coalesce(sum(d.file_size_bytes), 0)::bigint FROM public.documents AS d
        WHERE d.user_id = me AND d.sha256 IS DISTINCT FROM p_sha256);
END
$$;

-- Returns those of the ids that are documents, whoever owns them: for the sweep of files without a document, which
-- acts for no user. It tells nothing about ids that the caller did not know.
CREATE FUNCTION document_known_ids(p_ids uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT d.id FROM public.documents AS d WHERE d.id = ANY (p_ids[1:1000])
$$;

REVOKE ALL ON FUNCTION document_storage_lock(bytea), document_known_ids(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION document_storage_lock(bytea), document_known_ids(uuid[]) TO authenticated_user;

-- SPDX-License-Identifier: Apache-2.0
-- Erasure finds the messages of an account through its conversations, which have an index by user, and deletes
-- them from the newest to the oldest. So no step reads all messages, or deletes more than it says.

CREATE OR REPLACE FUNCTION erasure_step(p_id uuid) RETURNS TABLE (done boolean, conversation_ids uuid[])
LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    alias uuid;
    changed bigint;
    total bigint := 0;
    chunks bigint;
    chosen uuid[];
BEGIN
    SELECT u.ledger_alias INTO alias FROM public.users AS u WHERE u.id = p_id AND u.erase_after <= clock_timestamp() FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM public.analysis_tasks AS t WHERE t.id IN (
        SELECT o.id FROM public.analysis_tasks AS o WHERE o.user_id = p_id ORDER BY o.id LIMIT 1000 FOR UPDATE);
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    DELETE FROM public.embeddings AS e WHERE e.id IN (SELECT o.id FROM public.embeddings AS o WHERE o.user_id = p_id LIMIT 5000);
    GET DIAGNOSTICS chunks = ROW_COUNT;
    total := total + chunks;
    IF chunks < 5000 THEN
        DELETE FROM public.documents AS d WHERE d.id IN (SELECT o.id FROM public.documents AS o WHERE o.user_id = p_id LIMIT 1000);
        GET DIAGNOSTICS changed = ROW_COUNT;
        total := total + changed;
    END IF;
    chosen := ARRAY(SELECT o.id FROM public.conversations AS o WHERE o.user_id = p_id LIMIT 20);
    -- The newest first: the deletion of a message deletes those that answer it.
    DELETE FROM public.messages AS m WHERE m.id IN (
        SELECT o.id FROM public.messages AS o WHERE o.conversation_id = ANY (chosen) ORDER BY o.sequence DESC LIMIT 5000);
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    conversation_ids := '{}';
    IF changed < 5000 THEN
        DELETE FROM public.conversations AS c WHERE c.id = ANY (chosen);
        conversation_ids := chosen;
    END IF;
    DELETE FROM public.topology_snapshots AS t WHERE t.id IN (SELECT o.id FROM public.topology_snapshots AS o WHERE o.user_id = p_id LIMIT 100);
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    UPDATE public.usage_ledger AS l SET user_id = alias, conversation_id = NULL, message_id = NULL, provider_usage = NULL
    WHERE l.id IN (SELECT o.id FROM public.usage_ledger AS o WHERE o.user_id = p_id LIMIT 5000);
    GET DIAGNOSTICS changed = ROW_COUNT;
    done := total + changed + cardinality(conversation_ids) = 0;
    RETURN NEXT;
END
$$;

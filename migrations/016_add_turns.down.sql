-- SPDX-License-Identifier: Apache-2.0
-- Answers that are being written are kept with the text they have.
DROP FUNCTION message_search(text, integer);
DROP FUNCTION conversation_delete(uuid);
DROP FUNCTION turn_interrupt(uuid, bigint, integer, text);
DROP FUNCTION turn_find_expired(integer);
DROP FUNCTION turn_cancel(uuid);
DROP FUNCTION turn_finish(uuid, bigint, text, text, text, jsonb, jsonb, integer, text, jsonb);
DROP FUNCTION turn_checkpoint(jsonb, interval);
DROP FUNCTION turn_reserve(uuid, bigint, integer, bigint, timestamptz);
DROP FUNCTION turn_begin(uuid, text, text, jsonb, boolean, uuid, text, interval);
DROP FUNCTION conversation_title_of(text);
DROP FUNCTION usage_since(timestamptz);
DROP FUNCTION turn_settle(conversation_turns, text, text, text, jsonb, jsonb, integer);
DROP TRIGGER message_record_usage ON messages;
DROP FUNCTION message_record_usage();

CREATE OR REPLACE FUNCTION messages_record_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.usage_ledger (user_id, conversation_id, message_id, provider, model, tokens_in, tokens_out, tokens_total)
    SELECT c.user_id, c.id, m.id, left(m.metadata ->> 'provider', 50), left(coalesce(m.metadata ->> 'model', c.model_used), 100),
        public.usage_count(m.metadata, 'tokens_in'), public.usage_count(m.metadata, 'tokens_out'), m.tokens_used
    FROM new_messages AS m JOIN public.conversations AS c ON c.id = m.conversation_id
    WHERE m.tokens_used IS NOT NULL;
    RETURN NULL;
END
$$;
DROP FUNCTION usage_record(messages);
ALTER TABLE usage_ledger DROP COLUMN tokens_cached, DROP COLUMN cost_micros, DROP COLUMN provider_usage;
DROP TABLE conversation_turns;

REVOKE UPDATE (feedback, feedback_note) ON messages FROM authenticated_user;
REVOKE UPDATE (head_id, title_source) ON conversations FROM authenticated_user;
CREATE OR REPLACE FUNCTION messages_touch_conversations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.conversations SET updated_at = CURRENT_TIMESTAMP
    WHERE id IN (SELECT DISTINCT conversation_id FROM new_messages);
    RETURN NULL;
END
$$;
DROP TRIGGER messages_complete ON messages;
DROP FUNCTION messages_complete();
ALTER TABLE messages
    DROP CONSTRAINT messages_conversation_owner_fkey,
    DROP COLUMN user_id, DROP COLUMN parent_id, DROP COLUMN state, DROP COLUMN reason, DROP COLUMN steps, DROP COLUMN sent, DROP COLUMN client_id,
    DROP COLUMN feedback, DROP COLUMN feedback_note, DROP COLUMN tokens;
ALTER TABLE conversations
    DROP CONSTRAINT conversations_id_user_id_key,
    DROP COLUMN message_count, DROP COLUMN title_source, DROP COLUMN head_id;

-- SPDX-License-Identifier: Apache-2.0
-- Stand-ins of conversations, titles that a model writes, and the bill of an answer whose lease was lost.

ALTER TABLE conversations
    -- The user wants addresses and names to leave the machine as stand-ins only.
    ADD COLUMN is_private BOOLEAN NOT NULL DEFAULT FALSE;
GRANT UPDATE (is_private) ON conversations TO authenticated_user;

-- What a conversation's stand-ins stand for, as a Fernet token: the map holds all that it hides.
CREATE TABLE conversation_standins (
    conversation_id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    map TEXT NOT NULL,
    encryption_key_id VARCHAR(16) NOT NULL,
    FOREIGN KEY (conversation_id, user_id) REFERENCES conversations (id, user_id) ON DELETE CASCADE
);
CREATE INDEX idx_conversation_standins_user_id ON conversation_standins (user_id);
ALTER TABLE conversation_standins ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_standins FORCE ROW LEVEL SECURITY;
CREATE POLICY user_conversation_standins_policy ON conversation_standins FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON conversation_standins FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
-- Like API keys, not for work.
GRANT SELECT, INSERT, DELETE, UPDATE (map, encryption_key_id) ON conversation_standins TO netguru_app, netguru_serve;

-- Bills an answer of the current user that another process has ended meanwhile, or whose conversation is gone. An answer is
-- billed once: false if it was billed before, or if the account was erased. p_metadata has the members that usage_record reads.
CREATE FUNCTION turn_bill(p_conversation uuid, p_message uuid, p_tokens integer, p_metadata jsonb, p_sent jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    answer public.messages;
BEGIN
    SELECT * INTO answer FROM public.messages AS m WHERE m.id = p_message AND m.user_id = of_user FOR UPDATE;
    IF FOUND THEN
        -- The trigger on tokens_used writes the ledger.
        UPDATE public.messages AS m
        SET tokens_used = p_tokens, metadata = coalesce(m.metadata, '{}') || p_metadata, sent = coalesce(m.sent, p_sent)
        WHERE m.id = p_message AND m.tokens_used IS NULL AND m.state <> 'streaming';
        RETURN FOUND;
    END IF;
    -- Another user's message is nothing to bill; neither is one that was billed before it was deleted.
    IF of_user IS NULL OR EXISTS (SELECT FROM public.messages AS m WHERE m.id = p_message) THEN
        RETURN false;
    END IF;
    -- An account that was erased meanwhile leaves no trace here; one that is being erased waits for this entry.
    PERFORM 1 FROM public.users AS u WHERE u.id = of_user FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('bill ' || p_message::text, 0));
    IF EXISTS (SELECT FROM public.usage_ledger AS l WHERE l.user_id = of_user AND l.message_id = p_message
            AND l.occurred_at > CURRENT_TIMESTAMP - interval '1 day') THEN
        RETURN false;
    END IF;
    INSERT INTO public.usage_ledger (user_id, conversation_id, message_id, provider, model, tokens_in, tokens_out, tokens_total,
        tokens_cached, cost_micros, provider_usage)
    VALUES (of_user, p_conversation, p_message, left(p_metadata ->> 'provider', 50), left(p_metadata ->> 'model', 100),
        public.usage_count(p_metadata, 'tokens_in'), public.usage_count(p_metadata, 'tokens_out'), p_tokens,
        public.usage_count(p_metadata, 'tokens_cached'), public.usage_count(p_metadata, 'cost_micros'), p_metadata -> 'provider_usage');
    RETURN true;
END
$$;

-- Records what a model was asked for a title and what it answered, once for an answer. Its tokens are an entry of the ledger
-- without a message. The title is taken unless a person or a model gave one before. Returns the title, or NULL if it was not taken.
CREATE FUNCTION turn_note_title(p_message uuid, p_title text, p_sent jsonb, p_tokens integer, p_metadata jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    of_conversation uuid;
    taken text;
BEGIN
    UPDATE public.messages AS m SET sent = coalesce(m.sent, '{}') || jsonb_build_object('title', p_sent)
    WHERE m.id = p_message AND m.user_id = of_user AND NOT coalesce(m.sent ? 'title', false)
    RETURNING m.conversation_id INTO of_conversation;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF p_tokens IS NOT NULL THEN
        INSERT INTO public.usage_ledger (user_id, conversation_id, provider, model, tokens_in, tokens_out, tokens_total,
            tokens_cached, cost_micros, provider_usage)
        VALUES (of_user, of_conversation, left(p_metadata ->> 'provider', 50), left(p_metadata ->> 'model', 100),
            public.usage_count(p_metadata, 'tokens_in'), public.usage_count(p_metadata, 'tokens_out'), p_tokens,
            public.usage_count(p_metadata, 'tokens_cached'), public.usage_count(p_metadata, 'cost_micros'), p_metadata -> 'provider_usage');
    END IF;
    IF p_title IS NOT NULL THEN
        UPDATE public.conversations AS c SET title = left(p_title, 255), title_source = 'model'
        WHERE c.id = of_conversation AND c.title_source = 'message' RETURNING c.title INTO taken;
    END IF;
    RETURN taken;
END
$$;

REVOKE ALL ON FUNCTION turn_bill(uuid, uuid, integer, jsonb, jsonb), turn_note_title(uuid, text, jsonb, integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION turn_bill(uuid, uuid, integer, jsonb, jsonb), turn_note_title(uuid, text, jsonb, integer, jsonb)
    TO netguru_app, netguru_serve;

-- SPDX-License-Identifier: Apache-2.0
-- Conversations and their messages.

CREATE TABLE conversations (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title VARCHAR(255) NOT NULL DEFAULT 'Nova Conversa',
    model_used VARCHAR(100),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- One path: a user's conversations, newest first; id breaks ties for keyset pages. idx_conversations_user_id is absent
-- because this one begins with user_id.
CREATE INDEX idx_conv_user_updated ON conversations (user_id, updated_at DESC, id DESC);
-- Across users, for retention and statistics run by the owner.
CREATE INDEX idx_conversations_updated_at ON conversations (updated_at DESC);

CREATE TABLE messages (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    conversation_id UUID NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    role VARCHAR(20) NOT NULL CHECK (role IN ('user', 'assistant', 'system')),
    content TEXT NOT NULL,
    tokens_used INTEGER CHECK (tokens_used >= 0),
    metadata JSONB,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- Rows of one transaction share created_at; this tells which came first.
    sequence BIGINT GENERATED ALWAYS AS IDENTITY
);

-- One path: a conversation's messages in order, read backwards for the newest 50. idx_messages_conversation_id is the
-- seed's other name for the same index.
CREATE INDEX idx_msg_conv_created ON messages (conversation_id, created_at, sequence);
-- Across conversations, for retention and statistics run by the owner.
CREATE INDEX idx_messages_created_at ON messages (created_at DESC);

CREATE TRIGGER conversations_set_updated_at BEFORE UPDATE ON conversations
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- A new message makes its conversation the most recent one. Once a statement, not once a row.
CREATE FUNCTION messages_touch_conversations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.conversations SET updated_at = CURRENT_TIMESTAMP
    WHERE id IN (SELECT DISTINCT conversation_id FROM new_messages);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION messages_touch_conversations() FROM PUBLIC;

CREATE TRIGGER messages_touch_conversations AFTER INSERT ON messages
    REFERENCING NEW TABLE AS new_messages
    FOR EACH STATEMENT EXECUTE FUNCTION messages_touch_conversations();

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations FORCE ROW LEVEL SECURITY;
CREATE POLICY user_conversations_policy ON conversations FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON conversations FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON conversations TO authenticated_user;
GRANT UPDATE (title, model_used) ON conversations TO authenticated_user;

-- A message belongs to whoever its conversation belongs to.
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE POLICY user_messages_policy ON messages FOR ALL TO authenticated_user
    USING (EXISTS (SELECT FROM conversations AS c WHERE c.id = messages.conversation_id
        AND c.user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)))
    WITH CHECK (EXISTS (SELECT FROM conversations AS c WHERE c.id = messages.conversation_id
        AND c.user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid)));
CREATE POLICY owner_policy ON messages FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
-- A message that was said is not rewritten, and goes only with its conversation; what was learned about it later goes
-- into metadata.
GRANT SELECT, INSERT ON messages TO authenticated_user;
GRANT UPDATE (metadata) ON messages TO authenticated_user;

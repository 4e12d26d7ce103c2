-- SPDX-License-Identifier: Apache-2.0
-- Beyond the seed: what was used stays on record when the conversation is deleted. Quotas and bills read this table;
-- the seed's sum over messages still works for what is there.

CREATE TABLE usage_ledger (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- No foreign keys: an entry outlives the message, the conversation and the user.
    user_id UUID NOT NULL,
    conversation_id UUID,
    message_id UUID,
    provider VARCHAR(50),
    model VARCHAR(100),
    tokens_in INTEGER CHECK (tokens_in >= 0),
    tokens_out INTEGER CHECK (tokens_out >= 0),
    tokens_total INTEGER NOT NULL CHECK (tokens_total >= 0)
);
CREATE INDEX idx_usage_ledger_user_id ON usage_ledger (user_id, occurred_at);

-- A count out of a message's metadata, or NULL where there is none that makes sense.
CREATE FUNCTION usage_count(p_metadata jsonb, p_key text) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN jsonb_typeof(p_metadata -> p_key) = 'number' AND (p_metadata ->> p_key)::numeric BETWEEN 0 AND 2147483647
        THEN trunc((p_metadata ->> p_key)::numeric)::integer END
$$;

-- Every message with tokens_used is one entry. tokens_in, tokens_out, provider and model come from its metadata.
CREATE FUNCTION messages_record_usage() RETURNS trigger
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
CREATE TRIGGER messages_record_usage AFTER INSERT ON messages
    REFERENCING NEW TABLE AS new_messages
    FOR EACH STATEMENT EXECUTE FUNCTION messages_record_usage();

CREATE FUNCTION usage_ledger_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'usage_ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER usage_ledger_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON usage_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION usage_ledger_refuse_change();

REVOKE ALL ON FUNCTION usage_count(jsonb, text), messages_record_usage(), usage_ledger_refuse_change() FROM PUBLIC;

-- What was used before there was a ledger.
INSERT INTO usage_ledger (occurred_at, user_id, conversation_id, message_id, provider, model, tokens_in, tokens_out, tokens_total)
SELECT m.created_at, c.user_id, c.id, m.id, left(m.metadata ->> 'provider', 50), left(coalesce(m.metadata ->> 'model', c.model_used), 100),
    usage_count(m.metadata, 'tokens_in'), usage_count(m.metadata, 'tokens_out'), m.tokens_used
FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
WHERE m.tokens_used IS NOT NULL
ORDER BY m.created_at, m.sequence;

ALTER TABLE usage_ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_ledger FORCE ROW LEVEL SECURITY;
CREATE POLICY user_usage_ledger_policy ON usage_ledger FOR SELECT TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON usage_ledger FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT ON usage_ledger TO authenticated_user;

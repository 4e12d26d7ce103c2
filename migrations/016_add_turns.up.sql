-- SPDX-License-Identifier: Apache-2.0
-- Conversations as trees of messages, and turns: the answer to a message belongs to the process that writes it, by a
-- lease with a fencing token, as jobs do.

-- A turn must not wait for a trigger that only keeps a timestamp, so what follows does not move updated_at.
ALTER TABLE conversations DISABLE TRIGGER conversations_set_updated_at;

ALTER TABLE conversations
    ADD COLUMN message_count INTEGER NOT NULL DEFAULT 0 CHECK (message_count >= 0),
    ADD COLUMN title_source VARCHAR(10) NOT NULL DEFAULT 'default' CHECK (title_source IN ('default', 'message', 'model', 'person')),
    -- The last message of the branch that is shown. No foreign key: it would be checked twice when a conversation goes.
    ADD COLUMN head_id UUID,
    ADD CONSTRAINT conversations_id_user_id_key UNIQUE (id, user_id);

ALTER TABLE messages
    -- The owner of the conversation, so that a search needs no join.
    ADD COLUMN user_id UUID,
    -- The message before it in its branch.
    ADD COLUMN parent_id UUID REFERENCES messages (id) ON DELETE CASCADE,
    ADD COLUMN state VARCHAR(12) NOT NULL DEFAULT 'complete'
        CHECK (state IN ('streaming', 'complete', 'cancelled', 'interrupted', 'failed')),
    ADD COLUMN reason TEXT CHECK (length(reason) <= 1000),
    -- What the model asked of tools, and their answers: [{"text", "calls": [{"id", "name", "arguments", "answer", …}]}].
    ADD COLUMN steps JSONB CHECK (jsonb_typeof(steps) = 'array'),
    -- Exactly what left for the provider of the model.
    ADD COLUMN sent JSONB CHECK (jsonb_typeof(sent) = 'object'),
    -- Chosen by the client, so that a repeated request makes no second message.
    ADD COLUMN client_id VARCHAR(64),
    ADD COLUMN feedback SMALLINT CHECK (feedback IN (-1, 1)),
    ADD COLUMN feedback_note TEXT CHECK (length(feedback_note) <= 2000),
    ADD COLUMN tokens TSVECTOR;

UPDATE messages AS m SET user_id = c.user_id, tokens = public.search_tokens(m.content), parent_id = o.parent_id
FROM conversations AS c, (
    SELECT id, lag(id) OVER (PARTITION BY conversation_id ORDER BY created_at, sequence) AS parent_id FROM messages) AS o
WHERE c.id = m.conversation_id AND o.id = m.id;
UPDATE conversations AS c SET message_count = n.count, head_id = n.head, title_source = 'person'
FROM (
    SELECT conversation_id, count(*) AS count, (array_agg(id ORDER BY created_at DESC, sequence DESC))[1] AS head
    FROM messages GROUP BY conversation_id) AS n
WHERE n.conversation_id = c.id;
ALTER TABLE conversations ENABLE TRIGGER conversations_set_updated_at;

ALTER TABLE messages
    ALTER COLUMN user_id SET NOT NULL,
    ADD CONSTRAINT messages_conversation_owner_fkey FOREIGN KEY (conversation_id, user_id) REFERENCES conversations (id, user_id) ON DELETE CASCADE;
CREATE INDEX idx_messages_parent ON messages (parent_id) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX idx_messages_client_id ON messages (conversation_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX idx_messages_tokens ON messages USING gin (tokens);

-- Fills what follows from the conversation. A message without a parent continues the branch that is shown.
CREATE FUNCTION messages_complete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head uuid;
BEGIN
    SELECT c.user_id, c.head_id INTO NEW.user_id, head FROM public.conversations AS c WHERE c.id = NEW.conversation_id;
    NEW.parent_id := coalesce(NEW.parent_id, head);
    IF NEW.state <> 'streaming' THEN
        NEW.tokens := public.search_tokens(NEW.content);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER messages_complete BEFORE INSERT ON messages
    FOR EACH ROW WHEN (NEW.user_id IS NULL) EXECUTE FUNCTION messages_complete();

-- The conversation becomes the most recent one, counts its messages, and shows the branch of the last one.
CREATE OR REPLACE FUNCTION messages_touch_conversations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.conversations AS c
    SET updated_at = CURRENT_TIMESTAMP, message_count = c.message_count + n.count, head_id = n.head
    FROM (
        SELECT conversation_id, count(*) AS count, (array_agg(id ORDER BY sequence DESC))[1] AS head
        FROM new_messages GROUP BY conversation_id) AS n
    WHERE c.id = n.conversation_id;
    RETURN NULL;
END
$$;

GRANT UPDATE (feedback, feedback_note) ON messages TO authenticated_user;
GRANT UPDATE (head_id, title_source) ON conversations TO authenticated_user;

-- Turns: a row while an answer is being written. Fencing tokens come from one sequence and never repeat.
CREATE TABLE conversation_turns (
    conversation_id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    message_id UUID NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    owner VARCHAR(200) NOT NULL,
    fencing_token BIGINT GENERATED ALWAYS AS IDENTITY,
    lease_expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
    reserved_tokens INTEGER NOT NULL DEFAULT 0 CHECK (reserved_tokens >= 0),
    started_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (conversation_id, user_id) REFERENCES conversations (id, user_id) ON DELETE CASCADE
);
CREATE INDEX idx_conversation_turns_lease ON conversation_turns (lease_expires_at);
CREATE INDEX idx_conversation_turns_user_id ON conversation_turns (user_id);
ALTER TABLE conversation_turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversation_turns FORCE ROW LEVEL SECURITY;
CREATE POLICY user_conversation_turns_policy ON conversation_turns FOR SELECT TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON conversation_turns FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT ON conversation_turns TO authenticated_user;

-- The ledger also tells what came from the provider's cache, what it cost, and what the provider said.
ALTER TABLE usage_ledger
    ADD COLUMN tokens_cached INTEGER CHECK (tokens_cached >= 0),
    ADD COLUMN cost_micros BIGINT CHECK (cost_micros >= 0),
    ADD COLUMN provider_usage JSONB;

CREATE FUNCTION usage_record(p_message messages) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.usage_ledger (user_id, conversation_id, message_id, provider, model, tokens_in, tokens_out, tokens_total,
        tokens_cached, cost_micros, provider_usage)
    SELECT c.user_id, c.id, p_message.id, left(p_message.metadata ->> 'provider', 50),
        left(coalesce(p_message.metadata ->> 'model', c.model_used), 100), public.usage_count(p_message.metadata, 'tokens_in'),
        public.usage_count(p_message.metadata, 'tokens_out'), p_message.tokens_used, public.usage_count(p_message.metadata, 'tokens_cached'),
        public.usage_count(p_message.metadata, 'cost_micros'), p_message.metadata -> 'provider_usage'
    FROM public.conversations AS c WHERE c.id = p_message.conversation_id
$$;

CREATE OR REPLACE FUNCTION messages_record_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.usage_record(m) FROM new_messages AS m WHERE m.tokens_used IS NOT NULL ORDER BY m.sequence;
    RETURN NULL;
END
$$;
-- An answer is inserted before its tokens are known, and billed once: when they are.
CREATE FUNCTION message_record_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.usage_record(NEW);
    RETURN NULL;
END
$$;
CREATE TRIGGER message_record_usage AFTER UPDATE OF tokens_used ON messages
    FOR EACH ROW WHEN (OLD.tokens_used IS NULL AND NEW.tokens_used IS NOT NULL) EXECUTE FUNCTION message_record_usage();

-- Ends a turn: the message reaches its final state, and the row of the turn goes.
CREATE FUNCTION turn_settle(p_turn conversation_turns, p_state text, p_reason text, p_content text, p_steps jsonb, p_metadata jsonb, p_tokens integer)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.messages AS m
    SET state = p_state, reason = left(p_reason, 1000), content = coalesce(p_content, m.content), steps = coalesce(p_steps, m.steps),
        metadata = coalesce(p_metadata, m.metadata), tokens_used = p_tokens, tokens = public.search_tokens(coalesce(p_content, m.content))
    WHERE m.id = p_turn.message_id AND m.state = 'streaming';
    DELETE FROM public.conversation_turns AS t WHERE t.conversation_id = p_turn.conversation_id AND t.fencing_token = p_turn.fencing_token;
$$;

-- The tokens of the current user since a time, those that running turns have reserved included.
CREATE FUNCTION usage_since(p_since timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT sum(l.tokens_total) FROM public.usage_ledger AS l WHERE l.user_id = u.id AND l.occurred_at >= p_since), 0)::bigint
        + coalesce((SELECT sum(t.reserved_tokens) FROM public.conversation_turns AS t WHERE t.user_id = u.id), 0)::bigint
    FROM (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid AS id) AS u
$$;

/* Begins a turn for the current user. Outcomes:
   begun     the message and its answer are inserted
   repeated  the client's id was used before; the ids are those of then
   busy      another turn is running; message_id is its answer
   expired   the same, but its process has gone: end it with turn_interrupt, then try again
   absent    no such conversation
   misplaced the parent is not in this conversation, or has the wrong role */
CREATE FUNCTION turn_begin(p_conversation uuid, p_content text, p_client_id text, p_metadata jsonb, p_has_parent boolean, p_parent uuid,
    p_owner text, p_lease interval)
RETURNS TABLE (outcome text, user_message_id uuid, message_id uuid, fencing_token bigint, title text, parent_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    conversation public.conversations;
    running public.conversation_turns;
    parent public.messages;
    asked uuid;
    answer uuid;
    fencing bigint;
BEGIN
    SELECT * INTO conversation FROM public.conversations AS c WHERE c.id = p_conversation AND c.user_id = of_user FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'absent', NULL::uuid, NULL::uuid, NULL::bigint, NULL::text, NULL::uuid;
        RETURN;
    END IF;
    SELECT m.id INTO asked FROM public.messages AS m WHERE m.conversation_id = p_conversation AND m.client_id = p_client_id;
    IF FOUND THEN
        RETURN QUERY SELECT 'repeated', asked, (SELECT m.id FROM public.messages AS m WHERE m.parent_id = asked ORDER BY m.sequence LIMIT 1),
            NULL::bigint, conversation.title::text, NULL::uuid;
        RETURN;
    END IF;
    SELECT * INTO running FROM public.conversation_turns AS t WHERE t.conversation_id = p_conversation;
    IF FOUND THEN
        RETURN QUERY SELECT CASE WHEN running.lease_expires_at > clock_timestamp() THEN 'busy' ELSE 'expired' END, NULL::uuid,
            running.message_id, running.fencing_token, conversation.title::text, NULL::uuid;
        RETURN;
    END IF;
    IF p_has_parent AND p_parent IS NOT NULL THEN
        SELECT * INTO parent FROM public.messages AS m WHERE m.id = p_parent AND m.conversation_id = p_conversation;
        -- A question follows an answer, an answer follows a question.
        IF NOT FOUND OR (parent.role = 'user') = (p_content IS NOT NULL) THEN
            RETURN QUERY SELECT 'misplaced', NULL::uuid, NULL::uuid, NULL::bigint, conversation.title::text, NULL::uuid;
            RETURN;
        END IF;
    END IF;
    IF p_content IS NOT NULL THEN
        INSERT INTO public.messages (conversation_id, user_id, parent_id, role, content, client_id, metadata, tokens)
        VALUES (p_conversation, of_user, CASE WHEN p_has_parent THEN p_parent ELSE conversation.head_id END, 'user', p_content, p_client_id,
            p_metadata, public.search_tokens(p_content))
        RETURNING id INTO asked;
    ELSE
        asked := p_parent;
    END IF;
    INSERT INTO public.messages (conversation_id, user_id, parent_id, role, content, state)
    VALUES (p_conversation, of_user, asked, 'assistant', '', 'streaming') RETURNING id INTO answer;
    INSERT INTO public.conversation_turns AS t (conversation_id, user_id, message_id, owner, lease_expires_at)
    VALUES (p_conversation, of_user, answer, p_owner, clock_timestamp() + least(greatest(p_lease, interval '1 s'), interval '1 h'))
    RETURNING t.fencing_token INTO fencing;
    IF conversation.title_source = 'default' AND p_content IS NOT NULL THEN
        conversation.title := public.conversation_title_of(p_content);
        UPDATE public.conversations AS c SET title = conversation.title, title_source = 'message' WHERE c.id = p_conversation;
    END IF;
    RETURN QUERY SELECT 'begun', asked, answer, fencing, conversation.title::text,
        (SELECT m.parent_id FROM public.messages AS m WHERE m.id = asked);
END
$$;

-- The first line of a message, cut at a word.
CREATE FUNCTION conversation_title_of(p_content text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN line = '' THEN 'Nova Conversa' WHEN length(line) <= 80 THEN line
        ELSE regexp_replace(left(line, 79), '\s+\S*$', '') || '…' END
    FROM (SELECT btrim(regexp_replace(split_part(btrim(p_content, E' \t\r\n'), E'\n', 1), '\s+', ' ', 'g')) AS line) AS first
$$;

-- Puts down what the running answers say so far, and renews their leases: [{"message_id", "fencing_token", "content"}],
-- where content may be absent. 'held', 'cancel' (stop, then call turn_finish) or 'lost' for each. The fencing token is
-- the right to do it, so that one statement serves the turns of many users.
CREATE FUNCTION turn_checkpoint(p_turns jsonb, p_lease interval) RETURNS TABLE (message_id uuid, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        WITH given AS (
            SELECT g.message_id, g.fencing_token, g.content
            FROM jsonb_to_recordset(p_turns) AS g (message_id uuid, fencing_token bigint, content text)
        ), locked AS (
            SELECT t.conversation_id, t.message_id, t.fencing_token, t.cancel_requested, g.content
            FROM given AS g JOIN public.conversation_turns AS t ON t.message_id = g.message_id AND t.fencing_token = g.fencing_token
            ORDER BY t.conversation_id FOR UPDATE OF t
        ), held AS (
            UPDATE public.conversation_turns AS t
            SET lease_expires_at = clock_timestamp() + least(greatest(p_lease, interval '1 s'), interval '1 h')
            FROM locked AS l WHERE t.conversation_id = l.conversation_id AND t.fencing_token = l.fencing_token
        ), put AS (
            UPDATE public.messages AS m SET content = l.content
            FROM locked AS l WHERE m.id = l.message_id AND l.content IS NOT NULL AND m.state = 'streaming'
        )
        SELECT g.message_id, CASE WHEN l.message_id IS NULL THEN 'lost' WHEN l.cancel_requested THEN 'cancel' ELSE 'held' END
        FROM given AS g LEFT JOIN locked AS l ON l.message_id = g.message_id AND l.fencing_token = g.fencing_token;
END
$$;

-- Reserves tokens for a turn of the current user until it ends. false: the quota would be exceeded. NULL: it was lost.
CREATE FUNCTION turn_reserve(p_message uuid, p_fencing_token bigint, p_tokens integer, p_quota bigint, p_since timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    before integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('quota ' || of_user::text, 0));
    SELECT t.reserved_tokens INTO before FROM public.conversation_turns AS t
    WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token AND t.user_id = of_user FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF p_quota IS NOT NULL AND public.usage_since(p_since) - before + p_tokens > p_quota THEN
        RETURN false;
    END IF;
    UPDATE public.conversation_turns AS t SET reserved_tokens = greatest(p_tokens, 0)
    WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token;
    RETURN true;
END
$$;

-- Locks are taken in one order: the conversation, its turn, its messages.

-- Deletes a conversation of the current user. A DELETE would lock the messages before the turn.
CREATE FUNCTION conversation_delete(p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM public.conversations AS c
    WHERE c.id = p_id AND c.user_id = nullif(current_setting('app.current_user_id', true), '')::uuid FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM public.conversation_turns AS t WHERE t.conversation_id = p_id FOR UPDATE;
    DELETE FROM public.conversations AS c WHERE c.id = p_id;
    RETURN true;
END
$$;

-- Ends the turn with its whole text. false: it was lost, and another process has ended it.
CREATE FUNCTION turn_finish(p_message uuid, p_fencing_token bigint, p_state text, p_reason text, p_content text, p_steps jsonb, p_metadata jsonb,
    p_tokens integer, p_model text, p_sent jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    turn public.conversation_turns;
BEGIN
    PERFORM FROM public.conversations AS c WHERE c.id = (SELECT m.conversation_id FROM public.messages AS m WHERE m.id = p_message) FOR NO KEY UPDATE;
    SELECT * INTO turn FROM public.conversation_turns AS t
    WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token
      AND t.user_id = nullif(current_setting('app.current_user_id', true), '')::uuid FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_model IS NOT NULL THEN
        UPDATE public.conversations AS c SET model_used = left(p_model, 100) WHERE c.id = turn.conversation_id;
    END IF;
    UPDATE public.messages AS m SET sent = p_sent WHERE m.id = p_message AND p_sent IS NOT NULL;
    PERFORM public.turn_settle(turn, p_state, p_reason, p_content, p_steps, p_metadata, p_tokens);
    RETURN true;
END
$$;

-- Asks the running turn of a conversation of the current user to stop. No row if none is running.
CREATE FUNCTION turn_cancel(p_conversation uuid) RETURNS TABLE (message_id uuid, owner text)
LANGUAGE sql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.conversation_turns AS t SET cancel_requested = true
    WHERE t.conversation_id = p_conversation AND t.user_id = nullif(current_setting('app.current_user_id', true), '')::uuid
    RETURNING t.message_id, t.owner::text
$$;

-- The turns whose process has gone, for the sweep, which ends each with turn_interrupt. No content of any user.
CREATE FUNCTION turn_find_expired(p_limit integer) RETURNS TABLE (conversation_id uuid, message_id uuid, fencing_token bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.conversation_id, t.message_id, t.fencing_token FROM public.conversation_turns AS t
    WHERE t.lease_expires_at < clock_timestamp() ORDER BY t.lease_expires_at LIMIT least(greatest(p_limit, 0), 1000)
$$;
-- Ends an expired turn. p_text is what clients have seen from the byte p_offset of the answer on; it is taken where it
-- continues what was put down. false: the turn has ended, or its lease was renewed.
CREATE FUNCTION turn_interrupt(p_message uuid, p_fencing_token bigint, p_offset integer, p_text text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    turn public.conversation_turns;
    kept bytea;
    seen bytea;
BEGIN
    SELECT * INTO turn FROM public.conversation_turns AS t
    WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token AND t.lease_expires_at < clock_timestamp() FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT convert_to(m.content, 'UTF8') INTO kept FROM public.messages AS m WHERE m.id = p_message;
    seen := convert_to(p_text, 'UTF8');
    IF p_offset BETWEEN 0 AND length(kept) AND p_offset + length(seen) > length(kept)
        AND substring(kept FROM p_offset + 1) = substring(seen FROM 1 FOR length(kept) - p_offset) THEN
        kept := kept || substring(seen FROM length(kept) - p_offset + 1);
    END IF;
    PERFORM public.turn_settle(turn, 'interrupted', 'the server was restarted while it answered', convert_from(kept, 'UTF8'), NULL, NULL, NULL);
    RETURN true;
END
$$;

-- The current user's messages that match, best first, then newest.
CREATE FUNCTION message_search(p_query text, p_limit integer)
RETURNS TABLE (id uuid, conversation_id uuid, title text, role text, content text, created_at timestamptz, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    query CONSTANT tsquery := public.search_query(p_query);
BEGIN
    IF of_user IS NULL OR query IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT m.id, m.conversation_id, c.title::text, m.role::text, m.content, m.created_at, public.search_rank(m.tokens, query) AS rank
        FROM (
            SELECT * FROM public.messages AS s WHERE s.user_id = of_user AND s.tokens @@ query
            ORDER BY s.created_at DESC, s.id DESC LIMIT 1000) AS m
        JOIN public.conversations AS c ON c.id = m.conversation_id
        ORDER BY rank DESC, m.created_at DESC, m.id LIMIT least(greatest(p_limit, 0), 100);
END
$$;

REVOKE ALL ON FUNCTION messages_complete(), usage_record(messages), message_record_usage(), usage_since(timestamptz),
    turn_settle(conversation_turns, text, text, text, jsonb, jsonb, integer),
    turn_begin(uuid, text, text, jsonb, boolean, uuid, text, interval), conversation_title_of(text),
    turn_checkpoint(jsonb, interval), turn_reserve(uuid, bigint, integer, bigint, timestamptz), turn_finish(uuid, bigint, text, text, text, jsonb, jsonb, integer, text, jsonb), turn_cancel(uuid),
    conversation_delete(uuid), turn_find_expired(integer), turn_interrupt(uuid, bigint, integer, text), message_search(text, integer) FROM PUBLIC;
-- Turns are serve's.
GRANT EXECUTE ON FUNCTION turn_begin(uuid, text, text, jsonb, boolean, uuid, text, interval),
    turn_checkpoint(jsonb, interval), turn_reserve(uuid, bigint, integer, bigint, timestamptz), turn_finish(uuid, bigint, text, text, text, jsonb, jsonb, integer, text, jsonb), turn_cancel(uuid),
    conversation_delete(uuid), turn_find_expired(integer), turn_interrupt(uuid, bigint, integer, text), message_search(text, integer), usage_since(timestamptz)
    TO netguru_app, netguru_serve;

-- SPDX-License-Identifier: Apache-2.0
-- Whoever stores a chunk or a message may hand over its words. The program computes them many times faster than SQL. Where
-- they are missing they are computed as before. Existing rows keep their words.

ALTER TABLE embeddings ALTER COLUMN tokens DROP EXPRESSION;

-- Computes the words of a chunk that comes without them, or that changes without them.
CREATE FUNCTION embeddings_complete() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.tokens := public.search_chunk_tokens(NEW.chunk_text, NEW.metadata);
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION embeddings_complete() FROM PUBLIC;
CREATE TRIGGER embeddings_complete BEFORE INSERT ON embeddings
    FOR EACH ROW WHEN (NEW.tokens IS NULL) EXECUTE FUNCTION embeddings_complete();
CREATE TRIGGER embeddings_complete_again BEFORE UPDATE OF chunk_text, metadata, tokens ON embeddings
    FOR EACH ROW WHEN (NEW.tokens IS NULL OR NEW.tokens IS NOT DISTINCT FROM OLD.tokens
        AND (NEW.chunk_text IS DISTINCT FROM OLD.chunk_text OR NEW.metadata IS DISTINCT FROM OLD.metadata)) EXECUTE FUNCTION embeddings_complete();

-- The functions of turns, as before, and with the words of the message: NULL, or as search_tokens has them.
DROP FUNCTION turn_finish(uuid, bigint, text, text, text, jsonb, jsonb, integer, text, jsonb);
DROP FUNCTION turn_settle(conversation_turns, text, text, text, jsonb, jsonb, integer);
DROP FUNCTION turn_begin(uuid, text, text, jsonb, boolean, uuid, text, interval);

-- Ends a turn: the message reaches its final state, and the row of the turn goes.
CREATE FUNCTION turn_settle(p_turn conversation_turns, p_state text, p_reason text, p_content text, p_steps jsonb, p_metadata jsonb, p_tokens integer,
    p_words tsvector DEFAULT NULL)
RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.messages AS m
    SET state = p_state, reason = left(p_reason, 1000), content = coalesce(p_content, m.content), steps = coalesce(p_steps, m.steps),
        metadata = coalesce(p_metadata, m.metadata), tokens_used = p_tokens,
        tokens = coalesce(p_words, public.search_tokens(coalesce(p_content, m.content)))
    WHERE m.id = p_turn.message_id AND m.state = 'streaming';
    DELETE FROM public.conversation_turns AS t WHERE t.conversation_id = p_turn.conversation_id AND t.fencing_token = p_turn.fencing_token;
$$;

-- Ends the turn with its whole text. false: it was lost, and another process has ended it.
CREATE FUNCTION turn_finish(p_message uuid, p_fencing_token bigint, p_state text, p_reason text, p_content text, p_steps jsonb, p_metadata jsonb,
    p_tokens integer, p_model text, p_sent jsonb, p_words tsvector DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    turn public.conversation_turns;
BEGIN
    -- The conversation is locked before its turn, as everywhere, but only that of a turn of the current user.
    PERFORM FROM public.conversations AS c WHERE c.id = (
        SELECT t.conversation_id FROM public.conversation_turns AS t
        WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token AND t.user_id = of_user) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT * INTO turn FROM public.conversation_turns AS t
    WHERE t.message_id = p_message AND t.fencing_token = p_fencing_token AND t.user_id = of_user FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_model IS NOT NULL THEN
        UPDATE public.conversations AS c SET model_used = left(p_model, 100) WHERE c.id = turn.conversation_id;
    END IF;
    UPDATE public.messages AS m SET sent = p_sent WHERE m.id = p_message AND p_sent IS NOT NULL;
    PERFORM public.turn_settle(turn, p_state, p_reason, p_content, p_steps, p_metadata, p_tokens, p_words);
    RETURN true;
END
$$;

-- Begins a turn for the current user. The outcomes are those of before.
CREATE FUNCTION turn_begin(p_conversation uuid, p_content text, p_client_id text, p_metadata jsonb, p_has_parent boolean, p_parent uuid,
    p_owner text, p_lease interval, p_words tsvector DEFAULT NULL)
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
            p_metadata, coalesce(p_words, public.search_tokens(p_content)))
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

REVOKE ALL ON FUNCTION turn_settle(conversation_turns, text, text, text, jsonb, jsonb, integer, tsvector),
    turn_begin(uuid, text, text, jsonb, boolean, uuid, text, interval, tsvector),
    turn_finish(uuid, bigint, text, text, text, jsonb, jsonb, integer, text, jsonb, tsvector) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION turn_begin(uuid, text, text, jsonb, boolean, uuid, text, interval, tsvector),
    turn_finish(uuid, bigint, text, text, text, jsonb, jsonb, integer, text, jsonb, tsvector) TO netguru_app, netguru_serve;

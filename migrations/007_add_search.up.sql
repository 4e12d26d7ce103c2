-- SPDX-License-Identifier: Apache-2.0
-- Beyond the seed: sources of global knowledge, where a chunk comes from, full-text search that keeps identifiers
-- whole, and the functions through which rows are searched.

-- For the index of a tenant's words (uuid and tsvector in one GIN). Made by provision.sql.
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- One row a file of global knowledge. name is its path below the ingested directory; sha256 tells whether it changed.
CREATE TABLE knowledge_sources (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    title TEXT,
    sha256 BYTEA NOT NULL CHECK (octet_length(sha256) = 32),
    vendor VARCHAR(50),
    document_type VARCHAR(50),
    embedding_model VARCHAR(100),
    metadata JSONB,
    ingested_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);
-- No tenant data: every user reads it, only the owner writes it.
GRANT SELECT ON knowledge_sources TO authenticated_user;

-- ---------------------------------------------------------------------------------------------------------------
-- Words of a text.
--
-- search_words(text) returns the words with their place and kind:
--   'A'  an identifier as a whole: 10.0.0.1  10.0.0.0/24  2001:db8::/32  gi0/1  ge-0/0/0.100  ospf-5-adjchg  as65001
--   'a'  what an identifier also answers to: 10.0.0.0 for 10.0.0.0/24, ge-0/0/0 for ge-0/0/0.100
--   'B'  a plain word, or a number of up to four digits (1500, vlan 100)
--   'C'  a part of an identifier: ospf and adjchg of ospf-5-adjchg, 65001 of as65001, leaf of leaf1a
-- How: lower case for ASCII and plain letters for accented Latin ones (the same in every locale; "configuração" finds
-- "CONFIGURACAO"); split at white space, quotes, brackets, and , ; | = ! ? \ ; punctuation at the ends is dropped, so
-- that "%OSPF-5-ADJCHG:" is ospf-5-adjchg. Interface names of Cisco-like systems get their short form
-- (GigabitEthernet0/1, Gi0/1 and gig0/1 are gi0/1). An address with a length or a port also counts without it, a
-- sub-interface also as its interface. No stemming. Words longer than 200 characters are cut there.
-- The functions name everything by schema: a restore computes generated columns with an empty search_path.
-- ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION search_interface_name(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce('{"tengigabitethernet": "te", "tengige": "te", "tengig": "te", "ten": "te",
        "gigabitethernet": "gi", "gigabit": "gi", "gige": "gi", "gig": "gi", "twentyfivegigabitethernet": "twe", "twentyfivegige": "twe",
        "fortygigabitethernet": "fo", "fortygige": "fo", "hundredgigabitethernet": "hu", "hundredgige": "hu",
        "fastethernet": "fa", "fast": "fa", "ethernet": "et", "eth": "et", "loopback": "lo", "loop": "lo",
        "port-channel": "po", "portchannel": "po", "bundle-ether": "be", "management": "ma", "mgmt": "ma",
        "tunnel": "tu", "serial": "se", "vlan": "vl"}'::jsonb ->> pg_catalog.substring(p_word, '^[^0-9]*') || pg_catalog.substring(p_word, '[0-9].*$'), p_word)
$$;

CREATE FUNCTION search_words(p_text text) RETURNS TABLE (word text, place integer, kind text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH split AS (
        SELECT piece, ordinality::integer AS place
        FROM pg_catalog.regexp_split_to_table(
            pg_catalog.translate(pg_catalog.lower(p_text COLLATE "C"),
                'ÁÀÂÃÄÅÇÉÈÊËÍÌÎÏÑÓÒÔÕÖÚÙÛÜÝáàâãäåçéèêëíìîïñóòôõöúùûüýÿ',
                'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy'),
            '[\s\u0001-\u001f\u007f\u0085\u00a0\u2028\u2029\u3000\ufeff,;(){}\[\]<>"''`|=!?\\“”‘’«»…—–·•]+' COLLATE "C")
            WITH ORDINALITY AS pieces (piece, ordinality)
    ), trimmed AS (
        SELECT pg_catalog.btrim(piece, '.-_/*#&~^+@$%') AS word, place FROM split
    ), cut AS (
        -- A colon stays where it is half of the :: of an IPv6 address.
        SELECT pg_catalog.left(CASE WHEN word ~ '^:|:$' THEN pg_catalog.regexp_replace(word, '^:(?!:)|(?<!:):$', '', 'g') ELSE word END, 200)
            AS word, place
        FROM trimmed
    ), named AS MATERIALIZED (
        SELECT CASE WHEN word ~ '^[a-z-]+[0-9]' THEN public.search_interface_name(word) ELSE word END AS word, place,
            word ~ '^[0-9]{0,4}$|^[^-_./:@#%&*~^+$0-9]*$' AS is_plain,
            word ~ '^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:[/:][0-9]+)?|[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*(?:/[0-9]+)?|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})$'
                AS is_address
        FROM cut WHERE word <> ''
    )
    SELECT word, place, CASE WHEN is_plain THEN 'B' ELSE 'A' END FROM named
    UNION ALL
    SELECT pg_catalog.split_part(word, '/', 1), place, 'a' FROM named
    WHERE is_address AND word LIKE '%/%'
    UNION ALL
    SELECT pg_catalog.split_part(word, ':', 1), place, 'a' FROM named
    WHERE is_address AND word ~ '^[0-9.]+:[0-9]+$'
    UNION ALL
    SELECT pg_catalog.regexp_replace(word, '\.[0-9]+$', ''), place, 'a' FROM named
    WHERE NOT is_plain AND NOT is_address AND word ~ '^[a-z][-a-z]*[0-9][0-9/:]*\.[0-9]+$'
    UNION ALL
    SELECT part, place, 'C'
    FROM named, LATERAL (
        SELECT pg_catalog.regexp_split_to_table(word, '[-_./:@#%&*~^+$]+') AS part
        UNION ALL
        SELECT (pg_catalog.regexp_matches(word, '[a-z]{3,}|[0-9]{3,}', 'g'))[1]
    ) AS parts
    WHERE NOT is_plain AND NOT is_address AND part <> word AND part ~ '[^0-9].|.[^0-9]|[0-9]{3}'
$$;

-- Quotes and backslashes separate words, so a word in quotes needs no escaping.
CREATE FUNCTION search_tokens(p_text text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(pg_catalog.string_agg('''' || word || ''':' || least(place, 16383) || pg_catalog.upper(kind), ' '), '')::pg_catalog.tsvector
    FROM public.search_words(p_text)
$$;

-- What a person typed, as terms to look for, the most telling first. Never an error, whatever the text.
--   An identifier is looked for as a whole; ASN without its letters too; a hyphenated word also by its parts together.
--   A plain word also in its other number: -s, -ies/-y, -oes/-ao. Common words of English and Portuguese are left out
--   unless there is nothing else. At most 16 words of the first 2,000 characters count.
CREATE FUNCTION search_terms(p_text text) RETURNS TABLE (term text, is_identifier boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH words AS (
        SELECT word, kind, pg_catalog.min(place) AS place, word = ANY (
            '{a,an,and,are,as,at,be,by,can,do,does,for,from,has,have,how,i,in,is,it,its,me,my,of,on,or,that,the,there,this,to,was,we,what,when,where,which,who,why,will,with,you,
              ao,aos,com,como,da,das,de,do,dos,e,em,entre,essa,esse,esta,este,foi,isso,mais,meu,minha,na,nas,no,nos,o,os,ou,para,pela,pelo,por,porque,qual,quais,quando,que,se,sem,ser,sua,seu,sao,tem,um,uma}'::text[]
        ) AS is_common
        FROM public.search_words(pg_catalog.left(p_text, 2000))
        WHERE kind IN ('A', 'B')
        GROUP BY word, kind
    )
    SELECT CASE
            WHEN kind = 'A' AND word ~ '^asn?[0-9]+$' THEN '''' || word || '''|''' || pg_catalog.substring(word, '[0-9]+') || ''''
            WHEN kind = 'A' AND word ~ '^[a-z]{2,}([-_/.][a-z]{2,})+$'
                THEN '''' || word || '''|(''' || pg_catalog.regexp_replace(word, '[-_/.]', '''&''', 'g') || ''')'
            WHEN kind = 'A' OR word !~ '^[a-z]{3,}$' THEN '''' || word || ''''
            WHEN word ~ '...ies$' THEN '''' || word || '''|''' || pg_catalog.left(word, -3) || 'y'''
            WHEN word ~ '..[^aeiou]y$' THEN '''' || word || '''|''' || pg_catalog.left(word, -1) || 'ies'''
            WHEN word ~ '..oes$' THEN '''' || word || '''|''' || pg_catalog.left(word, -3) || 'ao'''
            WHEN word ~ '..ao$' THEN '''' || word || '''|''' || pg_catalog.left(word, -2) || 'oes'''
            WHEN word ~ '...[^su]s$' THEN '''' || word || '''|''' || pg_catalog.left(word, -1) || ''''
            ELSE '''' || word || '''|''' || word || 's'''
        END, kind = 'A'
    FROM words
    WHERE NOT is_common OR NOT EXISTS (SELECT FROM words WHERE NOT is_common)
    ORDER BY kind, place
    LIMIT 16
$$;

-- Any of the terms as one query; NULL, which finds nothing, when there is none.
CREATE FUNCTION search_query(p_text text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.string_agg(term, '|')::pg_catalog.tsquery FROM public.search_terms(p_text)
$$;

-- How well tokens fit a query, with an identifier that weighs more than a dozen words.
CREATE FUNCTION search_rank(p_tokens tsvector, p_query tsquery) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.ts_rank('{0, 0.02, 0.05, 1}', p_tokens, p_query, 1)
$$;

ALTER TABLE embeddings
    ADD COLUMN source_id UUID REFERENCES knowledge_sources (id) ON DELETE CASCADE,
    ADD COLUMN embedding_model VARCHAR(100) DEFAULT 'all-MiniLM-L6-v2',
    ADD COLUMN vendor VARCHAR(50),
    ADD COLUMN document_type VARCHAR(50),
    ADD COLUMN line_start INTEGER CHECK (line_start >= 1),
    ADD COLUMN line_end INTEGER CHECK (line_end >= line_start),
    ADD COLUMN page INTEGER CHECK (page >= 1),
    ADD COLUMN tokens TSVECTOR GENERATED ALWAYS AS (public.search_tokens(chunk_text)) STORED,
    ADD CONSTRAINT embeddings_source_is_global CHECK (user_id IS NULL OR source_id IS NULL);

-- The default is the seed's model, for rows from before and for a writer that knows only the seed's columns.
ALTER TABLE embeddings ADD CONSTRAINT embeddings_vector_names_model CHECK (embedding IS NULL OR embedding_model IS NOT NULL);

CREATE UNIQUE INDEX embeddings_source_id_chunk_index_key ON embeddings (source_id, chunk_index) WHERE source_id IS NOT NULL;
-- For searches with a filter: only what passes is read.
CREATE INDEX idx_embeddings_vendor_global ON embeddings (vendor, document_type) WHERE user_id IS NULL;
-- Pending entries would be searched one by one after each ingestion: none. A tenant's rows are found by tenant and word
-- together, so that other tenants' rows cost nothing.
CREATE INDEX idx_embeddings_tokens_global ON embeddings USING gin (tokens) WITH (fastupdate = off) WHERE user_id IS NULL;
CREATE INDEX idx_embeddings_tokens_own ON embeddings USING gin (user_id, tokens) WITH (fastupdate = off) WHERE user_id IS NOT NULL;

GRANT UPDATE (embedding_model) ON embeddings TO authenticated_user;

-- Row security would keep the planner from the word indexes (@@ is not leakproof), so these functions run as the owner.
-- knowledge_search_* can return nothing but global rows, document_search_text nothing but rows of
-- app.current_user_id. At most 200 rows. The plan is made for the values given, since with
-- an unknown LIMIT the planner would not choose the graph, and without sequential scans and sorting, which it prefers to
-- the graph up to some ten thousand rows although they are slower.

CREATE FUNCTION knowledge_search_vector(p_embedding vector, p_model text, p_limit integer, p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL)
RETURNS TABLE (id uuid, source_id uuid, source_name text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, distance double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
SET enable_sort = off SET jit = off SET hnsw.ef_search = 200 AS $$
#variable_conflict use_column
DECLARE
    wanted CONSTANT integer := least(greatest(p_limit, 0), 200);
    nearest uuid[];
BEGIN
    IF p_vendor IS NULL AND p_document_type IS NULL THEN
        SELECT array_agg(n.id) INTO nearest FROM (
            SELECT e.id FROM public.embeddings AS e
            WHERE e.user_id IS NULL AND e.embedding_model = p_model AND e.embedding IS NOT NULL
            ORDER BY e.embedding OPERATOR(public.<=>) p_embedding
            LIMIT wanted) AS n;
    ELSE
        -- A walk through a graph whose neighbours do not pass finds next to nothing: what passes is compared, from which
        -- "+ 0" keeps the graph.
        SELECT array_agg(n.id) INTO nearest FROM (
            SELECT e.id FROM public.embeddings AS e
            WHERE e.user_id IS NULL AND e.embedding_model = p_model AND e.embedding IS NOT NULL
              AND (p_vendor IS NULL OR e.vendor = p_vendor) AND (p_document_type IS NULL OR e.document_type = p_document_type)
            ORDER BY (e.embedding OPERATOR(public.<=>) p_embedding) + 0
            LIMIT wanted) AS n;
    END IF;
    RETURN QUERY
        SELECT e.id, e.source_id, s.name, e.chunk_index, e.chunk_text, e.line_start, e.line_end, e.page, e.vendor::text,
            e.document_type::text, e.metadata, e.embedding OPERATOR(public.<=>) p_embedding AS distance
        FROM public.embeddings AS e LEFT JOIN public.knowledge_sources AS s ON s.id = e.source_id
        WHERE e.id = ANY (nearest) AND e.user_id IS NULL
        ORDER BY distance, e.id;
END
$$;

-- Beside rows of another model the graph is walked until enough rows pass; pgvector has that from 0.8 on.
DO $$
BEGIN
    IF (SELECT string_to_array(regexp_replace(extversion, '[^0-9.].*$', ''), '.')::integer[] >= '{0,8}'
        FROM pg_catalog.pg_extension WHERE extname = 'vector') THEN
        ALTER FUNCTION knowledge_search_vector(vector, text, integer, text, text) SET hnsw.iterative_scan = strict_order;
    END IF;
END
$$;

-- Internal: at most 200 chunks with each of the terms, of the global rows (p_user NULL) or of one tenant. The word index
-- collects all chunks of a term first, which takes 20 ms where a common one is in 100,000: among so many it is met often
-- enough in the first 800, which are read once for all terms. A term that is not is rare enough for the index.
CREATE FUNCTION search_text_offer(p_user uuid, p_terms tsquery[], p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (place integer, id uuid)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    filters CONSTANT text := '($3 IS NULL OR document_id = $3) AND ($4 IS NULL OR vendor = $4) AND ($5 IS NULL OR document_type = $5)';
    rows CONSTANT text := CASE WHEN p_user IS NULL THEN 'e.user_id IS NULL' ELSE 'e.user_id = $1' END;
    from_chunks CONSTANT text := 'FROM public.embeddings AS e WHERE ' || CASE WHEN p_user IS NULL THEN 'e.source_id IS NOT NULL' ELSE 'e.user_id = $1' END;
    are_many boolean;
    places integer[];
    ids uuid[];
BEGIN
    EXECUTE format('SELECT count(*) = 10000 FROM (SELECT %s LIMIT 10000) AS e', from_chunks) INTO are_many USING p_user;
    IF are_many THEN
        -- "|| ''" unpacks the tokens, once and not for every term.
        EXECUTE format('WITH first AS MATERIALIZED (SELECT id, tokens || '''' AS tokens FROM (SELECT e.* %s LIMIT 800) AS e WHERE %s)
            SELECT array_agg(t.place::integer), array_agg(o.id) FROM unnest($2) WITH ORDINALITY AS t (term, place),
                LATERAL (SELECT f.id FROM first AS f WHERE f.tokens @@ t.term LIMIT 200) AS o', from_chunks, filters)
            INTO places, ids USING p_user, p_terms, p_document_id, p_vendor, p_document_type;
    END IF;
    FOR n IN 1 .. cardinality(p_terms) LOOP
        IF cardinality(array_positions(places, n)) = 200 THEN
            RETURN QUERY SELECT o.place, o.id FROM unnest(places, ids) AS o (place, id) WHERE o.place = n;
        ELSE
            RETURN QUERY EXECUTE format('SELECT $6, id FROM public.embeddings AS e WHERE %s AND tokens @@ $2 AND %s LIMIT 200', rows, filters)
                USING p_user, p_terms[n], p_document_id, p_vendor, p_document_type, n;
        END IF;
    END LOOP;
END
$$;

-- Internal: the best chunks by words, of the global rows (p_user NULL) or of one tenant. Ranking all matches of common
-- words takes most of a second at 100,000 chunks, so each term offers at most 200 chunks, all terms together another
-- 200, and only those are ranked. A term that has fewer is rare, all its chunks are there, and it lifts them by its
-- rarity: what is common hardly tells one chunk from another.
CREATE FUNCTION search_text_best(p_user uuid, p_query text, p_limit integer, p_document_id uuid, p_vendor text, p_document_type text)
RETURNS TABLE (id uuid, rank double precision)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    terms tsquery[];
    are_identifiers boolean[];
    wanted CONSTANT tsquery := public.search_query(p_query);
BEGIN
    SELECT array_agg(t.term::tsquery), array_agg(t.is_identifier) INTO terms, are_identifiers FROM public.search_terms(p_query) AS t;
    IF terms IS NULL THEN
        RETURN;
    END IF;
    IF cardinality(terms) > 1 THEN
        -- the last of the terms is all of them together, which is neither an identifier nor a word
        terms := terms || (SELECT string_agg('(' || term::text || ')', '&')::tsquery FROM unnest(terms) AS each (term));
        are_identifiers := are_identifiers || NULL::boolean;
    END IF;
    RETURN QUERY
        WITH offered AS MATERIALIZED (
            SELECT o.place, are_identifiers[o.place] AS is_identifier, o.id
            FROM public.search_text_offer(p_user, terms, p_document_id, p_vendor, p_document_type) AS o
        ), lifts AS (
            SELECT o.place, CASE WHEN o.is_identifier THEN 4.0 ELSE 0.3 END * (1 - ln(count(*)) / ln(200)) AS lift
            FROM offered AS o WHERE o.is_identifier IS NOT NULL GROUP BY o.place, o.is_identifier
        ), lifted AS (
            SELECT o.id, coalesce(sum(l.lift), 0)::double precision AS lift
            FROM offered AS o LEFT JOIN lifts AS l ON l.place = o.place GROUP BY o.id
        )
        SELECT e.id, l.lift + public.search_rank(e.tokens, wanted) AS rank
        FROM lifted AS l JOIN public.embeddings AS e ON e.id = l.id
        ORDER BY rank DESC, e.id
        LIMIT least(greatest(p_limit, 0), 200);
END
$$;

CREATE FUNCTION knowledge_search_text(p_query text, p_limit integer, p_vendor text DEFAULT NULL, p_document_type text DEFAULT NULL)
RETURNS TABLE (id uuid, source_id uuid, source_name text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, rank double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT e.id, e.source_id, s.name, e.chunk_index, e.chunk_text, e.line_start, e.line_end, e.page, e.vendor::text,
            e.document_type::text, e.metadata, b.rank
        FROM public.search_text_best(NULL, p_query, p_limit, NULL, p_vendor, p_document_type) AS b
        JOIN public.embeddings AS e ON e.id = b.id AND e.user_id IS NULL
        LEFT JOIN public.knowledge_sources AS s ON s.id = e.source_id
        ORDER BY b.rank DESC, b.id;
END
$$;

CREATE FUNCTION document_search_text(p_query text, p_limit integer, p_document_id uuid DEFAULT NULL, p_vendor text DEFAULT NULL,
    p_document_type text DEFAULT NULL)
RETURNS TABLE (id uuid, document_id uuid, filename text, chunk_index integer, chunk_text text, line_start integer, line_end integer,
    page integer, vendor text, document_type text, metadata jsonb, rank double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p_user CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    IF p_user IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT e.id, e.document_id, d.original_filename::text, e.chunk_index, e.chunk_text, e.line_start, e.line_end, e.page, e.vendor::text,
            e.document_type::text, e.metadata, b.rank
        FROM public.search_text_best(p_user, p_query, p_limit, p_document_id, p_vendor, p_document_type) AS b
        JOIN public.embeddings AS e ON e.id = b.id AND e.user_id = p_user
        LEFT JOIN public.documents AS d ON d.id = e.document_id
        ORDER BY b.rank DESC, b.id;
END
$$;

-- Begins the replacement of a file of global knowledge: its source row is made or brought up to date, its old chunks
-- are deleted, and its id returned; the caller inserts the new chunks in the same transaction. NULL: the same bytes
-- are there already, under the same model. For the owner only; concurrent calls for one name wait for each other.
CREATE FUNCTION knowledge_source_replace(p_name text, p_sha256 bytea, p_model text, p_title text DEFAULT NULL, p_vendor text DEFAULT NULL,
    p_document_type text DEFAULT NULL, p_metadata jsonb DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    source public.knowledge_sources%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('knowledge_sources'), hashtext(p_name));
    SELECT * INTO source FROM public.knowledge_sources AS s WHERE s.name = p_name;
    IF FOUND AND source.sha256 = p_sha256 AND source.embedding_model IS NOT DISTINCT FROM p_model THEN
        RETURN NULL;
    END IF;
    DELETE FROM public.embeddings WHERE source_id = source.id;
    INSERT INTO public.knowledge_sources AS s (name, sha256, embedding_model, title, vendor, document_type, metadata)
    VALUES (p_name, p_sha256, p_model, p_title, p_vendor, p_document_type, p_metadata)
    ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, embedding_model = excluded.embedding_model, title = excluded.title,
        vendor = excluded.vendor, document_type = excluded.document_type, metadata = excluded.metadata, ingested_at = CURRENT_TIMESTAMP
    RETURNING s.id INTO source.id;
    RETURN source.id;
END
$$;

REVOKE ALL ON FUNCTION search_interface_name(text), search_words(text), search_tokens(text), search_terms(text), search_query(text),
    search_rank(tsvector, tsquery), search_text_offer(uuid, tsquery[], uuid, text, text), search_text_best(uuid, text, integer, uuid, text, text),
    knowledge_search_vector(vector, text, integer, text, text), knowledge_search_text(text, integer, text, text),
    document_search_text(text, integer, uuid, text, text), knowledge_source_replace(text, bytea, text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_interface_name(text), search_words(text), search_tokens(text), search_terms(text), search_query(text),
    search_rank(tsvector, tsquery), knowledge_search_vector(vector, text, integer, text, text), knowledge_search_text(text, integer, text, text),
    document_search_text(text, integer, uuid, text, text) TO authenticated_user;

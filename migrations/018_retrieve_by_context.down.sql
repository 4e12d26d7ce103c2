-- SPDX-License-Identifier: Apache-2.0
DROP FUNCTION search_fit(text, jsonb, uuid[], integer, uuid, text, text);
DROP FUNCTION search_missing_names(text[], text[], text[], uuid, text, text);
DROP FUNCTION search_query(text);
DROP FUNCTION search_terms(text, jsonb);
DROP FUNCTION search_forms(text);
ALTER TABLE embeddings DROP COLUMN tokens;
DROP FUNCTION search_chunk_tokens(text, jsonb);

CREATE OR REPLACE FUNCTION search_words(p_text text) RETURNS TABLE (word text, place integer, kind text)
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

DROP FUNCTION search_ipv6_name(text);

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

CREATE FUNCTION search_query(p_text text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.string_agg(term, '|')::pg_catalog.tsquery FROM public.search_terms(p_text)
$$;

CREATE OR REPLACE FUNCTION search_rank(p_tokens tsvector, p_query tsquery) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.ts_rank('{0, 0.02, 0.05, 1}', p_tokens, p_query, 1)
$$;

ALTER TABLE embeddings ADD COLUMN tokens TSVECTOR GENERATED ALWAYS AS (public.search_tokens(chunk_text)) STORED;
CREATE INDEX idx_embeddings_tokens_global ON embeddings USING gin (tokens) WITH (fastupdate = off) WHERE user_id IS NULL;
CREATE INDEX idx_embeddings_tokens_own ON embeddings USING gin (user_id, tokens) WITH (fastupdate = off) WHERE user_id IS NOT NULL;

REVOKE ALL ON FUNCTION search_terms(text), search_query(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_terms(text), search_query(text) TO authenticated_user;

-- SPDX-License-Identifier: Apache-2.0
CREATE OR REPLACE FUNCTION search_tokens(p_text text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(pg_catalog.string_agg('''' || word || ''':' || least(place, 16383) || pg_catalog.upper(kind), ' '), '')::pg_catalog.tsvector
    FROM public.search_words(p_text)
$$;

CREATE OR REPLACE FUNCTION search_forms(p_word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pg_catalog.string_agg(DISTINCT '''' || form || '''', '|') FROM (
        SELECT p_word AS form
        UNION ALL
        SELECT stem || ending FROM (SELECT CASE
                WHEN p_word LIKE '___%ies' THEN pg_catalog.left(p_word, -3) || 'y'
                WHEN p_word LIKE '__%oes' THEN pg_catalog.left(p_word, -3) || 'ao'
                WHEN p_word LIKE '___%ais' THEN pg_catalog.left(p_word, -2) || 'l'
                WHEN p_word LIKE '____%ing' THEN pg_catalog.left(p_word, -3)
                WHEN p_word LIKE '____%ed' THEN pg_catalog.left(p_word, -2)
                WHEN p_word LIKE '____%s' AND p_word NOT LIKE '%ss' AND p_word NOT LIKE '%us' THEN pg_catalog.left(p_word, -1)
                ELSE p_word END) AS cut (stem),
            pg_catalog.unnest(CASE WHEN stem LIKE '%s' THEN '{"",es,ed,ing}'::text[] ELSE '{"",s,es,d,ed,ing,e}'::text[] END) AS ending
        WHERE p_word ~ '^[a-z]{3,}$'
        UNION ALL
        SELECT CASE WHEN p_word LIKE '___%y' THEN pg_catalog.left(p_word, -1) || 'ies' WHEN p_word LIKE '__%ao' THEN pg_catalog.left(p_word, -2) || 'oes'
            WHEN p_word LIKE '__%al' THEN pg_catalog.left(p_word, -1) || 'is' WHEN p_word LIKE '___%e' THEN pg_catalog.left(p_word, -1) || 'ing' END
        WHERE p_word ~ '^[a-z]{3,}$'
    ) AS forms WHERE form IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION conversation_title_of(p_content text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN line = '' THEN 'Nova Conversa' WHEN length(line) <= 80 THEN line
        ELSE regexp_replace(left(line, 79), '\s+\S*$', '') || '…' END
    FROM (SELECT btrim(regexp_replace(split_part(btrim(p_content, E' \t\r\n'), E'\n', 1), '\s+', ' ', 'g')) AS line) AS first
$$;

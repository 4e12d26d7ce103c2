/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each kind of object is read. A query returns the columns of CATALOG_COLUMNS. The order of the
 * table is the order of creation among objects that do not depend on one another.
 *
 * The search path is empty while they run, so the pg_get_*def functions and casts to reg* types
 * write qualified names.
 */
#include "schema/catalog_private.h"

/* Objects that belong to an extension are made and dropped with it. */
#define NOT_OF_EXTENSION                                                                           \
    "NOT EXISTS (SELECT FROM pg_depend AS member WHERE member.deptype = 'e' AND "
#define CLASS_IS_OURS                                                                              \
    NOT_OF_EXTENSION "member.classid = 'pg_class'::regclass AND member.objid = c.oid)"
#define RELATION_IS_OURS                                                                           \
    NOT_OF_EXTENSION "member.classid = 'pg_class'::regclass AND member.objid = r.oid)"
#define ROUTINE_IS_OURS                                                                            \
    NOT_OF_EXTENSION "member.classid = 'pg_proc'::regclass AND member.objid = p.oid)"
#define TYPE_IS_OURS                                                                               \
    NOT_OF_EXTENSION "member.classid = 'pg_type'::regclass AND member.objid = t.oid)"

/*
 * Once PostgreSQL has read back its own text of "a IN ('x', 'y')" on a varchar, after a restore for
 * example, it writes other casts: ANY ((ARRAY['x'::character varying, …])::text[]) becomes ANY
 * (ARRAY[('x'::character varying)::text, …]). Both are compared without the casts to text.
 */
#define CANONICAL "regexp_replace(regexp_replace("
#define AS_CANONICAL                                                                               \
    ", $r$\\('((?:[^']|'')*)'::character varying\\)::text$r$, "                                    \
    "$r$'\\1'::character varying$r$, 'g'), "                                                       \
    "$r$\\(ARRAY\\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\\]\\)::text\\[\\]$r$, "         \
    "$r$ARRAY[\\1]$r$, 'g')"

/* Objects with rights, between these two: parent, name, what, acl, owner, is_new_for_public. */
#define GRANTS_BEGIN "WITH objects (parent, name, what, acl, owner, is_new_for_public) AS ("
#define GRANTS_END                                                                                 \
    "), granted AS (SELECT o.*, g.privilege_type, g.is_grantable, g.grantee, "                     \
    "CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS who " \
    "FROM objects AS o, aclexplode(o.acl) AS g) "

/* The options of sequence "s", in the syntax of CREATE SEQUENCE. */
#define SEQUENCE_OPTIONS                                                                           \
    "format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s', s.seqstart, "     \
    "s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE "      \
    "'NO CYCLE' END)"

/* The columns of the tables, with their whole definition. */
#define WITH_COLUMNS                                                                               \
    "WITH attributes AS (SELECT c.oid AS relid, c.oid::regclass::text AS relation, a.*, d.oid "    \
    "AS default_id, pg_get_expr(d.adbin, d.adrelid) AS expression, format_type(a.atttypid, "       \
    "a.atttypmod) || CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN ' COLLATE ' || "     \
    "a.attcollation::regcollation ELSE '' END AS type, t.typstorage, identity.options AS "         \
    "identity_options, identity.sequence FROM pg_class AS c JOIN pg_attribute AS a ON "            \
    "a.attrelid = c.oid JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_attrdef AS d ON "     \
    "d.adrelid = c.oid AND d.adnum = a.attnum LEFT JOIN LATERAL (SELECT "                          \
    "s.seqrelid::regclass::text AS sequence, " SEQUENCE_OPTIONS                                    \
    " AS options FROM pg_depend AS p JOIN pg_sequence AS s ON s.seqrelid = p.objid WHERE "         \
    "p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.refobjid = "   \
    "c.oid AND p.refobjsubid = a.attnum AND p.deptype = 'i') AS identity ON true WHERE "           \
    "c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND " CLASS_IS_OURS               \
    " AND a.attnum > 0 AND NOT a.attisdropped), columns AS (SELECT *, CASE attidentity WHEN "      \
    "'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity_kind, format('ALTER TABLE %s "   \
    "ALTER COLUMN %I', relation, attname) AS alter_it, format('%I %s', attname, type) || CASE "    \
    "WHEN attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', expression) WHEN "    \
    "default_id IS NOT NULL THEN ' DEFAULT ' || expression ELSE '' END || CASE attidentity "       \
    "WHEN '' THEN '' ELSE format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)', CASE "         \
    "attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, sequence, identity_options) END "   \
    "|| CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END AS definition, "                         \
    "format('pg_class:%s:%s', relid, attnum) AS column_key, format('%s.%I', relation, attname) "   \
    "AS column_name FROM attributes) "

static const char extensions[] =
    "SELECT 'pg_extension:' || e.oid || ':0', quote_ident(e.extname), NULL, NULL, "
    "e.extnamespace::regnamespace::text, format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA "
    "%s;', e.extname, e.extnamespace::regnamespace), format('DROP EXTENSION %I;', e.extname), "
    "NULL FROM pg_extension AS e WHERE e.extname <> 'plpgsql'";

static const char types[] =
    "WITH written AS (SELECT t.oid, t.oid::regtype::text AS name, CASE t.typtype WHEN 'e' THEN "
    "(SELECT format('TYPE %s AS ENUM (%s)', t.oid::regtype, "
    "string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)) FROM pg_enum AS l "
    "WHERE l.enumtypid = t.oid) WHEN 'd' THEN format('DOMAIN %s AS %s%s%s%s', t.oid::regtype, "
    "format_type(t.typbasetype, t.typtypmod), ' DEFAULT ' || t.typdefault, CASE WHEN "
    "t.typnotnull THEN ' NOT NULL' END, (SELECT string_agg(format(' CONSTRAINT %I %s', "
    "x.conname, pg_get_constraintdef(x.oid)), '' ORDER BY x.conname) FROM pg_constraint AS x "
    "WHERE x.contypid = t.oid)) ELSE (SELECT format('TYPE %s AS (%s)', t.oid::regtype, "
    "string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER "
    "BY a.attnum)) FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND "
    "NOT a.attisdropped) END AS definition FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid "
    "= t.typrelid WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', "
    "'c') AND coalesce(c.relkind, 'c') = 'c' AND " TYPE_IS_OURS
    ") SELECT 'pg_type:' || oid || ':0', name, NULL, NULL, " CANONICAL "definition" AS_CANONICAL
    ", 'CREATE ' || definition || ';', format('DROP TYPE %s;', name), NULL FROM written";

static const char sequences[] =
    "SELECT 'pg_class:' || c.oid || ':0', c.oid::regclass::text, NULL, NULL, w.options, "
    "format('CREATE SEQUENCE %s %s;', c.oid::regclass, w.options), format('DROP SEQUENCE IF "
    "EXISTS %s;', c.oid::regclass), format('ALTER SEQUENCE %s %s;', c.oid::regclass, "
    "w.options) FROM pg_class AS c JOIN pg_sequence AS s ON s.seqrelid = c.oid, LATERAL "
    "(SELECT format('AS %s ', s.seqtypid::regtype) || " SEQUENCE_OPTIONS
    " AS options) AS w WHERE c.relnamespace = 'public'::regnamespace AND " CLASS_IS_OURS
    " AND NOT EXISTS (SELECT FROM pg_depend AS p WHERE p.classid = 'pg_class'::regclass AND "
    "p.objid = c.oid AND p.deptype = 'i')";

static const char tables[] =
    "SELECT 'pg_class:' || c.oid || ':0', c.oid::regclass::text, NULL, NULL, "
    "c.relpersistence::text, format(E'CREATE %sTABLE %s (\\n%s\\n);', CASE c.relpersistence "
    "WHEN 'u' THEN 'UNLOGGED ' END, c.oid::regclass, (SELECT string_agg('    ' || definition, "
    "E',\\n' ORDER BY attnum) FROM columns WHERE relid = c.oid)), format('DROP TABLE %s;', "
    "c.oid::regclass), format('ALTER TABLE %s SET %s;', c.oid::regclass, CASE c.relpersistence "
    "WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END) FROM pg_class AS c WHERE c.relkind = 'r' AND "
    "c.relnamespace = 'public'::regnamespace AND " CLASS_IS_OURS;

static const char columns[] =
    "SELECT column_key, column_name, 'pg_class:' || relid || ':0', CASE WHEN attgenerated <> "
    "'' THEN type || ' ' || " CANONICAL "expression" AS_CANONICAL
    " END, type, format('ALTER TABLE %s ADD COLUMN %s;', relation, definition), format('ALTER "
    "TABLE %s DROP COLUMN %I;', relation, attname), format('%s TYPE %s USING %I::%s;', "
    "alter_it, type, attname, format_type(atttypid, atttypmod)) FROM columns";

static const char defaults[] =
    "SELECT 'pg_attrdef:' || default_id || ':0', column_name, column_key, NULL, " CANONICAL
    "expression" AS_CANONICAL
    ", format('%s SET DEFAULT %s;', alter_it, expression), format('%s DROP DEFAULT;', "
    "alter_it), NULL FROM columns WHERE default_id IS NOT NULL AND attgenerated = ''";

static const char not_nulls[] =
    "SELECT 'notnull:' || column_key, column_name, column_key, NULL, NULL, format('%s SET NOT "
    "NULL;', alter_it), format('%s DROP NOT NULL;', alter_it), NULL FROM columns WHERE "
    "attnotnull";

static const char identities[] =
    "SELECT 'identity:' || column_key, column_name, column_key, NULL, identity_kind || ' ' || "
    "identity_options, format('%s ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s);', "
    "alter_it, identity_kind, sequence, identity_options), format('%s DROP IDENTITY;', "
    "alter_it), format('%s SET GENERATED %s SET %s;', alter_it, identity_kind, "
    "regexp_replace(identity_options, ' (INCREMENT|MINVALUE|MAXVALUE|CACHE|CYCLE|NO CYCLE)', ' "
    "SET \\1', 'g')) FROM columns WHERE attidentity <> ''";

static const char column_settings[] =
    "SELECT format('%s:%s', w.what, column_key), column_name || ' ' || w.what, column_key, "
    "NULL, w.value, format('%s SET %s %s;', alter_it, w.what, w.value), format('%s SET %s "
    "%s;', alter_it, w.what, w.usual), format('%s SET %s %s;', alter_it, w.what, w.value) FROM "
    "columns, LATERAL (VALUES ('STATISTICS', attstattarget::text, '-1'), ('STORAGE', CASE "
    "attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE "
    "'EXTENDED' END, CASE typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' "
    "THEN 'MAIN' ELSE 'EXTENDED' END)) AS w (what, value, usual) WHERE w.value <> w.usual";

static const char sequence_owners[] =
    "SELECT 'ownedby:' || c.oid, c.oid::regclass::text, 'pg_class:' || c.oid || ':0', NULL, "
    "w.name, format('ALTER SEQUENCE %s OWNED BY %s;', c.oid::regclass, w.name), format('ALTER "
    "SEQUENCE %s OWNED BY NONE;', c.oid::regclass), format('ALTER SEQUENCE %s OWNED BY %s;', "
    "c.oid::regclass, w.name) FROM pg_class AS c JOIN pg_depend AS p ON p.classid = "
    "'pg_class'::regclass AND p.objid = c.oid AND p.refclassid = 'pg_class'::regclass AND "
    "p.deptype = 'a' JOIN pg_attribute AS a ON a.attrelid = p.refobjid AND a.attnum = "
    "p.refobjsubid, LATERAL (SELECT format('%s.%I', a.attrelid::regclass, a.attname) AS name) "
    "AS w WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace";

static const char table_settings[] =
    "SELECT format('option:%s:%s', c.oid, o.option_name), format('%s %s', c.oid::regclass, "
    "o.option_name), 'pg_class:' || c.oid || ':0', NULL, o.option_value, format('ALTER TABLE "
    "%s SET (%s = %L);', c.oid::regclass, o.option_name, o.option_value), format('ALTER TABLE "
    "%s RESET (%s);', c.oid::regclass, o.option_name), format('ALTER TABLE %s SET (%s = %L);', "
    "c.oid::regclass, o.option_name, o.option_value) FROM pg_class AS c, "
    "pg_options_to_table(c.reloptions) AS o WHERE c.relkind = 'r' AND c.relnamespace = "
    "'public'::regnamespace UNION ALL SELECT format('replica:%s', c.oid), c.oid::regclass || ' "
    "replica identity', 'pg_class:' || c.oid || ':0', NULL, c.relreplident::text, "
    "format('ALTER TABLE %s REPLICA IDENTITY %s;', c.oid::regclass, CASE c.relreplident WHEN "
    "'f' THEN 'FULL' ELSE 'NOTHING' END), format('ALTER TABLE %s REPLICA IDENTITY DEFAULT;', "
    "c.oid::regclass), NULL FROM pg_class AS c WHERE c.relkind = 'r' AND c.relreplident IN "
    "('f', 'n') AND c.relnamespace = 'public'::regnamespace";

static const char row_security[] =
    "SELECT format('security:%s:%s', c.oid, w.what), format('%s %s', c.oid::regclass, w.what), "
    "'pg_class:' || c.oid || ':0', NULL, NULL, format('ALTER TABLE %s %s ROW LEVEL SECURITY;', "
    "c.oid::regclass, w.what), format('ALTER TABLE %s %s ROW LEVEL SECURITY;', "
    "c.oid::regclass, w.opposite), NULL FROM pg_class AS c, LATERAL (VALUES ('ENABLE', "
    "'DISABLE', c.relrowsecurity), ('FORCE', 'NO FORCE', c.relforcerowsecurity)) AS w (what, "
    "opposite, is_on) WHERE c.relkind = 'r' AND w.is_on AND c.relnamespace = "
    "'public'::regnamespace AND " CLASS_IS_OURS;

static const char functions[] =
    "SELECT 'pg_proc:' || p.oid || ':0', p.oid::regprocedure::text, NULL, format('%s %s %s', "
    "p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)), "
    "w.definition, format(E'%s;\\nREVOKE ALL ON ROUTINE %s FROM PUBLIC;', w.definition, "
    "p.oid::regprocedure), format('DROP ROUTINE %s;', p.oid::regprocedure), w.definition || "
    "';' FROM pg_proc AS p, LATERAL (SELECT rtrim(pg_get_functiondef(p.oid), E'\\n') AS "
    "definition) AS w WHERE p.prokind <> 'a' AND p.pronamespace = 'public'::regnamespace "
    "AND " ROUTINE_IS_OURS;

static const char constraints[] =
    "SELECT 'pg_constraint:' || x.oid || ':0', format('%s.%I', x.conrelid::regclass, "
    "x.conname), 'pg_class:' || x.conrelid || ':0', NULL, " CANONICAL "w.definition" AS_CANONICAL
    ", format('ALTER TABLE %s ADD CONSTRAINT %I %s;', x.conrelid::regclass, x.conname, "
    "w.definition), format('ALTER TABLE %s DROP CONSTRAINT %I;', x.conrelid::regclass, "
    "x.conname), NULL FROM pg_constraint AS x JOIN pg_class AS c ON c.oid = x.conrelid, "
    "LATERAL (SELECT pg_get_constraintdef(x.oid) AS definition) AS w WHERE x.contype IN ('p', "
    "'u', 'c', 'f', 'x') AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
    "AND " CLASS_IS_OURS;

/* netguru maintain builds and drops the indexes of large accounts and of later generations of
 * embeddings, not the migrations. */
static const char indexes[] =
    "SELECT 'pg_class:' || c.oid || ':0', c.oid::regclass::text, 'pg_class:' || i.indrelid || "
    "':0', NULL, " CANONICAL "pg_get_indexdef(c.oid)" AS_CANONICAL
    " || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END, pg_get_indexdef(c.oid) || ';', "
    "format('DROP INDEX %s;', c.oid::regclass), NULL FROM pg_index AS i JOIN pg_class AS c ON "
    "c.oid = i.indexrelid JOIN pg_class AS r ON r.oid = i.indrelid WHERE c.relnamespace = "
    "'public'::regnamespace AND r.relkind IN ('r', 'm') AND " RELATION_IS_OURS
    " AND c.relname !~ '^idx_embeddings_own_[0-9a-f]{32}$'"
    " AND c.relname !~ '^idx_vectors_[0-9]+_(global|[0-9a-f]{32})$' AND NOT EXISTS (SELECT FROM "
    "pg_constraint AS x WHERE x.conindid = c.oid AND x.contype IN ('p', 'u', 'x'))";

static const char statistics[] =
    "SELECT 'pg_statistic_ext:' || s.oid || ':0', format('%s.%I', "
    "s.stxnamespace::regnamespace, s.stxname), 'pg_class:' || s.stxrelid || ':0', NULL, "
    "pg_get_statisticsobjdef(s.oid), pg_get_statisticsobjdef(s.oid) || ';', format('DROP "
    "STATISTICS %s.%I;', s.stxnamespace::regnamespace, s.stxname), NULL FROM pg_statistic_ext "
    "AS s WHERE s.stxnamespace = 'public'::regnamespace";

static const char views[] =
    "SELECT 'pg_class:' || c.oid || ':0', c.oid::regclass::text, NULL, NULL, " CANONICAL
    "w.definition" AS_CANONICAL
    ", format(E'CREATE %s %s%s AS\\n%s', w.what, c.oid::regclass, w.options, w.definition), "
    "format('DROP %s %s;', w.what, c.oid::regclass), NULL FROM pg_class AS c, LATERAL (SELECT "
    "CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS what, (SELECT ' WITH "
    "(' || string_agg(format('%s = %L', o.option_name, o.option_value), ', ' ORDER BY "
    "o.option_name) || ')' FROM pg_options_to_table(c.reloptions) AS o) AS options, "
    "pg_get_viewdef(c.oid) AS definition) AS w WHERE c.relkind IN ('v', 'm') AND "
    "c.relnamespace = 'public'::regnamespace AND " CLASS_IS_OURS;

static const char view_settings[] =
    "SELECT format('option:%s:%s', c.oid, o.option_name), format('%s %s', c.oid::regclass, "
    "o.option_name), 'pg_class:' || c.oid || ':0', NULL, o.option_value, format('ALTER VIEW %s "
    "SET (%s = %L);', c.oid::regclass, o.option_name, o.option_value), format('ALTER VIEW %s "
    "RESET (%s);', c.oid::regclass, o.option_name), format('ALTER VIEW %s SET (%s = %L);', "
    "c.oid::regclass, o.option_name, o.option_value) FROM pg_class AS c, "
    "pg_options_to_table(c.reloptions) AS o WHERE c.relkind = 'v' AND c.relnamespace = "
    "'public'::regnamespace AND " CLASS_IS_OURS;

static const char rules[] =
    "SELECT 'pg_rewrite:' || r.oid || ':0', format('%s.%I', r.ev_class::regclass, r.rulename), "
    "'pg_class:' || r.ev_class || ':0', NULL, " CANONICAL "pg_get_ruledef(r.oid)" AS_CANONICAL
    ", pg_get_ruledef(r.oid), format('DROP RULE %I ON %s;', r.rulename, r.ev_class::regclass), "
    "NULL FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class WHERE r.rulename <> "
    "'_RETURN' AND c.relnamespace = 'public'::regnamespace AND " CLASS_IS_OURS;

static const char triggers[] =
    "SELECT 'pg_trigger:' || t.oid || ':0', format('%s.%I', t.tgrelid::regclass, t.tgname), "
    "'pg_class:' || t.tgrelid || ':0', NULL, " CANONICAL "pg_get_triggerdef(t.oid)" AS_CANONICAL
    ", pg_get_triggerdef(t.oid) || ';', format('DROP TRIGGER %I ON %s;', t.tgname, "
    "t.tgrelid::regclass), NULL FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND " CLASS_IS_OURS;

static const char trigger_states[] =
    "SELECT 'state:' || t.oid, format('%s.%I', t.tgrelid::regclass, t.tgname), 'pg_trigger:' "
    "|| t.oid || ':0', NULL, t.tgenabled::text, w.change, format('ALTER TABLE %s ENABLE "
    "TRIGGER %I;', t.tgrelid::regclass, t.tgname), w.change FROM pg_trigger AS t JOIN pg_class "
    "AS c ON c.oid = t.tgrelid, LATERAL (SELECT format('ALTER TABLE %s %s TRIGGER %I;', "
    "t.tgrelid::regclass, CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE "
    "REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname) AS change) AS w WHERE NOT t.tgisinternal AND "
    "t.tgenabled <> 'O' AND c.relnamespace = 'public'::regnamespace";

static const char policies[] =
    "SELECT 'pg_policy:' || p.oid || ':0', format('%s.%I', p.polrelid::regclass, p.polname), "
    "'pg_class:' || p.polrelid || ':0', NULL, " CANONICAL "w.definition" AS_CANONICAL
    ", format('CREATE POLICY %I ON %s%s;', p.polname, p.polrelid::regclass, w.definition), "
    "format('DROP POLICY %I ON %s;', p.polname, p.polrelid::regclass), NULL FROM pg_policy AS "
    "p JOIN pg_class AS c ON c.oid = p.polrelid, LATERAL (SELECT format(' AS %s FOR %s TO "
    "%s%s%s', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, CASE "
    "p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' "
    "THEN 'DELETE' ELSE 'ALL' END, (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE "
    "quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY pg_get_userbyid(r)) FROM "
    "unnest(p.polroles) AS r), ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH "
    "CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS definition) AS w WHERE "
    "c.relnamespace = 'public'::regnamespace AND " CLASS_IS_OURS;

static const char grants[] = GRANTS_BEGIN
    "SELECT 'pg_class:' || c.oid || ':0', c.oid::regclass::text, CASE c.relkind WHEN 'S' THEN "
    "'SEQUENCE' ELSE 'TABLE' END, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN "
    "'s'::\"char\" ELSE 'r' END, c.relowner)), c.relowner, true FROM pg_class AS c WHERE "
    "c.relkind IN ('r', 'v', 'm', 'S') AND c.relnamespace = 'public'::regnamespace UNION ALL "
    "SELECT 'pg_proc:' || p.oid || ':0', p.oid::regprocedure::text, 'ROUTINE', "
    "coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner, true FROM pg_proc AS p WHERE "
    "p.pronamespace = 'public'::regnamespace UNION ALL SELECT 'pg_type:' || t.oid || ':0', "
    "t.oid::regtype::text, 'TYPE', coalesce(t.typacl, acldefault('T', t.typowner)), "
    "t.typowner, false FROM pg_type AS t WHERE t.typtype IN ('e', 'd', 'c') AND t.typnamespace "
    "= 'public'::regnamespace UNION ALL SELECT NULL, quote_ident(n.nspname), 'SCHEMA', "
    "coalesce(n.nspacl, acldefault('n', n.nspowner)), n.nspowner, true FROM pg_namespace AS n "
    "WHERE n.nspname = 'public'" GRANTS_END
    "SELECT format('grant:%s:%s:%s', name, who, privilege_type), format('%s %s TO %s', "
    "privilege_type, name, CASE grantee WHEN owner THEN 'its owner' ELSE who END), parent, "
    "NULL, is_grantable::text, CASE WHEN grantee = owner OR (grantee = 0 AND NOT "
    "is_new_for_public) THEN NULL ELSE w.give END, format('REVOKE %s ON %s %s FROM %s;', "
    "privilege_type, what, name, who), NULL, w.give FROM granted, LATERAL (SELECT "
    "format('GRANT %s ON %s %s TO %s%s;', privilege_type, what, name, who, CASE WHEN "
    "is_grantable THEN ' WITH GRANT OPTION' END) AS give) AS w";

static const char column_grants[] = GRANTS_BEGIN
    "SELECT format('pg_class:%s:%s', c.oid, a.attnum), c.oid::regclass::text, "
    "quote_ident(a.attname), a.attacl, c.relowner, true FROM pg_class AS c JOIN pg_attribute "
    "AS a ON a.attrelid = c.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND a.attnum "
    "> 0 AND c.relnamespace = 'public'::regnamespace" GRANTS_END
    "SELECT format('grant:%s:%s:%s', parent, who, privilege_type), format('%s (%s) %s TO %s', "
    "privilege_type, what, name, who), parent, NULL, is_grantable::text, w.give, "
    "format('REVOKE %s (%s) ON TABLE %s FROM %s;', privilege_type, what, name, who), NULL, "
    "w.give FROM granted, LATERAL (SELECT format('GRANT %s (%s) ON TABLE %s TO %s%s;', "
    "privilege_type, what, name, who, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS "
    "give) AS w";

/* A row of pg_default_acl replaces the usual rights, so the absence of PUBLIC is a fact as well. */
static const char default_grants[] =
    "WITH defaults AS (SELECT d.*, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s', "
    "pg_get_userbyid(d.defaclrole), CASE d.defaclnamespace WHEN 0 THEN '' ELSE ' IN SCHEMA "
    "public' END) AS head, CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN "
    "'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END AS what "
    "FROM pg_default_acl AS d WHERE d.defaclnamespace IN (0, 'public'::regnamespace)), granted "
    "AS (SELECT d.*, g.*, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE "
    "quote_ident(pg_get_userbyid(g.grantee)) END AS who FROM defaults AS d, "
    "aclexplode(d.defaclacl) AS g WHERE g.grantee <> d.defaclrole AND NOT (g.grantee = 0 AND "
    "d.defaclnamespace = 0 AND d.defaclobjtype IN ('f', 'T'))) SELECT "
    "format('default:%s:%s:%s:%s', head, privilege_type, what, who), format('%s GRANT %s ON %s "
    "TO %s', head, privilege_type, what, who), NULL, NULL, is_grantable::text, format('%s "
    "GRANT %s ON %s TO %s%s;', head, privilege_type, what, who, CASE WHEN is_grantable THEN ' "
    "WITH GRANT OPTION' END), format('%s REVOKE %s ON %s FROM %s;', head, privilege_type, "
    "what, who), NULL FROM granted UNION ALL SELECT format('default:%s:%s', head, what), "
    "format('%s REVOKE ALL ON %s FROM PUBLIC', head, what), NULL, NULL, NULL, format('%s "
    "REVOKE ALL ON %s FROM PUBLIC;', head, what), format('%s GRANT %s ON %s TO PUBLIC;', head, "
    "CASE defaclobjtype WHEN 'f' THEN 'EXECUTE' ELSE 'USAGE' END, what), NULL FROM defaults "
    "WHERE defaclnamespace = 0 AND defaclobjtype IN ('f', 'T') AND NOT EXISTS (SELECT FROM "
    "aclexplode(defaclacl) AS g WHERE g.grantee = 0)";

static const char owners[] =
    "WITH owned (parent, class, id, owner) AS (SELECT 'pg_class:' || c.oid || ':0', "
    "'pg_class'::regclass, c.oid, c.relowner FROM pg_class AS c WHERE c.relkind IN ('r', 'v', "
    "'m', 'S') AND c.relnamespace = 'public'::regnamespace UNION ALL SELECT 'pg_proc:' || "
    "p.oid || ':0', 'pg_proc'::regclass, p.oid, p.proowner FROM pg_proc AS p WHERE "
    "p.pronamespace = 'public'::regnamespace UNION ALL SELECT 'pg_type:' || t.oid || ':0', "
    "'pg_type'::regclass, t.oid, t.typowner FROM pg_type AS t WHERE t.typtype IN ('e', 'd') "
    "AND t.typnamespace = 'public'::regnamespace) SELECT format('owner:%s', parent), "
    "format('%s %s', i.type, i.identity), parent, NULL, pg_get_userbyid(owner)::text, NULL, "
    "NULL, format('ALTER %s %s OWNER TO %I;', i.type, i.identity, pg_get_userbyid(owner)) FROM "
    "owned, pg_identify_object(class, id, 0) AS i";

static const char comments[] =
    "SELECT format('comment:%s:%s:%s', d.classoid::regclass, d.objoid, d.objsubid), w.what, "
    "format('%s:%s:%s', d.classoid::regclass, d.objoid, d.objsubid), NULL, d.description, "
    "format('COMMENT ON %s IS %L;', w.what, d.description), format('COMMENT ON %s IS NULL;', "
    "w.what), format('COMMENT ON %s IS %L;', w.what, d.description) FROM pg_description AS d, "
    "pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i, LATERAL (SELECT format('%s "
    "%s', CASE i.type WHEN 'table column' THEN 'column' WHEN 'table constraint' THEN "
    "'constraint' ELSE i.type END, i.identity) AS what) AS w WHERE d.objoid >= 16384 AND "
    "i.type <> 'extension'";

const CatalogKind catalog_kinds[] = {
    {"extension", NULL, extensions, KIND_STAYS | KIND_DROPS_LAST},
    {"type", NULL, types, KIND_STAYS | KIND_DROPS_LAST | KIND_BY_HAND},
    {"sequence", NULL, sequences, KIND_STAYS},
    {"table", WITH_COLUMNS, tables, KIND_STAYS | KIND_HOLDS_DATA},
    {"column", WITH_COLUMNS, columns, KIND_STAYS | KIND_HOLDS_DATA | KIND_INLINE},
    {"default", WITH_COLUMNS, defaults, KIND_INLINE | KIND_NEEDS_TYPE},
    {"not null", WITH_COLUMNS, not_nulls, KIND_INLINE},
    {"identity", WITH_COLUMNS, identities, KIND_INLINE},
    {"column setting", WITH_COLUMNS, column_settings, 0},
    {"owner of a sequence", NULL, sequence_owners, 0},
    {"table setting", NULL, table_settings, 0},
    {"function", NULL, functions, 0},
    {"constraint", NULL, constraints, KIND_NEEDS_TYPE},
    {"index", NULL, indexes, 0},
    {"statistics", NULL, statistics, KIND_NEEDS_TYPE},
    {"view", NULL, views, KIND_NEEDS_TYPE},
    {"view setting", NULL, view_settings, KIND_INLINE},
    {"rule", NULL, rules, KIND_NEEDS_TYPE},
    {"trigger", NULL, triggers, KIND_NEEDS_TYPE},
    {"trigger state", NULL, trigger_states, 0},
    {"policy", NULL, policies, KIND_NEEDS_TYPE},
    {"row security", NULL, row_security, 0},
    {"grant", NULL, grants, 0},
    {"grant on a column", NULL, column_grants, 0},
    {"default grant", NULL, default_grants, 0},
    {"owner", NULL, owners, KIND_OWNER},
    {"comment", NULL, comments, 0},
};
const size_t catalog_kind_count = COUNT_OF(catalog_kinds);

/* Other names of an object in pg_depend, and the key that it has here. */
DB_LISTED const DbStatement catalog_aliases = {
    "catalog_aliases",
    "SELECT 'pg_class:' || x.conindid || ':0', 'pg_constraint:' || x.oid || ':0' FROM "
    "pg_constraint AS x WHERE x.contype IN ('p', 'u', 'x') UNION ALL SELECT 'pg_type:' || "
    "c.reltype || ':0', 'pg_class:' || c.oid || ':0' FROM pg_class AS c WHERE c.reltype <> 0 "
    "AND c.relkind <> 'c' UNION ALL SELECT 'pg_type:' || t.typarray || ':0', CASE WHEN "
    "c.relkind <> 'c' THEN 'pg_class:' || c.oid || ':0' ELSE 'pg_type:' || t.oid || ':0' END "
    "FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid WHERE t.typarray >= 16384 "
    "UNION ALL SELECT 'pg_rewrite:' || r.oid || ':0', 'pg_class:' || r.ev_class || ':0' FROM "
    "pg_rewrite AS r WHERE r.rulename = '_RETURN' AND r.oid >= 16384 UNION ALL SELECT "
    "'pg_attrdef:' || d.oid || ':0', format('pg_class:%s:%s', d.adrelid, d.adnum) FROM "
    "pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum "
    "WHERE a.attgenerated <> '' UNION ALL SELECT format('%s:%s:0', p.classid::regclass, "
    "p.objid), 'pg_extension:' || p.refobjid || ':0' FROM pg_depend AS p WHERE p.deptype = 'e'",
    .runner = DB_BY_OPERATOR};

/* A sequence that a column owns depends on it, while the default of the column depends on the
 * sequence: only the second counts. A primary key and an identity need NOT NULL. */
DB_LISTED const DbStatement catalog_dependencies = {
    "catalog_dependencies",
    "SELECT DISTINCT format('%s:%s:%s', p.classid::regclass, p.objid, p.objsubid), "
    "format('%s:%s:%s', p.refclassid::regclass, p.refobjid, p.refobjsubid) FROM pg_depend AS p "
    "WHERE p.deptype IN ('n', 'a', 'i') AND p.objid >= 16384 AND p.refobjid >= 16384 AND "
    "p.classid <> 'pg_extension'::regclass AND NOT (p.deptype = 'a' AND p.classid = "
    "'pg_class'::regclass AND (SELECT relkind = 'S' FROM pg_class WHERE oid = p.objid)) UNION "
    "ALL SELECT 'pg_constraint:' || x.oid || ':0', format('notnull:pg_class:%s:%s', "
    "x.conrelid, a) FROM pg_constraint AS x, unnest(x.conkey) AS a WHERE x.contype = 'p' UNION "
    "ALL SELECT format('identity:pg_class:%s:%s', attrelid, attnum), "
    "format('notnull:pg_class:%s:%s', attrelid, attnum) FROM pg_attribute WHERE attidentity <> "
    "''",
    .runner = DB_BY_OPERATOR};

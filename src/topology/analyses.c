/* SPDX-License-Identifier: Apache-2.0 */
#include "topology/analyses.h"

#include "analysis/wire.h"
#include "base/strbuf.h"
#include "engines/network/device.h"

#define BUNDLE_MAX_BYTES ((uint64_t)256 * 1024 * 1024)

/* An analysis has at most 8 MiB, and a statement may return 64 MiB. */
enum { BATCH_DOCUMENTS = 64, BATCH_MAX_BYTES = 32 * 1024 * 1024 };

/*
 * The newest analyses of the documents $2 in the shape $3, as long as they take no more than $4
 * bytes together. What no step of a topology reads stays in the database.
 */
DB_STATEMENT list_analyses = {
    "topology_list_analyses",
    "WITH found AS MATERIALIZED (SELECT d.n, a.result::text AS result"
    " FROM unnest($2::uuid[]) WITH ORDINALITY AS d (id, n), LATERAL ("
    "  SELECT t.result - ARRAY['text', 'acls', 'object_groups', 'nat_rules', 'nat_pools', 'mlag',"
    "   'zones', 'zone_policies', 'prefix_lists', 'route_maps', 'static_routes', 'tracked_objects',"
    "   'stanzas', 'not_understood', 'warnings', 'users', 'name_servers', 'ntp_servers',"
    "   'log_hosts', 'vrfs', 'findings'] AS result"
    "  FROM analysis_tasks AS t WHERE t.user_id = $1 AND t.document_id = d.id"
    "   AND t.settles_document AND t.status = 'completed'"
    "  ORDER BY t.created_at DESC, t.id DESC LIMIT 1) AS a WHERE a.result ->> 'shape' = $3)"
    " SELECT n, result FROM (SELECT n, result, sum(octet_length(result)) OVER (ORDER BY n) AS bytes"
    "  FROM found) AS s WHERE bytes <= $4::bigint ORDER BY n",
};

static Str write_ids(Arena *arena, const Document *documents, size_t count)
{
    auto_strbuf StrBuf ids = {0};
    char text[UUID_TEXT_SIZE];
    strbuf_init(&ids, BATCH_DOCUMENTS * (UUID_TEXT_SIZE + 1) + 2);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&ids, "%s%s", i ? "," : "{", uuid_write(&documents[i].id, text));
    strbuf_append_byte(&ids, '}');
    return arena_copy(arena, strbuf_str(&ids));
}

static bool count_bytes(Task *task, uint64_t size_bytes, uint64_t *total)
{
    *total += size_bytes;
    return *total <= BUNDLE_MAX_BYTES ||
           task_fail(task, ERR_FILE_TOO_LARGE, "more than %llu MB of configurations",
                     (unsigned long long)(BUNDLE_MAX_BYTES >> 20));
}

static bool append_file(Task *task, const Services *services, const Document *document, int bundle)
{
    auto_file int file = -1;
    return file_store_open(task, services->store_dir, document->storage_path, &file) &&
           wire_bundle_append(bundle, document->original_filename, file,
                              (uint64_t)document->size_bytes, &task->error);
}

static bool append_batch(Task *task, const Services *services, const Document *documents,
                         size_t count, int bundle, uint64_t *total)
{
    const DbRows *rows = NULL;
    size_t next = 0;
    DbParams params =
        DB_PARAMS(db_uuid(&task->user_id), db_text(write_ids(task->arena, documents, count)),
                  db_text(arena_printf(task->arena, "%d", DEVICE_SHAPE)), db_i64(BATCH_MAX_BYTES));
    if (!db_query(task, services->db, &list_analyses, params, &rows))
        return false;
    for (size_t i = 0; i < count; i++) {
        const Document *document = &documents[i];
        bool is_stored = next < rows->count && db_read_i64(rows, next, 0) == (int64_t)i + 1;
        Str analysis = is_stored ? db_str(rows, next++, 1) : (Str){"", 0};
        uint64_t size = is_stored ? analysis.size : (uint64_t)document->size_bytes;
        if (!count_bytes(task, size, total) ||
            !(is_stored ? wire_bundle_append_analysis(bundle, document->original_filename, analysis,
                                                      &task->error)
                        : append_file(task, services, document, bundle)))
            return false;
    }
    return true;
}

bool analyses_append(Task *task, const Services *services, const DocumentList *documents,
                     int bundle)
{
    uint64_t total = 0;
    for (size_t i = 0; i < documents->count; i += BATCH_DOCUMENTS) {
        ArenaMark mark = arena_mark(task->arena);
        size_t count = MIN_OF((size_t)BATCH_DOCUMENTS, documents->count - i);
        bool appended = append_batch(task, services, &documents->items[i], count, bundle, &total);
        arena_reset(task->arena, mark);
        if (!appended)
            return false;
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Proves a backup by restoring it into a scratch database and comparing what it answers. */
#include "backup/backup_private.h"

#include "backup/survey.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "services/encryption.h"

#include <stdio.h>

enum { FILES_BATCH = 500, LIST_MAX_BYTES = 128 * 1024, USERS = 3 };

typedef struct {
    Backup *backup;
    Arena *arena;       /* of the proof */
    DbSession *session; /* of the installation's database */
    const char *database;
    DbSession *scratch;
    BackupProof *proof;
    bool compares; /* the scratch database is complete */
    BackupContents contents;
    StrBuf files; /* "user/document digest" lines that are not in the scratch database yet */
    size_t waiting;
    bool in_missing;
    char name[ARCHIVE_NAME_SIZE];
    uint64_t bytes;
} Proof;

static void prove(Proof *proof, const char *format, ...) PRINTF_LIKE(2, 3);

static void prove(Proof *proof, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *VEC_PUSH(proof->arena, &proof->proof->proved) = arena_vprintf(proof->arena, format, args);
    va_end(args);
}

DB_STATEMENT note_files = {
    "backup_verify_note_files",
    "INSERT INTO pg_temp.stored (document_id, digest) SELECT split_part(line, ' ', 1)::uuid,"
    " nullif(split_part(line, ' ', 2), '') FROM"
    " unnest(string_to_array(rtrim($1, E'\\n'), E'\\n')) AS line",
    .runner = DB_BY_OPERATOR};

static bool flush_files(Proof *proof, Error *error)
{
    auto_arena Arena *arena = arena_new();
    if (!proof->waiting)
        return true;
    const DbRows *rows = db_session_query(proof->scratch, arena, &note_files,
                                          DB_PARAMS(db_text(strbuf_str(&proof->files))), error);
    strbuf_clear(&proof->files);
    proof->waiting = 0;
    return rows != NULL;
}

/* The database is complete when the first other member comes. */
static bool open_scratch(Proof *proof, Error *error)
{
    if (proof->scratch)
        return true;
    proof->scratch = backup_connect(proof->backup, proof->database, error);
    return proof->scratch &&
           db_session_run(proof->scratch,
                          STR("CREATE TEMP TABLE stored (document_id uuid PRIMARY KEY,"
                              " digest text)"),
                          error);
}

static bool begin_member(void *context, Str name, uint64_t size, Error *error)
{
    Proof *proof = context;
    check(str_copy_to(name, proof->name, sizeof(proof->name)));
    proof->in_missing = str_equal(name, STR(ARCHIVE_MISSING));
    proof->bytes += size;
    return open_scratch(proof, error);
}

static bool note_file(Proof *proof, Str document, const char *digest, Error *error)
{
    strbuf_printf(&proof->files, "%.*s %s\n", STR_ARGS(document), digest);
    check(!proof->files.overflowed);
    return ++proof->waiting < FILES_BATCH || flush_files(proof, error);
}

/* Lines of `missing` may be cut by the pieces; the rest of one waits in name. */
static bool take_missing(Proof *proof, Str bytes, Error *error)
{
    static const size_t line_size = 2 * (UUID_TEXT_SIZE - 1) + 2;
    Str held = str_of(proof->name);
    if (str_equal(held, STR(ARCHIVE_MISSING)))
        held.size = 0;
    while (bytes.size) {
        size_t wanted = MIN_OF(line_size - held.size, bytes.size);
        memcpy(proof->name + held.size, bytes.data, wanted);
        held = str_make(proof->name, held.size + wanted);
        bytes = str_from(bytes, wanted);
        if (held.size < line_size)
            break;
        if (!note_file(proof, str_slice(held, UUID_TEXT_SIZE, UUID_TEXT_SIZE - 1), "", error))
            return false;
        held.size = 0;
    }
    proof->name[held.size] = '\0';
    return true;
}

static bool take_bytes(void *context, Str bytes, Error *error)
{
    Proof *proof = context;
    return !proof->in_missing || take_missing(proof, bytes, error);
}

static bool end_member(void *context, const Sha256 *digest, Error *error)
{
    Proof *proof = context;
    char hex[SHA256_HEX_SIZE];
    Str name = str_of(proof->name);
    backup_tell(proof->backup, "restoring", proof->bytes);
    if (proof->in_missing)
        return flush_files(proof, error);
    return note_file(proof, str_from(name, name.size - (UUID_TEXT_SIZE - 1)),
                     sha256_write_hex(digest, hex), error);
}

static bool fill_scratch(Proof *proof, Error *error)
{
    BackupContents again = {.name = proof->contents.name};
    auto_arena Arena *arena = arena_new();
    const ArchiveVisitor files = {begin_member, take_bytes, end_member, proof};
    ScratchFiller *filler =
        scratch_filler_new(proof->backup, proof->session, proof->database, arena, error);
    if (!filler)
        return false;
    scratch_filler_pass(filler, &files);
    const ArchiveVisitor visitor = scratch_filler_visitor(filler);
    return backup_read(proof->backup, arena, &visitor, &again, error) &&
           (str_equal(again.text, proof->contents.text) ||
            error_set(error, ERR_CONFLICT, "the archive changed while it was read"));
}

/* Documents of the scratch database against the files of the archive. */
DB_STATEMENT compare_files = {
    "backup_verify_compare_files",
    "SELECT count(*) FILTER (WHERE stored.digest = encode(d.sha256, 'hex')),"
    " count(*) FILTER (WHERE stored.document_id IS NULL),"
    " count(*) FILTER (WHERE d.sha256 IS NULL AND stored.digest IS NOT NULL),"
    " count(*) FILTER (WHERE stored.digest <> encode(d.sha256, 'hex'))"
    " FROM documents d LEFT JOIN pg_temp.stored ON stored.document_id = d.id",
    .runner = DB_BY_OPERATOR};

static bool prove_files(Proof *proof, Error *error)
{
    const Manifest *manifest = &proof->contents.manifest;
    const DbRows *rows =
        db_session_query(proof->scratch, proof->arena, &compare_files, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    int64_t right = db_read_i64(rows, 0, 0);
    int64_t absent = db_read_i64(rows, 0, 1);
    int64_t unknown = db_read_i64(rows, 0, 2);
    int64_t differ = db_read_i64(rows, 0, 3);
    if (absent)
        return error_set(error, ERR_CONFLICT, "%lld documents have no file in the backup",
                         (long long)absent);
    if (differ != (int64_t)manifest->files_damaged)
        return error_set(error, ERR_CONFLICT,
                         "the files of %lld documents differ from their digest", (long long)differ);
    prove(proof, "the files of all %lld documents equal their digests", (long long)right);
    if (unknown)
        prove(proof, "%lld files of documents without a digest are there", (long long)unknown);
    if (manifest->files_deleted)
        prove(proof, "%llu files were deleted with their documents while it was made",
              (unsigned long long)manifest->files_deleted);
    if (manifest->files_lost)
        prove(proof, "warning: %llu documents had no file already",
              (unsigned long long)manifest->files_lost);
    if (manifest->files_damaged)
        prove(proof, "warning: %llu files differed from their digest already",
              (unsigned long long)manifest->files_damaged);
    return true;
}

static size_t count_searches(const Manifest *manifest, Str kind, Str generation)
{
    size_t count = 0;
    for (size_t i = 0; i < manifest->searches.count; i++) {
        const ManifestSearch *search = &manifest->searches.items[i];
        count += str_equal(search->kind, kind) && str_equal(search->generation, generation);
    }
    return count;
}

/* survey_compare has repeated them. */
static void tell_generation(Proof *proof, const ManifestGeneration *generation)
{
    size_t count = count_searches(&proof->contents.manifest, STR("vector"), generation->name);
    bool is_active = str_equal(generation->state, STR("active"));
    if (count) {
        prove(proof,
              "generation %.*s (%.*s): searches by %zu of its %lld vectors found the recorded hits",
              STR_ARGS(generation->name), STR_ARGS(generation->state), count,
              (long long)generation->vectors);
    } else {
        prove(proof, "%sgeneration %.*s (%.*s) has no vectors: there was nothing to search",
              is_active ? "warning: " : "", STR_ARGS(generation->name),
              STR_ARGS(generation->state));
    }
}

static void tell_searches(Proof *proof)
{
    const Manifest *manifest = &proof->contents.manifest;
    size_t by_vector = count_searches(manifest, STR("vector"), STR(""));
    size_t by_word = count_searches(manifest, STR("text"), STR(""));
    for (size_t i = 0; by_word && i < manifest->generations.count; i++)
        tell_generation(proof, &manifest->generations.items[i]);
    if (by_vector)
        prove(proof, "%zu searches by vector found the recorded hits", by_vector);
    if (by_word)
        prove(proof, "%zu searches by word found the recorded hits", by_word);
    else
        prove(proof, "nothing could be searched: there are no chunks");
}

/* Without an active generation nobody can search by meaning. */
static bool check_active(const Manifest *manifest, Error *error)
{
    size_t active = 0;
    for (size_t i = 0; i < manifest->generations.count; i++)
        active += str_equal(manifest->generations.items[i].state, STR("active"));
    return manifest->generations.count == 0 || active == 1 ||
           error_set(error, ERR_CONFLICT, "no generation of embeddings is active");
}

static bool prove_survey(Proof *proof, Error *error)
{
    int64_t rows = 0;
    size_t policies = 0;
    const Manifest *manifest = &proof->contents.manifest;
    if (!survey_compare(proof->scratch, manifest, error) || !check_active(manifest, error))
        return false;
    for (size_t i = 0; i < manifest->tables.count; i++)
        rows += manifest->tables.items[i].count;
    for (size_t i = 0; i < manifest->catalog.count; i++)
        policies += (size_t)manifest->catalog.items[i].count;
    prove(proof, "%lld rows of %zu tables were restored with equal counts and digests",
          (long long)rows, manifest->tables.count);
    prove(proof,
          "%zu objects of the schema are equal: policies, grants, owners, functions, indexes",
          policies);
    tell_searches(proof);
    return true;
}

DB_STATEMENT some_users = {"backup_verify_some_users",
                           "SELECT u.id, (SELECT count(*) FROM documents WHERE user_id = u.id),"
                           " (SELECT count(*) FROM conversations WHERE user_id = u.id) FROM users u"
                           " ORDER BY 2 DESC, 3 DESC, id LIMIT $1",
                           .runner = DB_BY_OPERATOR};

DB_STATEMENT become_user = {"backup_verify_become_user",
                            "SELECT set_config('role', 'netguru_serve', true),"
                            " set_config('app.current_user_id', $1, true)",
                            .runner = DB_BY_OPERATOR};
DB_STATEMENT count_visible = {
    "backup_verify_count_visible",
    "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM conversations),"
    " (SELECT count(*) FROM users)",
    .runner = DB_BY_OPERATOR};

/* Looks at the scratch database as serve does for one user. */
static bool look_as(Proof *proof, DbParam user, const DbRows **out_rows, Error *error)
{
    DbSession *session = proof->scratch;
    if (!db_session_run(session, STR("BEGIN"), error) ||
        !db_session_query(session, proof->arena, &become_user, DB_PARAMS(user), error))
        return false;
    *out_rows = db_session_query(session, proof->arena, &count_visible, DB_NO_PARAMS, error);
    return *out_rows && db_session_run(session, STR("ROLLBACK"), error);
}

static bool prove_isolation(Proof *proof, Error *error)
{
    const DbRows *seen = NULL;
    const DbRows *users = db_session_query(proof->scratch, proof->arena, &some_users,
                                           DB_PARAMS(db_i64(USERS)), error);
    if (!users || !look_as(proof, db_text(STR("")), &seen, error))
        return false;
    if (db_read_i64(seen, 0, 0) + db_read_i64(seen, 0, 1) + db_read_i64(seen, 0, 2) != 0)
        return error_set(error, ERR_CONFLICT, "without a user, rows of users can be seen");
    for (size_t i = 0; i < users->count; i++) {
        if (!look_as(proof, db_text(db_str(users, i, 0)), &seen, error))
            return false;
        if (db_read_i64(seen, 0, 0) != db_read_i64(users, i, 1) ||
            db_read_i64(seen, 0, 1) != db_read_i64(users, i, 2) || db_read_i64(seen, 0, 2) != 1)
            return error_set(error, ERR_CONFLICT, "a user does not see exactly the own rows");
    }
    prove(proof,
          "netguru_serve sees exactly the rows of the user it acts for (%zu users tried), "
          "and none without a user",
          users->count);
    return true;
}

static bool prove_key(Proof *proof, Error *error)
{
    bool has_canary = false;
    if (!encryption_has_canary(proof->scratch, &has_canary, error))
        return false;
    if (!has_canary) {
        prove(proof, "nothing is encrypted in the database");
        return true;
    }
    if (!encryption_check_canary(proof->scratch, proof->backup->keyring, error))
        return false;
    prove(proof, "the encryption keys given decrypt its canary");
    return true;
}

static bool prove_scratch(Proof *proof, Error *error)
{
    if (!fill_scratch(proof, error))
        return false;
    proof->compares = true;
    return prove_survey(proof, error) && prove_isolation(proof, error) && prove_key(proof, error) &&
           prove_files(proof, error);
}

static bool prove_database(Proof *proof, Error *error)
{
    backup_tell(proof->backup, "making a scratch database", 0);
    proof->database = scratch_make(proof->backup, proof->session, "verify", proof->arena, error);
    if (!proof->database)
        return false;
    strbuf_init(&proof->files, LIST_MAX_BYTES);
    bool done = prove_scratch(proof, error);
    strbuf_done(&proof->files);
    db_session_close(proof->scratch);
    if (done)
        return scratch_drop(proof->session, proof->database, error);
    scratch_abandon(proof->session, proof->database);
    return false;
}

static bool prove_archive(Proof *proof, Error *error)
{
    backup_tell(proof->backup, "checking the archive", 0);
    if (!backup_read(proof->backup, proof->arena, NULL, &proof->contents, error))
        return false;
    prove(proof, "the archive is complete: %llu members equal their digests",
          (unsigned long long)proof->contents.manifest.members);
    prove(proof, "the manifest is signed with the encryption key of the installation");
    return true;
}

static bool run(Proof *proof, Error *error)
{
    if (!prove_archive(proof, error))
        return false;
    if (proof->proof->is_quick)
        return true;
    proof->session = backup_connect(proof->backup, NULL, error);
    if (!proof->session)
        return false;
    bool done = backup_lock(proof->backup, error) && prove_database(proof, error);
    db_session_close(proof->session);
    return done;
}

/* A proof that could not be made (a server is away, a key is missing, another one runs) says
 * nothing about the backup. */
static bool is_finding(const Proof *proof, const Error *error)
{
    return error->code == ERR_VALIDATION || (proof->compares && error->code == ERR_CONFLICT);
}

static bool record(Backup *backup, Arena *arena, Str name, const BackupProof *proof, Error *error)
{
    BackupSummaryVec list = {0};
    if (!backup_list(backup, arena, &list, error))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        if (!str_equal(list.items[i].name, name))
            continue;
        list.items[i].has_proof = true;
        list.items[i].proof = *proof;
        return notes_save(backup, &list.items[i], error);
    }
    return error_set(error, ERR_NOT_FOUND, "the backup was deleted meanwhile");
}

bool backup_verify(Backup *backup, Arena *arena, Str name, BackupProof *proof, Error *error)
{
    Error reason = {0};
    char text[TIME_TEXT_SIZE];
    uint64_t started_ms = time_monotonic_ms();
    Proof run_of = {.backup = backup, .arena = arena, .proof = proof, .contents.name = name};
    *proof = (BackupProof){.is_quick = proof->is_quick};
    proof->at = arena_copy(arena, str_of(time_write_rfc3339(time_now_us(), text)));
    proof->passed = run(&run_of, error);
    proof->duration_s = (double)(time_monotonic_ms() - started_ms) / 1000;
    if (proof->passed)
        return record(backup, arena, name, proof, error);
    proof->failure = arena_copy(arena, str_of(error->message));
    proof->is_finding = is_finding(&run_of, error);
    if (proof->is_finding && !record(backup, arena, name, proof, &reason))
        log_warn("backup.proof_not_noted", LOG_TEXT("reason", reason.message));
    return false;
}

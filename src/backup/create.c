/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a backup. One exported snapshot gives the dump, the survey and the list of files, so all of
 * them are of the same moment however long it takes.
 */
#include "backup/backup_private.h"

#include "backup/cipher.h"
#include "backup/program.h"
#include "backup/survey.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "ops/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILES_BATCH = 500, COPY_BYTES = 256 * 1024, MISSING_MAX_BYTES = 16 * 1024 * 1024 };

static const char readme[] =
    "A backup of NetGuru. Restore it with: netguru restore NAME\n"
    "\n"
    "By hand, into an empty database on which provision.sql was run, as a superuser:\n"
    "\n"
    "    tar -xf NAME && sha256sum -c SHA256SUMS\n"
    "    cat database/*.dump | pg_restore --exit-on-error -d netguru\n"
    "\n"
    "The files go into the folder files/ of the data directory. A name that ends in .age is first\n"
    "decrypted with: age -d -i IDENTITY NAME > archive.tar\n"
    "manifest.json names the encryption keys that are needed; they are not in the backup.\n";

typedef struct {
    Backup *backup;
    Arena *arena;
    DbSession *session;
    Manifest manifest;
    StoreWriter *object;
    uint64_t stored; /* bytes of the object */
    CipherSink *seal;
    ArchiveWriter *archive;
    StrBuf missing; /* "user/document" lines */
    char *piece;
    char object_name[STORE_NAME_SIZE];
    int64_t created_s;
} Creation;

static bool write_object(void *context, Str bytes, Error *error)
{
    Creation *creation = context;
    creation->stored += bytes.size;
    return store_write(creation->object, bytes, error);
}

DB_STATEMENT export_snapshot = {"backup_create_export_snapshot", "SELECT pg_export_snapshot()",
                                .runner = DB_BY_OPERATOR};

static bool begin_snapshot(Creation *creation, Str *out_snapshot, Error *error)
{
    DbSession *session = creation->session;
    if (!survey_fix_settings(session, error) ||
        !db_session_run(session, STR("SET idle_in_transaction_session_timeout = 0"), error) ||
        !db_session_run(session, STR("SET ROLE netguru_backup"), error) ||
        !db_session_run(session, STR("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), error))
        return false;
    const DbRows *rows =
        db_session_query(session, creation->arena, &export_snapshot, DB_NO_PARAMS, error);
    if (rows)
        *out_snapshot = db_str(rows, 0, 0);
    return rows != NULL;
}

static bool start_dump(const Creation *creation, Str snapshot, Program *out_dump, Error *error)
{
    Str program;
    Arena *arena = creation->arena;
    Str option = arena_printf(arena, "--snapshot=%.*s", STR_ARGS(snapshot));
    if (!program_find_postgres(arena, db_session_server_major(creation->session), "pg_dump",
                               &program, error))
        return false;
    const ProgramOptions options = {
        .arguments = {program.data, "--format=custom", "--role=netguru_backup", "--no-password",
                      "--lock-wait-timeout=60s", option.data, NULL},
        .environment = db_session_variables(creation->session, arena),
        .reads = true,
    };
    return program_start(&options, out_dump, error);
}

/* Reads a whole part, or what is left. */
static bool fill_part(Program *dump, char *part, size_t *out_size, Error *error)
{
    size_t got = 1;
    *out_size = 0;
    while (got > 0 && *out_size < ARCHIVE_PART_BYTES) {
        if (!program_read(dump, part + *out_size, ARCHIVE_PART_BYTES - *out_size, &got, error))
            return false;
        *out_size += got;
    }
    return true;
}

static bool add_parts(Creation *creation, Program *dump, Error *error)
{
    char name[ARCHIVE_NAME_SIZE];
    size_t size = ARCHIVE_PART_BYTES;
    char *part = arena_alloc(creation->arena, ARCHIVE_PART_BYTES);
    for (unsigned number = 0; size == ARCHIVE_PART_BYTES; number++) {
        if (!fill_part(dump, part, &size, error))
            return false;
        if (size == 0 && number > 0)
            return true;
        snprintf(name, sizeof(name), "database/%05u.dump", number);
        if (!archive_add(creation->archive, name, str_make(part, size), error))
            return false;
        creation->manifest.database_bytes += size;
        backup_tell(creation->backup, "the database", creation->stored);
    }
    return true;
}

static bool add_database(Creation *creation, Str snapshot, Error *error)
{
    auto_program Program dump = {0};
    return start_dump(creation, snapshot, &dump, error) && add_parts(creation, &dump, error) &&
           program_end(&dump, error);
}

/* A file of a document that came back after a restore may still lie in orphans/. */
static int open_stored(const Creation *creation, Str user, Str document)
{
    char path[800];
    const Home *home = creation->backup->home;
    snprintf(path, sizeof(path), "%s/%.*s/%.*s", home->files, STR_ARGS(user), STR_ARGS(document));
    int file = home_open_file(home, path, O_RDONLY);
    if (file >= 0 || errno != ENOENT)
        return file;
    snprintf(path, sizeof(path), "%s/orphans/%.*s", home->files, STR_ARGS(document));
    return home_open_file(home, path, O_RDONLY);
}

static bool copy_file(Creation *creation, int file, uint64_t size, Sha256 *out_digest, Error *error)
{
    auto_arena Arena *scratch = arena_new();
    Sha256Stream *digest = sha256_stream_new(scratch);
    for (uint64_t left = size; left > 0;) {
        ssize_t got = read(file, creation->piece, (size_t)MIN_OF(left, (uint64_t)COPY_BYTES));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(error, ERR_IO, "a file became shorter while it was read");
        Str bytes = str_make(creation->piece, (size_t)got);
        left -= (uint64_t)got;
        sha256_stream_add(digest, bytes);
        if (!archive_write(creation->archive, bytes, error))
            return false;
    }
    *out_digest = sha256_stream_end(digest);
    return true;
}

static bool add_opened(Creation *creation, const char *name, int file, Str expected, Error *error)
{
    struct stat status;
    Sha256 digest;
    char hex[SHA256_HEX_SIZE];
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(error, ERR_IO, "%s is not a file", name);
    uint64_t size = (uint64_t)status.st_size;
    if (!archive_begin(creation->archive, name, size, error) ||
        !copy_file(creation, file, size, &digest, error) || !archive_end(creation->archive, error))
        return error_prefix(error, "%s: ", name);
    sha256_write_hex(&digest, hex);
    creation->manifest.files++;
    creation->manifest.file_bytes += size;
    creation->manifest.files_damaged += !str_empty(expected) && !str_equal(expected, str_of(hex));
    return true;
}

static bool add_file(Creation *creation, const DbRows *rows, size_t row, Error *error)
{
    char name[ARCHIVE_NAME_SIZE];
    Str user = db_str(rows, row, 0);
    Str document = db_str(rows, row, 1);
    int file = open_stored(creation, user, document);
    if (file < 0 && errno == ENOENT) {
        strbuf_printf(&creation->missing, "%.*s/%.*s\n", STR_ARGS(user), STR_ARGS(document));
        return true;
    }
    if (file < 0)
        return error_set_errno(error, errno, "the file store");
    snprintf(name, sizeof(name), "files/%.*s/%.*s", STR_ARGS(user), STR_ARGS(document));
    bool added = add_opened(creation, name, file, db_str(rows, row, 2), error);
    close(file);
    return added;
}

DB_STATEMENT declare_files = {
    "backup_create_declare_files",
    "DECLARE files NO SCROLL CURSOR FOR SELECT user_id, id, encode(sha256, 'hex') FROM documents"
    " ORDER BY user_id, id",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT fetch_files = {"backup_create_fetch_files", "FETCH 500 FROM files",
                            .runner = DB_BY_OPERATOR};

static bool add_files(Creation *creation, Error *error)
{
    size_t count = FILES_BATCH;
    if (!db_session_query(creation->session, creation->arena, &declare_files, DB_NO_PARAMS, error))
        return false;
    while (count == FILES_BATCH) {
        auto_arena Arena *arena = arena_new();
        const DbRows *rows =
            db_session_query(creation->session, arena, &fetch_files, DB_NO_PARAMS, error);
        count = rows ? rows->count : 0;
        for (size_t i = 0; i < count; i++) {
            if (!add_file(creation, rows, i, error))
                return false;
        }
        if (!rows)
            return false;
        backup_tell(creation->backup, "the files", creation->stored);
    }
    return !creation->missing.overflowed ||
           error_set(error, ERR_CONFLICT,
                     "more than 200,000 documents have no file: is %s the right file store?",
                     creation->backup->home->files);
}

DB_STATEMENT count_lost = {
    "backup_create_count_lost",
    "SELECT count(*) FROM documents WHERE user_id || '/' || id = ANY (string_to_array($1, E'\\n'))",
    .runner = DB_BY_OPERATOR};

/* A document without a file that still exists now has lost it; the others were deleted meanwhile.
 */
static bool count_missing(Creation *creation, Error *error)
{
    uint64_t lines = 0;
    Str missing = strbuf_str(&creation->missing);
    for (size_t i = 0; i < missing.size; i++)
        lines += missing.data[i] == '\n';
    if (!db_session_run(creation->session, STR("COMMIT"), error))
        return false;
    const DbRows *rows = lines ? db_session_query(creation->session, creation->arena, &count_lost,
                                                  DB_PARAMS(db_text(missing)), error)
                               : NULL;
    if (lines && !rows)
        return false;
    creation->manifest.files_lost = rows ? (uint64_t)db_read_i64(rows, 0, 0) : 0;
    creation->manifest.files_deleted = lines - creation->manifest.files_lost;
    return true;
}

static bool add_end(Creation *creation, Error *error)
{
    Str text;
    Sha256 sums;
    char hex[SHA256_HEX_SIZE];
    Arena *arena = creation->arena;
    Manifest *manifest = &creation->manifest;
    if (!archive_add(creation->archive, ARCHIVE_MISSING, strbuf_str(&creation->missing), error) ||
        !archive_add_sums(creation->archive, &sums, error))
        return false;
    manifest->members = archive_count(creation->archive);
    manifest->sums = arena_copy(arena, str_of(sha256_write_hex(&sums, hex)));
    return manifest_write(arena, manifest, &text, error) &&
           archive_add(creation->archive, ARCHIVE_MANIFEST, text, error) &&
           archive_add(creation->archive, ARCHIVE_SIGNATURE,
                       manifest_sign(arena, creation->backup->keyring, text), error) &&
           archive_finish(creation->archive, error);
}

/* Chooses a name that the store does not have: two backups in a second get two seconds. */
static bool choose_name(Creation *creation, Error *error)
{
    struct tm date;
    char stamp[32];
    char text[TIME_TEXT_SIZE];
    StoreObjectVec objects = {0};
    Backup *backup = creation->backup;
    bool seals = !str_empty(config_str(backup->settings, "NETGURU_BACKUP_RECIPIENTS"));
    if (!store_list(backup->store, creation->arena, &objects, error))
        return false;
    creation->created_s = time_now_us() / 1000000;
    for (bool is_free = false; !is_free; creation->created_s += !is_free) {
        time_t time = (time_t)creation->created_s;
        gmtime_r(&time, &date);
        strftime(stamp, sizeof(stamp), "netguru_%Y%m%dT%H%M%SZ", &date);
        is_free = true;
        for (size_t i = 0; i < objects.count; i++)
            is_free = is_free && !str_starts_with(objects.items[i].name, str_of(stamp));
    }
    snprintf(creation->object_name, sizeof(creation->object_name), "%s%s", stamp,
             seals ? BACKUP_SEALED_ENDING : BACKUP_ENDING);
    time_write_rfc3339(creation->created_s * 1000000, text);
    creation->manifest.name = arena_copy(creation->arena, str_of(creation->object_name));
    creation->manifest.created_at = arena_copy(creation->arena, str_of(text));
    creation->manifest.program = str_of(backup->version);
    return true;
}

static bool begin_object(Creation *creation, Error *error)
{
    ByteSink sink = {write_object, creation};
    Arena *arena = creation->arena;
    Str recipients = config_str(creation->backup->settings, "NETGURU_BACKUP_RECIPIENTS");
    creation->object =
        store_write_begin(creation->backup->store, arena, creation->object_name, error);
    if (!creation->object)
        return false;
    if (!str_empty(recipients)) {
        creation->seal = cipher_seal_begin(arena, recipients, sink, error);
        if (!creation->seal)
            return false;
        sink = cipher_sink(creation->seal);
    }
    creation->archive = archive_writer_new(arena, sink, creation->created_s);
    creation->piece = arena_alloc(arena, COPY_BYTES);
    strbuf_init(&creation->missing, MISSING_MAX_BYTES);
    return true;
}

static bool write_all(Creation *creation, Error *error)
{
    Str snapshot;
    Manifest *manifest = &creation->manifest;
    return begin_snapshot(creation, &snapshot, error) &&
           migrate_current(creation->session, creation->arena, &manifest->schema, error) &&
           archive_add(creation->archive, ARCHIVE_README, str_of(readme), error) &&
           add_database(creation, snapshot, error) &&
           survey_take(creation->session, creation->arena, manifest, error) &&
           manifest_check_keys(creation->backup->keyring, manifest, error) &&
           add_files(creation, error) && count_missing(creation, error) &&
           add_end(creation, error) &&
           (!creation->seal || cipher_seal_end(creation->seal, error)) &&
           store_write_commit(creation->object, error);
}

bool backup_create(Backup *backup, Arena *arena, BackupSummary *out_summary, Error *error)
{
    uint64_t started_ms = time_monotonic_ms();
    auto_session DbSession *session = backup_connect(backup, NULL, error);
    auto_arena Arena *scratch = arena_new();
    Creation creation = {.backup = backup, .arena = scratch, .session = session};
    bool done = session && backup_lock(backup, error) && store_sweep(backup->store, error) &&
                choose_name(&creation, error) && begin_object(&creation, error) &&
                write_all(&creation, error);
    strbuf_done(&creation.missing);
    if (!done)
        return false;
    BackupSummary summary = {
        .name = arena_copy(arena, str_of(creation.object_name)),
        .created_at = arena_copy(arena, creation.manifest.created_at),
        .created_s = creation.created_s,
        .size_bytes = creation.stored,
        .duration_s = (double)(time_monotonic_ms() - started_ms) / 1000,
        .is_encrypted = creation.seal != NULL,
        .has_notes = true,
    };
    summary_describe(&creation.manifest, &summary);
    summary.schema = arena_copy(arena, summary.schema);
    *out_summary = summary;
    return notes_save(backup, &summary, error);
}

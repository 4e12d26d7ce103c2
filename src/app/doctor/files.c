/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file store against the rows of documents, both ways: documents whose file is missing or has
 * another size, and files that no document owns. --fix sets the latter aside in orphans/, as work
 * does every hour; they are deleted after a week, and a document that turns up gets its file back.
 */
#include "app/doctor/internal.h"

#include "base/time.h"
#include "base/uuid.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum { BATCH = 1000, MAX_NAMED = 5, PATH_MAX_BYTES = 900, JOINED_MAX_BYTES = 80 };

#define STORE_PREFIX "local:"

typedef struct {
    Doctor *doctor;
    uint64_t ends_ms;
    bool is_late;
    uint64_t documents;
    uint64_t files;
    uint64_t lost;  /* documents without a whole file */
    StrVec named;   /* some of them */
    StrVec orphans; /* "<user>/<document>" */
} Walk;

static bool is_over(Walk *walk)
{
    walk->is_late = walk->is_late || time_monotonic_ms() > walk->ends_ms;
    return walk->is_late;
}

/* Returns the ids of "<user>/<document>" or "<document>" as an array of PostgreSQL. */
static Str write_ids(Arena *arena, const StrVec *files, size_t first, size_t count)
{
    StrBuf text;
    strbuf_init(&text, BATCH * 64);
    for (size_t i = first; i < first + count; i++) {
        Str name = files->items[i];
        strbuf_append(&text, i == first ? STR("{") : STR(","));
        size_t slash = str_find_byte(name, '/');
        strbuf_append(&text, slash == STR_NOT_FOUND ? name : str_from(name, slash + 1));
    }
    strbuf_append(&text, STR("}"));
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return copy;
}

/* Returns whether the file of the document is there in full. */
static bool has_file(const Walk *walk, const DbRows *rows, size_t row)
{
    char path[PATH_MAX_BYTES];
    struct stat status;
    const char *store = walk->doctor->home.files;
    Str place = db_str(rows, row, 1);
    if (str_starts_with(place, STR(STORE_PREFIX)))
        place = str_from(place, strlen(STORE_PREFIX));
    snprintf(path, sizeof(path), "%s/%.*s", store, STR_ARGS(place));
    bool is_there = stat(path, &status) == 0;
    if (!is_there) {
        snprintf(path, sizeof(path), "%s/orphans/%.*s", store, STR_ARGS(db_str(rows, row, 0)));
        is_there = stat(path, &status) == 0;
    }
    return is_there && status.st_size == db_read_i64(rows, row, 2);
}

/* Counts those that still exist: one may have been deleted after its row was read. */
static bool count_lost(Walk *walk, Arena *arena, Str ids, Error *error)
{
    DB_STATEMENT find = {
        "doctor_find_documents",
        "SELECT id FROM documents WHERE id = ANY ($1::uuid[]) ORDER BY id",
        .runner = DB_BY_OPERATOR,
    };
    const DbRows *rows =
        db_session_query(walk->doctor->session, arena, &find, DB_PARAMS(db_text(ids)), error);
    for (size_t row = 0; rows && row < rows->count; row++) {
        walk->lost++;
        if (walk->named.count < MAX_NAMED)
            *VEC_PUSH(walk->doctor->arena, &walk->named) =
                arena_copy(walk->doctor->arena, db_str(rows, row, 0));
    }
    return rows != NULL;
}

/* Looks at a page of documents. */
static bool look_at_page(Walk *walk, Arena *arena, const DbRows *rows, Error *error)
{
    StrVec suspects = {0};
    home_enter(&walk->doctor->home);
    for (size_t row = 0; row < rows->count; row++) {
        if (!has_file(walk, rows, row))
            *VEC_PUSH(arena, &suspects) = db_str(rows, row, 0);
    }
    home_leave(&walk->doctor->home);
    walk->documents += rows->count;
    return suspects.count == 0 ||
           count_lost(walk, arena, write_ids(arena, &suspects, 0, suspects.count), error);
}

/* Pages by id: a table of any size takes little memory. Returns false on failure. */
static bool look_at_documents(Walk *walk, Error *error)
{
    DB_STATEMENT next = {
        "doctor_page_documents",
        "SELECT id, storage_path, file_size_bytes FROM documents WHERE id > $1::uuid"
        " ORDER BY id LIMIT 1000",
        .runner = DB_BY_OPERATOR,
    };
    Str last = STR("00000000-0000-0000-0000-000000000000");
    size_t count = BATCH;
    while (count == BATCH && !is_over(walk)) {
        auto_arena Arena *arena = arena_new();
        const DbRows *rows =
            db_session_query(walk->doctor->session, arena, &next, DB_PARAMS(db_text(last)), error);
        if (!rows || !look_at_page(walk, arena, rows, error))
            return false;
        count = rows->count;
        if (count > 0)
            last = arena_copy(walk->doctor->arena, db_str(rows, count - 1, 0));
    }
    return true;
}

static bool is_uuid(const char *name)
{
    Uuid id;
    return uuid_parse(str_of(name), &id);
}

/* Adds the finished files of one user that are old enough. */
static void list_files(Walk *walk, const char *user, Arena *arena, StrVec *files)
{
    char path[PATH_MAX_BYTES];
    const struct dirent *entry;
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", walk->doctor->home.files, user);
    DIR *directory = opendir(path);
    while (directory && (entry = readdir(directory)) && !is_over(walk)) {
        bool is_file = is_uuid(entry->d_name) &&
                       fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (is_file && status.st_mtime < time(NULL) - DOCTOR_FILE_GRACE_S)
            *VEC_PUSH(arena, files) = arena_printf(arena, "%s/%s", user, entry->d_name);
        walk->files += is_file;
    }
    if (directory)
        closedir(directory);
}

static bool keep_orphans(Walk *walk, Arena *arena, const StrVec *files, Error *error)
{
    DB_STATEMENT find = {
        "doctor_find_orphans",
        "SELECT f.place FROM unnest($1::uuid[]) WITH ORDINALITY AS f (id, place)"
        " WHERE NOT EXISTS (SELECT FROM documents AS d WHERE d.id = f.id)",
        .runner = DB_BY_OPERATOR,
    };
    for (size_t first = 0; first < files->count; first += BATCH) {
        size_t count = MIN_OF(files->count - first, (size_t)BATCH);
        Str ids = write_ids(arena, files, first, count);
        const DbRows *rows =
            db_session_query(walk->doctor->session, arena, &find, DB_PARAMS(db_text(ids)), error);
        if (!rows)
            return false;
        for (size_t row = 0; row < rows->count; row++) {
            size_t place = first + (size_t)db_read_i64(rows, row, 0) - 1;
            *VEC_PUSH(walk->doctor->arena, &walk->orphans) =
                arena_copy(walk->doctor->arena, files->items[place]);
        }
    }
    return true;
}

static bool look_at_files(Walk *walk, Error *error)
{
    const struct dirent *entry;
    StrVec files = {0};
    auto_arena Arena *arena = arena_new();
    const Home *home = &walk->doctor->home;
    home_enter(home);
    DIR *store = opendir(home->files);
    while (store && (entry = readdir(store)) && !is_over(walk)) {
        if (is_uuid(entry->d_name))
            list_files(walk, entry->d_name, arena, &files);
    }
    int problem = errno;
    if (store)
        closedir(store);
    home_leave(home);
    if (!store)
        return error_set_errno(error, problem, home->files);
    return keep_orphans(walk, arena, &files, error);
}

/* Same disk, so each file is moved whole or not at all. */
static bool set_aside(Doctor *doctor, Finding *finding, Error *error)
{
    Str name;
    Str rest = finding->target;
    unsigned moved = 0;
    int problem = 0;
    home_enter(&doctor->home);
    mkdir(arena_printf(doctor->arena, "%s/orphans", doctor->home.files).data, 0700);
    while (!problem && str_next_line(&rest, &name)) {
        Str id = str_from(name, str_find_byte(name, '/') + 1);
        Str from = arena_printf(doctor->arena, "%s/%.*s", doctor->home.files, STR_ARGS(name));
        Str to = arena_printf(doctor->arena, "%s/orphans/%.*s", doctor->home.files, STR_ARGS(id));
        if (rename(from.data, to.data) == 0)
            moved++;
        else if (errno != ENOENT)
            problem = errno;
    }
    home_leave(&doctor->home);
    finding->done =
        arena_printf(doctor->arena, "moved %u to %s/orphans", moved, doctor->home.files);
    return !problem || error_set_errno(error, problem, "orphans");
}

static Str join(Arena *arena, const StrVec *names, const char *separator)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, names->count * JOINED_MAX_BYTES);
    for (size_t i = 0; i < names->count; i++) {
        strbuf_append(&text, i ? str_of(separator) : STR(""));
        strbuf_append(&text, names->items[i]);
    }
    return arena_copy(arena, strbuf_str(&text));
}

static void report_documents(Doctor *doctor, const Walk *walk)
{
    if (walk->lost == 0)
        return;
    Finding *finding = doctor_add(doctor, FINDING_ERROR,
                                  "documents without their file, or with one of another "
                                  "size: %llu",
                                  (unsigned long long)walk->lost);
    finding->cause =
        arena_printf(doctor->arena, "they cannot be downloaded or analysed again: %.*s%s",
                     STR_ARGS(join(doctor->arena, &walk->named, ", ")),
                     walk->lost > walk->named.count ? ", …" : "");
    finding->command = STR("netguru restore latest --user EMAIL brings missing files back; else "
                           "upload them again");
}

static void report_orphans(Doctor *doctor, const Walk *walk)
{
    if (walk->orphans.count == 0)
        return;
    Finding *finding = doctor_add(doctor, FINDING_WARNING,
                                  "%zu files older than an hour belong to "
                                  "no document",
                                  walk->orphans.count);
    finding->cause =
        arena_printf(doctor->arena, "a process was killed, or the database was restored: %.*s%s",
                     STR_ARGS(walk->orphans.items[0]), walk->orphans.count > 1 ? ", …" : "");
    finding->command = STR("netguru doctor --fix --only files; a running work does it every hour");
    finding->target = join(doctor->arena, &walk->orphans, "\n");
    finding->fix = set_aside;
}

void doctor_check_files(Doctor *doctor)
{
    Error error = {0};
    Walk walk = {.doctor = doctor,
                 .ends_ms = time_monotonic_ms() + (uint64_t)DOCTOR_TIMEOUT_S * 1000};
    if (!look_at_documents(&walk, &error) || !look_at_files(&walk, &error)) {
        doctor_add(doctor, FINDING_UNKNOWN, "%s", error.message)->command =
            STR("netguru doctor, as the user who runs netguru up");
        return;
    }
    report_documents(doctor, &walk);
    report_orphans(doctor, &walk);
    if (walk.is_late)
        doctor_add(doctor, FINDING_UNKNOWN, "not all were looked at within %d s", DOCTOR_TIMEOUT_S)
            ->command = STR("netguru backup verify compares each file");
    else if (walk.lost + walk.orphans.count == 0)
        doctor_add(doctor, FINDING_OK, "%llu documents and %llu files belong together",
                   (unsigned long long)walk.documents, (unsigned long long)walk.files);
}

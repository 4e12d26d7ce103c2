/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known defects of the servers and of pgvector that concern NetGuru: it uses GIN and HNSW indexes,
 * row-level security and Lua scripts. A row ends at the version that has the fix.
 */
#include "app/doctor/internal.h"

enum { PARTS = 3 };

typedef struct {
    uint32_t parts[PARTS];
} Version;

typedef struct {
    const char *product;
    Version from; /* the first that has the defect */
    Version fixed;
    Severity severity;
    bool by_clients_only; /* only a client of the server can use it */
    const char *what;
    const char *address;
} Defect;

#define GIN_DEFECT "concurrent updates can corrupt GIN indexes, which the search by words uses"
#define TEXT_DEFECT                                                                                \
    "a database user can run code as the server's system user (CVE-2026-2005, CVE-2026-2006)"
#define TEXT_ADDRESS "https://www.postgresql.org/support/security/CVE-2026-2006/"
#define LUA_DEFECT "a client can run code on the server by a Lua script (CVE-2025-49844)"
#define LUA_ADDRESS "https://github.com/redis/redis/security/advisories/GHSA-4789-qfc9-5f9q"
#define VECTOR_CHANGES "https://github.com/pgvector/pgvector/blob/master/CHANGELOG.md"

static const Defect defects[] = {
    {"PostgreSQL",
     {{15}},
     {{15, 6}},
     FINDING_ERROR,
     false,
     GIN_DEFECT,
     "https://www.postgresql.org/docs/15/release-15-6.html"},
    {"PostgreSQL",
     {{16}},
     {{16, 2}},
     FINDING_ERROR,
     false,
     GIN_DEFECT,
     "https://www.postgresql.org/docs/16/release-16-2.html"},
    {"PostgreSQL", {{15}}, {{15, 16}}, FINDING_WARNING, true, TEXT_DEFECT, TEXT_ADDRESS},
    {"PostgreSQL", {{16}}, {{16, 12}}, FINDING_WARNING, true, TEXT_DEFECT, TEXT_ADDRESS},
    {"PostgreSQL", {{17}}, {{17, 8}}, FINDING_WARNING, true, TEXT_DEFECT, TEXT_ADDRESS},
    {"PostgreSQL", {{18}}, {{18, 2}}, FINDING_WARNING, true, TEXT_DEFECT, TEXT_ADDRESS},
    {"pgvector",
     {{0}},
     {{0, 8, 0}},
     FINDING_ERROR,
     false,
     "there are no iterative index scans, so a search within one user's rows finds too little",
     VECTOR_CHANGES},
    {"pgvector",
     {{0, 6, 0}},
     {{0, 8, 2}},
     FINDING_WARNING,
     false,
     "building an HNSW index by parallel workers can leak rows or crash the server "
     "(CVE-2026-3172); NetGuru builds without them",
     "https://github.com/pgvector/pgvector/issues/959"},
    {"pgvector",
     {{0, 5, 0}},
     {{0, 8, 3}},
     FINDING_WARNING,
     false,
     "vacuum can corrupt an HNSW index",
     VECTOR_CHANGES},
    {"Redis", {{0}}, {{6, 2, 20}}, FINDING_WARNING, true, LUA_DEFECT, LUA_ADDRESS},
    {"Redis", {{7, 0}}, {{7, 2, 11}}, FINDING_WARNING, true, LUA_DEFECT, LUA_ADDRESS},
    {"Redis", {{7, 4}}, {{7, 4, 6}}, FINDING_WARNING, true, LUA_DEFECT, LUA_ADDRESS},
    {"Redis", {{8, 0}}, {{8, 0, 4}}, FINDING_WARNING, true, LUA_DEFECT, LUA_ADDRESS},
    {"Redis", {{8, 2}}, {{8, 2, 2}}, FINDING_WARNING, true, LUA_DEFECT, LUA_ADDRESS},
};

/* Reads "15.20 (Debian 15.20-0+deb12u1)" up to the first byte that is neither digit nor dot. */
static bool parse_version(Str text, Version *out_version)
{
    size_t size = 0;
    Str field;
    Version version = {0};
    while (size < text.size &&
           ((text.data[size] >= '0' && text.data[size] <= '9') || text.data[size] == '.'))
        size++;
    Str rest = str_slice(text, 0, size);
    for (size_t i = 0; i < PARTS && str_next_field(&rest, '.', &field); i++) {
        if (!str_parse_u32(field, &version.parts[i]))
            return false;
    }
    *out_version = version;
    return size > 0;
}

static bool is_before(const Version *a, const Version *b)
{
    for (size_t i = 0; i < PARTS; i++) {
        if (a->parts[i] != b->parts[i])
            return a->parts[i] < b->parts[i];
    }
    return false;
}

static Str write_version(Arena *arena, const Version *version)
{
    const uint32_t *parts = version->parts;
    return parts[2] || parts[0] == 0 ? arena_printf(arena, "%u.%u.%u", parts[0], parts[1], parts[2])
                                     : arena_printf(arena, "%u.%u", parts[0], parts[1]);
}

static Str upgrade_command(const Doctor *doctor, const Installed *installed)
{
    if (str_equal(str_of(installed->product), STR("pgvector")))
        return arena_printf(doctor->arena, "install a newer pgvector, then %.*s",
                            STR_ARGS(doctor_psql(doctor, "ALTER EXTENSION vector UPDATE")));
    return str_equal(str_of(installed->product), STR("Redis"))
               ? STR("apt-get install --only-upgrade redis-server, then restart Redis")
               : STR("apt-get install --only-upgrade postgresql-15, then restart PostgreSQL");
}

static void add_defect(Doctor *doctor, const Installed *installed, const Defect *defect)
{
    Finding *finding = doctor_add(
        doctor, defect->severity, "%s %.*s has a known defect, fixed in %.*s", installed->product,
        STR_ARGS(installed->version), STR_ARGS(write_version(doctor->arena, &defect->fixed)));
    finding->cause =
        arena_printf(doctor->arena, "%s: %s%s", defect->what, defect->address,
                     defect->by_clients_only && str_equal(str_of(defect->product), STR("Redis"))
                         ? ". A distribution may have fixed it without a new version number"
                         : "");
    finding->command = upgrade_command(doctor, installed);
}

void doctor_add_defects(Doctor *doctor, const Installed *installed)
{
    Version version;
    if (!parse_version(installed->version, &version))
        return;
    for (size_t i = 0; i < COUNT_OF(defects); i++) {
        const Defect *defect = &defects[i];
        if (str_equal(str_of(defect->product), str_of(installed->product)) &&
            !(installed->is_private && defect->by_clients_only) &&
            !is_before(&version, &defect->from) && is_before(&version, &defect->fixed))
            add_defect(doctor, installed, defect);
    }
}

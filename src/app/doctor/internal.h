/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the files of this folder only. Each file has the checks of one subject, and the table in
 * doctor.c lists them in their order. A check adds findings:
 *
 *     Finding *finding = doctor_add(doctor, FINDING_ERROR, "the policy is %s", policy);
 *     finding->cause = STR("keys are evicted when memory is short");
 *     finding->command = STR("redis-cli CONFIG SET maxmemory-policy noeviction");
 *     finding->fix = set_policy;
 *
 * Without --fix nothing is changed: the session is read-only, and each statement ends after
 * DOCTOR_TIMEOUT_S. Findings and their texts live in the arena of the command.
 */
#pragma once

#include "app/process.h"
#include "base/vec.h"
#include "ops/redis_check.h"

enum {
    DOCTOR_TIMEOUT_S = 20,     /* of a statement, and of a walk over files */
    DOCTOR_MAX_FINDINGS = 20,  /* of a check; the rest is counted */
    DOCTOR_FILE_GRACE_S = 3600 /* a younger file may belong to an upload in progress */
};

typedef enum { FINDING_OK, FINDING_WARNING, FINDING_ERROR, FINDING_UNKNOWN } Severity;

typedef struct Doctor Doctor;
typedef struct Finding Finding;

/* Fixes what the finding tells, and says in finding->done what it did. */
typedef bool DoctorFix(Doctor *doctor, Finding *finding, Error *error);

struct Finding {
    const char *subject; /* the name of the check */
    Severity severity;
    Str what;
    Str cause;      /* the reason, or what follows from it; may be empty */
    Str command;    /* that fixes it; empty only where nothing is to be done */
    DoctorFix *fix; /* NULL: --fix leaves it alone */
    Str target;     /* for fix: what it works on */
    bool is_fixed;
    Str done; /* what --fix did, or would do, or why it could not */
};

typedef struct {
    RedisFacts facts;
    Str info;        /* reply to INFO persistence */
    int64_t time_us; /* of its clock */
    int64_t asked_us;
    int64_t workers; /* that have shown signs of life */
} RedisLook;

struct Doctor {
    Command *command;
    Arena *arena;
    Home home;
    bool has_home;
    Error home_error;
    bool has_own_database; /* the embedded servers, no settings name others */
    bool has_own_redis;
    DbSession *session;  /* read-only, the owner's if possible; NULL: unavailable */
    bool is_owner;       /* the session can see and do everything in the schema */
    bool has_schema;     /* at the revision of this program */
    DbSession *writing;  /* opened by the first fix that needs it */
    RedisLook *redis;    /* NULL: unavailable */
    const char *subject; /* of the running check */
    bool fix;
    bool dry_run;
    VEC(Finding *) findings;
};

Finding *doctor_add(Doctor *doctor, Severity severity, const char *format, ...) PRINTF_LIKE(3, 4);
/* Runs a read-only query without parameters. On failure adds a finding "unknown", returns NULL. */
const DbRows *doctor_query(Doctor *doctor, const char *sql);
/* Returns the session for fixes, which may write and is not limited in time. */
DbSession *doctor_write_session(Doctor *doctor, Error *error) MUST_USE;
/* Returns a psql command line for the owner that runs this SQL. */
Str doctor_psql(const Doctor *doctor, const char *sql, ...) PRINTF_LIKE(2, 3);
/* Returns the value of the line "name:value" of a reply to INFO, or empty. */
Str doctor_info_line(Str info, const char *name);

/* Opens what can be reached; the checks of PostgreSQL and Redis report what cannot. */
void doctor_reach_database(Doctor *doctor);
void doctor_reach_redis(Doctor *doctor);

typedef struct {
    const char *product;
    Str version;
    bool is_private; /* only NetGuru's own user can connect to the server */
} Installed;

/* Adds a finding for each known defect of the version. */
void doctor_add_defects(Doctor *doctor, const Installed *installed);

void doctor_print(const Doctor *doctor);
bool doctor_print_json(const Doctor *doctor) MUST_USE;

typedef void DoctorCheck(Doctor *doctor);

DoctorCheck doctor_check_programs;
DoctorCheck doctor_check_model;
DoctorCheck doctor_check_database;
DoctorCheck doctor_check_extension;
DoctorCheck doctor_check_revision;
DoctorCheck doctor_check_schema;
DoctorCheck doctor_check_roles;
DoctorCheck doctor_check_indexes;
DoctorCheck doctor_check_vector_indexes;
DoctorCheck doctor_check_embeddings;
DoctorCheck doctor_check_statistics;
DoctorCheck doctor_check_settings;
DoctorCheck doctor_check_database_settings;
DoctorCheck doctor_check_connections;
DoctorCheck doctor_check_redis;
DoctorCheck doctor_check_redis_memory;
DoctorCheck doctor_check_redis_policy;
DoctorCheck doctor_check_persistence;
DoctorCheck doctor_check_clock;
DoctorCheck doctor_check_queues;
DoctorCheck doctor_check_home;
DoctorCheck doctor_check_secrets;
DoctorCheck doctor_check_disk;
DoctorCheck doctor_check_limits;
DoctorCheck doctor_check_files;
DoctorCheck doctor_check_keys;
DoctorCheck doctor_check_backups;

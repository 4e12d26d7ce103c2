/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on this machine, and the embedding model. */
#include "app/doctor/internal.h"

#include "app/model_files.h"
#include "ops/embedded.h"

#include <glob.h>
#include <unistd.h>

/* As tools/get_model has it; test/api/test_doctor.py compares them. */
#define MODEL_SHA256 "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

static void look_for(Doctor *doctor, const char *path, const char *package)
{
    if (access(path, X_OK) == 0) {
        doctor_add(doctor, FINDING_OK, "%s", path);
        return;
    }
    doctor_add(doctor, FINDING_ERROR, "%s does not exist", path)->command =
        arena_printf(doctor->arena, "apt-get install %s", package);
}

static void look_for_postgres(Doctor *doctor)
{
    char programs[128];
    glob_t found = {0};
    Error error = {0};
    if (embedded_find_postgres(programs, sizeof(programs), &error))
        doctor_add(doctor, FINDING_OK, "PostgreSQL in %s", programs);
    else
        doctor_add(doctor, FINDING_ERROR, "%s", error.message)->command =
            STR("apt-get install postgresql-15");
    if (glob("/usr/share/postgresql/*/extension/vector.control", 0, NULL, &found) != 0)
        doctor_add(doctor, FINDING_ERROR, "the extension vector is not installed")->command =
            STR("tools/build_pgvector, or apt-get install postgresql-NN-pgvector");
    globfree(&found);
}

void doctor_check_programs(Doctor *doctor)
{
    if (doctor->has_own_database)
        look_for_postgres(doctor);
    if (doctor->has_own_redis)
        look_for(doctor, "/usr/bin/redis-server", "redis-server");
    look_for(doctor, "/usr/bin/pdftotext", "poppler-utils");
}

void doctor_check_model(Doctor *doctor)
{
    char digest[SHA256_HEX_SIZE];
    Str model = process_find_model(doctor->command->settings, doctor->arena);
    if (str_empty(model)) {
        Finding *finding = doctor_add(doctor, FINDING_ERROR, "the embedding model is not found");
        finding->cause = STR("search works by words only");
        finding->command = STR("tools/get_model, or set NETGURU_MODEL_DIR");
        return;
    }
    Str path = arena_printf(doctor->arena, "%.*s/model.safetensors", STR_ARGS(model));
    bool is_read = model_file_digest(path.data, digest);
    if (is_read && str_equal(str_of(digest), STR(MODEL_SHA256))) {
        doctor_add(doctor, FINDING_OK, "%.*s, as published", STR_ARGS(model));
        return;
    }
    Finding *finding =
        doctor_add(doctor, FINDING_ERROR, "%.*s %s", STR_ARGS(path),
                   is_read ? "has not the digest of the published model" : "cannot be read");
    finding->cause = STR("it is damaged or another model: its vectors do not fit those stored");
    finding->command = arena_printf(doctor->arena, "rm %.*s && tools/get_model --dir %.*s",
                                    STR_ARGS(path), STR_ARGS(model));
}

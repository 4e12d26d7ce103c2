/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password.h"

#include "base/mem.h"
#include "base/random.h"
#include "crypto/digest.h"

#include <crypt.h>

enum {
    MAX_QUEUED = 256,
    MAX_WAIT_MS = 2500,
    ESTIMATE_COST = 12,
    ESTIMATE_MS = 256, /* of a hash at that cost; one more doubles it */
    NICENESS = 2,      /* the loop comes first where cores are few */
};

/* The hash of a password that nobody has. Verifying against it takes as long as against any other.
 */
static const char nobody_hash[] = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";

typedef struct {
    char password[PASSWORD_MAX_BYTES + 1];
    char setting[PASSWORD_HASH_SIZE];
    char hash[PASSWORD_HASH_SIZE];
    bool hashed;
} HashWork;

static uint32_t estimate_ms(unsigned cost)
{
    if (cost >= ESTIMATE_COST)
        return (uint32_t)ESTIMATE_MS << MIN_OF(cost - ESTIMATE_COST, 8u);
    return MAX_OF((uint32_t)ESTIMATE_MS >> (ESTIMATE_COST - cost), 1u);
}

Workers *password_workers_new(Loop *loop, uint32_t threads, unsigned cost)
{
    return workers_new(loop, &(WorkersOptions){
                                 .name = "password hashing",
                                 .threads = threads,
                                 .max_queued = MAX_QUEUED,
                                 .max_wait_ms = MAX_WAIT_MS,
                                 .estimate_ms = estimate_ms(cost),
                                 .niceness = NICENESS,
                             });
}

bool password_check_policy(Str password, Error *error)
{
    if (password.size < PASSWORD_MIN_BYTES)
        return error_set(error, ERR_VALIDATION, "password: at least %d characters",
                         PASSWORD_MIN_BYTES);
    if (password.size > PASSWORD_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "password: at most %d bytes", PASSWORD_MAX_BYTES);
    if (str_find_byte(password, '\0') != STR_NOT_FOUND)
        return error_set(error, ERR_VALIDATION, "password: holds a NUL byte");
    return true;
}

static void hash_with_setting(void *argument)
{
    HashWork *work = argument;
    struct crypt_data *scratch = MEM_NEW(struct crypt_data);
    const char *hash = crypt_rn(work->password, work->setting, scratch, sizeof(*scratch));
    work->hashed = hash && str_copy_to(str_of(hash), work->hash, sizeof(work->hash));
    explicit_bzero(scratch, sizeof(*scratch));
    mem_free(scratch);
}

static bool make_setting(unsigned cost, char out[PASSWORD_HASH_SIZE])
{
    char salt[16];
    random_bytes(salt, sizeof(salt));
    return crypt_gensalt_rn("$2b$", cost, salt, sizeof(salt), out, PASSWORD_HASH_SIZE) != NULL;
}

bool password_hash(Task *task, Workers *workers, Str password, unsigned cost, Str *out_hash)
{
    HashWork work = {0};
    if (!password_check_policy(password, &task->error))
        return false;
    str_copy_to(password, work.password, sizeof(work.password));
    check(make_setting(cost, work.setting));
    bool ran = workers_run(task, workers, hash_with_setting, &work);
    explicit_bzero(work.password, sizeof(work.password));
    if (!ran)
        return false;
    check(work.hashed);
    *out_hash = arena_copy(task->arena, str_of(work.hash));
    return true;
}

bool password_hash_blocking(Arena *arena, Str password, unsigned cost, Str *out_hash)
{
    HashWork work = {0};
    str_copy_to(password, work.password, sizeof(work.password));
    if (!make_setting(cost, work.setting))
        return false;
    hash_with_setting(&work);
    explicit_bzero(work.password, sizeof(work.password));
    *out_hash = arena_copy(arena, str_of(work.hash));
    return work.hashed;
}

bool password_verify(Task *task, Workers *workers, Str password, Str hash, bool *out_fits)
{
    HashWork work = {0};
    bool possible = password.size <= PASSWORD_MAX_BYTES && !str_empty(hash) &&
                    hash.size < sizeof(work.setting) &&
                    str_find_byte(password, '\0') == STR_NOT_FOUND;
    str_copy_to(password, work.password, sizeof(work.password));
    str_copy_to(possible ? hash : str_of(nobody_hash), work.setting, sizeof(work.setting));
    bool ran = workers_run(task, workers, hash_with_setting, &work);
    explicit_bzero(work.password, sizeof(work.password));
    if (!ran)
        return false;
    *out_fits = possible && work.hashed && digest_equal(str_of(work.hash), hash);
    return true;
}

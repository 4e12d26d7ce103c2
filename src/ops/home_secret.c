/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets of the home. They belong to the servers' user; in root's home only root creates them.
 */
#include "base/base64.h"
#include "base/random.h"
#include "base/uuid.h"
#include "ops/home_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SECRET_BYTES = 32, /* random, written as twice as many hexadecimal digits */
    DEMO_PASSWORD_BYTES = 10,
    SECRET_MIN_SIZE = 32,
    DEMO_PASSWORD_MIN_SIZE = 8,
    SECRET_TEXT_MAX = 8192,
};

typedef struct {
    const char *name;
    size_t random_bytes;
    size_t min_size; /* of the text */
    bool in_base64;  /* URL-safe, else hexadecimal */
} SecretKind;

static const SecretKind token_key = {"token.key", SECRET_BYTES, SECRET_MIN_SIZE};
static const SecretKind demo_password = {"demo.password", DEMO_PASSWORD_BYTES,
                                         DEMO_PASSWORD_MIN_SIZE};
/* The random bytes of a Fernet key in URL-safe Base64. */
static const SecretKind encryption_key = {"encryption.key", SECRET_BYTES, SECRET_MIN_SIZE, true};

static bool read_secret(const Home *home, const char *path, Arena *arena, Str *out_secret,
                        Error *error)
{
    struct stat status;
    int file = home_open_file(home, path, O_RDONLY);
    if (file < 0)
        return error_set_errno(error, errno, path);
    char *text = arena_alloc(arena, SECRET_TEXT_MAX);
    bool is_file = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    ssize_t size = is_file ? read(file, text, SECRET_TEXT_MAX) : -1;
    close(file);
    if (size < 0)
        return error_set(error, ERR_VALIDATION, "%s is no regular file", path);
    *out_secret = str_trim((Str){text, (size_t)size});
    return true;
}

/* Creates the secret's file atomically under its name, so that two processes that start at once use
 * the same secret. */
static bool make_secret(const Home *home, const char *path, const SecretKind *kind, Error *error)
{
    char raw[SECRET_BYTES];
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    char temporary[740];
    char name[UUID_TEXT_SIZE];
    Uuid id = uuid_new(); /* not the process id, which a process that died here may have had too */
    check(kind->random_bytes <= sizeof(raw));
    random_bytes(raw, kind->random_bytes);
    Str bytes = str_make(raw, kind->random_bytes);
    Str digits =
        kind->in_base64 ? base64_encode(arena, bytes, BASE64_URL) : hex_encode(arena, bytes);
    Str text = arena_printf(arena, "%.*s\n", STR_ARGS(digits));
    explicit_bzero(raw, sizeof(raw));
    snprintf(temporary, sizeof(temporary), "%s.%s", path, uuid_write(&id, name));
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set_errno(error, errno, temporary);
    bool written = (!home_is_root(home) || fchown(file, home->uid, home->gid) == 0) &&
                   write(file, text.data, text.size) == (ssize_t)text.size && fsync(file) == 0;
    bool linked = written && (link(temporary, path) == 0 || errno == EEXIST);
    int problem = errno;
    unlink(temporary);
    close(file);
    return linked || error_set_errno(error, problem, path);
}

static bool kept_secret(const Home *home, const SecretKind *kind, Arena *arena, Str *out_secret,
                        Error *error)
{
    char path[680];
    Str secret;
    snprintf(path, sizeof(path), "%s/%s", home->path, kind->name);
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
        !make_secret(home, path, kind, error))
        return false;
    if (!read_secret(home, path, arena, &secret, error))
        return false;
    if (secret.size < kind->min_size)
        return error_set(error, ERR_VALIDATION, "%s is too short for a secret: remove it", path);
    *out_secret = secret;
    return true;
}

bool home_demo_password(const Home *home, Arena *arena, Str *out_password, Error *error)
{
    Str secret;
    if (!kept_secret(home, &demo_password, arena, &secret, error))
        return false;
    *out_password = arena_copy(arena, secret);
    return true;
}

bool home_make_encryption_key(const Home *home, Error *error)
{
    Str ignored;
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    return kept_secret(home, &encryption_key, arena, &ignored, error);
}

bool home_encryption_keys(const Home *home, Arena *arena, Str *out_text, Error *error)
{
    char path[680];
    struct stat status;
    snprintf(path, sizeof(path), "%s/%s", home->path, encryption_key.name);
    if (lstat(path, &status) != 0)
        return error_set_errno(error, errno, path);
    if (status.st_mode & (S_IRWXG | S_IRWXO))
        return error_set(error, ERR_CONFLICT, "%s can be read by others: chmod 600 %s", path, path);
    return read_secret(home, path, arena, out_text, error);
}

bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error)
{
    Str secret = config_str(settings, "NETGURU_SECRET");
    if (!str_empty(secret)) {
        if (secret.size < SECRET_MIN_SIZE)
            return error_set(error, ERR_VALIDATION, "NETGURU_SECRET: at least %d bytes",
                             SECRET_MIN_SIZE);
        *out_secret = secret;
        return true;
    }
    return kept_secret(home, &token_key, arena, out_secret, error);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/cipher.h"

#include "backup/program.h"
#include "services/key_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024, MAX_RECIPIENTS = 5, IDENTITY_MAX_BYTES = 4096 };

static const char *const age_places[] = {"/usr/bin/age", "/usr/local/bin/age"};

struct CipherSink {
    Program child;
    ByteSink next;
    char piece[PIECE_BYTES];
};

struct CipherSource {
    Program child;
    ByteSource from;
    char piece[PIECE_BYTES]; /* what the child has not taken yet */
    size_t at;
    size_t size;
    bool at_end; /* of the source */
    int identity;
};

static const char *find_age(Error *error)
{
    for (size_t i = 0; i < COUNT_OF(age_places); i++) {
        if (access(age_places[i], X_OK) == 0)
            return age_places[i];
    }
    error_set(error, ERR_NOT_FOUND, "age is not installed: apt-get install age");
    return NULL;
}

static void abandon(void *child)
{
    program_abandon(child);
}

/* The child must never block while we write: then neither of us would read. */
static void make_nonblocking(int file)
{
    check(fcntl(file, F_SETFL, O_NONBLOCK) == 0);
}

CipherSink *cipher_seal_begin(Arena *arena, Str recipients, ByteSink next, Error *error)
{
    Str one;
    size_t count = 0;
    CipherSink *seal = ARENA_NEW(arena, CipherSink);
    ProgramOptions options = {.arguments = {find_age(error)}, .reads = true, .writes = true};
    while (options.arguments[0] && str_next_field(&recipients, ',', &one)) {
        if (count == MAX_RECIPIENTS || !str_starts_with(str_trim(one), STR("age1"))) {
            error_set(error, ERR_VALIDATION,
                      "NETGURU_BACKUP_RECIPIENTS must be at most %d public keys \"age1…\" with "
                      "commas between",
                      MAX_RECIPIENTS);
            return NULL;
        }
        options.arguments[1 + 2 * count] = "-r";
        options.arguments[2 + 2 * count] = arena_cstring(arena, str_trim(one));
        count++;
    }
    seal->next = next;
    if (!options.arguments[0] || !program_start(&options, &seal->child, error))
        return NULL;
    arena_on_free(arena, abandon, &seal->child);
    make_nonblocking(seal->child.input);
    return seal;
}

/* Takes what the child has written, at most a piece. Stores whether it was the end. */
static bool drain(CipherSink *seal, bool *out_ended, Error *error)
{
    size_t got = 0;
    if (!program_read(&seal->child, seal->piece, sizeof(seal->piece), &got, error))
        return false;
    *out_ended = got == 0;
    return got == 0 || seal->next.write(seal->next.context, str_make(seal->piece, got), error);
}

static bool fail_early(Program *child, Error *error)
{
    return program_end(child, error) &&
           error_set(error, ERR_UNAVAILABLE, "age ended before all was encrypted");
}

static bool write_sealed(void *context, Str bytes, Error *error)
{
    CipherSink *seal = context;
    while (bytes.size) {
        bool ended = false;
        struct pollfd ready[2] = {{.fd = seal->child.input, .events = POLLOUT},
                                  {.fd = seal->child.output, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return error_set_errno(error, errno, "poll");
        if (ready[1].revents && !drain(seal, &ended, error))
            return false;
        if (ended)
            return fail_early(&seal->child, error);
        if (!ready[0].revents)
            continue;
        ssize_t written = write(seal->child.input, bytes.data, bytes.size);
        if (written < 0 && errno != EAGAIN && errno != EINTR)
            return fail_early(&seal->child, error);
        bytes = str_from(bytes, (size_t)MAX_OF(written, (ssize_t)0));
    }
    return true;
}

ByteSink cipher_sink(CipherSink *seal)
{
    return (ByteSink){write_sealed, seal};
}

bool cipher_seal_end(CipherSink *seal, Error *error)
{
    bool ended = false;
    close(seal->child.input);
    seal->child.input = -1;
    while (!ended) {
        if (!drain(seal, &ended, error))
            return false;
    }
    return program_end(&seal->child, error);
}

static bool read_identity(Arena *arena, const char *path, Str *out_text, Error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return error_set_errno(error, errno, path);
    char *text = arena_alloc(arena, IDENTITY_MAX_BYTES);
    ssize_t got = read(file, text, IDENTITY_MAX_BYTES);
    int problem = errno;
    close(file);
    *out_text = str_make(text, (size_t)MAX_OF(got, (ssize_t)0));
    return got >= 0 || error_set_errno(error, problem, path);
}

static bool load_identity(Arena *arena, const Config *settings, Str *out_text, Error *error)
{
    Str path = config_str(settings, "NETGURU_BACKUP_IDENTITY_FILE");
    Str command = config_str(settings, "NETGURU_BACKUP_IDENTITY_COMMAND");
    if (!str_empty(path) && !str_empty(command))
        return error_set(error, ERR_CONFLICT,
                         "NETGURU_BACKUP_IDENTITY_FILE and NETGURU_BACKUP_IDENTITY_COMMAND exclude "
                         "each other");
    if (!str_empty(path))
        return read_identity(arena, path.data, out_text, error) ||
               error_prefix(error, "NETGURU_BACKUP_IDENTITY_FILE: ");
    if (!str_empty(command))
        return key_command_read(arena, command, out_text, error) ||
               error_prefix(error, "NETGURU_BACKUP_IDENTITY_COMMAND: ");
    return error_set(error, ERR_CONFLICT,
                     "the backup is encrypted: name its private key by "
                     "NETGURU_BACKUP_IDENTITY_FILE or NETGURU_BACKUP_IDENTITY_COMMAND");
}

/* Passes the identity in memory: it never lies in a file or on a command line. */
static int hold_identity(const Config *settings, Error *error)
{
    Str text;
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    if (!load_identity(arena, settings, &text, error))
        return -1;
    int file = memfd_create("identity", MFD_CLOEXEC);
    if (file >= 0 && pwrite(file, text.data, text.size, 0) == (ssize_t)text.size)
        return file;
    error_set_errno(error, errno, "memfd_create");
    if (file >= 0)
        close(file);
    return -1;
}

static void close_source(void *context)
{
    CipherSource *open = context;
    program_abandon(&open->child);
    if (open->identity >= 0)
        close(open->identity);
}

CipherSource *cipher_open_begin(Arena *arena, const Config *settings, ByteSource from, Error *error)
{
    char path[40];
    CipherSource *open = ARENA_NEW(arena, CipherSource);
    open->from = from;
    open->identity = hold_identity(settings, error);
    arena_on_free(arena, close_source, open);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", open->identity);
    const ProgramOptions options = {.arguments = {find_age(error), "-d", "-i", path},
                                    .reads = true,
                                    .writes = true,
                                    .kept = open->identity};
    if (open->identity < 0 || !options.arguments[0] ||
        !program_start(&options, &open->child, error))
        return NULL;
    make_nonblocking(open->child.input);
    return open;
}

/* Gives the child what it can take now. */
static bool feed(CipherSource *open, Error *error)
{
    if (open->at == open->size && !open->at_end) {
        open->at = 0;
        if (!open->from.read(open->from.context, open->piece, sizeof(open->piece), &open->size,
                             error))
            return false;
        open->at_end = open->size == 0;
    }
    if (open->at_end) {
        close(open->child.input);
        open->child.input = -1;
        return true;
    }
    ssize_t written = write(open->child.input, open->piece + open->at, open->size - open->at);
    if (written < 0 && errno == EPIPE) {
        /* It has enough, or has failed: its end tells. */
        close(open->child.input);
        open->child.input = -1;
    }
    open->at += (size_t)MAX_OF(written, (ssize_t)0);
    return true;
}

static bool end_of_child(CipherSource *open, Error *error)
{
    Error reason = {0};
    if (!open->child.pid || program_end(&open->child, &reason))
        return true;
    if (open->child.was_killed) { /* which says nothing about the archive */
        *error = reason;
        return false;
    }
    bool is_wrong = str_find(str_of(reason.message), STR("no identity matched")) != STR_NOT_FOUND;
    return is_wrong ? error_set(error, ERR_CONFLICT,
                                "the backup is encrypted for another key than the identity given")
                    : error_set(error, ERR_VALIDATION, "the archive cannot be decrypted: %s",
                                reason.message);
}

static bool read_opened(void *context, char *out, size_t capacity, size_t *out_size, Error *error)
{
    CipherSource *open = context;
    for (;;) {
        struct pollfd ready[2] = {{.fd = open->child.output, .events = POLLIN},
                                  {.fd = open->child.input, .events = POLLOUT}};
        if (open->child.output < 0) {
            *out_size = 0;
            return true;
        }
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return error_set_errno(error, errno, "poll");
        if (ready[1].revents && !feed(open, error))
            return false;
        if (!ready[0].revents)
            continue;
        if (!program_read(&open->child, out, capacity, out_size, error))
            return false;
        return *out_size > 0 || end_of_child(open, error);
    }
}

ByteSource cipher_source(CipherSource *open)
{
    return (ByteSource){read_opened, open};
}

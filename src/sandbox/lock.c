/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/internal.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PDFTOTEXT_FILES = 64, STRICT_FILES = 3 };

static const char *const pdftotext_paths[] = {"/usr/bin/pdftotext", "/usr/local/bin/pdftotext"};

/* The filter compares the pointer that execve gets with this one, so the string must not move. */
static const char *find_pdftotext(void)
{
    for (size_t i = 0; i < COUNT_OF(pdftotext_paths); i++) {
        if (access(pdftotext_paths[i], X_OK) == 0)
            return pdftotext_paths[i];
    }
    return NULL;
}

static uint64_t variable_or(const char *name, uint64_t fallback)
{
    uint64_t value = 0;
    Str text = str_of(getenv(name));
    return str_parse_u64(text, &value) && value > 0 ? value : fallback;
}

static bool limit(int resource, uint64_t soft, uint64_t hard, Error *error)
{
    struct rlimit former;
    getrlimit((__rlimit_resource_t)resource, &former);
    if (hard > former.rlim_max)
        hard = former.rlim_max;
    struct rlimit wanted = {.rlim_cur = MIN_OF(soft, hard), .rlim_max = hard};
    if (setrlimit((__rlimit_resource_t)resource, &wanted) == 0)
        return true;
    return error_set(error, ERR_UNAVAILABLE, "setrlimit %d: %s", resource, strerror(errno));
}

static bool limit_resources(uint64_t cpu_s, uint64_t memory_bytes, Error *error)
{
    /* The soft limit sends SIGXCPU, which tells the reason; the hard limit sends SIGKILL. */
    return limit(RLIMIT_CPU, cpu_s, cpu_s + 1, error) && limit(RLIMIT_CORE, 0, 0, error) &&
           limit(RLIMIT_FSIZE, 0, 0, error) && limit(RLIMIT_NPROC, 0, 0, error) &&
           limit(RLIMIT_MEMLOCK, 0, 0, error) && limit(RLIMIT_MSGQUEUE, 0, 0, error) &&
           (SANDBOX_SANITIZED || limit(RLIMIT_AS, memory_bytes, memory_bytes, error));
}

static bool control(int option, unsigned long value, const char *what, Error *error)
{
    if (prctl(option, value, 0, 0, 0) == 0)
        return true;
    return error_set(error, ERR_UNAVAILABLE, "%s: %s", what, strerror(errno));
}

static bool close_others(Error *error)
{
    if (close_range(3, ~0U, 0) == 0)
        return true;
    return error_set(error, ERR_UNAVAILABLE, "close_range: %s", strerror(errno));
}

static bool lock_in(uint64_t cpu_s, uint64_t memory_bytes, const char *program, Error *error)
{
    bool has_landlock = false;
    uint64_t files = program ? PDFTOTEXT_FILES : STRICT_FILES;
    if (!close_others(error) || !control(PR_SET_PDEATHSIG, SIGKILL, "PR_SET_PDEATHSIG", error) ||
        !control(PR_SET_DUMPABLE, 0, "PR_SET_DUMPABLE", error) ||
        !control(PR_SET_NO_NEW_PRIVS, 1, "PR_SET_NO_NEW_PRIVS", error) ||
        !landlock_restrict(program, &has_landlock, error))
        return false;
    /* Without Landlock the filter still forbids a parser to open files. pdftotext has to open its
     * libraries, and nothing would then keep it from opening files of other tenants. */
    if (program && !has_landlock)
        return error_set(error, ERR_UNAVAILABLE,
                         "PDF files need a kernel with Landlock (Linux 5.13 or later, enabled)");
    return limit_resources(cpu_s, memory_bytes, error) &&
           limit(RLIMIT_NOFILE, files, files, error) && filter_load(program, error);
}

bool sandbox_read_request(Arena *arena, Str *out_request, Error *error)
{
    size_t size = 0;
    ssize_t got = 1;
    char *text = arena_alloc(arena, SANDBOX_MAX_REQUEST_BYTES);
    while (got > 0 && size < SANDBOX_MAX_REQUEST_BYTES) {
        got = read(SANDBOX_REQUEST_DESCRIPTOR, text + size, SANDBOX_MAX_REQUEST_BYTES - size);
        if (got < 0)
            return error_set(error, ERR_UNAVAILABLE, "the parser's request: %s", strerror(errno));
        size += (size_t)got;
    }
    *out_request = str_make(text, size);
    return true;
}

bool sandbox_lock(uint32_t cpu_s, uint64_t memory_bytes, bool runs_pdftotext, Error *error)
{
    const char *program = runs_pdftotext ? find_pdftotext() : NULL;
    if (runs_pdftotext && !program)
        return error_set(error, ERR_UNAVAILABLE,
                         "PDF files need the program pdftotext (package poppler-utils)");
    uint64_t cpu = cpu_s ? cpu_s : variable_or(SANDBOX_CPU_VARIABLE, SANDBOX_DEFAULT_CPU_S);
    uint64_t memory = memory_bytes
                          ? memory_bytes
                          : variable_or(SANDBOX_MEMORY_VARIABLE, SANDBOX_DEFAULT_MEMORY_BYTES);
    return lock_in(cpu, memory, program, error);
}

bool sandbox_run_pdftotext(Error *error)
{
    static const char *const arguments[] = {"pdftotext", "-layout", "-enc", "UTF-8",
                                            "-",         "-",       NULL};
    static const char *const environment[] = {"LC_ALL=C.UTF-8", "HOME=/nonexistent", NULL};
    if (!sandbox_lock(0, 0, true, error))
        return false;
    execve(find_pdftotext(), (char *const *)(uintptr_t)arguments,
           (char *const *)(uintptr_t)environment);
    return error_set(error, ERR_UNAVAILABLE, "pdftotext: %s", strerror(errno));
}

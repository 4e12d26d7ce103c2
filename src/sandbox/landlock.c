/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock, after the kernel's userspace-api/landlock.rst; glibc has no functions for it. */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that are newer than the headers of Debian 12. */
enum { RIGHT_REFER = 1 << 13, RIGHT_TRUNCATE = 1 << 14, RIGHT_IOCTL_DEV = 1 << 15 };

enum {
    READ_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    FILE_READ_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE,
    EXECUTE_RIGHTS = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE,
};

typedef struct {
    const char *path;
    uint64_t rights;
} Allowance;

/* The files that the loader, fontconfig and poppler read. The kernel itself executes the loader. */
static const Allowance allowances[] = {
    {"/usr/lib", READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE},
    {"/usr/lib64", READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE},
    {"/lib", READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE},
    {"/lib64", READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE},
    {"/usr/local/lib", READ_RIGHTS},
    {"/usr/share", READ_RIGHTS},
    {"/usr/local/share/fonts", READ_RIGHTS},
    {"/etc/fonts", READ_RIGHTS},
    {"/var/cache/fontconfig", READ_RIGHTS},
    {"/etc/ld.so.cache", FILE_READ_RIGHTS},
};

static uint64_t rights_known(int version)
{
    uint64_t rights = ((uint64_t)LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    if (version >= 2)
        rights |= RIGHT_REFER;
    if (version >= 3)
        rights |= RIGHT_TRUNCATE;
    if (version >= 5)
        rights |= RIGHT_IOCTL_DEV;
    return rights;
}

static bool allow(int ruleset, const char *path, uint64_t rights, Error *error)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = rights};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT || error_set_errno(error, errno, path);
    long status = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int problem = errno;
    close(rule.parent_fd);
    if (status == 0)
        return true;
    return error_set(error, ERR_UNAVAILABLE, "Landlock: %s: %s", path, strerror(problem));
}

static bool add_rules(int ruleset, const char *program, Error *error)
{
    for (size_t i = 0; i < COUNT_OF(allowances); i++) {
        if (!allow(ruleset, allowances[i].path, allowances[i].rights, error))
            return false;
    }
    return allow(ruleset, program, EXECUTE_RIGHTS, error);
}

bool landlock_restrict(const char *program, bool *out_supported, Error *error)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *out_supported = version > 0;
    if (version <= 0)
        return true;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = rights_known((int)version)};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    if (ruleset < 0)
        return error_set(error, ERR_UNAVAILABLE, "Landlock: %s", strerror(errno));
    bool done = !program || add_rules(ruleset, program, error);
    if (done && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        done = error_set(error, ERR_UNAVAILABLE, "Landlock: %s", strerror(errno));
    close(ruleset);
    return done;
}

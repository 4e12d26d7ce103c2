/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that a child may make; any other kills it (SIGSYS). */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

/* Calls on open descriptors, memory, time and its own signals. */
static const int computing[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrandom),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sched_getaffinity),
};

/* Calls of libraries that work without them. */
static const int refused[] = {
    SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(prctl), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
};

/* Calls made while a program is loaded. They only read files; Landlock decides which files. */
static const int loading[] = {
    SCMP_SYS(stat),       SCMP_SYS(lstat),           SCMP_SYS(newfstatat),
    SCMP_SYS(statx),      SCMP_SYS(access),          SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(getdents64),      SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),    SCMP_SYS(arch_prctl),      SCMP_SYS(set_tid_address),
    SCMP_SYS(rseq),       SCMP_SYS(set_robust_list), SCMP_SYS(uname),
    SCMP_SYS(getuid),     SCMP_SYS(geteuid),         SCMP_SYS(getgid),
    SCMP_SYS(getegid),    SCMP_SYS(getcwd),          SCMP_SYS(fadvise64),
    SCMP_SYS(mmap),       SCMP_SYS(mprotect),        SCMP_SYS(sched_getparam),
};

/* fontconfig would write its cache, and the C library would ask a name service. */
static const int refused_loading[] = {
    SCMP_SYS(socket), SCMP_SYS(unlink), SCMP_SYS(mkdir),     SCMP_SYS(rename),  SCMP_SYS(link),
    SCMP_SYS(chmod),  SCMP_SYS(fchmod), SCMP_SYS(utimensat), SCMP_SYS(symlink), SCMP_SYS(umask),
};

enum { OPEN_WRITING = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND };

static bool add_list(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (seccomp_rule_add(filter, action, calls[i], 0) != 0)
            return false;
    }
    return true;
}

/* rule_add takes scmp_arg_cmp values: one comparison each. */
static bool add_if(scmp_filter_ctx filter, uint32_t action, int call, struct scmp_arg_cmp when)
{
    return seccomp_rule_add_array(filter, action, call, 1, &when) == 0;
}

static bool add_common(scmp_filter_ctx filter)
{
    const uint32_t denied = SCMP_ACT_ERRNO(EACCES);
    scmp_datum_t own = (scmp_datum_t)getpid();
    return add_list(filter, SCMP_ACT_ALLOW, computing, COUNT_OF(computing)) &&
           add_list(filter, denied, refused, COUNT_OF(refused)) &&
           /* abort() signals its own thread */
           add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
                  (struct scmp_arg_cmp){0, SCMP_CMP_EQ, own, 0}) &&
           add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill),
                  (struct scmp_arg_cmp){0, SCMP_CMP_EQ, own, 0}) &&
           /* limits may be read */
           add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64),
                  (struct scmp_arg_cmp){2, SCMP_CMP_EQ, 0, 0}) &&
           add_if(filter, denied, SCMP_SYS(prlimit64), (struct scmp_arg_cmp){2, SCMP_CMP_NE, 0, 0});
}

/* No executable memory: a just-in-time compiler falls back to interpreting. */
static bool add_strict(scmp_filter_ctx filter)
{
    const int mapping[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    for (size_t i = 0; i < COUNT_OF(mapping); i++) {
        if (!add_if(filter, SCMP_ACT_ALLOW, mapping[i],
                    (struct scmp_arg_cmp){2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}) ||
            !add_if(filter, SCMP_ACT_ERRNO(EACCES), mapping[i],
                    (struct scmp_arg_cmp){2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC}))
            return false;
    }
    /* A sanitizer reads /proc and its own binary for its report; refuse that without killing it. */
    if (SANDBOX_SANITIZED &&
        (!add_if(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat),
                 (struct scmp_arg_cmp){2, SCMP_CMP_MASKED_EQ, O_DIRECTORY | O_ACCMODE, O_RDONLY})))
        return false;
    /* fstat() of glibc 2.33 to 2.38 comes as newfstatat(fd, "", …, AT_EMPTY_PATH). */
    return add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat),
                  (struct scmp_arg_cmp){3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH});
}

static bool add_program(scmp_filter_ctx filter, const char *program)
{
    struct scmp_arg_cmp reading = {2, SCMP_CMP_MASKED_EQ, OPEN_WRITING, O_RDONLY};
    /* The address means nothing in the new program, so this allows exactly one execve. */
    struct scmp_arg_cmp this_path = {0, SCMP_CMP_EQ, (scmp_datum_t)(uintptr_t)program, 0};
    return add_list(filter, SCMP_ACT_ALLOW, loading, COUNT_OF(loading)) &&
           add_list(filter, SCMP_ACT_ERRNO(EACCES), refused_loading, COUNT_OF(refused_loading)) &&
           add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(execve), this_path) &&
           add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), reading);
}

bool filter_load(const char *program, Error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return error_set(error, ERR_UNAVAILABLE, "seccomp: not available");
    bool built = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_common(filter) &&
                 (program ? add_program(filter, program) : add_strict(filter));
    int status = built ? seccomp_load(filter) : -EINVAL;
    /* A filter that is not released goes with the process. */
    seccomp_release(filter);
    if (status == 0)
        return true;
    return error_set(error, ERR_UNAVAILABLE, "seccomp: %s", strerror(-status));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child of test_sandbox.c, started as the program would start itself: "netguru parse VERB".
 * Each verb does one thing that a parser taken over by its input might do. With "unlocked" verbs
 * are left unlocked where the parent's part alone is tested.
 */
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

extern char **environ;

static void say(const char *text)
{
    size_t size = strlen(text);
    if (write(STDOUT_FILENO, text, size) != (ssize_t)size)
        _exit(70);
}

static void copy_input(int argc, char **argv)
{
    static char bytes[CHUNK];
    ssize_t size = 0;
    (void)argc;
    (void)argv;
    while ((size = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
        if (write(STDOUT_FILENO, bytes, (size_t)size) != size)
            _exit(70);
    }
}

static void show_request(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        say(argv[i]);
        say("\n");
    }
}

static void show_environment(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (char **entry = environ; *entry; entry++) {
        say(*entry);
        say("\n");
    }
}

static void count_descriptors(int argc, char **argv)
{
    struct stat status;
    unsigned count = 0;
    char text[32];
    (void)argc;
    (void)argv;
    for (int i = 0; i < 1024; i++)
        count += fstat(i, &status) == 0;
    snprintf(text, sizeof(text), "%u\n", count);
    say(text);
}

static void loop_for_ever(int argc, char **argv)
{
    (void)argv;
    volatile unsigned turns = (unsigned)argc;
    for (;;)
        turns++;
}

static void sleep_for_ever(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (;;)
        sleep(1000);
}

static void allocate(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (;;) {
        char *bytes = mem_alloc(1, 8 << 20);
        memset(bytes, 1, 8 << 20);
        usleep(1000);
    }
}

static void try_fork(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    say(fork() < 0 ? "refused\n" : "forked\n");
}

static void *idle(void *argument)
{
    return argument;
}

static void try_thread(int argc, char **argv)
{
    pthread_t thread;
    (void)argc;
    (void)argv;
    say(pthread_create(&thread, NULL, idle, NULL) ? "refused\n" : "made\n");
}

static void try_exec(int argc, char **argv)
{
    char *arguments[] = {argv[0], NULL};
    (void)argc;
    execve("/bin/true", arguments, environ);
    say("refused\n");
}

static void try_open(int argc, char **argv)
{
    say(open(argc > 0 ? argv[0] : "/etc/passwd", O_RDONLY) < 0 ? "refused\n" : "opened\n");
}

static void try_create(int argc, char **argv)
{
    say(open(argc > 0 ? argv[0] : "/tmp/x", O_WRONLY | O_CREAT, 0600) < 0 ? "refused\n"
                                                                          : "created\n");
}

static void try_write_input(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    say(write(STDIN_FILENO, "x", 1) < 0 ? "refused\n" : "written\n");
}

static void try_connect(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    (void)argc;
    (void)argv;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int stranger = socket(AF_INET, SOCK_STREAM, 0);
    say(stranger < 0 ? "refused\n" : "socket\n");
    (void)connect(stranger, (struct sockaddr *)&address, sizeof(address));
}

static void try_kill_parent(int argc, char **argv)
{
    (void)argc;
    say(kill((pid_t)strtol(argv[0], NULL, 10), SIGTERM) < 0 ? "refused\n" : "killed\n");
}

static void try_ptrace(int argc, char **argv)
{
    (void)argc;
    say(ptrace(PTRACE_ATTACH, (pid_t)strtol(argv[0], NULL, 10), 0, 0) < 0 ? "refused\n"
                                                                          : "traced\n");
}

static void try_raise_limit(int argc, char **argv)
{
    struct rlimit limit = {.rlim_cur = 100, .rlim_max = 100};
    (void)argc;
    (void)argv;
    say(setrlimit(RLIMIT_CPU, &limit) < 0 ? "refused\n" : "raised\n");
}

static void try_new_code(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    void *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say(code == MAP_FAILED ? "refused\n" : "mapped\n");
}

static void write_for_ever(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (;;)
        say("a line of output that never ends coming\n");
}

static void write_long_line(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (;;)
        say("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void crash(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    say("before\n");
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void give_reason(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    fprintf(stderr, "loading\nline 7: not a capture \x1b[31m\n");
    _exit(SANDBOX_EXIT_INPUT);
}

static void give_no_reason(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    _exit(9);
}

static void flood_errors(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (int i = 0; i < 200000; i++)
        fprintf(stderr, "noise %d\n", i);
    fprintf(stderr, "the end\n");
    _exit(SANDBOX_EXIT_INPUT);
}

static void end_without_newline(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    say("one\n\ntwo");
}

typedef struct {
    const char *verb;
    void (*run)(int argc, char **argv);
    bool unlocked;
} Verb;

static const Verb verbs[] = {
    {"copy", copy_input, false},
    {"request", show_request, false},
    {"environment", show_environment, false},
    {"descriptors", count_descriptors, false},
    {"loop", loop_for_ever, false},
    {"sleep", sleep_for_ever, false},
    {"allocate", allocate, false},
    {"fork", try_fork, false},
    {"thread", try_thread, false},
    {"exec", try_exec, false},
    {"open", try_open, false},
    {"create", try_create, false},
    {"write-input", try_write_input, false},
    {"connect", try_connect, false},
    {"kill-parent", try_kill_parent, false},
    {"ptrace", try_ptrace, false},
    {"raise-limit", try_raise_limit, false},
    {"new-code", try_new_code, false},
    {"endless", write_for_ever, false},
    {"long-line", write_long_line, false},
    {"crash", crash, false},
    {"reason", give_reason, false},
    {"no-reason", give_no_reason, false},
    {"flood-errors", flood_errors, false},
    {"no-newline", end_without_newline, false},
    {"unlocked-sleep", sleep_for_ever, true},
};

static _Noreturn void leave(const Error *error)
{
    fprintf(stderr, "%s\n", error->message);
    _exit(SANDBOX_EXIT_SETUP);
}

int main(int argc, char **argv)
{
    Str request;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    if (argc < 3 || strcmp(argv[1], "parse") != 0)
        return 64;
    if (strcmp(argv[2], "pdftotext") == 0) {
        sandbox_run_pdftotext(&error);
        leave(&error);
    }
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (strcmp(verbs[i].verb, argv[2]) != 0)
            continue;
        if (!sandbox_read_request(arena, &request, &error))
            leave(&error);
        if (!verbs[i].unlocked && !sandbox_lock(0, 0, false, &error))
            leave(&error);
        char *words[] = {arena_cstring(arena, request), NULL};
        verbs[i].run(str_empty(request) ? 0 : 1, words);
        _exit(0);
    }
    return 64;
}

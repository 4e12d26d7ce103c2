/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/played.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX_BYTES = 64 << 20 };

struct PlayedProvider {
    pid_t pid;
    int input; /* it ends when this is closed */
    uint16_t port;
};

static void run_script(const int input[2], const int output[2])
{
    char path[1024];
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    snprintf(path, sizeof(path), "%s/test/harness/played_provider.py", root ? root : ".");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    execl("/usr/bin/python3", "python3", path, "--port", "0", (char *)NULL);
    _exit(127);
}

/* Reads the line with the port. */
static uint16_t read_port(int output)
{
    char line[16];
    uint32_t port = 0;
    size_t size = 0;
    while (size < sizeof(line) && (size == 0 || line[size - 1] != '\n')) {
        ssize_t got = read(output, line + size, sizeof(line) - size);
        check(got > 0 || (got < 0 && errno == EINTR));
        size += got > 0 ? (size_t)got : 0;
    }
    check(str_parse_u32(str_trim(str_make(line, size)), &port));
    return (uint16_t)port;
}

PlayedProvider *played_start(void)
{
    int input[2];
    int output[2];
    PlayedProvider *played = MEM_NEW(PlayedProvider);
    check(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    played->pid = fork();
    check(played->pid >= 0);
    if (played->pid == 0)
        run_script(input, output);
    close(input[0]);
    close(output[1]);
    played->input = input[1];
    played->port = read_port(output[0]);
    close(output[0]);
    return played;
}

uint16_t played_port(const PlayedProvider *played)
{
    return played->port;
}

void played_stop(PlayedProvider *played)
{
    close(played->input);
    while (waitpid(played->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    mem_free(played);
}

static bool control(Task *task, Outgoing *outgoing, const OutgoingRequest *request,
                    OutgoingAnswer *out_answer)
{
    OutgoingRequest call = *request;
    call.reach = OUTGOING_ANY;
    if (!outgoing_fetch(task, outgoing, &call, ANSWER_MAX_BYTES, out_answer))
        return false;
    return out_answer->status == 200 ||
           task_fail(task, ERR_INTERNAL, "the played provider answered %d", out_answer->status);
}

static Str url_of(Task *task, const PlayedProvider *played, const char *path)
{
    return arena_printf(task->arena, "http://127.0.0.1:%u%s", played->port, path);
}

bool played_script(Task *task, Outgoing *outgoing, const PlayedProvider *played, const char *script)
{
    OutgoingAnswer answer;
    OutgoingRequest request = {
        .method = "POST", .url = url_of(task, played, "/_script"), .body = str_of(script)};
    return control(task, outgoing, &request, &answer);
}

bool played_reset(Task *task, Outgoing *outgoing, const PlayedProvider *played)
{
    OutgoingAnswer answer;
    OutgoingRequest request = {.method = "DELETE", .url = url_of(task, played, "/_requests")};
    return control(task, outgoing, &request, &answer);
}

bool played_go(Task *task, Outgoing *outgoing, const PlayedProvider *played, const char *name)
{
    OutgoingAnswer answer;
    const char *path = arena_printf(task->arena, "/_go/%s", name).data;
    OutgoingRequest request = {.method = "POST", .url = url_of(task, played, path)};
    return control(task, outgoing, &request, &answer);
}

const JsonValue *played_requests(Task *task, Outgoing *outgoing, const PlayedProvider *played)
{
    OutgoingAnswer answer;
    OutgoingRequest request = {.method = "GET", .url = url_of(task, played, "/_requests")};
    if (!control(task, outgoing, &request, &answer))
        return NULL;
    return json_parse(task->arena, answer.body, &task->error);
}

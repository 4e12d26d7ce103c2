/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/internal.h"
#include "net/outgoing/outgoing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

/* "serve-64.metrics" is not longer than the name of a file that PostgreSQL has there: home_open
 * checks that such a path fits a socket. */
#define SOCKET_SUFFIX ".metrics"

enum { ANSWER_MAX_BYTES = 8 * 1024 * 1024, NAME_MAX_BYTES = 32, ANSWER_TIMEOUT_MS = 5000 };

Str metrics_socket_path(Arena *arena, const char *run_dir, Str process)
{
    return arena_printf(arena, "%s/%.*s" SOCKET_SUFFIX, run_dir, STR_ARGS(process));
}

/* Names are made by our processes: "serve-1". Nothing else becomes a part of a path. */
static bool is_process_name(Str name)
{
    size_t dash = str_find_byte(name, '-');
    uint32_t number = 0;
    if (dash == STR_NOT_FOUND || dash == 0 || name.size > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < dash; i++) {
        if (name.data[i] < 'a' || name.data[i] > 'z')
            return false;
    }
    return str_parse_u32(str_from(name, dash + 1), &number);
}

typedef struct {
    const char *directory;
    char names[METRICS_MAX_TARGETS][NAME_MAX_BYTES + 1];
    size_t count;
    int error_number;
} Listing;

static void add_entry(Listing *listing, Str entry)
{
    if (listing->count == METRICS_MAX_TARGETS || !str_ends_with(entry, STR(SOCKET_SUFFIX)))
        return;
    Str name = str_slice(entry, 0, entry.size - strlen(SOCKET_SUFFIX));
    if (is_process_name(name))
        (void)str_copy_to(name, listing->names[listing->count++], NAME_MAX_BYTES + 1);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void list_on_thread(void *argument)
{
    Listing *listing = argument;
    DIR *directory = opendir(listing->directory);
    const struct dirent *entry;
    listing->error_number = directory ? 0 : errno;
    while (directory && (entry = readdir(directory)))
        add_entry(listing, str_of(entry->d_name));
    if (directory)
        closedir(directory);
    qsort(listing->names, listing->count, sizeof(listing->names[0]), compare_names);
}

bool targets_list(Task *task, const Metrics *metrics, StrVec *out_names)
{
    Listing *listing = ARENA_NEW(task->arena, Listing);
    listing->directory = metrics->run_dir;
    if (!task_offload(task, list_on_thread, listing))
        return false;
    if (listing->error_number)
        return error_set_errno(&task->error, listing->error_number, "the directory of sockets");
    for (size_t i = 0; i < listing->count; i++)
        *VEC_PUSH(task->arena, out_names) = str_of(listing->names[i]);
    return true;
}

bool targets_fetch(Task *task, const Services *services, const TargetRequest *wanted,
                   Response *response)
{
    OutgoingAnswer answer;
    Str name = wanted->process;
    if (!is_process_name(name))
        return task_fail(task, ERR_NOT_FOUND, "no such process");
    Str path = metrics_socket_path(task->arena, services->metrics->run_dir, name);
    const OutgoingHeader headers[] = {{STR("Accept"), wanted->accept}};
    OutgoingRequest call = {
        .method = "GET",
        .url = arena_printf(task->arena, "http://%.*s%.*s", STR_ARGS(name), STR_ARGS(wanted->path)),
        .headers = headers,
        .header_count = str_empty(wanted->accept) ? 0 : 1,
        .reach = OUTGOING_ANY,
        .direct = true,
        .unix_socket = path.data,
        .connect_timeout_ms = ANSWER_TIMEOUT_MS,
        .first_byte_timeout_ms = ANSWER_TIMEOUT_MS,
    };
    if (!outgoing_fetch(task, services->outgoing, &call, ANSWER_MAX_BYTES, &answer))
        return !task_is_cancelled(task) &&
               task_fail(task, ERR_UNAVAILABLE, "%.*s does not answer", STR_ARGS(name));
    if (answer.status != 200)
        return task_fail(task, ERR_UNAVAILABLE, "%.*s answered with %d", STR_ARGS(name),
                         answer.status);
    response->content_type =
        outgoing_header_find(answer.headers, answer.header_count, STR("content-type"));
    response->body = answer.body;
    return true;
}

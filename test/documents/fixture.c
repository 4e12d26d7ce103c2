/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "jobs/job_api.h"
#include "topology/topology.h"

#include <ftw.h>
#include <unistd.h>

TestServices *all;
TestServer *server;
Str ana;
Str bob;

static void open_accounts(void *argument)
{
    (void)argument;
    ana = test_register(all->arena, server->port, "ana@example.net");
    bob = test_register(all->arena, server->port, "bob@example.net");
}

int fixture_start(void **state)
{
    static const Route *const tables[] = {accounts_routes, documents_routes, jobs_routes,
                                          topology_routes, NULL};
    Error error = {0};
    (void)state;
    all = test_services_start();
    check(config_set(all->settings, "NETGURU_RATE_LIMIT_FACTOR", STR("10000"), &error));
    server = test_server_start(&all->services, tables, accounts_gate);
    test_server_run(server, open_accounts, NULL);
    return 0;
}

int fixture_stop(void **state)
{
    (void)state;
    test_server_free(server);
    test_services_stop(all);
    return 0;
}

static int files_seen;

static int visit(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)place;
    files_seen += kind == FTW_F;
    return kind == FTW_F ? unlink(path) : 0;
}

static int count(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)path;
    (void)status;
    (void)place;
    files_seen += kind == FTW_F;
    return 0;
}

/* A file may go while it is looked at. */
int count_files(void)
{
    files_seen = 0;
    (void)nftw(all->files.path, count, 16, FTW_PHYS);
    return files_seen;
}

int fixture_clear(void **state)
{
    (void)state;
    test_postgres_run(all->postgres, "TRUNCATE documents, analysis_tasks CASCADE");
    check(nftw(all->files.path, visit, 16, FTW_PHYS) == 0);
    return 0;
}

int64_t count_rows(const char *from)
{
    auto_arena Arena *arena = arena_new();
    return test_postgres_count(all->postgres,
                               arena_printf(arena, "SELECT count(*) FROM %s", from).data);
}

Str form(Arena *arena, const char *file_name, Str bytes)
{
    Str head = arena_printf(arena,
                            "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n"
                            "--b\r\nContent-Disposition: form-data; name=\"file\"; "
                            "filename=\"%s\"\r\nContent-Type: text/plain\r\n\r\n",
                            file_name);
    Str tail = STR("\r\n--b--\r\n");
    char *text = arena_alloc(arena, head.size + bytes.size + tail.size);
    memcpy(text, head.data, head.size);
    if (bytes.size)
        memcpy(text + head.size, bytes.data, bytes.size);
    memcpy(text + head.size + bytes.size, tail.data, tail.size);
    return str_make(text, head.size + bytes.size + tail.size);
}

Str upload_text(Arena *arena, Str token, const char *file_name, Str bytes)
{
    Str headers = arena_printf(arena,
                               "Content-Type: multipart/form-data; boundary=b\r\n"
                               "Authorization: Bearer %.*s\r\n",
                               STR_ARGS(token));
    return test_request_text(arena, "POST", "/api/v1/files/upload", headers,
                             form(arena, file_name, bytes));
}

TestAnswer upload(Arena *arena, Str token, const char *file_name, Str bytes)
{
    int client = test_connect(server->port);
    test_send(client, upload_text(arena, token, file_name, bytes));
    TestAnswer answer = test_receive(arena, client, false);
    test_close(client);
    return answer;
}

TestAnswer get_file(Arena *arena, Str token, const char *id_and_rest)
{
    return test_get(arena, server->port, arena_printf(arena, "/api/v1/files/%s", id_and_rest).data,
                    test_bearer(arena, token));
}

TestAnswer delete_file(Arena *arena, Str token, const char *id)
{
    return test_call(arena, server->port, "DELETE",
                     arena_printf(arena, "/api/v1/files/%s", id).data, test_bearer(arena, token));
}

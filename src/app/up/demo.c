/* SPDX-License-Identifier: Apache-2.0 */
#include "app/up/up_private.h"

#include "accounts/account.h"
#include "admin/admin.h"
#include "app/check/check.h"
#include "app/client.h"
#include "app/process.h"
#include "browser/browser.h"
#include "crypto/password.h"

#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

enum { DRAWING_WAIT_S = 600 };

static bool create_account(Task *task, const Services *services, void *argument)
{
    Uuid id;
    const AuditContext by = {.operator= process_operator(task->arena),
                             .reason = STR("netguru up --demo")};
    return admin_create_account(task, services, &by, argument, &id);
}

static bool make_account(void *context, Error *error)
{
    const Up *up = context;
    const Command *command = up->command;
    AdminAccount account = {.email = STR(DEMO_EMAIL),
                            .full_name = STR("Demo"),
                            .plan_tier = STR("enterprise"),
                            .replace = true,
                            .enable = true,
                            .keep_sessions = true};
    unsigned cost = (unsigned)config_int(command->settings, "NETGURU_BCRYPT_COST");
    check(password_hash_blocking(command->arena, str_of(up->demo_password), cost,
                                 &account.hashed_password));
    return process_run_operator(command, create_account, &account, error);
}

bool up_make_demo(Up *up, Error *error)
{
    Str password;
    if (!up->demo)
        return true;
    if (!home_demo_password(&up->home, up->command->arena, &password, error))
        return false;
    up->demo_password = arena_cstring(up->command->arena, password);
    return supervisor_run_step(&up->supervisor, make_account, up, error);
}

static void show_loaded(void *context, size_t done, size_t total)
{
    Up *up = context;
    progress_count(&up->progress, done, total);
}

/* The first time, the network of the sample is drawn, so that questions about it have answers. */
static bool draw_sample(Client *client, Arena *arena, Error *error)
{
    const JsonValue *drawn = client_get(client, arena, "/api/v1/topology?limit=1", error);
    const JsonValue *items = json_get(drawn, "items");
    if (!drawn || (items && items->count))
        return drawn != NULL;
    const JsonValue *started =
        client_post(client, arena, "/api/v1/topology/generate", STR("{}"), error);
    if (!started)
        return error->code == ERR_VALIDATION; /* no configuration is among the files */
    Str id = json_str_or(started, "task_id", STR(""));
    return client_wait_task(client, arena, id, DRAWING_WAIT_S, error) != NULL;
}

static bool upload_sample(void *context, Error *error)
{
    Up *up = context;
    Arena *arena = up->command->arena;
    const CheckProgress progress = {show_loaded, up};
    Client *client =
        client_login(arena, up_server_url(up), STR(DEMO_EMAIL), str_of(up->demo_password), error);
    bool loaded = client && check_upload_directory(client, arena, up->sample, &progress, error) &&
                  draw_sample(client, arena, error);
    client_free(client);
    return loaded || error_prefix(error, "the sample: ");
}

bool up_load_sample(Up *up, Error *error)
{
    if (!up->sample)
        return true;
    progress_begin(&up->progress, "uploading and analysing the sample network");
    return supervisor_run_step(&up->supervisor, upload_sample, up, error);
}

static bool is_plain_in_a_shell(Str word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (!isalnum((unsigned char)word.data[i]) && !strchr("/._+-", word.data[i]))
            return false;
    }
    return true;
}

/* Returns a path as the user can type it in the current directory. */
static Str typed_path(Arena *arena, Str path)
{
    char here[1024];
    Str below = STR("");
    if (getcwd(here, sizeof(here)) && str_starts_with(path, str_of(here)) &&
        str_starts_with(str_from(path, strlen(here)), STR("/")))
        below = str_from(path, strlen(here) + 1);
    Str typed = str_empty(below) ? path : below;
    /* A shell looks for a program without a slash on PATH. */
    if (str_find_byte(typed, '/') == STR_NOT_FOUND)
        typed = arena_printf(arena, "./%.*s", STR_ARGS(typed));
    if (is_plain_in_a_shell(typed) || str_find_byte(typed, '\'') != STR_NOT_FOUND)
        return arena_copy(arena, typed);
    return arena_printf(arena, "'%.*s'", STR_ARGS(typed));
}

/* Returns how to call this program from where the user stands. */
static Str program_name(Arena *arena)
{
    char path[1024];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
    return length > 0 ? typed_path(arena, (Str){path, (size_t)length}) : STR("netguru");
}

static void print_try(Str program, const char *words)
{
    printf("  %.*s %s\n", STR_ARGS(program), words);
}

static void print_sample_tries(const Up *up, Str program)
{
    Arena *arena = up->command->arena;
    Str capture = arena_printf(arena, "%s/captures/mixed.pcapng", up->sample);
    print_try(program, "files");
    print_try(program, "ask 'why does lis-edge2 not see all its neighbours?'");
    print_try(program, "chat");
    print_try(program, "search 'OSPF neighbor stuck in EXSTART'");
    print_try(program, "topology --svg > network.svg");
    if (access(capture.data, R_OK) == 0)
        printf("  %.*s analyze %.*s\n", STR_ARGS(program), STR_ARGS(typed_path(arena, capture)));
}

static void print_tries(const Up *up)
{
    Str url = up_server_url(up);
    Str program = program_name(up->command->arena);
    printf("Demo account: %s  password: %s\n", DEMO_EMAIL, up->demo_password);
    if (browser_has_page(up->command->settings))
        printf("\nTry:\n  open %.*s in a browser\nor, in another terminal:\n", STR_ARGS(url));
    else
        printf("\nTry, in another terminal:\n");
    printf("  %.*s login --server %.*s --password-file %s/demo.password %s\n", STR_ARGS(program),
           STR_ARGS(url), up->home.path, DEMO_EMAIL);
    if (up->sample)
        print_sample_tries(up, program);
    else
        print_try(program, "upload FILE...");
}

void up_print_invitation(const Up *up)
{
    printf("\nNetGuru runs at %.*s (data in %s; Ctrl-C stops it)\n", STR_ARGS(up_server_url(up)),
           up->home.path);
    if (up->demo_password)
        print_tries(up);
    printf("\n");
    fflush(stdout);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* netguru keys: the user's API keys on a server, and for the operator the keys that encrypt them.
 */
#include "app/command.h"
#include "app/list.h"
#include "app/process.h"
#include "app/remote.h"
#include "app/terminal.h"

#include "crypto/fernet.h"
#include "keys/rotate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH "/api/v1/users/me/api-keys"

enum { BODY_MAX_BYTES = 16 * 1024, SECRET_MAX_BYTES = 4096 };

static void free_client(Client **client)
{
    client_free(*client);
}

#define auto_client AUTO(free_client)

/* The options of add, and the members of the body that they become. */
static const struct {
    const char *option;
    const char *member;
} members[] = {
    {"--name", "key_name"},         {"--expires", "expires_at"},      {"--endpoint", "endpoint"},
    {"--deployment", "deployment"}, {"--api-version", "api_version"}, {"--base-url", "base_url"},
    {"--model", "model"},
};

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static Str read_pipe(Arena *arena)
{
    size_t size = 0;
    ssize_t got = 1;
    char *text = arena_alloc(arena, SECRET_MAX_BYTES);
    while (got > 0 && size < SECRET_MAX_BYTES) {
        got = read(STDIN_FILENO, text + size, SECRET_MAX_BYTES - size);
        size += got > 0 ? (size_t)got : 0;
    }
    return str_trim((Str){text, size});
}

/* Never an argument, which other users of the machine could see. */
static Str ask_secret(Arena *arena)
{
    const char *given = getenv("NETGURU_API_KEY");
    if (given)
        return arena_copy(arena, str_of(given));
    return isatty(STDIN_FILENO) ? str_trim(terminal_ask_password(arena, "API key: "))
                                : read_pipe(arena);
}

static bool is_true(const JsonValue *value, const char *key)
{
    const JsonValue *member = json_get(value, key);
    return member && member->type == JSON_IS_BOOL && member->boolean;
}

static const char *state_of(const JsonValue *key)
{
    if (!is_true(key, "is_active"))
        return "disabled";
    return is_true(key, "is_expired") ? "expired" : "active";
}

typedef struct {
    Command *command;
    Client *client;
    Arena *arena; /* keeps secrets */
    bool as_json;
} Keys;

static bool print_keys(const Keys *keys, const ListItems *items)
{
    static const Column columns[] = {
        {"ID", .is_id = true}, {"PROVIDER"},   {"STATE"}, {"KEY"}, {"NAME"},
        {"EXPIRES (UTC)"},     {"USED (UTC)"},
    };
    Columns table;
    Arena *arena = keys->arena;
    if (keys->as_json)
        return list_print_json(items);
    columns_init(&table, arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < items->count; i++) {
        const JsonValue *key = items->items[i];
        Str last_four = text_of(key, "last_four");
        columns_add(&table, text_of(key, "id"));
        columns_add(&table, text_of(key, "provider"));
        columns_add(&table, str_of(state_of(key)));
        columns_add(&table, str_empty(last_four)
                                ? STR("")
                                : arena_printf(arena, "…%.*s", STR_ARGS(last_four)));
        columns_add(&table, text_of(key, "key_name"));
        columns_add(&table, columns_time(arena, text_of(key, "expires_at")));
        columns_add(&table, columns_time(arena, text_of(key, "last_used_at")));
    }
    return list_print(&table);
}

static void print_key(const Keys *keys, const JsonValue *key)
{
    ListItems one = {0};
    *VEC_PUSH(keys->arena, &one) = key;
    (void)print_keys(keys, &one);
}

static bool add(Keys *keys, Error *error)
{
    Str body;
    JsonWriter *json = json_writer_new(keys->arena, BODY_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "provider", keys->command->argv[1]);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const char *value = command_take_option(keys->command, members[i].option);
        if (value)
            json_field_text(json, members[i].member, value);
    }
    Str secret = ask_secret(keys->arena);
    if (!str_empty(secret))
        json_field_str(json, "key", secret);
    json_end(json);
    if (!json_writer_text(json, &body))
        return error_set(error, ERR_VALIDATION, "the API key and its options are too long");
    const JsonValue *key = client_post(keys->client, keys->arena, PATH, body, error);
    if (key)
        print_key(keys, key);
    return key != NULL;
}

static bool list(Keys *keys, Error *error)
{
    ListItems items = {0};
    return list_load(keys->client, keys->arena, PATH, &items, error) && print_keys(keys, &items);
}

static bool find(Keys *keys, const char *word, Str *out_path, Error *error)
{
    const char *id = list_find_id(keys->client, keys->arena, &list_keys, word, error);
    if (id)
        *out_path = arena_printf(keys->arena, PATH "/%s", id);
    return id != NULL;
}

static bool change(Keys *keys, Str body, Error *error)
{
    Str path;
    if (!find(keys, keys->command->argv[1], &path, error))
        return false;
    const JsonValue *key = client_patch(keys->client, keys->arena, path.data, body, error);
    if (key)
        print_key(keys, key);
    return key != NULL;
}

static bool rename_key(Keys *keys, Error *error)
{
    Str body;
    JsonWriter *json = json_writer_new(keys->arena, BODY_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "key_name", keys->command->argv[2]);
    json_end(json);
    if (!json_writer_text(json, &body))
        return error_set(error, ERR_VALIDATION, "the name is too long");
    return change(keys, body, error);
}

static bool disable(Keys *keys, Error *error)
{
    return change(keys, STR("{\"is_active\":false}"), error);
}

static bool enable(Keys *keys, Error *error)
{
    return change(keys, STR("{\"is_active\":true}"), error);
}

static bool test_key(Keys *keys, Error *error)
{
    Str path;
    if (!find(keys, keys->command->argv[1], &path, error))
        return false;
    Str test = arena_printf(keys->arena, "%.*s/test", STR_ARGS(path));
    if (!client_post(keys->client, keys->arena, test.data, STR("{}"), error))
        return false;
    printf("the provider accepts the key\n");
    return true;
}

static bool remove_key(Keys *keys, Error *error)
{
    Str path;
    return find(keys, keys->command->argv[1], &path, error) &&
           client_delete(keys->client, keys->arena, path.data, error);
}

static void print_progress(const RotateProgress *progress)
{
    fprintf(stderr, "%s%llu of %llu re-encrypted%s", isatty(STDERR_FILENO) ? "\r" : "",
            (unsigned long long)progress->done, (unsigned long long)progress->total,
            isatty(STDERR_FILENO) ? "" : "\n");
}

static void print_failure(Str column, Str row_id, const char *reason)
{
    fprintf(stderr, "netguru: the row %.*s of %.*s: %s\n", STR_ARGS(row_id), STR_ARGS(column),
            reason);
}

static bool rotate_with(DbSession *session, const Keyring *keyring, Error *error)
{
    RotateProgress result = {0};
    const RotateReport report = {print_progress, print_failure};
    if (!keys_rotate(session, keyring, &report, &result, error))
        return false;
    if (result.total && isatty(STDERR_FILENO))
        fprintf(stderr, "\n");
    printf("%llu values re-encrypted with the key %.*s\n", (unsigned long long)result.done,
           STR_ARGS(keyring_id(keyring, 0)));
    return !result.failed || error_set(error, ERR_CONFLICT,
                                       "%llu values cannot be decrypted: the encryption key that "
                                       "made them is not given",
                                       (unsigned long long)result.failed);
}

static int rotate(Command *command)
{
    Home home = {0};
    Error error = {0};
    bool has_home = home_find(command->settings, &home, &error);
    Keyring *keyring = process_open_keyring(command->settings, has_home ? &home : NULL, &error);
    if (!keyring)
        return command_fail(&error);
    auto_session DbSession *session = process_open_owner(command, "netguru keys", &error);
    bool done = session && db_session_run(session, STR("SET ROLE netguru_owner"), &error) &&
                rotate_with(session, keyring, &error);
    keyring_free(keyring);
    return done ? 0 : command_fail(&error);
}

static int generate(Command *command)
{
    FernetKey key;
    arena_keep_secret(command->arena);
    fernet_key_new(&key);
    printf("%.*s\n", STR_ARGS(fernet_key_write(command->arena, &key)));
    explicit_bzero(&key, sizeof(key));
    return 0;
}

static const struct {
    const char *name;
    int words;
    bool (*ask)(Keys *keys, Error *error); /* a server */
    int (*run)(Command *command);          /* without one */
    const char *expected;
} verbs[] = {
    {"add", 2, add, NULL, "add needs a provider: openai, anthropic, azure or local"},
    {"list", 1, list, NULL, "list takes no more words"},
    {"test", 2, test_key, NULL, "test needs the id or the name of a key"},
    {"rename", 3, rename_key, NULL, "rename needs the id or the name of a key, and a new name"},
    {"disable", 2, disable, NULL, "disable needs the id or the name of a key"},
    {"enable", 2, enable, NULL, "enable needs the id or the name of a key"},
    {"delete", 2, remove_key, NULL, "delete needs the id or the name of a key"},
    {"rotate", 1, NULL, rotate, "rotate takes no more words"},
    {"generate", 1, NULL, generate, "generate takes no more words"},
};

static int ask_server(Command *command, bool (*ask)(Keys *keys, Error *error), bool as_json)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    auto_client Client *client = client_load(command, &error);
    Keys keys = {command, client, arena, as_json};
    return client && ask(&keys, &error) ? 0 : command_fail(&error);
}

/* Counts the words that are no options. Options stand behind them. */
static int count_words(const Command *command)
{
    int count = 0;
    while (count < command->argc && !str_starts_with(str_of(command->argv[count]), STR("--")))
        count++;
    return count;
}

int command_keys(Command *command)
{
    bool as_json = command_take_flag(command, "--json");
    Str verb = command->argc ? str_of(command->argv[0]) : STR("");
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (!str_equal(verb, str_of(verbs[i].name)))
            continue;
        bool takes_options = str_equal(verb, STR("add"));
        int words = takes_options ? count_words(command) : command->argc;
        if (words != verbs[i].words)
            return command_misuse(command, "%s", verbs[i].expected);
        return verbs[i].run ? verbs[i].run(command) : ask_server(command, verbs[i].ask, as_json);
    }
    return command_misuse(
        command, "expected add, list, test, rename, disable, enable, delete, rotate or generate");
}

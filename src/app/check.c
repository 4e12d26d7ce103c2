/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "base/vec.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PROCESS_TIMEOUT_S = 300,
    ANSWER_TIMEOUT_MS = 60 * 1000,
    ANSWER_POLL_MS = 50,
    MAX_FILES = 2000,
    TSV_MAX_BYTES = 1024 * 1024,
};

typedef struct {
    Arena *arena;
    const CheckOptions *options;
    Client *client;
    unsigned passed;
    unsigned failed;
    bool skips; /* the running step cannot run here; found gives the reason */
    uint64_t step_started_ms;
    char found[200]; /* result of the running step, for its line of the report */
} Check;

typedef struct {
    Str path;
    Str name;
    Str id;
    Str status;
} UploadedFile;

typedef VEC(UploadedFile) UploadedFileVec;

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static size_t count_of(const JsonValue *value, const char *key)
{
    const JsonValue *list = json_get(value, key);
    return list && list->type == JSON_IS_ARRAY ? list->count : 0;
}

static void found(Check *check, const char *format, ...) PRINTF_LIKE(2, 3);

static void found(Check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(check->found, sizeof(check->found), format, args);
    va_end(args);
}

static void report(Check *check, const char *step, bool passed, const Error *error)
{
    double seconds = (double)(time_monotonic_ms() - check->step_started_ms) / 1000.0;
    printf("%-4s %-34s %8.2f s  %s\n",
           !passed        ? "FAIL"
           : check->skips ? "skip"
                          : "ok",
           step, seconds, passed || !error->code ? check->found : error->message);
    fflush(stdout);
    check->passed += passed && !check->skips;
    check->failed += !passed;
}

typedef bool CheckStep(Check *check, Error *error);

static bool may_be_uploaded(Str name)
{
    static const Str endings[] = {
        STR_INIT(".cfg"), STR_INIT(".conf"), STR_INIT(".set"),
        STR_INIT(".txt"), STR_INIT(".log"),  STR_INIT(".syslog"),
        STR_INIT(".pdf"), STR_INIT(".pcap"), STR_INIT(".pcapng"),
    };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        if (str_ends_with(name, endings[i]))
            return true;
    }
    return false;
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return str_compare(str_of((*left)->fts_name), str_of((*right)->fts_name));
}

static UploadedFileVec list_files(Arena *arena, const char *directory)
{
    UploadedFileVec files = {0};
    char *const roots[] = {arena_cstring(arena, str_of(directory)), NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    const FTSENT *entry = NULL;
    while (walk && (entry = fts_read(walk)) && files.count < MAX_FILES) {
        if (entry->fts_info != FTS_F || !may_be_uploaded(str_of(entry->fts_name)))
            continue;
        UploadedFile *file = VEC_PUSH(arena, &files);
        file->path = arena_copy(arena, str_of(entry->fts_path));
        /* Many networks use the same file name for each device in its own directory. */
        Str parent = str_of(entry->fts_parent->fts_name);
        file->name = str_starts_with(str_of(entry->fts_name), STR("show_"))
                         ? arena_printf(arena, "%.*s.cfg", STR_ARGS(parent))
                         : arena_copy(arena, str_of(entry->fts_name));
    }
    if (walk)
        fts_close(walk);
    return files;
}

static bool upload_all(Client *client, Arena *arena, UploadedFileVec *files,
                       const CheckProgress *progress, Error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        UploadedFile *file = &files->items[i];
        const JsonValue *document =
            client_upload(client, arena, file->path.data, file->name.data, error);
        if (!document)
            return false;
        file->id = text_of(document, "id");
    }
    for (size_t i = 0; i < files->count; i++) {
        UploadedFile *file = &files->items[i];
        const JsonValue *document =
            client_wait_document(client, arena, file->id, PROCESS_TIMEOUT_S, error);
        if (!document)
            return error_prefix(error, "%.*s: ", STR_ARGS(file->name));
        file->status = text_of(document, "status");
        if (!str_equal(file->status, STR("completed")))
            printf("     %.*s failed: %.*s\n", STR_ARGS(file->name),
                   STR_ARGS(text_of(document, "failure_reason")));
        if (progress->show)
            progress->show(progress->context, i + 1, files->count);
    }
    return true;
}

static const CheckProgress nobody_looks = {0};

bool check_upload_directory(Client *client, Arena *arena, const char *directory,
                            const CheckProgress *progress, Error *error)
{
    UploadedFileVec files = list_files(arena, directory);
    return upload_all(client, arena, &files, progress, error);
}

static bool upload_directory(Check *check, const char *directory, UploadedFileVec *out_files,
                             Error *error)
{
    size_t completed = 0;
    UploadedFileVec files = list_files(check->arena, directory);
    if (files.count == 0)
        return error_set(error, ERR_NOT_FOUND, "%s contains no file that can be uploaded",
                         directory);
    if (!upload_all(check->client, check->arena, &files, &nobody_looks, error))
        return false;
    for (size_t i = 0; i < files.count; i++)
        completed += str_equal(files.items[i].status, STR("completed"));
    found(check, "%zu files, %zu completed", files.count, completed);
    *out_files = files;
    return completed == files.count;
}

static bool step_login(Check *check, Error *error)
{
    const CheckOptions *options = check->options;
    check->client =
        client_login(check->arena, options->server, options->email, options->password, error);
    const JsonValue *me =
        check->client ? client_get(check->client, check->arena, "/api/v1/users/me", error) : NULL;
    if (!me)
        return false;
    found(check, "%.*s, plan %.*s", STR_ARGS(text_of(me, "email")),
          STR_ARGS(text_of(me, "plan_tier")));
    return str_equal(text_of(me, "email"), options->email);
}

static bool step_wrong_password(Check *check, Error *error)
{
    const CheckOptions *options = check->options;
    Client *client =
        client_login(check->arena, options->server, options->email, STR("not-it-at-all"), error);
    bool refused = !client && error->code == ERR_AUTH;
    client_free(client);
    found(check, "%s", error->message);
    return refused;
}

static bool step_unknown_document(Check *check, Error *error)
{
    const JsonValue *document = client_get(
        check->client, check->arena, "/api/v1/files/00000000-0000-4000-8000-000000000000", error);
    found(check, "%s", error->message);
    return !document && error->code == ERR_NOT_FOUND;
}

/* Only an administrator sees the statistics. */
static bool check_administration(Check *check, bool *out_refused, Error *error)
{
    Arena *arena = check->arena;
    const JsonValue *me = client_get(check->client, arena, "/api/v1/users/me", error);
    const JsonValue *superuser = json_get(me, "is_superuser");
    const JsonValue *shown = client_get(check->client, arena, "/api/v1/admin/statistics", error);
    *out_refused = !shown;
    if (me && superuser && superuser->boolean)
        return shown != NULL;
    return !shown && error->code == ERR_FORBIDDEN;
}

/* A consent that is given is in the audit log, and can be withdrawn. */
static bool step_administration(Check *check, Error *error)
{
    bool refused = false;
    Arena *arena = check->arena;
    if (!check_administration(check, &refused, error))
        return false;
    *error = (Error){0};
    const JsonValue *consent = client_post(check->client, arena, "/api/v1/users/me/consents",
                                           STR("{\"scope\":\"documents\",\"minutes\":1}"), error);
    const JsonValue *log = client_get(check->client, arena, "/api/v1/users/me/audit", error);
    Str path =
        arena_printf(arena, "/api/v1/users/me/consents/%.*s", STR_ARGS(text_of(consent, "id")));
    if (!consent || !log || !client_delete(check->client, arena, path.data, error))
        return false;
    const JsonValue *items = json_get(log, "items");
    Str action = count_of(log, "items") ? text_of(&items->items[0], "action") : STR("");
    found(check, "%s, then %.*s", refused ? "refused" : "an administrator", STR_ARGS(action));
    return str_equal(action, STR("consent.give"));
}

static bool step_binary_config(Check *check, Error *error)
{
    char path[] = "/tmp/netguru-check-XXXXXX";
    int file = mkstemp(path);
    if (file < 0)
        return error_set(error, ERR_IO, "cannot create a file in /tmp");
    bool written = write(file,
                         "\x7F"
                         "ELF\0\0binary",
                         12) == 12;
    close(file);
    const JsonValue *document =
        client_upload(check->client, check->arena, path, "router.cfg", error);
    unlink(path);
    found(check, "%s", error->message + strlen(path) + 2);
    return written && !document && error->code == ERR_VALIDATION;
}

static bool step_sample_files(Check *check, Error *error)
{
    UploadedFileVec files = {0};
    return upload_directory(check, check->options->sample, &files, error);
}

static const JsonValue *search(Check *check, const char *query, Error *error)
{
    Str body = arena_printf(check->arena, "{\"query\":\"%s\",\"limit\":5}", query);
    return client_post(check->client, check->arena, "/api/v1/search", body, error);
}

static bool hits_contain(const JsonValue *answer, Str wanted)
{
    const JsonValue *results = json_get(answer, "results");
    for (size_t i = 0; results && i < results->count; i++) {
        if (str_find(text_of(&results->items[i], "text"), wanted) != STR_NOT_FOUND)
            return true;
    }
    return false;
}

static void found_first(Check *check, const JsonValue *answer)
{
    const JsonValue *results = json_get(answer, "results");
    if (!results || results->count == 0)
        return;
    const JsonValue *first = &results->items[0];
    int64_t line = json_i64_or(first, "line_start", 0);
    found(check, "%zu hits, first %.*s:%lld (%.*s)", results->count,
          STR_ARGS(text_of(first, "document")), (long long)line,
          STR_ARGS(text_of(first, "source")));
}

static bool step_search_identifier(Check *check, Error *error)
{
    const JsonValue *answer = search(check, "%OSPF-5-ADJCHG", error);
    found_first(check, answer);
    return answer && hits_contain(answer, STR("OSPF-5-ADJCHG"));
}

static bool step_search_meaning(Check *check, Error *error)
{
    const JsonValue *answer =
        search(check, "why do two routers never become fully adjacent", error);
    const JsonValue *by_meaning = json_get(answer, "by_meaning");
    found_first(check, answer);
    if (!answer)
        return false;
    if (!by_meaning || !by_meaning->boolean) {
        check->skips = true;
        found(check, "no embedding model: install it with tools/get_model");
        return true;
    }
    return count_of(answer, "results") > 0;
}

static const JsonValue *generate_topology(Check *check, Str body, Error *error)
{
    Arena *arena = check->arena;
    const JsonValue *started =
        client_post(check->client, arena, "/api/v1/topology/generate", body, error);
    const JsonValue *task =
        started ? client_wait_task(check->client, arena, text_of(started, "task_id"),
                                   PROCESS_TIMEOUT_S, error)
                : NULL;
    if (!task)
        return NULL;
    Str id = text_of(json_get(task, "result"), "topology_id");
    Str path = arena_printf(arena, "/api/v1/topology/%.*s", STR_ARGS(id));
    return client_get(check->client, arena, path.data, error);
}

static Str document_ids(Check *check, const UploadedFileVec *files)
{
    auto_strbuf StrBuf body = {0};
    bool first = true;
    strbuf_init(&body, 64 * 1024);
    strbuf_append(&body, STR("{\"title\":\"check\",\"document_ids\":["));
    for (size_t i = 0; i < files->count; i++) {
        Str name = files->items[i].name;
        if (!str_ends_with(name, STR(".cfg")) && !str_ends_with(name, STR(".conf")) &&
            !str_ends_with(name, STR(".set")))
            continue;
        strbuf_printf(&body, "%s\"%.*s\"", first ? "" : ",", STR_ARGS(files->items[i].id));
        first = false;
    }
    strbuf_append(&body, STR("]}"));
    return arena_copy(check->arena, strbuf_str(&body));
}

static Str label_of_node(const JsonValue *graph, Str id)
{
    const JsonValue *nodes = json_get(graph, "nodes");
    for (size_t i = 0; nodes && i < nodes->count; i++) {
        if (str_equal(text_of(&nodes->items[i], "id"), id))
            return text_of(json_get(&nodes->items[i], "data"), "label");
    }
    return id;
}

static bool has_edge(const JsonValue *graph, Str left, Str right)
{
    const JsonValue *edges = json_get(graph, "edges");
    for (size_t i = 0; edges && i < edges->count; i++) {
        Str source = label_of_node(graph, text_of(&edges->items[i], "source"));
        Str target = label_of_node(graph, text_of(&edges->items[i], "target"));
        if ((str_equal_ignore_case(source, left) && str_equal_ignore_case(target, right)) ||
            (str_equal_ignore_case(source, right) && str_equal_ignore_case(target, left)))
            return true;
    }
    return false;
}

/* Requires an edge for each link of expected-topology.tsv ("link", device, interface, device,
 * interface, …). */
static bool compare_links(Check *check, const JsonValue *graph, Error *error)
{
    Str line;
    size_t links = 0;
    Str path = arena_printf(check->arena, "%s/expected-topology.tsv", check->options->sample);
    Str rest;
    if (!file_read(check->arena, path.data, TSV_MAX_BYTES, &rest, error))
        return false;
    while (str_next_line(&rest, &line)) {
        Str fields[6] = {{0}};
        for (size_t i = 0; i < COUNT_OF(fields) && str_next_field(&line, '\t', &fields[i]);)
            i++;
        if (!str_equal(fields[0], STR("link")))
            continue;
        links++;
        if (!has_edge(graph, fields[1], fields[3]))
            return error_set(error, ERR_NOT_FOUND, "the link %.*s - %.*s is missing",
                             STR_ARGS(fields[1]), STR_ARGS(fields[3]));
    }
    found(check, "%zu nodes, %zu edges, with all %zu known links", count_of(graph, "nodes"),
          count_of(graph, "edges"), links);
    return links > 0 || error_set(error, ERR_NOT_FOUND, "%.*s lists no link", STR_ARGS(path));
}

static bool step_sample_topology(Check *check, Error *error)
{
    Str picture;
    Arena *arena = check->arena;
    UploadedFileVec files = list_files(arena, check->options->sample);
    if (!upload_all(check->client, arena, &files, &nobody_looks, error))
        return false;
    const JsonValue *snapshot = generate_topology(check, document_ids(check, &files), error);
    if (!snapshot || !compare_links(check, json_get(snapshot, "graph_data"), error))
        return false;
    Str path = arena_printf(arena, "/api/v1/topology/%.*s/svg", STR_ARGS(text_of(snapshot, "id")));
    return client_get_raw(check->client, arena, path.data, &picture, error) &&
           (str_find(str_slice(picture, 0, 1024), STR("<svg")) != STR_NOT_FOUND ||
            error_set(error, ERR_INTERNAL, "the diagram is not an SVG"));
}

/* Polls an answer until it has been written. */
static const JsonValue *wait_answer(Check *check, Str message, Error *error)
{
    Str path = arena_printf(check->arena, "/api/v1/chat/messages/%.*s", STR_ARGS(message));
    uint64_t until_ms = time_monotonic_ms() + ANSWER_TIMEOUT_MS;
    for (;;) {
        const JsonValue *answer = client_get(check->client, check->arena, path.data, error);
        if (!answer || !str_equal(text_of(answer, "state"), STR("streaming")))
            return answer;
        if (time_monotonic_ms() > until_ms) {
            error_set(error, ERR_TIMEOUT, "no answer within %d s", ANSWER_TIMEOUT_MS / 1000);
            return NULL;
        }
        usleep(ANSWER_POLL_MS * 1000);
    }
}

static const JsonValue *ask(Check *check, Str conversation, Str body, Error *error)
{
    Str path = arena_printf(check->arena, "/api/v1/chat/conversations/%.*s/messages",
                            STR_ARGS(conversation));
    const JsonValue *begun = client_post(check->client, check->arena, path.data, body, error);
    return begun ? wait_answer(check, text_of(begun, "message_id"), error) : NULL;
}

/* A whole conversation without a model: a question, and an answer that cites. */
static bool step_conversation(Check *check, Error *error)
{
    Arena *arena = check->arena;
    const JsonValue *conversation =
        client_post(check->client, arena, "/api/v1/chat/conversations", STR("{}"), error);
    if (!conversation)
        return false;
    Str id = text_of(conversation, "id");
    const JsonValue *answer =
        ask(check, id,
            STR("{\"content\":\"why does lis-edge2 not see all its neighbours?\","
                "\"mode\":\"sources\"}"),
            error);
    if (!answer)
        return false;
    size_t citations = count_of(json_get(answer, "metadata"), "citations");
    found(check, "%.*s, %zu citations, %zu bytes", STR_ARGS(text_of(answer, "state")), citations,
          text_of(answer, "content").size);
    Str path = arena_printf(arena, "/api/v1/chat/conversations/%.*s", STR_ARGS(id));
    return client_delete(check->client, arena, path.data, error) &&
           str_equal(text_of(answer, "state"), STR("complete")) && citations > 0;
}

/* Sends one message to the MCP endpoint and returns its result. */
static const JsonValue *ask_mcp(Check *check, const char *method, const char *params, Error *error)
{
    Str body =
        arena_printf(check->arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                     method, params);
    const JsonValue *answer = client_post(check->client, check->arena, "/mcp", body, error);
    const JsonValue *result = json_get(answer, "result");
    if (answer && !result)
        error_set(error, ERR_INTERNAL, "%s: %.*s", method,
                  STR_ARGS(text_of(json_get(answer, "error"), "message")));
    return result;
}

/* What an MCP client does first: it greets, lists the tools, and calls one. */
static bool step_mcp(Check *check, Error *error)
{
    int64_t total = 0;
    const JsonValue *greeting = ask_mcp(check, "initialize",
                                        "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
                                        "\"clientInfo\":{\"name\":\"check\",\"version\":\"1\"}}",
                                        error);
    const JsonValue *list = greeting ? ask_mcp(check, "tools/list", "{}", error) : NULL;
    const JsonValue *call =
        list ? ask_mcp(check, "tools/call", "{\"name\":\"list_documents\"}", error) : NULL;
    const JsonValue *content = json_get(call, "structuredContent");
    if (!call || !json_get_i64(content, "total", &total))
        return false;
    found(check, "revision %.*s, %zu tools, %lld documents",
          STR_ARGS(text_of(greeting, "protocolVersion")), count_of(list, "tools"),
          (long long)total);
    return count_of(list, "tools") > 0 && total > 0;
}

static const JsonValue *capture_result(Check *check, Str id, Error *error)
{
    Str path = arena_printf(check->arena, "/api/v1/files/%.*s", STR_ARGS(id));
    const JsonValue *document = client_get(check->client, check->arena, path.data, error);
    Str task = text_of(json_get(document, "task"), "id");
    if (!document)
        return NULL;
    path = arena_printf(check->arena, "/api/v1/analysis/tasks/%.*s", STR_ARGS(task));
    const JsonValue *answer = client_get(check->client, check->arena, path.data, error);
    return json_get(answer, "result");
}

static bool step_sample_captures(Check *check, Error *error)
{
    size_t captures = 0;
    int64_t total = 0;
    UploadedFileVec files = list_files(check->arena, check->options->sample);
    if (!upload_all(check->client, check->arena, &files, &nobody_looks, error))
        return false;
    for (size_t i = 0; i < files.count; i++) {
        int64_t packets = 0;
        if (str_find(files.items[i].name, STR(".pcap")) == STR_NOT_FOUND)
            continue;
        const JsonValue *result = capture_result(check, files.items[i].id, error);
        if (!result)
            return false;
        if (!json_get_i64(result, "packets", &packets) || packets == 0) {
            return error_set(error, ERR_INTERNAL, "%.*s has no packets",
                             STR_ARGS(files.items[i].name));
        }
        captures++;
        total += packets;
    }
    found(check, "%zu captures, %lld packets", captures, (long long)total);
    return captures > 0;
}

/* Returns the directory of recorded networks and captures beside the project; empty if missing. */
static Str shared_directory(const Check *check)
{
    const char *named = getenv("NETGURU_SHARED_DATA");
    Str path = named ? str_of(named)
                     : arena_printf(check->arena, "%s/../../shared/data", check->options->sample);
    Str copy = arena_copy(check->arena, path);
    return access(copy.data, R_OK) == 0 ? copy : STR("");
}

static bool step_shared_network(Check *check, Error *error)
{
    UploadedFileVec files = {0};
    Str path = arena_printf(check->arena, "%.*s/configs/net_lab_ios_example_network/configs",
                            STR_ARGS(shared_directory(check)));
    if (!upload_directory(check, path.data, &files, error))
        return false;
    const JsonValue *snapshot = generate_topology(check, document_ids(check, &files), error);
    const JsonValue *graph = json_get(snapshot, "graph_data");
    int64_t devices = 0;
    if (!json_get_i64(json_get(snapshot, "metadata"), "total_devices", &devices))
        return false;
    found(check, "%zu configurations, %lld devices, %zu edges", files.count, (long long)devices,
          count_of(graph, "edges"));
    return devices == (int64_t)files.count && count_of(graph, "edges") >= files.count;
}

static bool check_capture(Check *check, Str directory, const char *name, Error *error)
{
    int64_t packets = 0;
    Arena *arena = check->arena;
    Str path = arena_printf(arena, "%.*s/pcaps/%s", STR_ARGS(directory), name);
    Str oracle = arena_printf(arena, "%.*s/pcaps/expected/%s.json", STR_ARGS(directory), name);
    Str truth;
    if (!file_read(arena, oracle.data, TSV_MAX_BYTES, &truth, error))
        return false;
    const JsonValue *document = client_upload(check->client, arena, path.data, NULL, error);
    if (!document || !client_wait_document(check->client, arena, text_of(document, "id"),
                                           PROCESS_TIMEOUT_S, error))
        return false;
    const JsonValue *result = capture_result(check, text_of(document, "id"), error);
    const JsonValue *known = json_parse(arena, truth, error);
    if (!known || !json_get_i64(result, "packets", &packets))
        return false;
    int64_t expected = json_i64_or(known, "packets", 0);
    return packets == expected ||
           error_set(error, ERR_INTERNAL, "%s: %lld packets, but capinfos counts %lld", name,
                     (long long)packets, (long long)expected);
}

static bool step_shared_captures(Check *check, Error *error)
{
    static const char *const names[] = {"zeek__http__206_example_b.pcap",
                                        "tcpdump__OSPFv2_Capture_FINAL.pcapng",
                                        "zeek__tcp__timestamp.pcap"};
    Str directory = shared_directory(check);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!check_capture(check, directory, names[i], error))
            return false;
    }
    found(check, "%zu captures, same packet counts as capinfos", COUNT_OF(names));
    return true;
}

typedef struct {
    const char *name;
    CheckStep *run;
    bool needs_shared;
} CheckRow;

static const CheckRow steps[] = {
    {"log in, read the account", step_login, false},
    {"a wrong password is refused", step_wrong_password, false},
    {"an unknown document is not found", step_unknown_document, false},
    {"a binary named .cfg is refused", step_binary_config, false},
    {"administration and the audit log", step_administration, false},
    {"upload and analyse the sample", step_sample_files, false},
    {"search by identifier", step_search_identifier, false},
    {"search by meaning", step_search_meaning, false},
    {"topology and its diagram", step_sample_topology, false},
    {"capture summaries", step_sample_captures, false},
    {"a question and its cited answer", step_conversation, false},
    {"a round of MCP", step_mcp, false},
    {"a recorded 13-device network", step_shared_network, true},
    {"three real captures", step_shared_captures, true},
};

bool check_run(Arena *arena, const CheckOptions *options)
{
    Check check = {.arena = arena, .options = options};
    uint64_t started_ms = time_monotonic_ms();
    bool has_shared = !str_empty(shared_directory(&check));
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        Error error = {0};
        if (steps[i].needs_shared && !has_shared) {
            printf("skip %-34s             the shared test data is missing\n", steps[i].name);
            continue;
        }
        check.found[0] = '\0';
        check.skips = false;
        check.step_started_ms = time_monotonic_ms();
        bool passed = (i == 0 || check.client) && steps[i].run(&check, &error);
        report(&check, steps[i].name, passed, &error);
    }
    printf("check: %u passed, %u failed in %.2f s\n", check.passed, check.failed,
           (double)(time_monotonic_ms() - started_ms) / 1000.0);
    client_free(check.client);
    return check.failed == 0;
}

int command_check(Command *command)
{
    const char *server = command_take_option(command, "--server");
    const char *sample = command_take_option(command, "--sample");
    if (command->argc != 1 || !sample)
        return command_misuse(command, "expected --sample DIR and EMAIL");
    Str address = config_str(command->settings, "NETGURU_HTTP_ADDRESS");
    CheckOptions options = {
        .server = server ? str_of(server)
                         : arena_printf(command->arena, "http://%.*s", STR_ARGS(address)),
        .email = str_of(command->argv[0]),
        .password = command_ask_password(command),
        .sample = sample,
    };
    return check_run(command->arena, &options) ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* netguru embeddings: changes the embedding model while the servers run. docs/embeddings.md */
#include "app/embeddings.h"
#include "app/model_files.h"

#include "knowledge/generation_fill.h"
#include "knowledge/vector_index.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BACKGROUND_NICE = 10, SWITCH_ATTEMPTS = 5, FULL_LOAD = 100 };

static bool is_name(Str name)
{
    static const Str others = STR_INIT("._-");
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_other = i && str_find_byte(others, c) != STR_NOT_FOUND;
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            !is_other)
            return false;
    }
    return name.size && name.size <= GENERATION_NAME_MAX_BYTES;
}

/* The last part of the path. */
static Str base_name(Str path)
{
    while (str_ends_with(path, STR("/")))
        path.size--;
    size_t slash = str_find_last_byte(path, '/');
    return slash == STR_NOT_FOUND ? path : str_from(path, slash + 1);
}

/* Loads the model once and embeds a text, so that a model that does not work is refused here. */
static bool check_model(const char *directory, Error *error)
{
    float vector[EMBED_DIMENSIONS];
    const Str text = STR("interface GigabitEthernet0/1");
    Embedder *embedder = embedder_open(directory, error);
    if (!embedder)
        return error_prefix(error, "%s is no model that this program can use: ", directory);
    bool done = embed_texts(embedder, &text, 1, vector, error);
    embedder_close(embedder);
    double length = 0;
    for (size_t i = 0; done && i < EMBED_DIMENSIONS; i++)
        length += (double)vector[i] * (double)vector[i];
    return done && ((length > 0.99 && length < 1.01) ||
                    error_set(error, ERR_VALIDATION,
                              "%s is no model that this program can use: its vectors are no "
                              "numbers",
                              directory));
}

static bool digest_model(const EmbeddingsCall *call, const char *directory, Str *out_sha256,
                         Error *error)
{
    char digest[SHA256_HEX_SIZE];
    Arena *arena = call->command->arena;
    Str path = arena_printf(arena, "%s/model.safetensors", directory);
    if (!model_file_digest(path.data, digest))
        return error_set(error, ERR_UNAVAILABLE, "%s cannot be read", path.data);
    *out_sha256 = arena_copy(arena, str_of(digest));
    return true;
}

static bool install(const EmbeddingsCall *call, const char *directory, Str sha256, Error *error)
{
    Home home;
    Str copy;
    Arena *arena = call->command->arena;
    if (!home_find(call->command->settings, &home, error))
        return false;
    Str path = generation_model_directory(arena, str_of(home.path), sha256);
    ModelInstallation model = {&home, str_of(directory), base_name(path).data};
    if (!model_files_install(&model, error) || !digest_model(call, path.data, &copy, error))
        return false;
    if (str_equal(copy, sha256))
        return true;
    model_files_remove(&home, model.name);
    return error_set(error, ERR_CONFLICT, "%s has changed while it was copied: try again",
                     directory);
}

/* Deletes the files of a later generation's model on this machine. */
static void remove_files(const EmbeddingsCall *call, Str sha256)
{
    Home home;
    Error ignored;
    if (!home_find(call->command->settings, &home, &ignored))
        return;
    Str path = generation_model_directory(call->command->arena, str_of(home.path), sha256);
    model_files_remove(&home, base_name(path).data);
}

static bool begin(const EmbeddingsCall *call, const char *directory, const GenerationModel *model,
                  Error *error)
{
    if (!is_name(model->name))
        return error_set(error, ERR_VALIDATION,
                         "a name has 1 to %d letters, digits, dots, underscores and hyphens: "
                         "choose one by --name",
                         GENERATION_NAME_MAX_BYTES);
    if (!install(call, directory, model->sha256, error))
        return false;
    if (!generation_add(call->session, call->by, model, error)) {
        remove_files(call, model->sha256);
        return false;
    }
    printf("%.*s: added; netguru up fills it in the background, or netguru embeddings fill does\n",
           STR_ARGS(model->name));
    return true;
}

/* A model whose generation exists is only brought to this machine. */
static bool add(const EmbeddingsCall *call, Error *error)
{
    GenerationStatusVec all = {0};
    GenerationModel model = {.name = str_of(call->name)};
    const char *directory = call->command->argv[1];
    if (!check_model(directory, error) || !digest_model(call, directory, &model.sha256, error) ||
        !generation_list(call->session, call->command->arena, &all, error))
        return false;
    for (size_t i = 0; i < all.count; i++) {
        if (!str_equal(all.items[i].sha256, model.sha256))
            continue;
        if (!all.items[i].is_inline && !install(call, directory, model.sha256, error))
            return false;
        printf("%.*s: its model is on this machine\n", STR_ARGS(all.items[i].name));
        return true;
    }
    if (str_empty(model.name))
        model.name = base_name(str_of(directory));
    return begin(call, directory, &model, error);
}

static bool list(const EmbeddingsCall *call, Error *error)
{
    GenerationStatusVec all = {0};
    if (!generation_list(call->session, call->command->arena, &all, error))
        return false;
    embeddings_print(call, &all);
    return true;
}

static bool set_paused(const EmbeddingsCall *call, bool is_paused, Error *error)
{
    Str name = str_of(call->command->argv[1]);
    if (!generation_pause(call->session, call->by, name, is_paused, error))
        return false;
    printf("%.*s: %s\n", STR_ARGS(name), is_paused ? "paused" : "resumed");
    return true;
}

static bool pause_filling(const EmbeddingsCall *call, Error *error)
{
    return set_paused(call, true, error);
}

static bool resume_filling(const EmbeddingsCall *call, Error *error)
{
    return set_paused(call, false, error);
}

static void report_fill(const GenerationFillReport *report)
{
    if (!str_empty(report->note))
        printf("%s%.*s: %.*s\n", isatty(STDERR_FILENO) ? "\r" : "", STR_ARGS(report->generation),
               STR_ARGS(report->note));
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%.*s: %lld chunks embedded", STR_ARGS(report->generation),
                (long long)report->filled);
    fflush(stdout);
}

static bool fill_generations(const EmbeddingsCall *call, Str only, uint32_t load_percent,
                             Error *error)
{
    Str missing;
    GenerationFillOptions options = {
        .session = call->session,
        .only = only,
        .load_percent = load_percent,
        .index_chunks = VECTOR_INDEX_CHUNKS,
        .report = report_fill,
    };
    process_open_models(call->command, &options.models, &missing);
    bool done = generation_fill(&options, error);
    process_close_models(&options.models);
    return done;
}

/* In the background: whatever else wants the processor comes first. */
static bool fill(const EmbeddingsCall *call, Error *error)
{
    int64_t load = config_int(call->command->settings, "NETGURU_EMBEDDINGS_LOAD");
    (void)setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE);
    return fill_generations(call, STR(""), load ? (uint32_t)load : FULL_LOAD, error);
}

static bool has_model(const EmbeddingsCall *call, const GenerationStatus *status)
{
    Str missing;
    GenerationModels models;
    process_open_models(call->command, &models, &missing);
    bool found = generation_find_model(&models, status->sha256, status->is_inline) != NULL;
    process_close_models(&models);
    return found;
}

/* Chunks may come without its vector until the last moment, from a machine that has not its model.
 */
static bool switch_to(const EmbeddingsCall *call, const GenerationSwitch *wanted, Error *error)
{
    GenerationStatus status;
    bool incomplete = true;
    if (!generation_load(call->session, call->command->arena, wanted->name, &status, error))
        return false;
    if (!has_model(call, &status))
        return error_set(error, ERR_NOT_FOUND,
                         "the model of %.*s is not on this machine: netguru embeddings add "
                         "DIRECTORY brings it",
                         STR_ARGS(wanted->name));
    for (unsigned attempt = 0; incomplete && attempt < SWITCH_ATTEMPTS; attempt++) {
        if (attempt && !fill_generations(call, wanted->name, FULL_LOAD, error))
            return false;
        if (!generation_switch(call->session, call->by, wanted, &incomplete, error))
            return false;
    }
    if (incomplete)
        return error_set(error, ERR_CONFLICT,
                         "chunks without a vector of %.*s keep coming: does each machine with "
                         "netguru work have its model?",
                         STR_ARGS(wanted->name));
    printf("%.*s: active\n", STR_ARGS(wanted->name));
    return true;
}

static bool switch_generation(const EmbeddingsCall *call, Error *error)
{
    return switch_to(call, &(GenerationSwitch){.name = str_of(call->command->argv[1])}, error);
}

static bool roll_back(const EmbeddingsCall *call, Error *error)
{
    GenerationSwitch wanted = {.is_rollback = true};
    return generation_find_former(call->session, call->command->arena, &wanted.name, error) &&
           switch_to(call, &wanted, error);
}

static bool drop(const EmbeddingsCall *call, Error *error)
{
    GenerationStatus status;
    Str name = str_of(call->command->argv[1]);
    if (!generation_load(call->session, call->command->arena, name, &status, error) ||
        !generation_drop(call->session, call->by, name, error))
        return false;
    if (!status.is_inline)
        remove_files(call, status.sha256);
    printf("%.*s: dropped\n", STR_ARGS(name));
    return true;
}

static const struct {
    const char *name;
    int words;
    bool (*run)(const EmbeddingsCall *call, Error *error);
} verbs[] = {
    {"list", 1, list},
    {"add", 2, add},
    {"fill", 1, fill},
    {"pause", 2, pause_filling},
    {"resume", 2, resume_filling},
    {"compare", 2, embeddings_compare},
    {"switch", 2, switch_generation},
    {"rollback", 1, roll_back},
    {"drop", 2, drop},
};

/* The context of the audit log. */
static Str write_context(Arena *arena)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, 1024);
    json_begin_object(json);
    json_field_str(json, "operator", process_operator(arena));
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

int command_embeddings(Command *command)
{
    Error error = {0};
    EmbeddingsCall call = {.command = command};
    call.is_json = command_take_flag(command, "--json");
    call.name = command_take_option(command, "--name");
    call.questions = command_take_option(command, "--questions");
    Str given = command->argc ? str_of(command->argv[0]) : STR("list");
    size_t verb = 0;
    while (verb < COUNT_OF(verbs) && !str_equal(given, str_of(verbs[verb].name)))
        verb++;
    if (verb == COUNT_OF(verbs) || MAX_OF(command->argc, 1) != verbs[verb].words)
        return command_misuse(command, "expected list, add DIRECTORY, fill, pause NAME, resume "
                                       "NAME, compare NAME, switch NAME, rollback or drop NAME");
    auto_session DbSession *session = process_open_owner(command, "netguru embeddings", &error);
    call.session = session;
    call.by = write_context(command->arena);
    return session && verbs[verb].run(&call, &error) ? 0 : command_fail(&error);
}

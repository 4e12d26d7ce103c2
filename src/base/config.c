/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include "base/file.h"

#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 64 * 1024 };

static const ConfigSetting settings[] = {
    {"NETGURU_HOME", CONFIG_STR, "", 0, 0,
     "data directory; default ~/.netguru, or /var/lib/netguru for root"},
    {"NETGURU_CONFIG", CONFIG_STR, "", 0, 0,
     "file of NAME=value lines read before the environment"},
    {"NETGURU_HTTP_ADDRESS", CONFIG_STR, "127.0.0.1:8000", 0, 0, "address and port to listen on"},
    {"NETGURU_DATABASE_URL", CONFIG_STR, "", 0, 0,
     "postgresql:// address for the application's role; empty: the embedded server"},
    {"NETGURU_WORK_DATABASE_URL", CONFIG_STR, "", 0, 0,
     "postgresql:// address for work's own role; empty: NETGURU_DATABASE_URL"},
    {"NETGURU_OWNER_DATABASE_URL", CONFIG_STR, "", 0, 0,
     "postgresql:// address of the owner, for migrate; empty: the embedded server"},
    {"NETGURU_REDIS_URL", CONFIG_STR, "", 0, 0,
     "redis:// or unix:// address; empty: the embedded server"},
    {"NETGURU_REDIS_MEMORY_MB", CONFIG_INT, "256", 16, 1048576,
     "memory limit of the embedded Redis in MB; it refuses writes beyond it and evicts nothing"},
    {"NETGURU_SECRET", CONFIG_SECRET, "", 0, 0,
     "signs access tokens, 32 bytes or more; empty: kept in the data directory"},
    {"NETGURU_ENCRYPTION_KEYS", CONFIG_SECRET, "", 0, 0,
     "encrypt what is secret in the database: Fernet keys between commas; the first one encrypts"},
    {"NETGURU_ENCRYPTION_KEY_FILE", CONFIG_STR, "", 0, 0,
     "file of these keys; empty, like the others: encryption.key in the data directory"},
    {"NETGURU_ENCRYPTION_KEY_COMMAND", CONFIG_STR, "", 0, 0,
     "shell command that prints these keys, for example from a vault"},
    {"NETGURU_MODEL_DIR", CONFIG_STR, "", 0, 0,
     "directory of the embedding model; empty: searched"},
    {"NETGURU_EMBEDDINGS_LOAD", CONFIG_INT, "50", 0, 100,
     "percent of one core that computes missing vectors in the background; 0: none"},
    {"NETGURU_RECALL_CHECK_S", CONFIG_INT, "300", 0, 86400,
     "seconds between checks of whether search finds what is nearest; 0: never"},
    {"NETGURU_LOG_LEVEL", CONFIG_STR, "info", 0, 0, "debug, info, warn or error"},
    {"NETGURU_LOG_FORMAT", CONFIG_STR, "auto", 0, 0, "json, text, or auto: text on a terminal"},
    {"NETGURU_LOG_FILE", CONFIG_STR, "", 0, 0,
     "file of the log, which SIGHUP opens again; empty: standard error (up: one file a child)"},
    {"NETGURU_SLOW_STATEMENT_MS", CONFIG_INT, "100", 0, 600000,
     "statements that take as long are logged with their name; 0: none"},
    {"NETGURU_SLOW_PLANS_MS", CONFIG_INT, "0", 0, 600000,
     "the embedded PostgreSQL logs the plans of statements that take as long; 0: none"},
    {"NETGURU_TRACES_URL", CONFIG_STR, "", 0, 0,
     "address that traces are sent to by OTLP over HTTP, with its path; empty: none are made"},
    {"NETGURU_TRACES_HEADERS", CONFIG_SECRET, "", 0, 0,
     "headers for it: name=value between commas, %XX for other characters"},
    {"NETGURU_TRACES_SERVICE", CONFIG_STR, "netguru", 0, 0, "name of this service in traces"},
    {"NETGURU_TRACES_SAMPLER", CONFIG_STR, "parentbased_always_on", 0, 0,
     "which traces are made: always_on, always_off or traceidratio, or parentbased_ before these"},
    {"NETGURU_TRACES_SAMPLER_ARG", CONFIG_STR, "1.0", 0, 0, "part of the traces for traceidratio"},
    {"NETGURU_SERVE_PROCESSES", CONFIG_INT, "1", 1, 64, "number of serve processes under up"},
    {"NETGURU_WORK_PROCESSES", CONFIG_INT, "1", 1, 64, "number of work processes under up"},
    {"NETGURU_MAX_REQUESTS", CONFIG_INT, "512", 1, 16384,
     "requests in progress per process; beyond it the answer is 503"},
    {"NETGURU_MAX_CONNECTIONS", CONFIG_INT, "20000", 1, 1000000,
     "open client connections per process"},
    {"NETGURU_POOL_SIZE", CONFIG_INT, "20", 2, 1000,
     "database connections kept open, shared by all processes of this machine"},
    {"NETGURU_POOL_OVERFLOW", CONFIG_INT, "10", 0, 1000, "further connections at a peak"},
    {"NETGURU_POOL_RECYCLE_S", CONFIG_INT, "3600", 10, 86400,
     "seconds after which a connection is replaced"},
    {"NETGURU_STATEMENT_TIMEOUT_MS", CONFIG_INT, "15000", 100, 600000,
     "longest time a statement may run"},
    {"NETGURU_UPLOAD_MAX_MB", CONFIG_INT, "0", 0, 4096,
     "upload limit for every plan; 0: by plan, 50, 100 or 500"},
    {"NETGURU_TOKENS_SOLO", CONFIG_INT, "2000000", 0, 1000000000,
     "tokens that a user of the plan solo may use a day (0: any)"},
    {"NETGURU_TOKENS_TEAM", CONFIG_INT, "10000000", 0, 1000000000, "the same for the plan team"},
    {"NETGURU_TOKENS_ENTERPRISE", CONFIG_INT, "50000000", 0, 1000000000,
     "the same for the plan enterprise"},
    {"NETGURU_ALLOWED_ORIGINS", CONFIG_STR, "", 0, 0,
     "other origins whose pages may use the WebSocket and /mcp, commas between"},
    {"NETGURU_STORAGE_MAX_GB", CONFIG_INT, "0", 0, 1000000,
     "what one user's files may take, for every plan; 0: by plan, 10, 100 or 1000"},
    {"NETGURU_DISK_RESERVE_MB", CONFIG_INT, "1024", 0, 1000000,
     "free disk space that uploads leave, or a tenth of the disk if that is less"},
    {"NETGURU_ACCESS_TOKEN_S", CONFIG_INT, "900", 10, 86400, "life of an access token"},
    {"NETGURU_BCRYPT_COST", CONFIG_INT, "12", 4, 16, "work factor of password hashes"},
    {"NETGURU_HASH_THREADS", CONFIG_INT, "0", 0, 64,
     "threads per serve process that hash passwords; 0: half of the cores, divided among them"},
    {"NETGURU_RATE_LIMIT_FACTOR", CONFIG_INT, "1", 1, 100000, "multiplies every rate limit"},
    {"NETGURU_PENDING_JOBS_FACTOR", CONFIG_INT, "0", 0, 100000,
     "multiplies the pending jobs that a plan allows; 0: 20 with the embedded server, else 1"},
    {"NETGURU_TRUSTED_PROXIES", CONFIG_STR, "", 0, 0,
     "addresses or prefixes, between commas, whose X-Forwarded-For is believed"},
    {"NETGURU_REGISTRATION", CONFIG_BOOL, "true", 0, 0, "whether anybody may register"},
    {"NETGURU_WEB", CONFIG_BOOL, "true", 0, 0, "whether serve has the page for the browser"},
    {"NETGURU_WEB_DIR", CONFIG_STR, "", 0, 0,
     "directory of a page to serve in place of the one in the program, for its developers"},
    {"NETGURU_DEMO", CONFIG_BOOL, "false", 0, 0,
     "whether a browser on this machine may log in to the demo account; up --demo sets it"},
    {"NETGURU_ERASE_AFTER_DAYS", CONFIG_INT, "30", 0, 3650,
     "days from the closing of an account until it is erased with all its files"},
    {"NETGURU_LLM_OPENAI_URL", CONFIG_STR, "https://api.openai.com/v1", 0, 0,
     "base of OpenAI's API, to use a gateway"},
    {"NETGURU_LLM_ANTHROPIC_URL", CONFIG_STR, "https://api.anthropic.com", 0, 0,
     "base of Anthropic's API, to use a gateway"},
    {"NETGURU_LLM_ANTHROPIC_VERSION", CONFIG_STR, "2026-10-21", 0, 0,
     "version of Anthropic's API; before 2026-10-21 the key goes as x-api-key"},
    {"NETGURU_LLM_AZURE_URLS", CONFIG_STR, "", 0, 0,
     "origins, between commas, allowed as Azure endpoints beside Azure's own hosts"},
    {"NETGURU_LLM_LOCAL_URLS", CONFIG_STR, "http://127.0.0.1:11434/api", 0, 0,
     "local servers that users may ask, between commas; an Ollama ends in /api; empty: none"},
    {"NETGURU_LLM_OLLAMA_CONTEXT", CONFIG_INT, "16384", 1024, 10000000,
     "context in tokens that Ollama is asked for, if the table of models does not say"},
    {"NETGURU_LLM_MODELS", CONFIG_STR, "", 0, 0,
     "JSON file of models and prices in place of the built-in table"},
    {"NETGURU_LLM_FIRST_TOKEN_MS", CONFIG_INT, "300000", 10, 3600000,
     "longest wait for a model to begin its answer"},
    {"NETGURU_LLM_IDLE_MS", CONFIG_INT, "60000", 10, 3600000,
     "longest silence of a model within its answer"},
    {"NETGURU_STANDINS_ALWAYS", CONFIG_BOOL, "false", 0, 0,
     "whether addresses and names leave for models as stand-ins in every conversation, not only in "
     "private ones"},
    {"NETGURU_STANDINS_LOCAL", CONFIG_BOOL, "false", 0, 0,
     "whether local models get stand-ins too"},
    {"NETGURU_METRICS_TOKEN", CONFIG_SECRET, "", 0, 0,
     "bearer token for /metrics from other machines; empty: only this machine reads them"},
    {"NETGURU_METRICS_ADDRESS", CONFIG_STR, "", 0, 0,
     "further address and port for the metrics of one process; up does not use it"},
    {"NETGURU_BACKUP_STORE", CONFIG_STR, "", 0, 0,
     "directory of the backups, or s3://BUCKET/PREFIX; empty: backups/ in the data directory"},
    {"NETGURU_BACKUP_AT", CONFIG_STR, "03:00", 0, 0,
     "local time of the daily backup that up makes; empty: none"},
    {"NETGURU_BACKUP_VERIFY", CONFIG_BOOL, "true", 0, 0,
     "whether the daily backup is restored into a scratch database and compared"},
    {"NETGURU_BACKUP_DATABASE_URL", CONFIG_STR, "", 0, 0,
     "postgresql:// address of a superuser for backups; empty: that of the owner"},
    {"NETGURU_BACKUP_RECIPIENTS", CONFIG_STR, "", 0, 0,
     "public keys of age, between commas, for which backups are encrypted; empty: plain"},
    {"NETGURU_BACKUP_IDENTITY_FILE", CONFIG_STR, "", 0, 0,
     "file with the private key of age that opens encrypted backups"},
    {"NETGURU_BACKUP_IDENTITY_COMMAND", CONFIG_STR, "", 0, 0,
     "shell command that prints this key, for example from a vault"},
    {"NETGURU_BACKUP_S3_ENDPOINT", CONFIG_STR, "", 0, 0,
     "https:// address of the object store of s3://"},
    {"NETGURU_BACKUP_S3_REGION", CONFIG_STR, "us-east-1", 0, 0, "its region"},
    {"NETGURU_BACKUP_S3_ACCESS_KEY", CONFIG_SECRET, "", 0, 0, "its access key"},
    {"NETGURU_BACKUP_S3_SECRET_KEY", CONFIG_SECRET, "", 0, 0, "its secret key"},
    {"NETGURU_ALLOW_DEBUG", CONFIG_BOOL, "false", 0, 0,
     "whether serve and work may write core files and be traced by a debugger of their own user"},
    {0},
};

enum { SETTINGS_COUNT = COUNT_OF(settings) - 1 };

struct Config {
    Arena *arena;
    Str values[SETTINGS_COUNT];
};

const ConfigSetting *config_settings(void)
{
    return settings;
}

static size_t find_setting(Str name)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        if (str_equal(name, str_of(settings[i].name)))
            return i;
    }
    return SETTINGS_COUNT;
}

static bool value_fits(const ConfigSetting *setting, Str value, Error *error)
{
    int64_t integer = 0;
    bool boolean = false;
    if (!str_is_utf8(value) || str_find_byte(value, '\0') != STR_NOT_FOUND)
        return error_set(error, ERR_VALIDATION, "%s is not UTF-8 text", setting->name);
    if (setting->kind == CONFIG_BOOL && !str_parse_bool(value, &boolean))
        return error_set(error, ERR_VALIDATION, "%s must be true or false, not \"%.*s\"",
                         setting->name, STR_ARGS(str_slice(value, 0, 80)));
    if (setting->kind == CONFIG_INT &&
        (!str_parse_i64(value, &integer) || integer < setting->min || integer > setting->max)) {
        return error_set(error, ERR_VALIDATION,
                         "%s must be a whole number from %lld to %lld, not \"%.*s\"", setting->name,
                         (long long)setting->min, (long long)setting->max,
                         STR_ARGS(str_slice(value, 0, 80)));
    }
    return true;
}

static bool set_value(Config *config, Str name, Str value, Error *error)
{
    size_t index = find_setting(name);
    if (index == SETTINGS_COUNT)
        return error_set(error, ERR_VALIDATION, "unknown setting %.*s",
                         STR_ARGS(str_slice(name, 0, 80)));
    if (!value_fits(&settings[index], value, error))
        return false;
    config->values[index] = arena_copy(config->arena, value);
    return true;
}

bool config_set(Config *config, const char *name, Str value, Error *error)
{
    return set_value(config, str_of(name), value, error);
}

static bool read_file(Config *config, const char *path, Error *error)
{
    Str rest;
    Str line;
    if (!file_read(config->arena, path, FILE_MAX_BYTES, &rest, error))
        return false;
    for (unsigned number = 1; str_next_line(&rest, &line); number++) {
        line = str_trim(line);
        if (str_empty(line) || line.data[0] == '#')
            continue;
        size_t equals = str_find_byte(line, '=');
        if (equals == STR_NOT_FOUND)
            return error_set(error, ERR_VALIDATION, "%s:%u: expected NAME=value", path, number);
        Str name = str_trim(str_slice(line, 0, equals));
        if (!set_value(config, name, str_trim(str_from(line, equals + 1)), error))
            return error_prefix(error, "%s:%u: ", path, number);
    }
    return true;
}

/* Variables that the tests, the build and the client's commands read, but not the server. */
static bool is_for_tools(Str pair)
{
    return str_starts_with(pair, STR("NETGURU_TEST_")) ||
           str_starts_with(pair, STR("NETGURU_PASSWORD=")) ||
           str_starts_with(pair, STR("NETGURU_API_KEY=")) ||
           str_starts_with(pair, STR("NETGURU_SHARED_DATA=")) ||
           str_starts_with(pair, STR("NETGURU_PG_MAJOR="));
}

/* The names that OpenTelemetry gives to settings of ours, the more particular ones last. */
static const struct {
    const char *name;
    const char *setting;
    const char *suffix; /* of the value */
} standard_names[] = {
    {"OTEL_EXPORTER_OTLP_ENDPOINT", "NETGURU_TRACES_URL", "/v1/traces"},
    {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "NETGURU_TRACES_URL", ""},
    {"OTEL_EXPORTER_OTLP_HEADERS", "NETGURU_TRACES_HEADERS", ""},
    {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "NETGURU_TRACES_HEADERS", ""},
    {"OTEL_SERVICE_NAME", "NETGURU_TRACES_SERVICE", ""},
    {"OTEL_TRACES_SAMPLER", "NETGURU_TRACES_SAMPLER", ""},
    {"OTEL_TRACES_SAMPLER_ARG", "NETGURU_TRACES_SAMPLER_ARG", ""},
};

static bool read_standard_names(Config *config, Error *error)
{
    for (size_t i = 0; i < COUNT_OF(standard_names); i++) {
        Str value = str_of(getenv(standard_names[i].name));
        Str suffix = str_of(standard_names[i].suffix);
        if (str_empty(value)) /* as OpenTelemetry has it, the same as unset */
            continue;
        if (!str_empty(suffix) && str_ends_with(value, STR("/")))
            suffix = str_from(suffix, 1);
        value = arena_printf(config->arena, "%.*s%.*s", STR_ARGS(value), STR_ARGS(suffix));
        if (!set_value(config, str_of(standard_names[i].setting), value, error))
            return error_prefix(error, "environment: %s: ", standard_names[i].name);
    }
    return true;
}

static bool read_environment(Config *config, Error *error)
{
    if (!read_standard_names(config, error))
        return false;
    for (char **entry = environ; *entry; entry++) {
        Str pair = str_of(*entry);
        size_t equals = str_find_byte(pair, '=');
        if (!str_starts_with(pair, STR("NETGURU_")) || equals == STR_NOT_FOUND)
            continue;
        if (is_for_tools(pair))
            continue;
        if (!set_value(config, str_slice(pair, 0, equals), str_from(pair, equals + 1), error))
            return error_prefix(error, "environment: ");
    }
    return true;
}

Config *config_load(Arena *arena, Error *error)
{
    Config *config = ARENA_NEW(arena, Config);
    config->arena = arena;
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        config->values[i] = str_of(settings[i].fallback);
    if (!read_environment(config, error))
        return NULL;
    Str path = config_str(config, "NETGURU_CONFIG");
    if (str_empty(path))
        return config;
    if (!read_file(config, path.data, error) || !read_environment(config, error))
        return NULL;
    return config;
}

static Str value_of(const Config *config, const char *name, ConfigKind kind)
{
    size_t index = find_setting(str_of(name));
    check(index < SETTINGS_COUNT && settings[index].kind == kind);
    return config->values[index];
}

Str config_str(const Config *config, const char *name)
{
    size_t index = find_setting(str_of(name));
    check(index < SETTINGS_COUNT);
    return config->values[index];
}

bool config_is_given(const Config *config, const char *name)
{
    size_t index = find_setting(str_of(name));
    check(index < SETTINGS_COUNT);
    return config->values[index].data != settings[index].fallback;
}

int64_t config_int(const Config *config, const char *name)
{
    int64_t value = 0;
    check(str_parse_i64(value_of(config, name, CONFIG_INT), &value));
    return value;
}

bool config_bool(const Config *config, const char *name)
{
    bool value = false;
    check(str_parse_bool(value_of(config, name, CONFIG_BOOL), &value));
    return value;
}

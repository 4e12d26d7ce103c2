/* SPDX-License-Identifier: Apache-2.0 */
#include "app/up/up_private.h"

#include "base/mem.h"

#include <stdlib.h>

enum { DEMO_RATE_LIMIT_FACTOR = 100, MAX_SETTINGS = 128 };

#define FOR(child) (1U << (child))

/* Settings that not every child gets: by whom they are needed. All others go to serve and work. */
static const struct {
    const char *name;
    unsigned needed_by;
} restricted[] = {
    {"NETGURU_HOME", 0}, /* given to all, as it was found */
    {"NETGURU_CONFIG", 0},
    {"NETGURU_SECRET", FOR(UP_FOR_SERVE)},
    {"NETGURU_ENCRYPTION_KEYS", FOR(UP_FOR_SERVE) | FOR(UP_FOR_BACKUP)},
    {"NETGURU_ENCRYPTION_KEY_FILE", FOR(UP_FOR_SERVE) | FOR(UP_FOR_BACKUP)},
    {"NETGURU_ENCRYPTION_KEY_COMMAND", FOR(UP_FOR_SERVE) | FOR(UP_FOR_BACKUP)},
    {"NETGURU_LLM_LOCAL_URLS", FOR(UP_FOR_SERVE)},
    {"NETGURU_HTTP_ADDRESS", FOR(UP_FOR_SERVE)},
    {"NETGURU_METRICS_TOKEN", FOR(UP_FOR_SERVE)},
    {"NETGURU_METRICS_ADDRESS", 0}, /* several processes cannot share it */
    {"NETGURU_TRUSTED_PROXIES", FOR(UP_FOR_SERVE)},
    {"NETGURU_WEB", FOR(UP_FOR_SERVE)},
    {"NETGURU_WEB_DIR", FOR(UP_FOR_SERVE)},
    {"NETGURU_DEMO", FOR(UP_FOR_SERVE)},
    {"NETGURU_WORK_DATABASE_URL", 0}, /* it is work's NETGURU_DATABASE_URL */
    {"NETGURU_OWNER_DATABASE_URL",
     FOR(UP_FOR_MAINTAIN) | FOR(UP_FOR_KNOWLEDGE) | FOR(UP_FOR_BACKUP)},
    {"NETGURU_SLOW_PLANS_MS", 0}, /* it is PostgreSQL's */
    {"NETGURU_BACKUP_STORE", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_AT", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_VERIFY", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_DATABASE_URL", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_RECIPIENTS", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_IDENTITY_FILE", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_IDENTITY_COMMAND", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_S3_ENDPOINT", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_S3_REGION", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_S3_ACCESS_KEY", FOR(UP_FOR_BACKUP)},
    {"NETGURU_BACKUP_S3_SECRET_KEY", FOR(UP_FOR_BACKUP)},
    {"NETGURU_MODEL_DIR", FOR(UP_FOR_SERVE) | FOR(UP_FOR_WORK) | FOR(UP_FOR_KNOWLEDGE)},
    {"NETGURU_LOG_LEVEL", ~0U},
    {"NETGURU_LOG_FORMAT", ~0U},
};

static bool is_needed(const char *name, UpChild child)
{
    for (size_t i = 0; i < COUNT_OF(restricted); i++) {
        if (str_equal(str_of(restricted[i].name), str_of(name)))
            return restricted[i].needed_by & FOR(child);
    }
    return FOR(child) & (FOR(UP_FOR_SERVE) | FOR(UP_FOR_WORK));
}

/* The children run in the data directory. A directory that is not there is serve's to report. */
static Str absolute_path(Arena *arena, Str path)
{
    char *absolute = str_empty(path) ? NULL : realpath(path.data, NULL);
    Str found = absolute ? arena_copy(arena, str_of(absolute)) : path;
    mem_free(absolute);
    return found;
}

static Str value_for(const Up *up, const char *name, UpChild child)
{
    const Config *settings = up->command->settings;
    Str value = config_str(settings, name);
    Str name_text = str_of(name);
    if (child == UP_FOR_WORK && str_equal(name_text, STR("NETGURU_DATABASE_URL")) &&
        !str_empty(value))
        return home_database_url(&up->home, settings, HOME_ROLE_WORK, up->command->arena);
    /* They open it by its name again when it was renamed. */
    if (str_equal(name_text, STR("NETGURU_LOG_FILE")))
        return arena_printf(up->command->arena, "%s/%s.log", up->home.log,
                            child == UP_FOR_WORK ? "work" : "serve");
    if (str_equal(name_text, STR("NETGURU_WEB_DIR")))
        return absolute_path(up->command->arena, value);
    if (up->demo && str_equal(name_text, STR("NETGURU_DEMO")))
        return STR("true");
    /* The one person who tries it out is not to meet limits that are for many. */
    if (up->demo && str_equal(name_text, STR("NETGURU_RATE_LIMIT_FACTOR")) &&
        !config_is_given(settings, name))
        return arena_printf(up->command->arena, "%d", DEMO_RATE_LIMIT_FACTOR);
    return value;
}

char *const *up_environment(const Up *up, UpChild child)
{
    size_t count = 0;
    Str pairs[MAX_SETTINGS];
    Arena *arena = up->command->arena;
    bool is_external = !up_is_embedded(up, "NETGURU_DATABASE_URL") ||
                       !up_is_embedded(up, "NETGURU_OWNER_DATABASE_URL");
    pairs[count++] = arena_printf(arena, "NETGURU_HOME=%s", up->home.path);
    for (const ConfigSetting *setting = config_settings(); setting->name; setting++) {
        Str value = value_for(up, setting->name, child);
        if (!is_needed(setting->name, child) || str_equal(value, str_of(setting->fallback)))
            continue;
        check(count < MAX_SETTINGS);
        pairs[count++] = arena_printf(arena, "%s=%.*s", setting->name, STR_ARGS(value));
    }
    return service_environment(arena, &up->home, pairs, count, is_external);
}

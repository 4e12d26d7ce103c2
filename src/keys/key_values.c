/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/key_values.h"

#include "base/ascii.h"
#include "base/time.h"
#include "base/utf8.h"

enum {
    LAST_CHARACTERS = 4,
    SHORTEST_SHOWN_BYTES = 8,
    FIELD_MAX_BYTES = 1024,
    ADDRESS_MAX_BYTES = 255
};

static const char *const providers[] = {"openai", "anthropic", "azure", "local", NULL};

typedef struct FieldRule FieldRule;
typedef bool FieldCheck(Task *task, const Request *request, const FieldRule *rule, Str *value);

static FieldCheck check_name;
static FieldCheck check_expiry;
static FieldCheck check_identifier;
static FieldCheck check_place;
static FieldCheck check_model;

struct FieldRule {
    const char *name;
    const char *provider; /* NULL: all */
    bool is_required;
    FieldCheck *verify; /* may replace the value */
};

static const FieldRule rules[KEY_FIELD_COUNT] = {
    [KEY_FIELD_NAME] = {"key_name", NULL, false, check_name},
    [KEY_FIELD_EXPIRES_AT] = {"expires_at", NULL, false, check_expiry},
    [KEY_FIELD_ENDPOINT] = {"endpoint", "azure", true, check_place},
    [KEY_FIELD_DEPLOYMENT] = {"deployment", "azure", true, check_identifier},
    [KEY_FIELD_API_VERSION] = {"api_version", "azure", false, check_identifier},
    [KEY_FIELD_BASE_URL] = {"base_url", "local", true, check_place},
    [KEY_FIELD_MODEL] = {"model", "local", false, check_model},
};

RowPlace key_place(const Uuid *user_id, const Uuid *id)
{
    return (RowPlace){"api_keys.encrypted_key", *user_id, *id};
}

bool key_read_provider(Task *task, const Request *request, Str *out_provider)
{
    Str provider;
    if (!request_body_str(task, request, "provider", 1, 50, &provider))
        return false;
    for (size_t i = 0; providers[i]; i++) {
        if (str_equal(provider, str_of(providers[i]))) {
            *out_provider = provider;
            return true;
        }
    }
    return request_fail_field(task, "provider", "must be openai, anthropic, azure or local");
}

static size_t count_characters(Str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static bool has_control_byte(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
            return true;
    }
    return false;
}

static bool check_text(Task *task, const char *name, Str text, size_t max_characters)
{
    if (count_characters(text) > max_characters)
        return request_fail_field(task, name, "must be at most %zu characters long",
                                  max_characters);
    return !has_control_byte(text) ||
           request_fail_field(task, name, "must not have a control character");
}

static bool check_name(Task *task, const Request *request, const FieldRule *rule, Str *value)
{
    (void)request;
    return check_text(task, rule->name, *value, KEY_NAME_MAX_CHARACTERS);
}

static bool check_model(Task *task, const Request *request, const FieldRule *rule, Str *value)
{
    (void)request;
    return check_text(task, rule->name, *value, 200);
}

static bool check_expiry(Task *task, const Request *request, const FieldRule *rule, Str *value)
{
    (void)request;
    int64_t time_us = 0;
    char text[TIME_TEXT_SIZE];
    if (!time_parse_rfc3339(*value, &time_us))
        return request_fail_field(task, rule->name, "must be a time like 2027-01-31T12:00:00Z");
    if (time_us <= time_now_us())
        return request_fail_field(task, rule->name, "must be in the future");
    *value = arena_copy(task->arena, str_of(time_write_rfc3339(time_us, text)));
    return true;
}

/* A part of a path or of a query. */
static bool check_identifier(Task *task, const Request *request, const FieldRule *rule, Str *value)
{
    (void)request;
    size_t limit = rule == &rules[KEY_FIELD_API_VERSION] ? 40 : 100;
    bool fits = value->size <= limit;
    for (size_t i = 0; fits && i < value->size; i++) {
        char byte = value->data[i];
        fits = ascii_is_letter(byte) || ascii_is_digit(byte) || byte == '-' || byte == '_' ||
               (byte == '.' && i > 0);
    }
    return fits || request_fail_field(task, rule->name,
                                      "must be at most %zu letters, digits, -, _ and . long, and "
                                      "not begin with .",
                                      limit);
}

/* Checks an address as the call to the provider will. The other parts of the account are checked by
 * themselves. */
static bool check_place(Task *task, const Request *request, const FieldRule *rule, Str *value)
{
    Str address;
    Error reason = {0};
    LlmAccount account = {.key = STR("x"), .deployment = STR("x"), .base_url = *value};
    check(llm_provider_find(str_of(rule->provider), &account.provider));
    if (!llm_account_address(task->arena, request->services, &account, &address, &reason))
        return request_fail_field(task, rule->name, "%s", reason.message);
    if (address.size > ADDRESS_MAX_BYTES)
        return request_fail_field(task, rule->name, "must be at most %d bytes long",
                                  ADDRESS_MAX_BYTES);
    *value = address;
    return true;
}

static bool fits_provider(const FieldRule *rule, Str provider)
{
    return !rule->provider || str_equal(provider, str_of(rule->provider));
}

static bool read_field(Task *task, const Request *request, const FieldRule *rule, Str provider,
                       KeyField *out_field)
{
    Str text = STR("");
    const JsonValue *value = json_get(request->body, rule->name);
    KeyField field = {.is_given = value != NULL};
    if (!value)
        return true;
    if (!request_body_optional_str(task, request, rule->name, FIELD_MAX_BYTES, &text))
        return false;
    /* An empty text is none, but an empty time is a mistake. */
    field.is_null =
        value->type == JSON_IS_NULL || (str_empty(text) && rule->verify != check_expiry);
    if (!field.is_null && !fits_provider(rule, provider))
        return request_fail_field(task, rule->name, "is only for the provider %s", rule->provider);
    if (!field.is_null && !rule->verify(task, request, rule, &text))
        return false;
    field.text = text;
    *out_field = field;
    return true;
}

static bool is_visible_ascii(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] >= 0x7F)
            return false;
    }
    return true;
}

/* Encrypts the key. Of a short one nothing is shown: four characters would be half of it. */
static bool set_secret(Task *task, const Request *request, const RowPlace *place, Str secret,
                       KeyValues *values)
{
    const Keyring *keyring = request->services->keyring;
    if (!is_visible_ascii(secret))
        return request_fail_field(task, "key", "must be visible ASCII characters without spaces");
    size_t shown = secret.size >= SHORTEST_SHOWN_BYTES ? LAST_CHARACTERS : 0;
    values->last_four = arena_copy(task->arena, str_from(secret, secret.size - shown));
    values->encryption_key_id = keyring_id(keyring, 0);
    values->encrypted_key = encrypt_for_row(task->arena, keyring, place, secret);
    return true;
}

static bool read_fields(Task *task, const Request *request, Str provider, KeyValues *values)
{
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++) {
        if (!read_field(task, request, &rules[i], provider, &values->fields[i]))
            return false;
    }
    return true;
}

bool key_read_new(Task *task, const Request *request, const Uuid *id, Str provider,
                  KeyValues *out_values)
{
    Str secret = STR("");
    KeyValues values = {0};
    RowPlace place = key_place(&task->user_id, id);
    bool is_local = str_equal(provider, STR("local"));
    bool read = is_local
                    ? request_body_optional_str(task, request, "key", KEY_SECRET_MAX_BYTES, &secret)
                    : request_body_str(task, request, "key", 1, KEY_SECRET_MAX_BYTES, &secret);
    if (!read || !set_secret(task, request, &place, secret, &values) ||
        !read_fields(task, request, provider, &values))
        return false;
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++) {
        bool is_missing = !values.fields[i].is_given || values.fields[i].is_null;
        if (rules[i].is_required && fits_provider(&rules[i], provider) && is_missing)
            return request_fail_field(task, rules[i].name, "is missing");
    }
    *out_values = values;
    return true;
}

bool key_read_changes(Task *task, const Request *request, const Uuid *id, Str provider,
                      KeyValues *out_values)
{
    Str secret = STR("");
    KeyValues values = {0};
    RowPlace place = key_place(&task->user_id, id);
    const JsonValue *active = json_get(request->body, "is_active");
    values.sets_active = active && active->type != JSON_IS_NULL;
    if (!request_body_optional_str(task, request, "key", KEY_SECRET_MAX_BYTES, &secret) ||
        (!str_empty(secret) && !set_secret(task, request, &place, secret, &values)) ||
        !request_body_optional_bool(task, request, "is_active", &values.is_active) ||
        !read_fields(task, request, provider, &values))
        return false;
    for (size_t i = 0; i < KEY_FIELD_COUNT; i++) {
        bool is_removed = values.fields[i].is_given && values.fields[i].is_null;
        if (rules[i].is_required && fits_provider(&rules[i], provider) && is_removed)
            return request_fail_field(task, rules[i].name, "cannot be removed");
    }
    *out_values = values;
    return true;
}

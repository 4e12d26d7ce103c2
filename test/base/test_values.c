/* SPDX-License-Identifier: Apache-2.0 */
/* The small values: UUID, time, Base64, errors, settings. */
#include "base/base64.h"
#include "base/config.h"
#include "base/random.h"
#include "base/time.h"
#include "base/uuid.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void test_uuid_round_trip(void **state)
{
    (void)state;
    Uuid uuid;
    Uuid back;
    char text[UUID_TEXT_SIZE];
    for (int i = 0; i < 100; i++) {
        uuid = uuid_new();
        assert_true(uuid_parse(str_of(uuid_write(&uuid, text)), &back));
        assert_true(uuid_equal(&uuid, &back));
        assert_int_equal(text[14], '4');
    }
    auto_arena Arena *arena = arena_new();
    assert_true(str_equal(uuid_str(arena, &uuid), str_of(text)));
    assert_true(uuid_parse(STR("550E8400-e29b-41d4-a716-446655440000"), &uuid));
    const char *const bad[] = {
        "", "550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-44665544000g",
        "550e8400-e29b-41d4-a716-4466554400000", "550e8400-e29b-41d4-a716_446655440000"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(uuid_parse(str_of(bad[i]), &uuid));
}

static void test_times_are_rfc3339(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_write_rfc3339(0, text), "1970-01-01T00:00:00.000000Z");
    assert_string_equal(time_write_rfc3339(1770885000123456, text), "2026-02-12T08:30:00.123456Z");
    assert_string_equal(time_write_rfc3339(-1, text), "1969-12-31T23:59:59.999999Z");
    assert_int_equal(strlen(time_write_rfc3339(INT64_MAX, text)), 27);
    assert_int_equal(strlen(time_write_rfc3339(INT64_MIN, text)), 27);
}

static void test_times_are_parsed_with_their_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_us;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-02-12T08:30:00.123456Z", 1770885000123456},
        {"2026-02-12t08:30:00.1234569z", 1770885000123456},
        {"2026-02-12T10:30:00.5+02:00", 1770885000500000},
        {"2026-02-11T23:00:00-09:30", 1770885000000000},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"2024-02-29T00:00:00Z", 1709164800000000},
        {"9999-12-31T23:59:59Z", 253402300799000000},
        {"0000-01-01T00:00:00Z", -62167219200000000},
    };
    static const char *const bad[] = {
        "",
        "now",
        "infinity",
        "2026-02-12",
        "2026-02-12 08:30:00Z",
        "2026-02-12T08:30:00",
        "2026-02-12T08:30Z",
        "2026-2-12T08:30:00Z",
        "2026-02-30T08:30:00Z",
        "2025-02-29T08:30:00Z",
        "2026-13-01T08:30:00Z",
        "2026-00-01T08:30:00Z",
        "2026-01-00T08:30:00Z",
        "2026-01-32T08:30:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T08:60:00Z",
        "2026-01-01T08:30:60Z",
        "2026-01-01T08:30:00.Z",
        "2026-01-01T08:30:00+0200",
        "2026-01-01T08:30:00+24:00",
        "2026-01-01T08:30:00Z ",
        "+026-01-01T08:30:00Z",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        int64_t time_us = 7;
        assert_true(time_parse_rfc3339(str_of(good[i].text), &time_us));
        assert_int_equal(time_us, good[i].time_us);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t time_us = 7;
        if (time_parse_rfc3339(str_of(bad[i]), &time_us))
            fail_msg("parsed: %s", bad[i]);
        assert_int_equal(time_us, 7);
    }
    Str whole = STR("2026-02-12T08:30:00.123456+02:00");
    for (size_t size = 0; size < whole.size; size++) {
        int64_t time_us = 7;
        assert_false(time_parse_rfc3339(str_slice(whole, 0, size), &time_us));
    }
}

static void test_base64_round_trip_and_strictness(void **state)
{
    (void)state;
    unsigned char bytes[64];
    auto_arena Arena *arena = arena_new();
    random_bytes(bytes, sizeof(bytes));
    for (int kind = BASE64_STANDARD; kind <= BASE64_URL_NO_PADDING; kind++) {
        for (size_t size = 0; size <= sizeof(bytes); size++) {
            Str back;
            Str text = base64_encode(arena, str_make(bytes, size), (Base64Kind)kind);
            assert_true(base64_decode(arena, text, (Base64Kind)kind, &back));
            assert_true(str_equal(back, str_make(bytes, size)));
        }
    }
    Str out;
    assert_true(str_equal(base64_encode(arena, STR("fooba"), BASE64_STANDARD), STR("Zm9vYmE=")));
    const char *const bad[] = {"Zm9vYmE", "Zm9v YmE=", "Zm9vYmF=", "=", "Zg=", "Zm9-", "Z==="};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(base64_decode(arena, str_of(bad[i]), BASE64_STANDARD, &out));
    assert_false(base64_decode(arena, STR("A"), BASE64_URL_NO_PADDING, &out));
    assert_true(str_equal(hex_encode(arena, STR("\x00\xFF")), STR("00ff")));
}

static void test_the_field_of_an_error_is_cut_to_fit(void **state)
{
    (void)state;
    Error error = {0};
    char name[sizeof(error.field) + 2];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_false(error_set_field(&error, "email"));
    assert_string_equal(error.field, "email");
    assert_false(error_set_field(&error, name));
    assert_int_equal(strlen(error.field), sizeof(error.field) - 1);
    assert_int_equal(error.code, ERR_NONE);
}

static void test_every_error_has_its_traits(void **state)
{
    (void)state;
    Error error;
    for (int code = 0; code < ERR_COUNT; code++) {
        const ErrorTraits *traits = error_traits((ErrorCode)code);
        assert_non_null(traits->name);
        assert_true(code == ERR_NONE || (traits->http_status >= 400 && traits->exit_status > 0));
    }
    assert_false(error_set(&error, ERR_CONFLICT, "%0600d", 1));
    assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
    assert_false(error_set(&error, ERR_CONFLICT, "taken"));
    assert_false(error_prefix(&error, "%s: ", "name"));
    assert_string_equal(error.message, "name: taken");
    assert_false(error_set_errno(&error, 2, "x.cfg"));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    assert_string_equal(error.message, "x.cfg: No such file or directory");
}

static void write_settings(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
}

static void test_settings_environment_over_file(void **state)
{
    (void)state;
    Error error = {0};
    char path[] = "/tmp/netguru-test-settings-XXXXXX";
    auto_arena Arena *arena = arena_new();
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    write_settings(path, "# comment\n\nNETGURU_POOL_SIZE = 7\nNETGURU_HTTP_ADDRESS=[::1]:1\n");
    setenv("NETGURU_CONFIG", path, 1);
    setenv("NETGURU_HTTP_ADDRESS", "127.0.0.1:9", 1);
    Config *config = config_load(arena, &error);
    assert_non_null(config);
    assert_int_equal(config_int(config, "NETGURU_POOL_SIZE"), 7);
    assert_true(str_equal(config_str(config, "NETGURU_HTTP_ADDRESS"), STR("127.0.0.1:9")));
    assert_true(config_bool(config, "NETGURU_REGISTRATION"));

    write_settings(path, "NETGURU_POOL_SIZE=7\nNETGURU_POOL_SICE=8\n");
    assert_null(config_load(arena, &error));
    assert_non_null(strstr(error.message, ":2: unknown setting NETGURU_POOL_SICE"));
    write_settings(path, "NETGURU_POOL_SIZE=many\n");
    assert_null(config_load(arena, &error));
    assert_non_null(strstr(error.message, "whole number from 2 to 1000"));
    write_settings(path, "nonsense\n");
    assert_null(config_load(arena, &error));
    unlink(path);
    assert_null(config_load(arena, &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    unsetenv("NETGURU_CONFIG");
    setenv("NETGURU_TYPO", "1", 1);
    assert_null(config_load(arena, &error));
    assert_non_null(strstr(error.message, "environment: unknown setting NETGURU_TYPO"));
    unsetenv("NETGURU_TYPO");
    unsetenv("NETGURU_HTTP_ADDRESS");
    assert_non_null(config_load(arena, &error));
}

static void test_names_of_opentelemetry_stand_for_settings(void **state)
{
    (void)state;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/", 1);
    setenv("OTEL_SERVICE_NAME", "", 1);
    Config *config = config_load(arena, &error);
    assert_non_null(config);
    assert_string_equal(config_str(config, "NETGURU_TRACES_URL").data,
                        "http://127.0.0.1:4318/v1/traces");
    assert_string_equal(config_str(config, "NETGURU_TRACES_SERVICE").data, "netguru");
    setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/x", 1);
    config = config_load(arena, &error);
    assert_string_equal(config_str(config, "NETGURU_TRACES_URL").data, "http://127.0.0.1:1/x");
    setenv("NETGURU_TRACES_URL", "http://127.0.0.1:2/y", 1);
    config = config_load(arena, &error);
    assert_string_equal(config_str(config, "NETGURU_TRACES_URL").data, "http://127.0.0.1:2/y");
    unsetenv("NETGURU_TRACES_URL");
    unsetenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "\xff", 1);
    assert_null(config_load(arena, &error));
    assert_non_null(strstr(error.message, "OTEL_EXPORTER_OTLP_ENDPOINT"));
    unsetenv("OTEL_EXPORTER_OTLP_ENDPOINT");
    unsetenv("OTEL_SERVICE_NAME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid_round_trip),
        cmocka_unit_test(test_times_are_rfc3339),
        cmocka_unit_test(test_times_are_parsed_with_their_offset),
        cmocka_unit_test(test_base64_round_trip_and_strictness),
        cmocka_unit_test(test_every_error_has_its_traits),
        cmocka_unit_test(test_the_field_of_an_error_is_cut_to_fit),
        cmocka_unit_test(test_settings_environment_over_file),
        cmocka_unit_test(test_names_of_opentelemetry_stand_for_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error_json.h"

#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const Error *error, const char *expected)
{
    char text[2048];
    StrBuf out;
    JsonWriter json;
    strbuf_init(&out, sizeof(text));
    json_start(&json, &out);
    error_write_json(&json, error);
    assert_true(str_copy_to(strbuf_str(&out), text, sizeof(text)));
    strbuf_done(&out);
    assert_string_equal(text, expected);
}

static Error make(ErrorCode code, const char *message)
{
    Error error;
    error_set(&error, code, "%s", message);
    return error;
}

static void test_the_message_of_a_client_s_mistake_is_shown(void **state)
{
    (void)state;
    Error error = make(ERR_VALIDATION, "limit: must be a number");
    str_copy_to(STR("limit"), error.field, sizeof(error.field));
    expect(&error, "{\"error\":{\"code\":\"VALIDATION_ERROR\",\"message\":\"limit: must be a "
                   "number\",\"details\":{\"field\":\"limit\"}}}");
    error = make(ERR_RATE_LIMIT_EXCEEDED, "too many");
    error.retry_after_s = 7;
    expect(&error, "{\"error\":{\"code\":\"RATE_LIMIT_EXCEEDED\",\"message\":\"too many\","
                   "\"details\":{\"retry_after\":7}}}");
}

static void test_the_cause_of_an_internal_error_is_hidden(void **state)
{
    (void)state;
    Error error = make(ERR_INTERNAL, "the secret is swordfish");
    expect(&error, "{\"error\":{\"code\":\"INTERNAL\",\"message\":\"internal error\","
                   "\"details\":{}}}");
    error = make(ERR_IO, "/var/lib/netguru: Input/output error");
    expect(&error, "{\"error\":{\"code\":\"IO_ERROR\",\"message\":\"internal error\","
                   "\"details\":{}}}");
}

static void test_the_address_of_an_unavailable_server_is_hidden(void **state)
{
    (void)state;
    Error error = make(ERR_UNAVAILABLE, "PostgreSQL: connection to 10.0.0.7 refused");
    expect(&error, "{\"error\":{\"code\":\"UNAVAILABLE\",\"message\":\"PostgreSQL: try again "
                   "later\",\"details\":{}}}");
    error = make(ERR_UNAVAILABLE, "the server is busy");
    expect(&error, "{\"error\":{\"code\":\"UNAVAILABLE\",\"message\":\"the server is busy\","
                   "\"details\":{}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_message_of_a_client_s_mistake_is_shown),
        cmocka_unit_test(test_the_cause_of_an_internal_error_is_hidden),
        cmocka_unit_test(test_the_address_of_an_unavailable_server_is_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

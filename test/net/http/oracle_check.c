/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/oracle_check.h"

#include "net/http/oracle.h"

void http_oracle_check(Str bytes, const HttpHead *head)
{
    OracleHead oracle;
    if (!http_oracle_exists())
        return;
    check(http_oracle_parse(bytes, &oracle));
    check(str_equal(str_of(oracle.method), http_method_name(head->method)));
    check(str_equal(oracle.target, head->target));
    check(oracle.major == 1 && oracle.minor == (head->is_http_1_0 ? 0 : 1));
    check(oracle.field_count == head->header_count);
    for (uint32_t i = 0; i < oracle.field_count; i++) {
        check(str_equal_ignore_case(oracle.fields[i].name, head->headers[i].name));
        /* The authority of an absolute target replaces the value of Host. */
        check(str_equal(head->headers[i].name, STR("host")) ||
              str_equal(str_trim(oracle.fields[i].value), head->headers[i].value));
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error_json.h"

#include <stdio.h>

const char *error_public_message(const Error *error, PublicMessage *buffer)
{
    Str message = str_of(error->message);
    size_t colon = str_find(message, STR(": "));
    switch (error->code) {
    case ERR_INTERNAL:
    case ERR_IO:
        return "internal error";
    case ERR_UNAVAILABLE:
        if (colon == STR_NOT_FOUND)
            return error->message;
        snprintf(buffer->data, sizeof(buffer->data), "%.*s: try again later",
                 STR_ARGS(str_slice(message, 0, colon)));
        return buffer->data;
    default:
        return error->message;
    }
}

void error_write_json(JsonWriter *json, const Error *error)
{
    PublicMessage buffer;
    json_begin_object(json);
    json_key(json, "error");
    json_begin_object(json);
    json_field_text(json, "code", error_traits(error->code)->name);
    json_field_text(json, "message", error_public_message(error, &buffer));
    json_key(json, "details");
    json_begin_object(json);
    if (error->field[0])
        json_field_text(json, "field", error->field);
    if (error->retry_after_s)
        json_field_u64(json, "retry_after", error->retry_after_s);
    json_end(json);
    json_end(json);
    json_end(json);
}

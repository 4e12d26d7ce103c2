/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/internal.h"

static bool is_token(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return text.size > 0;
}

/* Returns whether the text has no control byte except the tab. */
static bool is_value(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

bool header_is_line(Str line)
{
    size_t colon = str_find_byte(line, ':');
    return colon != STR_NOT_FOUND && is_token(str_slice(line, 0, colon)) &&
           is_value(str_from(line, colon + 1));
}

bool header_check(const OutgoingHeader *header, Error *error)
{
    static const char *const ours[] = {
        "connection", "content-length",    "expect",  "host",    "proxy-authorization",
        "te",         "transfer-encoding", "trailer", "upgrade",
    };
    if (!is_token(header->name))
        return error_set(error, ERR_VALIDATION, "the name of a header is malformed");
    if (header->name.size + header->value.size > OUTGOING_HEADER_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "a header is longer than %d bytes",
                         OUTGOING_HEADER_MAX_BYTES);
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        if (str_equal_ignore_case(header->name, str_of(ours[i])))
            return error_set(error, ERR_VALIDATION, "the header %s cannot be set", ours[i]);
    }
    return is_value(header->value) ||
           error_set(error, ERR_VALIDATION, "the header %.*s has a control byte",
                     STR_ARGS(header->name));
}

Str outgoing_header_find(const OutgoingHeader *headers, size_t count, Str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_ignore_case(headers[i].name, name))
            return headers[i].value;
    }
    return STR("");
}

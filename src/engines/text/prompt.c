/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/prompt.h"

#include "base/ascii.h"
#include "base/check.h"

enum { PROMPT_MAX_BYTES = 80 };

static bool is_verb(Str word)
{
    static const Str verbs[] = {STR_INIT("show"), STR_INIT("sh"),         STR_INIT("display"),
                                STR_INIT("get"),  STR_INIT("ping"),       STR_INIT("diagnose"),
                                STR_INIT("dir"),  STR_INIT("traceroute"), STR_INIT("admin")};
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (str_equal(word, verbs[i]))
            return true;
    }
    return false;
}

bool prompt_read(Str line, Prompt *out_prompt)
{
    Str word;
    Str text = str_trim(line);
    size_t end = str_find_byte(text, '#');
    if (end == STR_NOT_FOUND || end > PROMPT_MAX_BYTES)
        end = str_find_byte(text, '>');
    if (end == STR_NOT_FOUND || end == 0 || end > PROMPT_MAX_BYTES ||
        str_find_byte(str_slice(text, 0, end), ' ') != STR_NOT_FOUND)
        return false;
    Str host = str_slice(text, 0, end);
    Str command = str_trim(str_from(text, end + 1));
    Str rest = command;
    *out_prompt = (Prompt){
        .host = str_from(host, str_starts_with(host, STR("<")) ? 1 : 0),
        .sign = str_slice(text, 0, end + 1),
        .command = command,
    };
    return str_next_word(&rest, &word) && is_verb(word);
}

Str prompt_command_of_name(Str name)
{
    static const Str verbs[] = {STR_INIT("show"), STR_INIT("display")};
    size_t slash = str_find_last_byte(name, '/');
    Str base = slash == STR_NOT_FOUND ? name : str_from(name, slash + 1);
    base = str_slice(base, 0, str_find_last_byte(base, '.'));
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        size_t at = str_find(base, verbs[i]);
        size_t end = at + verbs[i].size;
        bool is_word = at != STR_NOT_FOUND &&
                       (at == 0 || !ascii_is_letter_or_digit(base.data[at - 1])) &&
                       end < base.size && !ascii_is_letter_or_digit(base.data[end]);
        if (is_word)
            return str_from(base, at);
    }
    return STR("");
}

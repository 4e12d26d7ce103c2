/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/urls_internal.h"

#include "base/ascii.h"
#include "base/map.h"
#include "engines/answer/links.h"

bool url_ends_at(char byte)
{
    unsigned char value = (unsigned char)byte;
    return value <= ' ' || value == 0x7f || byte == '<' || byte == '>' || byte == '"' ||
           byte == '`';
}

size_t url_end(Str text)
{
    size_t round = 0;
    size_t square = 0;
    size_t limit = MIN_OF(text.size, (size_t)LINK_MAX_BYTES + 1);
    for (size_t at = 0; at < limit; at++) {
        char byte = text.data[at];
        if (url_ends_at(byte) || (byte == ')' && round == 0) || (byte == ']' && square == 0))
            return at;
        round = round + (byte == '(') - (byte == ')');
        square = square + (byte == '[') - (byte == ']');
    }
    return limit;
}

Str url_trim(Str url)
{
    while (url.size > 0 &&
           str_find_byte(STR(".,;:!?'*_~|\\"), url.data[url.size - 1]) != STR_NOT_FOUND)
        url.size--;
    return url;
}

static bool is_scheme_byte(char byte)
{
    return ascii_is_letter_or_digit(byte) || byte == '+' || byte == '-' || byte == '.';
}

size_t url_scheme_before(Str text)
{
    size_t size = 0;
    while (size < text.size && is_scheme_byte(text.data[text.size - 1 - size]))
        size++;
    while (size > 0 && !ascii_is_letter(text.data[text.size - size]))
        size--;
    return size;
}

struct LinkSet {
    Arena *arena;
    Map urls;
};

LinkSet *link_set_new(Arena *arena)
{
    LinkSet *set = ARENA_NEW(arena, LinkSet);
    set->arena = arena;
    return set;
}

/* Writes the URL as it is looked up: without a fragment, scheme and host in lower case. */
static Str canonical(Str url, char out[LINK_MAX_BYTES])
{
    size_t size = 0;
    size_t slashes = 0;
    for (; size < url.size && size < LINK_MAX_BYTES && url.data[size] != '#'; size++) {
        slashes += url.data[size] == '/';
        out[size] = slashes < 3 ? ascii_to_lower(url.data[size]) : url.data[size];
    }
    return str_make(out, size);
}

static void add_url(LinkSet *set, Str url)
{
    char text[LINK_MAX_BYTES];
    Str trimmed = url_trim(url);
    if (trimmed.size > LINK_MAX_BYTES || str_ends_with(trimmed, STR("://")) ||
        set->urls.count >= LINK_SET_MAX)
        return;
    Str key = canonical(trimmed, text);
    if (!str_empty(key) && !map_get(&set->urls, key))
        map_put(set->arena, &set->urls, arena_copy(set->arena, key), set);
}

bool link_set_has(const LinkSet *set, Str url)
{
    char text[LINK_MAX_BYTES];
    if (url_end(url) < url.size)
        return false;
    return url.size <= LINK_MAX_BYTES && map_get(&set->urls, canonical(url, text)) != NULL;
}

/* Returns the offset at which the URL begins whose ':' or '.' is at this place, or STR_NOT_FOUND.
 */
static size_t url_start(Str text, size_t at)
{
    size_t window = MIN_OF(at, LINK_CONTEXT_BYTES);
    Str before = str_slice(text, at - window, window);
    if (text.data[at] == ':') {
        size_t scheme = url_scheme_before(before);
        return scheme > 0 && str_starts_with(str_from(text, at), STR("://")) ? at - scheme
                                                                             : STR_NOT_FOUND;
    }
    size_t start = at - MIN_OF(at, 3);
    bool is_www = str_equal_ignore_case(str_slice(text, start, at - start), STR("www")) &&
                  (start == 0 || !ascii_is_letter_or_digit(text.data[start - 1]));
    return is_www ? start : STR_NOT_FOUND;
}

void link_set_add_text(LinkSet *set, Str text)
{
    size_t at = 0;
    while (at < text.size) {
        bool may_start = text.data[at] == ':' || text.data[at] == '.';
        size_t start = may_start ? url_start(text, at) : STR_NOT_FOUND;
        if (start == STR_NOT_FOUND) {
            at++;
            continue;
        }
        size_t end = at + url_end(str_from(text, at));
        add_url(set, str_slice(text, start, end - start));
        at = MAX_OF(end, at + 1);
    }
}

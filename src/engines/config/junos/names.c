/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/config/junos/groups.h"

/* Returns the length of a set "[…]" at the start of pattern, or 0, and stores whether byte is in
 * it. */
static size_t match_set(Str pattern, char byte, bool *out_matches)
{
    size_t end = str_find_byte(pattern, ']');
    if (end == STR_NOT_FOUND)
        return 0;
    size_t at = 1;
    bool negated = at < end && (pattern.data[at] == '!' || pattern.data[at] == '^');
    bool found = false;
    for (at += negated; at < end; at++) {
        bool span = at + 2 < end && pattern.data[at + 1] == '-';
        char last = span ? pattern.data[at + 2] : pattern.data[at];
        found |= byte >= pattern.data[at] && byte <= last;
        at += span ? 2 : 0;
    }
    *out_matches = found != negated;
    return end + 1;
}

/* Returns how many bytes of pattern match the byte, or 0 if it does not match. */
static size_t match_one(Str pattern, char byte)
{
    bool matches = false;
    if (pattern.size == 0)
        return 0;
    if (pattern.data[0] == '?')
        return 1;
    size_t set = pattern.data[0] == '[' ? match_set(pattern, byte, &matches) : 0;
    if (set)
        return matches ? set : 0;
    return pattern.data[0] == byte;
}

bool junos_glob(Str pattern, Str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;
    while (t < text.size) {
        if (p < pattern.size && pattern.data[p] == '*') {
            star = ++p;
            resume = t;
            continue;
        }
        size_t used = match_one(str_from(pattern, p), text.data[t]);
        if (used) {
            p += used;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.data[p] == '*')
        p++;
    return p == pattern.size;
}

static bool add_span(Arena *arena, Str before, Str span, Str after, StrVec *out)
{
    uint32_t first = 0, last = 0;
    size_t dash = str_find_byte(span, '-');
    if (!str_parse_u32(str_slice(span, 0, dash), &first))
        return false;
    last = first;
    if (dash != STR_NOT_FOUND && !str_parse_u32(str_from(span, dash + 1), &last))
        return false;
    if (last < first || last - first >= JUNOS_MAX_RANGE)
        return false;
    for (uint32_t number = first; number <= last; number++)
        *VEC_PUSH(arena, out) =
            arena_printf(arena, "%.*s%u%.*s", STR_ARGS(before), number, STR_ARGS(after));
    return true;
}

static bool add_port(Arena *arena, Str name, StrVec *out)
{
    if (name.size == 0 || out->count >= JUNOS_MAX_RANGE)
        return false;
    *VEC_PUSH(arena, out) = name;
    return true;
}

bool junos_expand_port(Arena *arena, Str member, StrVec *out)
{
    StrVec open = {0};
    *VEC_PUSH(arena, &open) = member;
    /* Each round expands the first bracket of one name. A name without brackets is a port. */
    for (size_t i = 0; i < open.count; i++) {
        Str name = open.items[i], span;
        size_t start = str_find_byte(name, '['), end = str_find_byte(name, ']');
        if (start == STR_NOT_FOUND) {
            if (!add_port(arena, name, out))
                return false;
            continue;
        }
        if (end == STR_NOT_FOUND || end < start || open.count > 2 * JUNOS_MAX_RANGE)
            return false;
        Str list = str_slice(name, start + 1, end - start - 1);
        while (str_next_field(&list, ',', &span)) {
            if (open.count > 2 * JUNOS_MAX_RANGE ||
                !add_span(arena, str_slice(name, 0, start), str_trim(span), str_from(name, end + 1),
                          &open))
                return false;
        }
    }
    return true;
}

bool junos_expand_span(Arena *arena, Str first, Str last, StrVec *out)
{
    size_t slash = first.size;
    while (slash > 0 && ascii_is_digit(first.data[slash - 1]))
        slash--;
    Str before = str_slice(first, 0, slash);
    if (!str_starts_with(last, before))
        return false;
    Str span = arena_printf(arena, "%.*s-%.*s", STR_ARGS(str_from(first, slash)),
                            STR_ARGS(str_from(last, slash)));
    StrVec ports = {0};
    if (!add_span(arena, before, span, (Str){"", 0}, &ports))
        return false;
    for (size_t i = 0; i < ports.count; i++) {
        if (!add_port(arena, ports.items[i], out))
            return false;
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

/* Which words of a path name its stanza: those of the pattern, and as many more as it takes. */
static const Command stanza_commands[] = {
    {"interfaces", .stanza = STANZA_INTERFACE, .takes = 1},
    {"vlans", .stanza = STANZA_VLAN},
    {"protocols ospf", .stanza = STANZA_OSPF},
    {"protocols ospf3", .stanza = STANZA_OSPF},
    {"protocols isis", .stanza = STANZA_ISIS},
    {"protocols bgp", .stanza = STANZA_BGP},
    {"protocols", .stanza = STANZA_OTHER, .takes = 1},
    {"routing-options", .stanza = STANZA_STATIC},
    {"firewall family", .stanza = STANZA_ACL, .takes = 3},
    {"firewall", .stanza = STANZA_ACL, .takes = 2},
    {"policy-options prefix-list", .stanza = STANZA_PREFIX_LIST, .takes = 1},
    {"policy-options policy-statement", .stanza = STANZA_ROUTE_MAP, .takes = 1},
    {"policy-options", .stanza = STANZA_OTHER, .takes = 2},
    {"routing-instances", .stanza = STANZA_VRF, .takes = 1},
    {"system", .stanza = STANZA_SYSTEM, .takes = 1},
    {"groups", .stanza = STANZA_OTHER, .takes = 1},
    {"security", .stanza = STANZA_OTHER, .takes = 1},
    {"class-of-service", .stanza = STANZA_OTHER, .takes = 1},
    {"logical-systems", .stanza = STANZA_OTHER, .takes = 1},
    {"*", .stanza = STANZA_OTHER},
};

static const CommandTable stanza_table = {stanza_commands, COUNT_OF(stanza_commands)};

Str junos_join(Arena *arena, const Str *words, size_t count)
{
    size_t size = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        size += words[i].size + 1;
    char *out = arena_alloc(arena, size + 1);
    for (size_t i = 0; i < count; i++) {
        if (i)
            out[at++] = ' ';
        if (words[i].size)
            memcpy(out + at, words[i].data, words[i].size);
        at += words[i].size;
    }
    return str_make(out, at);
}

/* Returns whether the path starts with the words of the stanza read last. */
static bool continues(const JunosStanzas *stanzas, const JunosStatement *path)
{
    if (path->count < stanzas->key_count)
        return false;
    for (size_t i = 0; i < stanzas->key_count; i++) {
        if (!str_equal(stanzas->key[i], path->words[i]))
            return false;
    }
    return true;
}

void junos_note_stanza(Reader *reader, JunosStanzas *stanzas, const JunosStatement *path,
                       JunosLines lines)
{
    if (path->count == 0)
        return;
    if (stanzas->complete && continues(stanzas, path)) {
        stanzas->pending_line = 0;
        build_stanza_extend(&reader->builder, lines.last);
        return;
    }
    reader_set_path(reader, path->words, path->count, lines.first);
    const Command *command = reader_match_path(reader, &stanza_table);
    size_t wanted = command ? reader->arg + command->takes : 1;
    if (lines.header && path->count < wanted) {
        if (stanzas->pending_line == 0)
            stanzas->pending_line = lines.first;
        return;
    }
    size_t count = MIN_OF(MIN_OF(wanted, path->count), COUNT_OF(stanzas->key));
    if (stanzas->key_count != count || !continues(stanzas, path)) {
        uint32_t first = stanzas->pending_line ? stanzas->pending_line : lines.first;
        memcpy(stanzas->key, path->words, count * sizeof(Str));
        stanzas->key_count = count;
        stanzas->complete = count == wanted;
        build_stanza(&reader->builder, command ? command->stanza : STANZA_OTHER,
                     junos_join(reader->arena, path->words, count), MIN_OF(first, lines.first),
                     false);
    }
    stanzas->pending_line = 0;
    build_stanza_extend(&reader->builder, lines.last);
}

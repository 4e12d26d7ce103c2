/* SPDX-License-Identifier: Apache-2.0 */
/* The source of "redistribute": a protocol, perhaps with its process, and options. */
#include "base/ascii.h"
#include "engines/config/ios/ios.h"

static const char *const protocols[] = {
    "application", "attached-host", "bgp",     "connected", "direct", "dynamic", "eigrp",
    "hmm",         "isis",          "learned", "lisp",      "mobile", "nat",     "odr",
    "ospf",        "ospfv3",        "rip",     "static",    "user",
};

bool ios_redistributed(const Reader *reader, Str *out_source)
{
    Str protocol = reader_expand(reader, reader->arg, protocols, COUNT_OF(protocols));
    Str rest = words_rest(&reader->words, reader->arg + 1);
    /* A limit of how much is redistributed, and no source. */
    if (protocol.size == 0 || str_equal(protocol, STR("maximum-prefix")))
        return false;
    *out_source = rest.size == 0 ? protocol
                                 : arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(protocol),
                                                STR_ARGS(rest));
    return true;
}

/* Returns the words that tell sources apart: the protocol, and its process or AS. */
static Str source_key(Str source)
{
    Str rest = source, protocol = {"", 0}, process = {"", 0};
    static const char *const options[] = {
        "route-map", "metric",  "metric-type", "subnets",   "match",
        "tag",       "level-1", "level-2",     "level-1-2", "include-connected"};
    (void)str_next_word(&rest, &protocol);
    bool has_process = str_next_word(&rest, &process);
    for (size_t i = 0; i < COUNT_OF(options) && has_process; i++)
        has_process = !str_equal(process, str_of(options[i]));
    Str last = has_process ? process : protocol;
    return str_make(source.data, (size_t)(last.data + last.size - source.data));
}

bool ios_same_source(Str a, Str b)
{
    return str_equal(source_key(a), source_key(b));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of IS-IS and EIGRP below an interface. */
#include "engines/config/igp_setting.h"
#include "engines/config/ios/ios.h"

static InterfaceIgp *isis_of(Reader *reader)
{
    return &ios_current_interface(reader)->isis;
}

static InterfaceIgp *eigrp_of(Reader *reader)
{
    return &ios_current_interface(reader)->eigrp;
}

static bool enable(Reader *reader, InterfaceIgp *igp)
{
    igp->enabled = !reader->negated;
    igp->process = reader->negated ? (Str){"", 0} : words_get(&reader->words, reader->arg);
    igp->line = reader->negated ? 0 : reader->line->number;
    return true;
}

static bool parse_isis(Reader *reader)
{
    return enable(reader, isis_of(reader));
}

static bool parse_eigrp(Reader *reader)
{
    return enable(reader, eigrp_of(reader));
}

static bool parse_circuit_type(Reader *reader)
{
    InterfaceIgp *isis = isis_of(reader);
    isis->levels = 0;
    return reader->negated ||
           isis_levels_read(words_get(&reader->words, reader->arg), &isis->levels);
}

static bool parse_isis_metric(Reader *reader)
{
    return isis_metric_read(reader, reader->arg, isis_of(reader));
}

/* Handles "isis network point-to-point". A broadcast network is the default. */
static bool parse_isis_network(Reader *reader)
{
    bool point_to_point = reader_keyword(reader, reader->arg, "point-to-point");
    isis_of(reader)->point_to_point = point_to_point && !reader->negated;
    return reader->negated || point_to_point || reader_keyword(reader, reader->arg, "broadcast");
}

/* Handles "isis passive-interface [level-1]" of NX-OS, and "isis passive" of EOS and FRRouting. */
static bool parse_isis_passive(Reader *reader)
{
    InterfaceIgp *isis = isis_of(reader);
    uint32_t levels = isis_levels_named(reader, reader->arg);
    if (levels == ISIS_BOTH_LEVELS) {
        isis->passive = !reader->negated;
        isis->passive_set = true;
    }
    isis->passive_levels &= ~levels;
    if (levels != ISIS_BOTH_LEVELS && !reader->negated)
        isis->passive_levels |= levels;
    return true;
}

static bool parse_isis_authentication(Reader *reader)
{
    igp_authentication_set(reader, isis_of(reader), isis_levels_named(reader, reader->arg),
                           words_get(&reader->words, reader->arg));
    return reader->negated || reader->arg < reader->words.count;
}

static bool parse_isis_key(Reader *reader)
{
    igp_key_set(reader, isis_of(reader), isis_levels_named(reader, reader->arg));
    return true;
}

/* Handles "isis password SECRET [level-1]", which is sent as text; FRRouting names the mode first.
 */
static bool parse_isis_password(Reader *reader)
{
    bool md5 =
        words_is(&reader->words, reader->arg, "md5") && reader->arg + 1 < reader->words.count;
    igp_authentication_set(reader, isis_of(reader), isis_levels_named(reader, reader->arg + 1),
                           md5 ? STR("md5") : STR("text"));
    return true;
}

static bool parse_isis_padding(Reader *reader)
{
    isis_of(reader)->no_hello_padding = reader->negated;
    return true;
}

static bool parse_isis_disabled(Reader *reader)
{
    isis_of(reader)->disabled = !reader->negated;
    return true;
}

static bool parse_eigrp_passive(Reader *reader)
{
    InterfaceIgp *eigrp = eigrp_of(reader);
    eigrp->passive = !reader->negated;
    eigrp->passive_set = true;
    return true;
}

/* Handles "ip authentication mode eigrp 100 md5". */
static bool parse_eigrp_authentication(Reader *reader)
{
    igp_authentication_set(reader, eigrp_of(reader), ISIS_LEVEL_1,
                           words_get(&reader->words, reader->arg + 1));
    return true;
}

static bool parse_eigrp_key(Reader *reader)
{
    igp_key_set(reader, eigrp_of(reader), ISIS_LEVEL_1);
    return true;
}

/* Handles "ip eigrp 100 shutdown" of NX-OS. */
static bool parse_eigrp_disabled(Reader *reader)
{
    eigrp_of(reader)->disabled = !reader->negated;
    return true;
}

static const Command interface_commands[] = {
    {"ip router isis", parse_isis, true},
    {"ipv6 router isis", parse_isis, true},
    {"isis enable", parse_isis, true},
    {"isis circuit-type", parse_circuit_type, true},
    {"isis metric", parse_isis_metric, true},
    {"isis ipv4 metric", parse_isis_metric, true},
    {"isis network", parse_isis_network, true},
    {"isis passive-interface", parse_isis_passive, true},
    {"isis passive", parse_isis_passive, true},
    {"isis authentication mode", parse_isis_authentication, true},
    {"isis authentication-type", parse_isis_authentication, true},
    {"isis authentication key", parse_isis_key, true},
    {"isis authentication key-chain", parse_isis_key, true},
    {"isis password", parse_isis_password, true},
    {"isis hello padding", parse_isis_padding, true},
    {"isis hello-padding", parse_isis_padding, true},
    {"isis shutdown", parse_isis_disabled, true},
    {"ip router eigrp", parse_eigrp, true},
    {"ip passive-interface eigrp", parse_eigrp_passive, true},
    {"ip authentication mode eigrp", parse_eigrp_authentication, true},
    {"ip authentication key-chain eigrp", parse_eigrp_key, true},
    {"ip eigrp * shutdown", parse_eigrp_disabled, true},
    {"ip eigrp"},
};
const CommandTable ios_interface_igp_table = {interface_commands, COUNT_OF(interface_commands),
                                              &ios_interface_known_table};

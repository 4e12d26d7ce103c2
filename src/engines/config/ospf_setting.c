/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ospf_setting.h"

#include <stddef.h>

/* Reads the value at word i. */
typedef bool (*SettingReader)(Reader *reader, size_t i, InterfaceOspf *ospf);

static bool read_dead(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    /* "dead-interval minimal hello-multiplier 4": a second, in which four hellos are sent */
    if (!words_is(&reader->words, i, "minimal"))
        return reader->negated || words_u32(&reader->words, i, &ospf->dead_s);
    ospf->dead_s = 1;
    return true;
}

static bool read_network(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    ospf->network_type = reader->negated ? (Str){"", 0} : words_get(&reader->words, i);
    return reader->negated || i < reader->words.count;
}

/* Returns whether the words turn a setting on: "passive", "passive enable"; but not "passive
 * disable". */
static bool is_on(const Reader *reader, size_t i)
{
    return !reader->negated && !words_is(&reader->words, i, "disable");
}

static bool read_passive(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    ospf->passive = is_on(reader, i);
    ospf->passive_set = true;
    return true;
}

static bool read_mtu_ignore(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    ospf->mtu_ignore = is_on(reader, i);
    return true;
}

static bool read_shutdown(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    ospf->disabled = is_on(reader, i);
    return true;
}

static bool read_authentication(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    Str mode = words_get(&reader->words, i);
    ospf->authentication = reader->negated ? (Str){"", 0} : mode.size ? mode : STR("simple");
    return true;
}

/* A key alone authenticates nothing. The key itself is not stored. */
static bool read_key(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    (void)i;
    if (ospf->authentication.size == 0 && !reader->negated)
        ospf->authentication = STR("key configured");
    return true;
}

static const struct {
    const char *name;
    SettingReader read;
    size_t number; /* offset of the number that it sets instead */
} settings[] = {
    {"cost", NULL, offsetof(InterfaceOspf, cost)},
    {"hello-interval", NULL, offsetof(InterfaceOspf, hello_s)},
    {"priority", NULL, offsetof(InterfaceOspf, priority)},
    {"dead-interval", read_dead, 0},
    {"network", read_network, 0},
    {"passive", read_passive, 0},
    {"mtu-ignore", read_mtu_ignore, 0},
    {"shutdown", read_shutdown, 0},
    {"authentication", read_authentication, 0},
    {"authentication-key", read_key, 0},
    {"message-digest-key", read_key, 0},
};

static bool read_number(Reader *reader, size_t i, uint32_t *value)
{
    if (reader->negated)
        *value = 0;
    return reader->negated || words_u32(&reader->words, i, value);
}

bool ospf_setting_read(Reader *reader, size_t i, InterfaceOspf *ospf)
{
    for (size_t k = 0; k < COUNT_OF(settings); k++) {
        if (!words_is(&reader->words, i, settings[k].name))
            continue;
        if (settings[k].read)
            return settings[k].read(reader, i + 1, ospf);
        return read_number(reader, i + 1, (uint32_t *)(void *)((char *)ospf + settings[k].number));
    }
    return false;
}

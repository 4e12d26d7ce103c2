/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most lines hold no secret. A set of hashed four-letter groups, looked up at every byte, tells
 * quickly which lines are worth splitting into words. It may fire too often, never too rarely.
 */
#include "engines/redact/internal.h"

enum { GROUP_BITS = 20, GROUPS = 1 << GROUP_BITS };

struct Trigger {
    uint64_t groups[GROUPS / 64];
    bool bytes[256];
};

/* Groups of four letters of the words that rules start from; '?' is any byte. */
static const char *const groups[] = {
    "pass", "pas ", "secr", "sec ", "?key", "key?", "-psk", "?psk", "psk?", "?pwd", "?-pw", "?_pw",
    "toke", "uthe", "auth", "mmun", "snmp", "cred", "rivk", "priv", "cvau", "?pmk", "?cak", "?ckn",
    "phas", "octe", "trap", "radi", "taca", "com2", "info", "v3us", "mgmt", "netu", "isak", "pkcs",
    "pem ", "?spi", "wpa_", "iden", "logi", "cook", "bear", "curl", "mysq", "mari", "sshp", "ldap",
    "redi", "ipmi", "dock", "podm", "htpa", "smbc", "rpcc", "rdes", "sqlc", "mong", "zip ", "?7z ",
    "user", "ansi", "wget", "mosq", "open", "ader", "sess", "begi", "sign", "salt", "hash", "otp?",
    "mast", "aaa-", "mana", "vaul", "://?", "motd", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_",
    "ghr_", "gith", "glpa", "gldt", "glrt", "sk-?", "sk_l", "sk_t", "rk_l", "whse", "xoxb", "xoxp",
    "xoxa", "xoxs", "xoxr", "xoxe", "xapp", "aiza", "ya29", "eyj?", "npm_", "pypi", "?hf_", "hf_?",
    "sg.?", "dop_", "hvs.", "dapi", "shpa", "age-", "tske", "eaac", "pmak", "dckr", "atla", "lin_",
    "nvap", "gsk_", "r8_?", "pplx", "figd", "nrak", "tfp_", "nxc ", "crac", "cada", "usm-", "icat",
    "audi", "encr", "hsrp", "vrrp", "eap ", "xaut", "ntlm", "rsa ", "radt", "indp", "ootp", "cess",
    "iphe",
};

static uint32_t fold(char c)
{
    return (uint32_t)(unsigned char)c & 31;
}

static void add_group(Trigger *trigger, const char *group)
{
    uint32_t count = 1;
    for (int i = 0; i < 4; i++)
        count *= group[i] == '?' ? 32 : 1;
    for (uint32_t any = 0; any < count; any++) {
        uint32_t value = 0;
        uint32_t rest = any;
        for (int i = 0; i < 4; i++) {
            value = value << 5 | (group[i] == '?' ? rest & 31 : fold(group[i]));
            rest >>= group[i] == '?' ? 5 : 0;
        }
        trigger->groups[value / 64] |= (uint64_t)1 << value % 64;
    }
}

Trigger *trigger_new(Arena *arena)
{
    Trigger *trigger = ARENA_NEW(arena, Trigger);
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        check(strlen(groups[i]) == 4);
        add_group(trigger, groups[i]);
    }
    trigger->bytes['@'] = true;
    trigger->bytes['$'] = true;
    trigger->bytes['%'] = true;
    return trigger;
}

bool trigger_fires(const Trigger *trigger, Str line)
{
    uint32_t group = 0;
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.data[i];
        group = (group << 5 | (c & 31)) & (GROUPS - 1);
        if (trigger->bytes[c] || (trigger->groups[group / 64] >> group % 64 & 1))
            return true;
    }
    /* A group at the end of a line may miss its last letter. */
    group = (group << 5) & (GROUPS - 1);
    return trigger->groups[group / 64] >> group % 64 & 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/vendor.h"

#include "engines/config/vendor_rules.h"

enum { MAX_SIGN_LINES = 20000, MIN_SCORE = 2, EVIDENCE_BYTES = 120 };

static const VendorTraits traits[SYSTEM_COUNT] = {
    [SYSTEM_UNKNOWN] = {"unknown", "unknown", "unknown", false},
    [SYSTEM_IOS] = {"cisco_ios", "Cisco IOS", "cisco", true},
    [SYSTEM_IOS_XE] = {"cisco_iosxe", "Cisco IOS-XE", "cisco", true},
    [SYSTEM_EOS] = {"arista_eos", "Arista EOS", "arista", true},
    [SYSTEM_JUNOS] = {"juniper_junos", "Juniper Junos", "juniper", true},
    [SYSTEM_JUNOS_SET] = {"juniper_junos_set", "Juniper Junos (set commands)", "juniper", true},
    [SYSTEM_IOS_XR] = {"cisco_iosxr", "Cisco IOS-XR", "cisco", false},
    [SYSTEM_NXOS] = {"cisco_nxos", "Cisco NX-OS", "cisco", true},
    [SYSTEM_ASA] = {"cisco_asa", "Cisco ASA", "cisco", false},
    [SYSTEM_FORTIOS] = {"fortinet_fortios", "Fortinet FortiOS", "fortinet", false},
    [SYSTEM_PANOS] = {"paloalto_panos", "Palo Alto PAN-OS", "paloalto", false},
    [SYSTEM_HUAWEI_VRP] = {"huawei_vrp", "Huawei VRP", "huawei", false},
    [SYSTEM_COMWARE] = {"hp_comware", "HPE/H3C Comware", "hpe", false},
    [SYSTEM_ROUTEROS] = {"mikrotik_routeros", "MikroTik RouterOS", "mikrotik", false},
    [SYSTEM_VYOS] = {"vyos", "VyOS", "vyos", false},
    [SYSTEM_SROS] = {"nokia_sros", "Nokia SR OS", "nokia", false},
    [SYSTEM_A10] = {"a10_acos", "A10 ACOS", "a10", false},
    [SYSTEM_CHECK_POINT] = {"checkpoint_gaia", "Check Point Gaia", "checkpoint", false},
    [SYSTEM_CUMULUS] = {"cumulus_nclu", "Cumulus Linux (NCLU)", "nvidia", false},
    [SYSTEM_F5] = {"f5_bigip", "F5 BIG-IP", "f5", false},
    [SYSTEM_AOSCX] = {"aruba_aoscx", "Aruba AOS-CX", "aruba", false},
    [SYSTEM_IRONWARE] = {"ruckus_ironware", "Ruckus ICX / IronWare", "ruckus", false},
};

const VendorTraits *vendor_traits(System system)
{
    return &traits[system < SYSTEM_COUNT ? system : SYSTEM_UNKNOWN];
}

typedef struct {
    int score;
    uint32_t lines;
    int best_weight;
    const VendorSign *best_sign;
    const ConfigLine *best_line;
} Tally;

static bool sign_matches(const VendorSign *sign, const ConfigLine *line, Str trimmed)
{
    Str text = str_of(sign->text);
    switch (sign->place) {
    case SIGN_LINE:
        return line->indent == 0 && str_starts_with(trimmed, text);
    case SIGN_ANY:
        return str_starts_with(trimmed, text);
    case SIGN_CONTAINS:
        return str_find(trimmed, text) != STR_NOT_FOUND;
    case SIGN_COMMENT:
        return str_find_byte(STR("!#:/"), trimmed.data[0]) != STR_NOT_FOUND &&
               str_find(trimmed, text) != STR_NOT_FOUND;
    }
    return false;
}

static void tally_line(const ConfigLine *line, Tally *tallies)
{
    Str trimmed = str_slice(str_trim_left(line->text), 0, 512);
    if (trimmed.size == 0)
        return;
    for (size_t i = 0; i < vendor_sign_count; i++) {
        const VendorSign *sign = &vendor_signs[i];
        bool at_start = sign->place == SIGN_LINE || sign->place == SIGN_ANY;
        if (at_start && sign->text[0] != trimmed.data[0])
            continue;
        if (!sign_matches(sign, line, trimmed))
            continue;
        Tally *tally = &tallies[sign->system];
        tally->score += sign->weight;
        tally->lines++;
        if (sign->weight > tally->best_weight) {
            tally->best_weight = sign->weight;
            tally->best_sign = sign;
            tally->best_line = line;
        }
    }
}

/* Decides between set commands and braces, the two forms of Junos: headers do not tell which one
 * follows. */
static void settle_junos(const ConfigLines *lines, Tally *tallies)
{
    size_t set_lines = 0, brace_lines = 0;
    for (size_t i = 0; i < lines->count && i < MAX_SIGN_LINES; i++) {
        Str text = str_trim_left(lines->items[i].text);
        set_lines +=
            str_starts_with(text, STR("set ")) || str_starts_with(text, STR("deactivate "));
        brace_lines += str_ends_with(text, STR("{")) || str_ends_with(text, STR(";"));
    }
    Tally *from = &tallies[set_lines > brace_lines ? SYSTEM_JUNOS : SYSTEM_JUNOS_SET];
    Tally *to = &tallies[set_lines > brace_lines ? SYSTEM_JUNOS_SET : SYSTEM_JUNOS];
    to->score += from->score;
    to->lines += from->lines;
    if (from->best_weight > to->best_weight) {
        to->best_weight = from->best_weight;
        to->best_sign = from->best_sign;
        to->best_line = from->best_line;
    }
    from->score = 0;
}

/* IOS-XE is IOS with signatures of its own. */
static void settle_ios(Tally *tallies)
{
    Tally *ios = &tallies[SYSTEM_IOS], *xe = &tallies[SYSTEM_IOS_XE];
    if (xe->score == 0)
        return;
    xe->score += ios->score;
    xe->lines += ios->lines;
    ios->score = 0;
}

bool vendor_detect(Arena *arena, const ConfigLines *lines, VendorMatch *out_match)
{
    Tally tallies[SYSTEM_COUNT] = {0};
    System best = SYSTEM_UNKNOWN;
    *out_match = (VendorMatch){.reason = STR_INIT("nothing in it looks like a configuration")};
    for (size_t i = 0; i < lines->count && i < MAX_SIGN_LINES; i++) {
        if (!lines->items[i].noise)
            tally_line(&lines->items[i], tallies);
    }
    settle_junos(lines, tallies);
    settle_ios(tallies);
    for (System system = SYSTEM_UNKNOWN + 1; system < SYSTEM_COUNT; system++) {
        if (tallies[system].score > tallies[best].score)
            best = system;
    }
    const Tally *tally = &tallies[best];
    if (tally->score < MIN_SCORE)
        return false;
    *out_match = (VendorMatch){
        .system = best,
        .line = tally->best_line->number,
        .evidence = str_slice(str_trim(tally->best_line->text), 0, EVIDENCE_BYTES),
        .signs = tally->lines,
        .reason = arena_printf(arena, "line %u has \"%s\", a sign of %s; %u such signs in all",
                               tally->best_line->number, tally->best_sign->text, traits[best].name,
                               tally->lines),
    };
    return true;
}

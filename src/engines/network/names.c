/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/names.h"

#include "base/ascii.h"

typedef struct {
    Str full;
    Str brief;
    size_t least; /* bytes an abbreviation needs to be unambiguous */
    InterfaceKind kind;
} NameForm;

static const NameForm forms[] = {
    {STR_INIT("GigabitEthernet"), STR_INIT("Gi"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("FastEthernet"), STR_INIT("Fa"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("TenGigabitEthernet"), STR_INIT("Te"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("TenGigE"), STR_INIT("Te"), 7, INTERFACE_PHYSICAL},
    {STR_INIT("TwentyFiveGigE"), STR_INIT("Twe"), 3, INTERFACE_PHYSICAL},
    {STR_INIT("TwoGigabitEthernet"), STR_INIT("Tw"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("FiveGigabitEthernet"), STR_INIT("Fi"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("FortyGigabitEthernet"), STR_INIT("Fo"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("HundredGigE"), STR_INIT("Hu"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("HundredGigabitEthernet"), STR_INIT("Hu"), 12, INTERFACE_PHYSICAL},
    {STR_INIT("FourHundredGigE"), STR_INIT("FH"), 4, INTERFACE_PHYSICAL},
    {STR_INIT("AppGigabitEthernet"), STR_INIT("Ap"), 2, INTERFACE_OTHER},
    {STR_INIT("Ethernet"), STR_INIT("Et"), 1, INTERFACE_PHYSICAL},
    {STR_INIT("Serial"), STR_INIT("Se"), 1, INTERFACE_PHYSICAL},
    {STR_INIT("Loopback"), STR_INIT("Lo"), 2, INTERFACE_LOOPBACK},
    {STR_INIT("Vlan"), STR_INIT("Vl"), 2, INTERFACE_VLAN},
    {STR_INIT("BVI"), STR_INIT("BVI"), 3, INTERFACE_VLAN},
    {STR_INIT("BDI"), STR_INIT("BDI"), 3, INTERFACE_VLAN},
    {STR_INIT("Port-channel"), STR_INIT("Po"), 2, INTERFACE_LAG},
    {STR_INIT("PortChannel"), STR_INIT("Po"), 5, INTERFACE_LAG},
    {STR_INIT("Bundle-Ether"), STR_INIT("BE"), 2, INTERFACE_LAG},
    {STR_INIT("Tunnel"), STR_INIT("Tu"), 2, INTERFACE_TUNNEL},
    {STR_INIT("Virtual-Template"), STR_INIT("Vt"), 9, INTERFACE_OTHER},
    {STR_INIT("Dialer"), STR_INIT("Di"), 2, INTERFACE_OTHER},
    {STR_INIT("Multilink"), STR_INIT("Mu"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("ATM"), STR_INIT("ATM"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("POS"), STR_INIT("POS"), 3, INTERFACE_PHYSICAL},
    {STR_INIT("Cellular"), STR_INIT("Ce"), 2, INTERFACE_PHYSICAL},
    {STR_INIT("Management"), STR_INIT("Ma"), 2, INTERFACE_MANAGEMENT},
    {STR_INIT("MgmtEth"), STR_INIT("Mg"), 2, INTERFACE_MANAGEMENT},
    {STR_INIT("Vxlan"), STR_INIT("Vx"), 2, INTERFACE_TUNNEL},
    {STR_INIT("NVE"), STR_INIT("nve"), 3, INTERFACE_TUNNEL},
    {STR_INIT("Null"), STR_INIT("Nu"), 2, INTERFACE_OTHER},
};

static const struct {
    Str start;
    InterfaceKind kind;
} junos_kinds[] = {
    {STR_INIT("lo"), INTERFACE_LOOPBACK},    {STR_INIT("irb"), INTERFACE_VLAN},
    {STR_INIT("vlan"), INTERFACE_VLAN},      {STR_INIT("ae"), INTERFACE_LAG},
    {STR_INIT("reth"), INTERFACE_LAG},       {STR_INIT("fxp"), INTERFACE_MANAGEMENT},
    {STR_INIT("em"), INTERFACE_MANAGEMENT},  {STR_INIT("me"), INTERFACE_MANAGEMENT},
    {STR_INIT("vme"), INTERFACE_MANAGEMENT}, {STR_INIT("mgmt"), INTERFACE_MANAGEMENT},
    {STR_INIT("gr-"), INTERFACE_TUNNEL},     {STR_INIT("ip-"), INTERFACE_TUNNEL},
    {STR_INIT("st"), INTERFACE_TUNNEL},      {STR_INIT("lt-"), INTERFACE_TUNNEL},
    {STR_INIT("vtep"), INTERFACE_TUNNEL},
};

/* Returns the length of the word before the number: letters and inner dashes ("Port-channel"). */
static size_t stem_length(Str name)
{
    size_t length = 0;
    while (length < name.size && (ascii_is_letter(name.data[length]) ||
                                  (name.data[length] == '-' && length + 1 < name.size &&
                                   ascii_is_letter(name.data[length + 1]))))
        length++;
    return length;
}

static const NameForm *find_form(Str stem)
{
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (stem.size >= forms[i].least && str_starts_with_ignore_case(forms[i].full, stem))
            return &forms[i];
    }
    return NULL;
}

bool interface_name_plausible(Str name)
{
    size_t stem = stem_length(name);
    if (stem == 0 || name.size > 64)
        return false;
    Str rest = str_from(name, stem);
    if (str_starts_with(rest, STR("-")))
        rest = str_from(rest, 1);
    if (rest.size == 0 || !ascii_is_digit(rest.data[0]))
        return false;
    for (size_t i = 0; i < rest.size; i++) {
        if (!ascii_is_digit(rest.data[i]) &&
            str_find_byte(STR("/.:"), rest.data[i]) == STR_NOT_FOUND)
            return false;
    }
    return true;
}

Str interface_canonical(Arena *arena, Str name, const System *system)
{
    if (system->verbatim_names && str_starts_with(name, str_of(system->verbatim_names)))
        return name;
    size_t stem = stem_length(name);
    Str number = str_trim(str_from(name, stem));
    const NameForm *form = find_form(str_slice(name, 0, stem));
    if (!form || number.size == 0 || !ascii_is_digit(number.data[0]))
        return name;
    Str full = form->full;
    if (system->port_channel && form->kind == INTERFACE_LAG)
        full = str_of(system->port_channel);
    return arena_printf(arena, "%.*s%.*s", STR_ARGS(full), STR_ARGS(number));
}

Str interface_short(Arena *arena, Str canonical)
{
    size_t stem = stem_length(canonical);
    const NameForm *form = find_form(str_slice(canonical, 0, stem));
    bool is_full = form && form->full.size == stem;
    if (is_full)
        return arena_printf(arena, "%.*s%.*s", STR_ARGS(form->brief),
                            STR_ARGS(str_from(canonical, stem)));
    if (str_ends_with(canonical, STR(".0")) && str_find_byte(canonical, '-') != STR_NOT_FOUND)
        return str_slice(canonical, 0, canonical.size - 2);
    return canonical;
}

InterfaceKind interface_kind(Str canonical)
{
    size_t stem = stem_length(canonical);
    const NameForm *form = find_form(str_slice(canonical, 0, stem));
    if (form && form->full.size == stem)
        return form->kind;
    for (size_t i = 0; i < COUNT_OF(junos_kinds); i++) {
        Str start = junos_kinds[i].start;
        bool dashed = start.data[start.size - 1] == '-';
        if (str_starts_with(canonical, start) &&
            (dashed || canonical.size == start.size || ascii_is_digit(canonical.data[start.size]) ||
             canonical.data[start.size] == '.'))
            return junos_kinds[i].kind;
    }
    return str_find_byte(canonical, '-') == 2 ? INTERFACE_PHYSICAL : INTERFACE_OTHER;
}

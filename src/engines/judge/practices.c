/* SPDX-License-Identifier: Apache-2.0 */
/* How the device is operated: who may log in, by which protocol, and what it records. */
#include "engines/judge/internal.h"

static const struct {
    PracticeKind kind;
    FindingSeverity severity;
    const char *id, *title, *detail, *fix;
    const char *junos_fix; /* NULL: the same */
} bad_practices[] = {
    {PRACTICE_CLEAR_PASSWORD, SEVERITY_WARNING, "clear_text_password",
     "a password is stored in clear text", "Whoever reads the configuration can use it.",
     "store it as a digest: `secret` in place of `password`, with type 8 or 9"},
    {PRACTICE_WEAK_PASSWORD, SEVERITY_WARNING, "weak_password_type",
     "a password is stored in a form that is easy to reverse or guess",
     "Type 7 can be reversed by anybody; types 4 and 5 are quick to guess.",
     "store it with type 8 or 9: `secret`, or `algorithm-type scrypt`"},
    {PRACTICE_TELNET, SEVERITY_WARNING, "telnet_enabled", "Telnet is allowed",
     "Names, passwords and everything typed cross the network in clear text.",
     "allow SSH only: `transport input ssh`, or `no feature telnet`",
     "`delete system services telnet`"},
    {PRACTICE_HTTP, SEVERITY_WARNING, "http_enabled", "the web server without TLS is enabled",
     "Passwords cross the network in clear text.", "`no ip http server`, or HTTPS in its place",
     "`delete system services web-management http`"},
    {PRACTICE_SSH_VERSION_1, SEVERITY_WARNING, "ssh_version_1", "SSH version 1 is allowed",
     "Its encryption has been broken since 2001.", "`ip ssh version 2`",
     "`set system services ssh protocol-version v2`"},
    {PRACTICE_SNMP_DEFAULT, SEVERITY_ERROR, "snmp_default_community",
     "an SNMP community has the name that everybody tries first",
     "Anybody who reaches the device can read it, and with write access change it.",
     "choose another community, or SNMP version 3 with `priv`"},
    {PRACTICE_SOURCE_ROUTE, SEVERITY_NOTE, "source_routing", "IP source routing is enabled",
     "A sender can choose the path of its packets, past filters.", "`no ip source-route`"},
};

/* Returns the command in the words of the system. */
static Str fix_of(const Device *device, const char *fix, const char *junos_fix)
{
    bool junos = str_equal(str_of(device->vendor.system->vendor), STR("juniper"));
    return str_of(junos && junos_fix ? junos_fix : fix);
}

static void check_bad_practices(Judge *judge)
{
    const Device *device = judge->device;
    Map reported = {0};
    for (size_t i = 0; i < device->practices.count; i++) {
        const Practice *practice = &device->practices.items[i];
        Str once = arena_printf(judge->arena, "%d %u", (int)practice->kind, practice->line);
        if (map_get_index(&reported, once) != MAP_NO_INDEX)
            continue;
        map_put_index(judge->arena, &reported, once, i);
        for (size_t k = 0; k < COUNT_OF(bad_practices); k++) {
            if (bad_practices[k].kind != practice->kind)
                continue;
            DeviceFinding *finding = judge_finding(judge, bad_practices[k].severity,
                                                   bad_practices[k].id, practice->line);
            finding->title = str_of(bad_practices[k].title);
            finding->detail = str_of(bad_practices[k].detail);
            finding->fix = fix_of(device, bad_practices[k].fix, bad_practices[k].junos_fix);
        }
    }
}

static bool has_practice(const Device *device, PracticeKind kind, uint32_t block)
{
    for (size_t i = 0; i < device->practices.count; i++) {
        const Practice *practice = &device->practices.items[i];
        if (practice->kind == kind && (block == 0 || practice->block == block))
            return true;
    }
    return false;
}

static void check_terminals(Judge *judge)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->practices.count; i++) {
        const Practice *vty = &device->practices.items[i];
        if (vty->kind != PRACTICE_VTY || has_practice(device, PRACTICE_VTY_FILTER, vty->line) ||
            has_practice(device, PRACTICE_VTY_CLOSED, vty->line))
            continue;
        DeviceFinding *finding =
            judge_finding(judge, SEVERITY_WARNING, "vty_without_filter", vty->line);
        finding->title = STR("any address may try to log in at this terminal line");
        finding->detail = STR("No access class limits who may connect.");
        finding->fix = STR("`access-class NAME in` with a list of the management networks");
    }
}

static void check_communities(Judge *judge)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->practices.count; i++) {
        const Practice *community = &device->practices.items[i];
        bool filtered = false;
        if (community->kind != PRACTICE_SNMP_COMMUNITY)
            continue;
        for (size_t k = 0; k < device->practices.count && !filtered; k++) {
            const Practice *filter = &device->practices.items[k];
            filtered = filter->kind == PRACTICE_SNMP_FILTER && filter->line == community->line;
        }
        if (filtered)
            continue;
        DeviceFinding *finding =
            judge_finding(judge, SEVERITY_NOTE, "snmp_without_filter", community->line);
        finding->title = STR("any address may query this SNMP community");
        finding->fix = STR("add an access list of the management stations to the community");
    }
}

/* What a device in service should have. */
typedef struct {
    const char *id, *title, *fix, *junos_fix;
} Wanted;

static const Wanted time_source = {"no_time_source", "no time server is configured",
                                   "add at least two: `ntp server ADDRESS`",
                                   "add at least two: `set system ntp server ADDRESS`"};
static const Wanted log_host = {"no_log_host", "no log host is configured",
                                "`logging host ADDRESS` (NX-OS: `logging server`, IOS-XR: "
                                "`logging ADDRESS`)",
                                "`set system syslog host ADDRESS any notice`"};
static const Wanted login_server = {
    "no_aaa", "logins are not authenticated by a server",
    "`aaa authentication login default group NAME local` with TACACS+ or RADIUS servers (IOS: "
    "after `aaa new-model`)",
    "`set system authentication-order [ radius password ]` with a RADIUS or TACACS+ server"};

static void check_absent(Judge *judge, const Wanted *wanted, bool present)
{
    if (present)
        return;
    const Device *device = judge->device;
    DeviceFinding *finding = judge_finding(judge, SEVERITY_NOTE, wanted->id, device->hostname.line);
    finding->title = str_of(wanted->title);
    finding->fix = fix_of(device, wanted->fix, wanted->junos_fix);
}

bool judge_is_whole(const Device *device)
{
    enum { WHOLE_LINES = 40 };
    size_t addressed = 0;
    for (size_t i = 0; i < device->interfaces.count; i++)
        addressed += device->interfaces.items[i].addresses.count > 0;
    return device->hostname.text.size && device->lines.total >= WHOLE_LINES && addressed > 0;
}

void judge_practices(Judge *judge)
{
    const Device *device = judge->device;
    check_bad_practices(judge);
    check_terminals(judge);
    check_communities(judge);
    if (!judge_is_whole(device) || device->vendor.system->is_part_of_host)
        return;
    check_absent(judge, &time_source,
                 device->ntp_servers.count || has_practice(device, PRACTICE_TIME, 0));
    check_absent(judge, &log_host,
                 device->log_hosts.count || has_practice(device, PRACTICE_LOG, 0));
    check_absent(judge, &login_server, has_practice(device, PRACTICE_AAA, 0));
}

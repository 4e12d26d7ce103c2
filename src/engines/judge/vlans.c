/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and VLAN interfaces of VLANs that the switch does not have. */
#include "engines/judge/internal.h"

/* VLANs that exist without being configured: the default one, and those of Token Ring and FDDI. */
static bool always_exists(uint32_t vlan)
{
    return vlan <= 1 || (vlan >= 1002 && vlan <= 1005) || vlan > VLAN_MAX;
}

static void add_missing(Judge *judge, const Interface *interface, uint32_t vlan, uint32_t line)
{
    DeviceFinding *finding = judge_finding(judge, SEVERITY_WARNING, "undefined_vlan", line);
    finding->title = arena_printf(judge->arena, "%.*s uses VLAN %u, which is defined nowhere",
                                  STR_ARGS(interface->name), vlan);
    finding->detail = STR("The port or VLAN interface stays down until the VLAN exists.");
    finding->fix = arena_printf(judge->arena, "`vlan %u`, or another VLAN", vlan);
}

/* Returns the number of a VLAN interface ("Vlan30"), or 0. */
static uint32_t number_of(const Interface *interface)
{
    uint32_t vlan = 0;
    Str name = interface->canonical;
    bool is_vlan = interface->kind == INTERFACE_VLAN && str_starts_with(name, STR("Vlan")) &&
                   str_parse_u32(str_from(name, 4), &vlan);
    return is_vlan ? vlan : 0;
}

/* A device that lists VLANs lists all of them: those that VTP distributes are not in the
 * configuration at all. */
void judge_vlans(Judge *judge)
{
    const Device *device = judge->device;
    VlanSet exists = {0};
    if (device->vlans.count == 0)
        return;
    for (size_t i = 0; i < device->vlans.count; i++)
        vlans_add_range(&exists, device->vlans.items[i].id, device->vlans.items[i].id);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        uint32_t own = number_of(interface);
        bool access = interface->switchport == SWITCHPORT_ACCESS;
        if (interface->shutdown)
            continue;
        if (own && !always_exists(own) && !vlans_has(&exists, own))
            add_missing(judge, interface, own, interface->line);
        if (access && !always_exists(interface->access_vlan) &&
            !vlans_has(&exists, interface->access_vlan))
            add_missing(judge, interface, interface->access_vlan,
                        interface->switchport_line ? interface->switchport_line : interface->line);
    }
}

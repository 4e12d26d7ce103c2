/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of switches and VXLAN: parts that cannot work because another one is missing. Said of whole
 * configurations only. */
#include "engines/judge/internal.h"

static const char *name_of_kind(Str kind)
{
    return str_equal(kind, STR("vpc")) ? "vPC" : "MLAG";
}

static bool has_option(const MlagDomain *domain, Str start)
{
    for (size_t i = 0; i < domain->options.count; i++) {
        if (str_starts_with(domain->options.items[i].text, start))
            return true;
    }
    return false;
}

/* Says it of the first interface. */
static void check_ids(Judge *judge)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (!interface->mlag || interface->shutdown)
            continue;
        DeviceFinding *finding =
            judge_finding(judge, SEVERITY_ERROR, "mlag_without_domain", interface->mlag_line);
        finding->title = arena_printf(judge->arena,
                                      "%.*s is aggregate %u of a pair of switches, but the switch "
                                      "states no pair that it is one of",
                                      STR_ARGS(interface->name), interface->mlag);
        finding->detail = STR("The aggregate does not come up as a part of the pair.");
        finding->fix = STR("`vpc domain NUMBER` or `mlag configuration` with the peer link");
        return;
    }
}

static void check_peer_link(Judge *judge, const MlagDomain *domain)
{
    if (domain->peer_link.text.size || has_option(domain, STR("virtual peer-link")) ||
        has_option(domain, STR("shutdown")))
        return;
    DeviceFinding *finding =
        judge_finding(judge, SEVERITY_ERROR, "mlag_without_peer_link", domain->line);
    finding->title = arena_printf(judge->arena, "the %s domain %.*s has no peer link",
                                  name_of_kind(domain->kind), STR_ARGS(domain->domain));
    finding->detail = STR("Without it the two switches do not become a pair.");
    finding->fix = str_equal(domain->kind, STR("vpc"))
                       ? STR("`vpc peer-link` on the port channel between the switches")
                       : STR("`peer-link Port-ChannelN`");
}

static void mark_vnis(Judge *judge, Map *used)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->vlans.count + device->vrfs.count; i++) {
        bool vlan = i < device->vlans.count;
        uint32_t vni =
            vlan ? device->vlans.items[i].vni : device->vrfs.items[i - device->vlans.count].vni;
        if (vni)
            map_put_index(judge->arena, used, arena_printf(judge->arena, "%u", vni), i);
    }
}

/* VNIs of NX-OS, which a VLAN or a VRF must state too. */
static void check_vnis(Judge *judge, const Interface *interface, const Map *used)
{
    for (size_t i = 0; i < interface->vxlan.vnis.count; i++) {
        const Vni *vni = &interface->vxlan.vnis.items[i];
        if (vni->vlan || vni->vrf.size ||
            map_get_index(used, arena_printf(judge->arena, "%u", vni->id)) != MAP_NO_INDEX)
            continue;
        DeviceFinding *finding =
            judge_finding(judge, SEVERITY_WARNING, "vni_without_vlan", vni->line);
        finding->title =
            arena_printf(judge->arena, "VNI %u is a member of %.*s, but no %s has it", vni->id,
                         STR_ARGS(interface->name), vni->is_layer3 ? "VRF" : "VLAN");
        finding->detail = STR("The VNI stays down.");
        finding->fix =
            vni->is_layer3
                ? arena_printf(judge->arena, "`vni %u` in the VRF, or remove the member", vni->id)
                : arena_printf(judge->arena, "`vn-segment %u` in the VLAN, or remove the member",
                               vni->id);
    }
}

void judge_overlay(Judge *judge)
{
    const Device *device = judge->device;
    Map used = {0};
    if (!judge_is_whole(device))
        return;
    if (device->mlag_domains.count == 0)
        check_ids(judge);
    for (size_t i = 0; i < device->mlag_domains.count; i++)
        check_peer_link(judge, &device->mlag_domains.items[i]);
    mark_vnis(judge, &used);
    if (used.count == 0 || device->vendor.system->vnis_need_no_vlan)
        return; /* the system maps VNIs in another way */
    for (size_t i = 0; i < device->interfaces.count; i++)
        check_vnis(judge, &device->interfaces.items[i], &used);
}

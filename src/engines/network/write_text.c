/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/write_text.h"

enum { MAX_ADDRESSES = 16, MAX_RULES = 4, MAX_NOT_UNDERSTOOD_ROWS = 40 };

static void write_header(const Device *device, StrBuf *out)
{
    const System *traits = device->vendor.system;
    text_safe(out, device->hostname.text.size ? device->hostname.text : device->file, 80);
    strbuf_printf(out, "  %s", traits->name);
    if (device->version.text.size) {
        strbuf_append(out, STR("  version "));
        text_safe(out, device->version.text, 40);
    }
    strbuf_append(out, STR("\n  why: "));
    text_safe(out, device->vendor.reason, 200);
    if (traits->parsed) {
        strbuf_printf(out,
                      "\n  lines: %u, of which %u analysed (%.0f %%), %u recognised but not "
                      "analysed, %u not understood",
                      device->lines.total, device->lines.parsed, 100 * device_analysed(device),
                      device->lines.known, device->lines.unknown);
        if (device->lines.skipped)
            strbuf_printf(out, ", %u not looked at", device->lines.skipped);
        strbuf_append_byte(out, '\n');
    } else {
        strbuf_printf(out, "\n  this system is recognised but not parsed yet\n");
    }
}

static const char *levels_text(uint32_t levels)
{
    static const char *const texts[] = {"", "level 1", "level 2", "levels 1 and 2"};
    return texts[levels & ISIS_BOTH_LEVELS];
}

static void write_igp(const char *protocol, const InterfaceIgp *igp, StrBuf *out)
{
    if (!igp->enabled)
        return;
    strbuf_printf(out, "%s", protocol);
    if (igp->process.size) {
        strbuf_append_byte(out, ' ');
        text_safe(out, igp->process, 30);
    }
    if (igp->levels)
        strbuf_printf(out, " %s", levels_text(igp->levels));
    strbuf_append(out, igp->passive ? STR(" passive  ") : STR("  "));
}

static void write_interface_details(const Interface *interface, StrBuf *out)
{
    if (interface->addresses.count && interface->addresses.items[0].virtual_address)
        strbuf_append(out, STR("virtual  "));
    if (interface->switchport == SWITCHPORT_ACCESS)
        strbuf_printf(out, "access vlan %u  ", interface->access_vlan ? interface->access_vlan : 1);
    if (interface->switchport == SWITCHPORT_TRUNK) {
        strbuf_append(out, STR("trunk "));
        if (interface->allowed && vlans_count(interface->allowed) == 0)
            strbuf_append(out, STR("none"));
        else if (interface->allowed)
            vlans_write(interface->allowed, out);
        else
            strbuf_append(out, STR("all"));
        strbuf_append(out, STR("  "));
    }
    if (interface->unnumbered.text.size) {
        strbuf_append(out, STR("unnumbered, address of "));
        text_safe(out, interface->unnumbered.text, 40);
        strbuf_append(out, STR("  "));
    }
    if (interface->lag.text.size) {
        strbuf_append(out, STR("member of "));
        text_safe(out, interface->lag.text, 40);
        strbuf_append(out, STR("  "));
    }
    if (interface->mlag)
        strbuf_printf(out, "mlag %u  ", interface->mlag);
    for (int version = 0; version < 2; version++) {
        const InterfaceOspf *ospf = &interface->ospf[version];
        if (ospf->enabled)
            strbuf_printf(out, "%s area %u%s  ", version ? "OSPFv3" : "OSPF", ospf->area,
                          ospf->passive ? " passive" : "");
    }
    write_igp("IS-IS", &interface->isis, out);
    write_igp("EIGRP", &interface->eigrp, out);
    if (interface->zone.text.size) {
        strbuf_append(out, STR("zone "));
        text_safe(out, interface->zone.text, 40);
        strbuf_append(out, STR("  "));
    }
    if (interface->nat.text.size) {
        strbuf_append(out, STR("nat "));
        text_safe(out, interface->nat.text, 10);
        strbuf_append(out, STR("  "));
    }
    if (interface->vrf.text.size) {
        strbuf_append(out, STR("vrf "));
        text_safe(out, interface->vrf.text, 40);
        strbuf_append(out, STR("  "));
    }
    if (interface->shutdown)
        strbuf_append(out, STR("shutdown  "));
    text_safe(out, interface->description.text, 60);
}

static void write_interfaces(const Device *device, size_t most, StrBuf *out)
{
    size_t width = 0;
    text_heading(out, "Interfaces", device->interfaces.count);
    for (size_t i = 0; i < device->interfaces.count && i < most; i++)
        width = MAX_OF(width, MIN_OF(device->interfaces.items[i].canonical.size, (size_t)40));
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        IpText text;
        if (!text_row_allowed(out, most, i, device->interfaces.count))
            break;
        text_line_number(out, interface->line);
        text_column(out, interface->canonical, width);
        Str address = STR("-");
        if (interface->addresses.count)
            address = ip_prefix_format(interface->addresses.items[0].prefix, &text);
        else if (interface->dhcp)
            address = STR("dhcp");
        text_column(out, address, 20);
        write_interface_details(interface, out);
        for (size_t k = 1;
             k < interface->addresses.count && (k < MAX_ADDRESSES || most > TEXT_MAX_ROWS); k++) {
            strbuf_append_byte(out, '\n');
            text_pad(out, 0, 7 + width + 2);
            strbuf_append(out, ip_prefix_format(interface->addresses.items[k].prefix, &text));
            if (interface->addresses.items[k].virtual_address)
                strbuf_append(out, STR(" virtual"));
        }
        strbuf_append_byte(out, '\n');
    }
}

static void write_vlans(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "VLANs", device->vlans.count);
    for (size_t i = 0; i < device->vlans.count; i++) {
        if (!text_row_allowed(out, most, i, device->vlans.count))
            break;
        text_line_number(out, device->vlans.items[i].line);
        strbuf_printf(out, "%4u  ", device->vlans.items[i].id);
        text_safe(out, device->vlans.items[i].name, 60);
        strbuf_append_byte(out, '\n');
    }
}

static void write_vrf_rules(const char *word, const VrfRuleVec *rules, size_t most, StrBuf *out)
{
    size_t shown = most > TEXT_MAX_ROWS ? rules->count : MIN_OF(rules->count, (size_t)MAX_RULES);
    for (size_t i = 0; i < shown; i++) {
        text_word(word, rules->items[i].value, out);
        text_word("for", rules->items[i].family, out);
    }
    if (shown < rules->count)
        strbuf_append(out, STR("... "));
}

static void write_vrfs(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "VRFs", device->vrfs.count);
    for (size_t i = 0; i < device->vrfs.count; i++) {
        const Vrf *vrf = &device->vrfs.items[i];
        if (!text_row_allowed(out, most, i, device->vrfs.count))
            break;
        text_line_number(out, vrf->line);
        text_column(out, vrf->name, 20);
        text_word("type", vrf->type, out);
        text_word("rd", vrf->route_distinguisher, out);
        if (vrf->vni)
            strbuf_printf(out, "vni %u ", vrf->vni);
        write_vrf_rules("import", &vrf->imports, most, out);
        write_vrf_rules("export", &vrf->exports, most, out);
        write_vrf_rules("import policy", &vrf->import_policies, most, out);
        write_vrf_rules("export policy", &vrf->export_policies, most, out);
        strbuf_append_byte(out, '\n');
    }
}

static void write_ospf(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "OSPF processes", device->ospf.count);
    for (size_t i = 0; i < device->ospf.count; i++) {
        const OspfProcess *process = &device->ospf.items[i];
        IpText text;
        if (!text_row_allowed(out, most, i, device->ospf.count))
            break;
        text_line_number(out, process->line);
        strbuf_printf(out, "OSPFv%u ", process->version);
        text_safe(out, process->id, 30);
        if (ip_is_set(process->router_id))
            strbuf_printf(out, "  router-id %s", ip_format(process->router_id, &text).data);
        if (process->vrf.size) {
            strbuf_append(out, STR("  vrf "));
            text_safe(out, process->vrf, 40);
        }
        strbuf_printf(out, "  %zu network statements%s\n", process->networks.count,
                      process->passive_default ? ", passive by default" : "");
    }
}

/* Writes what the processes of IS-IS and EIGRP have in common. */
static void write_process_end(const IgpProcess *process, StrBuf *out)
{
    IpText text;
    if (ip_is_set(process->router_id))
        strbuf_printf(out, "  router-id %s", ip_format(process->router_id, &text).data);
    if (process->vrf.size) {
        strbuf_append(out, STR("  vrf "));
        text_safe(out, process->vrf, 40);
    }
    if (process->passive_default)
        strbuf_append(out, STR("  passive by default"));
    if (process->shutdown)
        strbuf_append(out, STR("  shutdown"));
    strbuf_append_byte(out, '\n');
}

static void write_isis(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "IS-IS processes", device->isis.count);
    for (size_t i = 0; i < device->isis.count; i++) {
        const IgpProcess *process = &device->isis.items[i];
        if (!text_row_allowed(out, most, i, device->isis.count))
            break;
        text_line_number(out, process->line);
        text_safe(out, process->id.size ? process->id : STR("-"), 30);
        for (size_t k = 0; k < process->nets.count && k < 8; k++) {
            strbuf_append(out, STR("  net "));
            text_safe(out, process->nets.items[k].text, 50);
        }
        if (process->levels)
            strbuf_printf(out, "  %s", levels_text(process->levels));
        write_process_end(process, out);
    }
}

static void write_eigrp(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "EIGRP processes", device->eigrp.count);
    for (size_t i = 0; i < device->eigrp.count; i++) {
        const IgpProcess *process = &device->eigrp.items[i];
        if (!text_row_allowed(out, most, i, device->eigrp.count))
            break;
        text_line_number(out, process->line);
        text_safe(out, process->id, 30);
        if (process->as)
            strbuf_printf(out, "  AS %u", process->as);
        strbuf_printf(out, "  %zu network statements", process->networks.count);
        write_process_end(process, out);
    }
}

static void write_neighbor(const BgpNeighbor *neighbor, StrBuf *out)
{
    IpText text;
    text_line_number(out, neighbor->line);
    Str name = neighbor->name;
    if (ip_is_set(neighbor->address))
        name = ip_format(neighbor->address, &text);
    text_column(out, name, 26);
    if (neighbor->remote_as)
        strbuf_printf(out, "AS %-10u  ", neighbor->remote_as);
    else if (neighbor->type == BGP_TYPE_UNSET)
        text_column(out, STR("AS not stated"), 15);
    else
        text_column(
            out, neighbor->type == BGP_TYPE_INTERNAL ? STR("AS internal") : STR("AS external"), 15);
    if (ip_is_set(neighbor->address) && neighbor->interface.size) {
        strbuf_append(out, STR("on "));
        text_safe(out, neighbor->interface, 40);
        strbuf_append(out, STR("  "));
    }
    if (neighbor->group.size) {
        strbuf_append(out, STR("group "));
        text_safe(out, neighbor->group, 40);
        strbuf_append(out, STR("  "));
    }
    if (neighbor->vrf.size) {
        strbuf_append(out, STR("vrf "));
        text_safe(out, neighbor->vrf, 40);
        strbuf_append(out, STR("  "));
    }
    if (neighbor->shutdown)
        strbuf_append(out, STR("shutdown  "));
    text_safe(out, neighbor->description.text, 60);
    strbuf_append_byte(out, '\n');
}

static void write_bgp(const Device *device, size_t most, StrBuf *out)
{
    for (size_t i = 0; i < device->bgp.count; i++) {
        const BgpProcess *process = &device->bgp.items[i];
        IpText text;
        size_t rows = 0, neighbors = 0;
        for (size_t k = 0; k < process->neighbors.count; k++)
            neighbors += !process->neighbors.items[k].is_group;
        if (process->asn)
            strbuf_printf(out, "\nBGP AS %u", process->asn);
        else
            strbuf_append(out, STR("\nBGP, own AS not stated"));
        if (ip_is_set(process->router_id))
            strbuf_printf(out, "  router-id %s", ip_format(process->router_id, &text).data);
        strbuf_printf(out, "  (%zu neighbours, line %u)\n", neighbors, process->line);
        for (size_t k = 0; k < process->neighbors.count; k++) {
            if (process->neighbors.items[k].is_group)
                continue;
            if (!text_row_allowed(out, most, rows++, neighbors))
                break;
            write_neighbor(&process->neighbors.items[k], out);
        }
    }
}

static void write_routes(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Static routes", device->routes.count);
    for (size_t i = 0; i < device->routes.count; i++) {
        const StaticRoute *route = &device->routes.items[i];
        IpText text;
        if (!text_row_allowed(out, most, i, device->routes.count))
            break;
        text_line_number(out, route->line);
        text_column(out, ip_prefix_format(route->prefix, &text), 24);
        if (ip_is_set(route->next_hop))
            text_column(out, ip_format(route->next_hop, &text), 16);
        text_safe(out, route->interface, 40);
        strbuf_append(out, STR("  "));
        if (route->distance)
            strbuf_printf(out, "distance %u ", route->distance);
        text_word("vrf", route->vrf, out);
        text_word("next hop in", route->next_hop_vrf, out);
        text_word("track", route->track, out);
        strbuf_append(out, route->bfd ? STR("bfd ") : STR(""));
        text_safe(out, route->name, 40);
        strbuf_append_byte(out, '\n');
    }
}

static void write_tracked_objects(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Tracked objects", device->tracked_objects.count);
    for (size_t i = 0; i < device->tracked_objects.count; i++) {
        const TrackedObject *object = &device->tracked_objects.items[i];
        if (!text_row_allowed(out, most, i, device->tracked_objects.count))
            break;
        text_line_number(out, object->line);
        text_column(out, object->name, 20);
        text_list(&object->what, most, out);
        strbuf_append_byte(out, '\n');
    }
}

static void write_notes(const Device *device, size_t most, StrBuf *out)
{
    size_t most_lines = most == TEXT_MAX_ROWS ? MAX_NOT_UNDERSTOOD_ROWS : most;
    size_t shown = MIN_OF(device->not_understood.count, most_lines);
    if (device->warnings.count) {
        text_heading(out, "Warnings", device->warnings.count);
        for (size_t i = 0; i < device->warnings.count; i++) {
            if (!text_row_allowed(out, most, i, device->warnings.count))
                break;
            text_line_number(out, device->warnings.items[i].line);
            text_safe(out, device->warnings.items[i].message, 200);
            strbuf_append_byte(out, '\n');
        }
    }
    if (!device->vendor.system->parsed)
        return;
    text_heading(out, "Not understood", device->not_understood.count);
    for (size_t i = 0; i < shown; i++) {
        const NotUnderstood *line = &device->not_understood.items[i];
        text_line_number(out, line->line);
        text_safe(out, line->text, 80);
        if (line->stanza.size && !str_equal(line->stanza, line->text)) {
            strbuf_append(out, STR("    (in: "));
            text_safe(out, line->stanza, 60);
            strbuf_append_byte(out, ')');
        }
        strbuf_append_byte(out, '\n');
    }
    if (shown < device->not_understood.count)
        strbuf_printf(out, "  ... %zu more\n", device->not_understood.count - shown);
}

static void write_findings(const Device *device, size_t most, StrBuf *out)
{
    const DeviceFindingVec *findings = &device->findings;
    text_heading(out, "Findings", findings->count);
    for (size_t i = 0; i < findings->count && text_row_allowed(out, most, i, findings->count);
         i++) {
        const DeviceFinding *finding = &findings->items[i];
        text_line_number(out, finding->line);
        strbuf_printf(out, "%-7s  ", finding_severity_name(finding->severity));
        text_safe(out, finding->title, 400);
        if (finding->fix.size) {
            strbuf_append(out, STR("\n                  fix: "));
            text_safe(out, finding->fix, 200);
        }
        strbuf_append_byte(out, '\n');
    }
}

static void write_tables(const Device *device, size_t most, StrBuf *out)
{
    write_header(device, out);
    if (device->findings.count)
        write_findings(device, most, out);
    if (device->interfaces.count)
        write_interfaces(device, most, out);
    if (device->vlans.count)
        write_vlans(device, most, out);
    text_write_vxlan(device, most, out);
    if (device->mlag_domains.count)
        text_write_mlag(device, most, out);
    if (device->vrfs.count)
        write_vrfs(device, most, out);
    if (device->ospf.count)
        write_ospf(device, most, out);
    if (device->isis.count)
        write_isis(device, most, out);
    if (device->eigrp.count)
        write_eigrp(device, most, out);
    write_bgp(device, most, out);
    if (device->routes.count)
        write_routes(device, most, out);
    if (device->tracked_objects.count)
        write_tracked_objects(device, most, out);
    if (device->acls.count)
        text_write_acls(device, most, out);
    if (device->nat_rules.count)
        text_write_nat_rules(device, most, out);
    if (device->nat_pools.count)
        text_write_nat_pools(device, most, out);
    if (device->zones.count)
        text_write_zones(device, most, out);
    if (device->zone_policies.count)
        text_write_zone_policies(device, most, out);
    if (device->route_maps.count)
        text_write_route_maps(device, most, out);
    write_notes(device, most, out);
}

void device_write_text(const Device *device, StrBuf *out)
{
    write_tables(device, TEXT_MAX_ROWS, out);
}

void device_write_text_all(const Device *device, StrBuf *out)
{
    write_tables(device, SIZE_MAX, out);
}

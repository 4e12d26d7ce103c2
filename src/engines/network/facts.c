/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/facts.h"

#include "base/strbuf.h"

#include <stdlib.h>

enum { FACT_MAX_BYTES = 512, NAME_MAX_BYTES = 64 };

typedef struct {
    Arena *arena;
    DeviceFactVec *facts;
    StrBuf *text;
} FactWriter;

/* Begins a fact. A name that is longer than names are is left out. */
static void begin(FactWriter *writer, const char *words)
{
    strbuf_clear(writer->text);
    strbuf_append(writer->text, str_of(words));
}

static void add(FactWriter *writer, const char *words, Str name)
{
    if (!str_empty(name) && name.size <= NAME_MAX_BYTES)
        strbuf_printf(writer->text, " %s%s%.*s", words, *words ? " " : "", STR_ARGS(name));
}

static void add_number(FactWriter *writer, const char *words, uint32_t number)
{
    if (number)
        strbuf_printf(writer->text, " %s %u", words, number);
}

static void add_address(FactWriter *writer, const char *words, IpAddress address)
{
    IpText text;
    add(writer, words, ip_format(address, &text));
}

static void end(FactWriter *writer, uint32_t line)
{
    if (!line || writer->text->overflowed)
        return;
    *VEC_PUSH(writer->arena, writer->facts) =
        (DeviceFact){line, arena_copy(writer->arena, strbuf_str(writer->text))};
}

static void list_neighbor(FactWriter *writer, const BgpProcess *process,
                          const BgpNeighbor *neighbor)
{
    if (neighbor->is_group)
        return;
    begin(writer, "BGP neighbor");
    add_address(writer, "peer", neighbor->address);
    add(writer, "on interface", neighbor->interface);
    add_number(writer, "remote peer AS", neighbor->remote_as);
    add_number(writer, "local AS", neighbor->local_as ? neighbor->local_as : process->asn);
    add(writer, "peer group", neighbor->group);
    add(writer, "VRF", neighbor->vrf);
    add(writer, "import inbound policy", neighbor->import.text);
    add(writer, "export outbound policy", neighbor->export.text);
    if (neighbor->shutdown)
        add(writer, "", STR("shutdown disabled"));
    end(writer, neighbor->line);
}

static void list_bgp(FactWriter *writer, const Device *device)
{
    for (size_t i = 0; i < device->bgp.count; i++) {
        const BgpProcess *process = &device->bgp.items[i];
        begin(writer, "BGP process");
        add_number(writer, "local AS autonomous system number", process->asn);
        add_address(writer, "router ID", process->router_id);
        end(writer, process->line);
        for (size_t j = 0; j < process->neighbors.count; j++)
            list_neighbor(writer, process, &process->neighbors.items[j]);
    }
}

static void list_ospf(FactWriter *writer, const Device *device)
{
    for (size_t i = 0; i < device->ospf.count; i++) {
        const OspfProcess *process = &device->ospf.items[i];
        begin(writer, process->version == 3 ? "OSPFv3 process" : "OSPF process");
        add(writer, "", process->id);
        add_address(writer, "router ID", process->router_id);
        add(writer, "VRF", process->vrf);
        end(writer, process->line);
    }
}

static void list_igp(FactWriter *writer, const char *what, const IgpVec *processes)
{
    for (size_t i = 0; i < processes->count; i++) {
        const IgpProcess *process = &processes->items[i];
        begin(writer, what);
        add(writer, "", process->id);
        add_number(writer, "AS", process->as);
        for (size_t k = 0; k < process->nets.count && k < 4; k++)
            add(writer, "NET", process->nets.items[k].text);
        add_address(writer, "router ID", process->router_id);
        add(writer, "VRF", process->vrf);
        end(writer, process->line);
    }
}

static void add_igp(FactWriter *writer, const char *protocol, const InterfaceIgp *igp)
{
    if (!igp->enabled)
        return;
    add(writer, protocol, igp->process.size ? igp->process : STR("enabled"));
    if (igp->passive)
        add(writer, "", STR("passive"));
}

static void add_switching(FactWriter *writer, const Interface *interface)
{
    if (interface->switchport == SWITCHPORT_ACCESS)
        add_number(writer, "access port in VLAN", interface->access_vlan);
    if (interface->switchport == SWITCHPORT_TRUNK) {
        add(writer, "", STR("trunk"));
        add_number(writer, "native VLAN", interface->native_vlan);
    }
    add_number(writer, "VLAN", interface->dot1q);
    add(writer, "member of aggregate LAG", interface->lag.text);
    add_number(writer, "MLAG vPC", interface->mlag);
}

static void list_interface(FactWriter *writer, const Interface *interface)
{
    const InterfaceOspf *ospf = &interface->ospf[0];
    begin(writer, "interface");
    add(writer, "", interface->canonical);
    for (size_t i = 0; i < interface->addresses.count && i < 4; i++) {
        IpText text;
        add(writer, "address", ip_prefix_format(interface->addresses.items[i].prefix, &text));
    }
    add(writer, "VRF", interface->vrf.text);
    add_switching(writer, interface);
    if (ospf->enabled && ospf->has_area) {
        strbuf_printf(writer->text, " OSPF area %u", ospf->area);
        add_number(writer, "cost metric", ospf->cost);
        if (ospf->passive)
            add(writer, "", STR("passive"));
    }
    add_igp(writer, "IS-IS", &interface->isis);
    add_igp(writer, "EIGRP", &interface->eigrp);
    for (size_t i = 0; i < interface->acls.count && i < 4; i++) {
        const AclBinding *binding = &interface->acls.items[i];
        add(writer, binding->inbound ? "access list inbound" : "access list outbound",
            binding->name);
    }
    add(writer, "security zone", interface->zone.text);
    add(writer, "NAT", interface->nat.text);
    if (interface->shutdown)
        add(writer, "", STR("shutdown disabled"));
    end(writer, interface->line);
}

static void list_nat(FactWriter *writer, const Device *device)
{
    for (size_t i = 0; i < device->nat_rules.count; i++) {
        const NatRule *rule = &device->nat_rules.items[i];
        begin(writer, "NAT address translation rule");
        add(writer, "", rule->kind);
        add(writer, "rule set", rule->set);
        add(writer, "rule", rule->rule);
        add(writer, "on interface", rule->interface);
        for (size_t k = 0; k < rule->match.count && k < 4; k++)
            add(writer, "", rule->match.items[k].text);
        add(writer, "translated to", rule->translation.text);
        if (rule->overload)
            add(writer, "", STR("overload PAT"));
        add(writer, "VRF", rule->vrf);
        end(writer, rule->line);
    }
    for (size_t i = 0; i < device->nat_pools.count; i++) {
        const NatPool *pool = &device->nat_pools.items[i];
        begin(writer, "NAT pool");
        add(writer, "", pool->name);
        for (size_t k = 0; k < pool->addresses.count && k < 4; k++)
            add(writer, "addresses", pool->addresses.items[k].text);
        end(writer, pool->line);
    }
}

/* A list is asked about by where it is applied, which stands at the interface. */
static void list_bindings(FactWriter *writer, const Device *device, const Acl *acl)
{
    size_t shown = 0;
    begin(writer, "access list");
    add(writer, "", acl->name);
    for (size_t i = 0; i < device->interfaces.count && shown < 8; i++) {
        const Interface *interface = &device->interfaces.items[i];
        for (size_t j = 0; j < interface->acls.count; j++) {
            if (!str_equal(interface->acls.items[j].name, acl->name))
                continue;
            add(writer,
                interface->acls.items[j].inbound ? "applied inbound on" : "applied outbound on",
                interface->canonical);
            shown++;
            break;
        }
    }
    if (shown)
        end(writer, acl->line);
}

static void list_overlay(FactWriter *writer, const Device *device)
{
    for (size_t i = 0; i < device->mlag_domains.count; i++) {
        const MlagDomain *domain = &device->mlag_domains.items[i];
        begin(writer, "MLAG vPC domain");
        add(writer, "", domain->domain);
        add(writer, "peer link", domain->peer_link.text);
        add_address(writer, "peer address", domain->peer_address);
        add_address(writer, "keepalive heartbeat", domain->keepalive);
        end(writer, domain->line);
    }
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const InterfaceVxlan *vxlan = &device->interfaces.items[i].vxlan;
        begin(writer, "VXLAN VTEP");
        add(writer, "interface", device->interfaces.items[i].canonical);
        add(writer, "source interface", vxlan->source.text);
        add_number(writer, "UDP port", vxlan->udp_port);
        end(writer, vxlan->line);
        for (size_t k = 0; k < vxlan->vnis.count; k++) {
            const Vni *vni = &vxlan->vnis.items[k];
            begin(writer, "VXLAN");
            add_number(writer, "VNI", vni->id);
            add_number(writer, "VLAN", vni->vlan);
            add(writer, "VRF", vni->vrf);
            add(writer, "multicast group", vni->multicast_group);
            end(writer, vni->line);
        }
    }
}

static void list_zones(FactWriter *writer, const Device *device)
{
    for (size_t i = 0; i < device->zones.count; i++) {
        const Zone *zone = &device->zones.items[i];
        begin(writer, "security zone");
        add(writer, "", zone->name);
        for (size_t k = 0; k < zone->interfaces.count && k < 4; k++)
            add(writer, "interface", zone->interfaces.items[k].text);
        for (size_t k = 0; k < zone->inbound.count && k < 4; k++)
            add(writer, "accepts inbound", zone->inbound.items[k].text);
        end(writer, zone->line);
    }
    for (size_t i = 0; i < device->zone_policies.count; i++) {
        const ZonePolicy *policy = &device->zone_policies.items[i];
        begin(writer, "security policy");
        add(writer, "", policy->name);
        add(writer, "from zone", policy->from);
        add(writer, "to zone", policy->to);
        for (size_t k = 0; k < policy->match.count && k < 4; k++)
            add(writer, "", policy->match.items[k].text);
        add(writer, "action", policy->action.text);
        end(writer, policy->line);
    }
}

static void list_vrfs(FactWriter *writer, const Device *device)
{
    for (size_t i = 0; i < device->vrfs.count; i++) {
        const Vrf *vrf = &device->vrfs.items[i];
        begin(writer, "VRF");
        add(writer, "", vrf->name);
        add(writer, "route distinguisher RD", vrf->route_distinguisher);
        add_number(writer, "VNI", vrf->vni);
        for (size_t k = 0; k < vrf->imports.count && k < 4; k++) {
            Str value = vrf->imports.items[k].value;
            bool is_vrf = str_starts_with(value, STR("vrf "));
            add(writer, is_vrf ? "imports from" : "import route target", value);
        }
        for (size_t k = 0; k < vrf->exports.count && k < 4; k++)
            add(writer, "export route target", vrf->exports.items[k].value);
        for (size_t k = 0; k < vrf->import_policies.count && k < 2; k++)
            add(writer, "import policy", vrf->import_policies.items[k].value);
        for (size_t k = 0; k < vrf->export_policies.count && k < 2; k++)
            add(writer, "export policy", vrf->export_policies.items[k].value);
        end(writer, vrf->line);
    }
}

static void list_others(FactWriter *writer, const Device *device)
{
    for (size_t i = 0; i < device->routes.count; i++) {
        const StaticRoute *route = &device->routes.items[i];
        IpText text;
        begin(writer, route->prefix.length == 0 ? "default static route" : "static route");
        add(writer, "to", ip_prefix_format(route->prefix, &text));
        add_address(writer, "next hop gateway", route->next_hop);
        add(writer, "", route->interface);
        add(writer, "VRF", route->vrf);
        add(writer, "track tracked object", route->track);
        end(writer, route->line);
    }
    for (size_t i = 0; i < device->tracked_objects.count; i++) {
        const TrackedObject *object = &device->tracked_objects.items[i];
        begin(writer, "track tracked object");
        add(writer, "", object->name);
        for (size_t k = 0; k < object->what.count && k < 4; k++)
            add(writer, "", object->what.items[k].text);
        end(writer, object->line);
    }
    for (size_t i = 0; i < device->vlans.count; i++) {
        const Vlan *vlan = &device->vlans.items[i];
        begin(writer, "VLAN");
        strbuf_printf(writer->text, " %u", vlan->id);
        add(writer, "name", vlan->name);
        add(writer, "interface", vlan->interface);
        add_number(writer, "VNI", vlan->vni);
        end(writer, vlan->line);
    }
}

static int by_line(const void *left, const void *right)
{
    const DeviceFact *a = left;
    const DeviceFact *b = right;
    return a->line == b->line ? str_compare(a->text, b->text) : a->line < b->line ? -1 : 1;
}

void device_list_facts(const Device *device, Arena *arena, DeviceFactVec *facts)
{
    auto_strbuf StrBuf text = {0};
    FactWriter writer = {arena, facts, &text};
    strbuf_init(&text, FACT_MAX_BYTES);
    list_bgp(&writer, device);
    list_ospf(&writer, device);
    list_igp(&writer, "IS-IS process", &device->isis);
    list_igp(&writer, "EIGRP process", &device->eigrp);
    for (size_t i = 0; i < device->interfaces.count; i++)
        list_interface(&writer, &device->interfaces.items[i]);
    /* Lists times interfaces must stay small, whatever the file. */
    for (size_t i = 0; i < device->acls.count && device->interfaces.count <= 1000 && i < 100; i++)
        list_bindings(&writer, device, &device->acls.items[i]);
    list_overlay(&writer, device);
    list_vrfs(&writer, device);
    list_nat(&writer, device);
    list_zones(&writer, device);
    list_others(&writer, device);
    if (facts->count)
        qsort(facts->items, facts->count, sizeof(DeviceFact), by_line);
}

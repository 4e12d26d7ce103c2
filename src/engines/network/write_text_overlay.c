/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of VXLAN and of pairs of switches. */
#include "engines/network/write_text.h"

static void write_vnis(const InterfaceVxlan *vxlan, size_t most, StrBuf *out)
{
    for (size_t i = 0; i < vxlan->vnis.count; i++) {
        const Vni *vni = &vxlan->vnis.items[i];
        if (!text_row_allowed(out, most, i, vxlan->vnis.count))
            break;
        text_line_number(out, vni->line);
        strbuf_printf(out, "  vni %u ", vni->id);
        if (vni->vlan)
            strbuf_printf(out, "vlan %u ", vni->vlan);
        text_word("vrf", vni->vrf, out);
        if (vni->is_layer3 && vni->vrf.size == 0)
            strbuf_append(out, STR("of a VRF "));
        text_word("multicast group", vni->multicast_group, out);
        text_word("replication by", vni->replication, out);
        text_list(&vni->peers, most, out);
        strbuf_append_byte(out, '\n');
    }
}

void text_write_vxlan(const Device *device, size_t most, StrBuf *out)
{
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        const InterfaceVxlan *vxlan = &interface->vxlan;
        if (!vxlan->line)
            continue;
        text_heading(out, "VXLAN", vxlan->vnis.count);
        text_line_number(out, interface->line);
        text_column(out, interface->canonical, 10);
        text_word("source", vxlan->source.text, out);
        text_word("mlag source", vxlan->mlag_source.text, out);
        if (vxlan->udp_port)
            strbuf_printf(out, "udp port %u ", vxlan->udp_port);
        strbuf_append(out, vxlan->bgp ? STR("addresses by BGP ") : STR(""));
        text_word("multicast group", vxlan->multicast_group, out);
        text_list(&vxlan->peers, most, out);
        strbuf_append_byte(out, '\n');
        write_vnis(vxlan, most, out);
    }
}

static void write_address(const char *word, IpAddress address, StrBuf *out)
{
    IpText text;
    text_word(word, ip_format(address, &text), out);
}

void text_write_mlag(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Pair of switches", device->mlag_domains.count);
    for (size_t i = 0; i < device->mlag_domains.count; i++) {
        const MlagDomain *domain = &device->mlag_domains.items[i];
        text_line_number(out, domain->line);
        text_column(out, domain->kind, 4);
        text_word("domain", domain->domain, out);
        text_word("peer link", domain->peer_link.text, out);
        text_word("local interface", domain->local_interface.text, out);
        write_address("peer", domain->peer_address, out);
        write_address("keepalive", domain->keepalive, out);
        text_word("vrf", domain->keepalive_vrf, out);
        text_list(&domain->options, most, out);
        strbuf_append_byte(out, '\n');
    }
}

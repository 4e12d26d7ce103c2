/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/topology.h"

enum { MAX_ROWS = 500 };

static void append_safe(StrBuf *out, Str text, size_t limit)
{
    for (size_t i = 0; i < text.size && i < limit; i++) {
        unsigned char c = (unsigned char)text.data[i];
        strbuf_append_byte(out, c < 0x20 || c == 0x7F ? '.' : (char)c);
    }
}

static void column(StrBuf *out, Str text, size_t width)
{
    append_safe(out, text, 60);
    for (size_t i = MIN_OF(text.size, (size_t)60); i < width + 2; i++)
        strbuf_append_byte(out, ' ');
}

static bool row_allowed(StrBuf *out, size_t row, size_t count)
{
    if (row == MAX_ROWS)
        strbuf_printf(out, "  ... %zu more\n", count - row);
    return row < MAX_ROWS;
}

static void write_nodes(const Topology *topology, StrBuf *out)
{
    strbuf_printf(out, "Nodes (%zu)\n", topology->nodes.count);
    for (size_t i = 0; i < topology->nodes.count; i++) {
        const TopologyNode *node = &topology->nodes.items[i];
        if (!row_allowed(out, i, topology->nodes.count))
            break;
        strbuf_append(out, STR("  "));
        column(out, node->label, 24);
        column(out, str_of(node_type_name(node->type)), 8);
        column(out, node->ip, 16);
        if (node->asn)
            strbuf_printf(out, "AS %-8u ", node->asn);
        if (node->device)
            append_safe(out, str_of(node->device->vendor.system->name), 40);
        strbuf_append_byte(out, '\n');
    }
}

static void write_source(StrBuf *out, const SourceLine *source)
{
    if (!source->line)
        return;
    strbuf_append(out, STR("  "));
    append_safe(out, source->file, 120);
    strbuf_printf(out, ":%u", source->line);
}

static void write_edge(const Topology *topology, const TopologyEdge *edge, StrBuf *out)
{
    strbuf_append(out, STR("  "));
    for (int k = 0; k < 2; k++) {
        const EdgeEnd *end = &edge->ends[k];
        append_safe(out, topology->nodes.items[end->node].label, 60);
        if (end->label.size) {
            strbuf_append_byte(out, ' ');
            append_safe(out, end->label, 40);
        }
        strbuf_append(out, k ? STR("") : STR("  --  "));
    }
    strbuf_printf(out, "   [%s%s%s%s%s%s%s, confidence %.2f]\n", edge_kind_name(edge->kind),
                  edge->ospf ? ", OSPF" : "", edge->isis_label.size ? ", IS-IS" : "",
                  edge->eigrp_label.size ? ", EIGRP" : "", edge->ebgp ? ", eBGP" : "",
                  edge->ibgp ? ", iBGP" : "", edge->problem ? ", PROBLEM" : "", edge->confidence);
    for (size_t i = 0; i < edge->evidence.count && i < 12; i++) {
        const Evidence *evidence = &edge->evidence.items[i];
        strbuf_printf(out, "      %s: ", evidence->source);
        append_safe(out, evidence->text, 160);
        write_source(out, &evidence->at[0]);
        write_source(out, &evidence->at[1]);
        strbuf_append_byte(out, '\n');
    }
}

static void write_findings(const Topology *topology, StrBuf *out)
{
    strbuf_printf(out, "\nFindings (%zu)\n", topology->findings.count);
    for (size_t i = 0; i < topology->findings.count; i++) {
        const Finding *finding = &topology->findings.items[i];
        if (!row_allowed(out, i, topology->findings.count))
            break;
        strbuf_printf(out, "  %-7s %s: ", severity_name(finding->severity), finding->kind);
        append_safe(out, finding->message, 300);
        write_source(out, &finding->at[0]);
        write_source(out, &finding->at[1]);
        strbuf_append_byte(out, '\n');
    }
}

void topology_write_text(const Topology *topology, StrBuf *out)
{
    write_nodes(topology, out);
    strbuf_printf(out, "\nLinks (%zu)\n", topology->edges.count);
    for (size_t i = 0; i < topology->edges.count; i++) {
        if (!row_allowed(out, i, topology->edges.count))
            break;
        write_edge(topology, &topology->edges.items[i], out);
    }
    write_findings(topology, out);
    if (topology->shutdown.count) {
        strbuf_printf(out, "\nShut down, with an address (%zu)\n", topology->shutdown.count);
        for (size_t i = 0; i < topology->shutdown.count; i++) {
            const ShutdownInterface *shut = &topology->shutdown.items[i];
            if (!row_allowed(out, i, topology->shutdown.count))
                break;
            strbuf_append(out, STR("  "));
            column(out, topology->nodes.items[shut->node].label, 24);
            column(out, shut->interface, 24);
            append_safe(out, shut->address, 60);
            strbuf_append_byte(out, '\n');
        }
    }
}

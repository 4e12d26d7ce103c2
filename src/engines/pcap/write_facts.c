/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and facts, as JSON and as text. */
#include "engines/pcap/write.h"

#include <inttypes.h>
#include <stdio.h>

enum { TOP_NAMES = 10 };

static const char *severity_name(PcapSeverity severity)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[severity];
}

static size_t example_count(const PcapExamples *examples)
{
    return MIN_OF(examples->count, (uint64_t)PCAP_EXAMPLES);
}

static void write_packets(JsonWriter *json, const PcapExamples *examples)
{
    json_key(json, "packets");
    json_begin_array(json);
    for (size_t i = 0; i < example_count(examples); i++)
        json_u64(json, examples->packets[i]);
    json_end(json);
}

void write_findings_json(JsonWriter *json, const PcapSummary *summary)
{
    if (!summary->facts)
        return;
    json_key(json, "findings");
    json_begin_array(json);
    for (size_t i = 0; i < summary->finding_count; i++) {
        const PcapFinding *finding = &summary->findings[i];
        json_begin_object(json);
        json_field_text(json, "id", finding->id);
        json_field_text(json, "severity", severity_name(finding->severity));
        json_field_str(json, "title", finding->title);
        json_field_str(json, "detail", finding->detail);
        write_packets(json, &finding->examples);
        json_field_str(json, "filter", finding->filter);
        json_end(json);
    }
    json_end(json);
    json_field_u64(json, "other_findings", summary->other_findings);
}

static void write_latency(JsonWriter *json, const PcapName *name)
{
    if (name->latency.count == 0)
        return;
    write_times_json(json, "latency", &name->latency);
    json_field_u64(json, "slowest_packet", name->slowest_packet);
}

static void write_name_answers(JsonWriter *json, const PcapName *name)
{
    static const char *const classes[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    bool is_dns = name->kind == PCAP_NAME_DNS;
    json_field_u64(json, "responses", name->responses);
    if (is_dns)
        json_field_u64(json, "unanswered", name->unanswered);
    json_key(json, is_dns ? "rcodes" : "statuses");
    json_begin_object(json);
    for (uint32_t code = 0; is_dns && code < PCAP_RCODES; code++) {
        char number[12];
        snprintf(number, sizeof(number), "%" PRIu32, code);
        if (name->rcodes[code])
            json_field_u64(json, number, name->rcodes[code]);
    }
    for (uint32_t class = 0; !is_dns && class < PCAP_STATUS_CLASSES; class ++) {
        if (name->statuses[class])
            json_field_u64(json, classes[class], name->statuses[class]);
    }
    json_end(json);
    write_latency(json, name);
}

static void write_names(JsonWriter *json, const PcapSummary *summary, PcapNameKind kind,
                        const char *key)
{
    size_t count = 0;
    const PcapFacts *facts = summary->facts;
    for (size_t i = 0; i < facts->name_count; i++)
        count += facts->names[i].kind == kind;
    json_key(json, key);
    json_begin_object(json);
    json_field_u64(json, "count", count);
    json_key(json, "rows");
    json_begin_array(json);
    size_t rows = MIN_OF(count, (size_t)summary->list_rows);
    for (size_t i = 0; rows > 0 && i < facts->name_count; i++) {
        const PcapName *name = &facts->names[i];
        if (name->kind != kind)
            continue;
        rows--;
        json_begin_object(json);
        json_field_str(json, "name", str_make(name->name, name->size));
        json_field_u64(json, "requests", name->requests);
        if (kind != PCAP_NAME_TLS)
            write_name_answers(json, name);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void write_icmp(JsonWriter *json, const PcapFacts *facts)
{
    json_key(json, "icmp");
    json_begin_array(json);
    for (size_t i = 0; i < facts->icmp_count; i++) {
        const PcapIcmp *icmp = &facts->icmp[i];
        json_begin_object(json);
        json_field_text(json, "protocol", icmp->family == 4 ? "icmp" : "icmpv6");
        json_field_u64(json, "type", icmp->type);
        json_field_u64(json, "code", icmp->code);
        json_field_u64(json, "count", icmp->examples.count);
        write_packets(json, &icmp->examples);
        json_end(json);
    }
    json_end(json);
}

static void write_vlans(JsonWriter *json, const PcapFacts *facts)
{
    json_key(json, "vlans");
    json_begin_array(json);
    for (size_t i = 0; i < facts->vlan_count; i++) {
        json_begin_object(json);
        json_field_u64(json, "id", facts->vlans[i].id);
        json_field_text(json, "tag", facts->vlans[i].is_service ? "802.1ad" : "802.1Q");
        json_field_u64(json, "frames", facts->vlans[i].frames);
        json_end(json);
    }
    json_end(json);
}

static void write_statuses(JsonWriter *json, const PcapFacts *facts)
{
    json_key(json, "http_statuses");
    json_begin_array(json);
    for (size_t i = 0; i < facts->status_count; i++) {
        json_begin_object(json);
        json_field_u64(json, "code", facts->statuses[i].code);
        json_field_u64(json, "count", facts->statuses[i].count);
        json_end(json);
    }
    json_end(json);
}

void write_facts_json(JsonWriter *json, const PcapSummary *summary)
{
    const PcapFacts *facts = summary->facts;
    if (!facts)
        return;
    json_key(json, "facts");
    json_begin_object(json);
    write_names(json, summary, PCAP_NAME_DNS, "dns_names");
    write_names(json, summary, PCAP_NAME_TLS, "tls_server_names");
    write_names(json, summary, PCAP_NAME_HTTP, "http_hosts");
    json_field_u64(json, "other_names", facts->other_names);
    json_field_u64(json, "dns_untracked", facts->dns_untracked);
    write_statuses(json, facts);
    write_icmp(json, facts);
    write_vlans(json, facts);
    json_key(json, "copies");
    json_begin_object(json);
    json_field_u64(json, "count", facts->copies.count);
    json_field_u64(json, "routed", facts->copies_routed);
    json_field_u64(json, "retransmissions", facts->copied_retransmissions);
    write_packets(json, &facts->copies);
    json_end(json);
    json_end(json);
}

static void write_finding_text(StrBuf *out, const PcapFinding *finding)
{
    strbuf_printf(out, "%-8s %.*s [%s]\n", severity_name(finding->severity),
                  STR_ARGS(finding->title), finding->id);
    if (!str_empty(finding->detail))
        strbuf_printf(out, "%-8s %.*s\n", "", STR_ARGS(finding->detail));
    for (size_t i = 0; i < example_count(&finding->examples); i++)
        strbuf_printf(out, i ? ", %" PRIu64 : "         packets %" PRIu64,
                      finding->examples.packets[i]);
    if (finding->examples.count > PCAP_EXAMPLES)
        strbuf_append(out, STR(", …"));
    if (!str_empty(finding->filter))
        strbuf_printf(out, "%sWireshark: %.*s", finding->examples.count ? "; " : "         ",
                      STR_ARGS(finding->filter));
    if (finding->examples.count || !str_empty(finding->filter))
        strbuf_append_byte(out, '\n');
}

void write_findings_text(StrBuf *out, const PcapSummary *summary)
{
    if (!summary->facts)
        return;
    if (summary->finding_count == 0) {
        strbuf_append(out, STR("findings     none\n\n"));
        return;
    }
    strbuf_printf(out, "findings     %zu\n", summary->finding_count);
    for (size_t i = 0; i < summary->finding_count; i++)
        write_finding_text(out, &summary->findings[i]);
    if (summary->other_findings)
        strbuf_printf(out, "%-8s %" PRIu64 " further findings of the same kinds\n", "",
                      summary->other_findings);
    strbuf_append_byte(out, '\n');
}

static void write_name_text(StrBuf *out, const PcapName *name)
{
    strbuf_printf(out, "%-46s %10" PRIu64, name->name, name->requests);
    if (name->kind != PCAP_NAME_TLS)
        strbuf_printf(out, " %10" PRIu64, name->responses);
    for (uint32_t code = 1; code < PCAP_RCODES; code++) {
        if (name->rcodes[code])
            strbuf_printf(out, "  %s %" PRIu32, pcap_rcode_name(code), name->rcodes[code]);
    }
    for (uint32_t class = 4; class < PCAP_STATUS_CLASSES; class ++) {
        if (name->statuses[class])
            strbuf_printf(out, "  %uxx %" PRIu32, class, name->statuses[class]);
    }
    if (name->unanswered)
        strbuf_printf(out, "  unanswered %" PRIu64, name->unanswered);
    if (name->latency.count) {
        strbuf_printf(out, "  %.1f ms on average, at most %.1f ms",
                      (double)name->latency.sum_ns / 1e6 / (double)name->latency.count,
                      (double)name->latency.max_ns / 1e6);
    }
    strbuf_append_byte(out, '\n');
}

static void write_names_text(StrBuf *out, const PcapSummary *summary, PcapNameKind kind,
                             const char *title)
{
    size_t count = 0;
    size_t shown = 0;
    const PcapFacts *facts = summary->facts;
    size_t most = summary->shows_all ? (size_t)summary->list_rows : (size_t)TOP_NAMES;
    for (size_t i = 0; i < facts->name_count; i++)
        count += facts->names[i].kind == kind;
    if (count == 0)
        return;
    strbuf_printf(out, "\n%s (%zu of %zu)%*s %s\n", title, MIN_OF(count, most), count, 12, "",
                  kind == PCAP_NAME_TLS ? "client hellos" : "requests, responses");
    for (size_t i = 0; i < facts->name_count && shown < most; i++) {
        if (facts->names[i].kind != kind)
            continue;
        write_name_text(out, &facts->names[i]);
        shown++;
    }
}

static void write_counts_text(StrBuf *out, const PcapFacts *facts)
{
    for (size_t i = 0; i < facts->icmp_count; i++) {
        const PcapIcmp *icmp = &facts->icmp[i];
        strbuf_printf(out, "%s%-12s type %u code %u: %" PRIu64 "\n", i ? "" : "\n",
                      icmp->family == 4 ? "icmp" : "icmpv6", icmp->type, icmp->code,
                      icmp->examples.count);
    }
    for (size_t i = 0; i < facts->status_count; i++)
        strbuf_printf(out, i ? ", %u: %" PRIu64 : "\nhttp status  %u: %" PRIu64,
                      facts->statuses[i].code, facts->statuses[i].count);
    if (facts->status_count)
        strbuf_append_byte(out, '\n');
    for (size_t i = 0; i < facts->vlan_count; i++)
        strbuf_printf(out, "%s%u%s: %" PRIu64, i ? ", " : "\nvlans        ", facts->vlans[i].id,
                      facts->vlans[i].is_service ? " (802.1ad)" : "", facts->vlans[i].frames);
    if (facts->vlan_count)
        strbuf_append_byte(out, '\n');
}

void write_facts_text(StrBuf *out, const PcapSummary *summary)
{
    if (!summary->facts)
        return;
    write_names_text(out, summary, PCAP_NAME_DNS, "dns names");
    write_names_text(out, summary, PCAP_NAME_TLS, "tls server names");
    write_names_text(out, summary, PCAP_NAME_HTTP, "http hosts");
    write_counts_text(out, summary->facts);
}

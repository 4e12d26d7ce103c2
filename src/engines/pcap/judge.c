/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/judge.h"

#include <inttypes.h>
#include <stdlib.h>

PcapFinding *judge_add(Judge *judge, const char *id, PcapSeverity severity)
{
    PcapFinding finding = {.id = id, .severity = severity};
    if (judge->findings.count < PCAP_FINDINGS_MAX) {
        PcapFinding *added = VEC_PUSH(judge->arena, &judge->findings);
        *added = finding;
        return added;
    }
    judge->others++;
    PcapFinding *dropped = ARENA_NEW(judge->arena, PcapFinding);
    *dropped = finding;
    return dropped;
}

Str judge_address(Judge *judge, const PcapAddress *address)
{
    char text[PCAP_ADDRESS_TEXT_SIZE];
    return arena_printf(judge->arena, "%s", pcap_address_write(address, text));
}

Str judge_end(Judge *judge, const PcapAddress *address, uint16_t port)
{
    char text[PCAP_ADDRESS_TEXT_SIZE];
    return arena_printf(judge->arena, address->family == 6 ? "[%s]:%u" : "%s:%u",
                        pcap_address_write(address, text), port);
}

Str judge_filter_address(Judge *judge, const PcapAddress *address)
{
    char text[PCAP_ADDRESS_TEXT_SIZE];
    return arena_printf(judge->arena, "%s == %s", address->family == 6 ? "ipv6.addr" : "ip.addr",
                        pcap_address_write(address, text));
}

Str judge_time(Judge *judge, int64_t time_ns)
{
    double milliseconds = (double)time_ns / 1e6;
    return milliseconds >= 1000 ? arena_printf(judge->arena, "%.2f s", milliseconds / 1000)
                                : arena_printf(judge->arena, "%.1f ms", milliseconds);
}

Str judge_count(Judge *judge, uint64_t count, const char *one, const char *many)
{
    return arena_printf(judge->arena, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

static void judge_file(Judge *judge)
{
    const PcapSummary *summary = judge->summary;
    if (summary->zero_tail_bytes) {
        PcapFinding *finding = judge_add(judge, "capture_zero_tail", PCAP_WARNING);
        finding->title = arena_printf(judge->arena,
                                      "The last %" PRIu64
                                      " bytes of the file are zeros: the disk was probably full",
                                      summary->zero_tail_bytes);
        finding->detail = STR("Packets after that point are missing.");
        if (summary->zero_records) {
            finding->detail =
                arena_printf(judge->arena,
                             "Packets after that point are missing. Wireshark shows the zeros as "
                             "%" PRIu64 " malformed packets of 1970; they are not counted here.",
                             summary->zero_records);
        }
    } else if (!summary->complete) {
        PcapFinding *finding = judge_add(judge, "capture_incomplete", PCAP_WARNING);
        finding->title = STR("The file ends early");
        finding->detail = summary->incomplete;
    }
    if (summary->snapped_packets) {
        PcapFinding *finding = judge_add(judge, "capture_snapped", PCAP_NOTE);
        finding->title = arena_printf(judge->arena, "%" PRIu64 " packets were captured only partly",
                                      summary->snapped_packets);
        finding->detail =
            STR("The snapshot length cut them, so that names in them may be missing.");
        finding->filter = STR("frame.cap_len < frame.len");
    }
}

/* "frame.number in {4, 8}": the examples themselves. */
static Str filter_examples(Judge *judge, const PcapExamples *examples)
{
    Str text = STR("frame.number in {");
    for (size_t i = 0; i < MIN_OF(examples->count, (uint64_t)PCAP_EXAMPLES); i++)
        text = arena_printf(judge->arena, "%.*s%s%" PRIu64, STR_ARGS(text), i ? ", " : "",
                            examples->packets[i]);
    return arena_printf(judge->arena, "%.*s}", STR_ARGS(text));
}

static void judge_copies(Judge *judge)
{
    enum { FEW = 10, PERCENT = 100 };
    const PcapFacts *facts = judge->summary->facts;
    uint64_t copies = facts->copies.count;
    if (copies == 0)
        return;
    bool is_many = copies >= FEW || copies * PERCENT >= judge->summary->packets;
    PcapFinding *finding = judge_add(judge, "mirror_copies", is_many ? PCAP_WARNING : PCAP_NOTE);
    finding->title =
        arena_printf(judge->arena,
                     "%" PRIu64 " of %" PRIu64 " packets are copies, as a mirror port (SPAN) makes",
                     copies, judge->summary->packets);
    finding->detail = arena_printf(
        judge->arena,
        "They are equal to a packet just before. Wireshark counts %" PRIu64
        " TCP retransmissions, of which %" PRIu64
        " are such copies. Mirror one direction of one port, or remove them with `editcap -d`.",
        judge->summary->tcp_events[PCAP_TCP_RETRANSMISSION], facts->copied_retransmissions);
    if (facts->copies_routed) {
        finding->detail = arena_printf(
            judge->arena,
            "%.*s %" PRIu64 " were seen again behind a router, with another time to live.",
            STR_ARGS(finding->detail), facts->copies_routed);
    }
    finding->examples = facts->copies;
    finding->filter = filter_examples(judge, &facts->copies);
}

static void judge_loops(Judge *judge)
{
    const PcapExamples *loops = &judge->notes->loops;
    if (loops->count == 0)
        return;
    PcapFinding *finding = judge_add(judge, "routing_loop", PCAP_ERROR);
    finding->title = arena_printf(judge->arena, "%s pass here again and again: a routing loop",
                                  judge_count(judge, loops->count, "packet", "packets").data);
    finding->detail = STR("The same packet came at least five times, each time with a smaller time "
                          "to live.");
    finding->examples = *loops;
    finding->filter = filter_examples(judge, loops);
}

static int compare_findings(const void *left, const void *right)
{
    const PcapFinding *a = left;
    const PcapFinding *b = right;
    return (int)b->severity - (int)a->severity;
}

/* Stable: findings of the same severity stay in the order in which they were made. */
static void sort_findings(PcapFinding *findings, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        PcapFinding moved = findings[i];
        size_t at = i;
        for (; at > 0 && compare_findings(&findings[at - 1], &moved) > 0; at--)
            findings[at] = findings[at - 1];
        findings[at] = moved;
    }
}

static int compare_names(const void *left, const void *right)
{
    const PcapName *a = left;
    const PcapName *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->requests != b->requests)
        return a->requests > b->requests ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int compare_icmp(const void *left, const void *right)
{
    const PcapIcmp *a = left;
    const PcapIcmp *b = right;
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return a->type != b->type ? (int)a->type - b->type : (int)a->code - b->code;
}

static int compare_statuses(const void *left, const void *right)
{
    return (int)((const PcapStatus *)left)->code - (int)((const PcapStatus *)right)->code;
}

static void list_vlans(PcapFacts *facts, const Notes *notes, Arena *arena)
{
    if (!notes->vlans)
        return;
    facts->vlans = ARENA_ARRAY(arena, PcapVlan, 2 * NOTES_VLAN_IDS);
    for (uint32_t i = 0; i < 2 * NOTES_VLAN_IDS; i++) {
        if (notes->vlans[i]) {
            facts->vlans[facts->vlan_count++] = (PcapVlan){.id = (uint16_t)(i % NOTES_VLAN_IDS),
                                                           .is_service = i >= NOTES_VLAN_IDS,
                                                           .frames = notes->vlans[i]};
        }
    }
}

/* The lists stay in the memory of the notes, which lives as long as the arena. */
static PcapFacts *list_facts(const PcapSummary *summary, Notes *notes, Arena *arena)
{
    PcapFacts *facts = ARENA_NEW(arena, PcapFacts);
    int64_t last;
    if (__builtin_sub_overflow(summary->last_ns, summary->first_ns, &last))
        last = INT64_MAX;
    notes_dns_end(notes, last);
    if (notes->name_count > 1)
        qsort(notes->names, notes->name_count, sizeof(PcapName), compare_names);
    if (notes->icmp_count > 1)
        qsort(notes->icmp, notes->icmp_count, sizeof(PcapIcmp), compare_icmp);
    if (notes->status_count > 1)
        qsort(notes->statuses, notes->status_count, sizeof(PcapStatus), compare_statuses);
    *facts = (PcapFacts){.names = notes->names,
                         .name_count = notes->name_count,
                         .other_names = notes->other_names,
                         .icmp = notes->icmp,
                         .icmp_count = notes->icmp_count,
                         .statuses = notes->statuses,
                         .status_count = notes->status_count,
                         .copies = notes->copies,
                         .copies_routed = notes->copies_routed,
                         .dns_untracked = notes->dns_untracked};
    for (size_t i = 0; i < summary->conversation_count; i++) {
        const PcapConversation *flow = &summary->conversations[i];
        const NotedTcp *tcp =
            flow->transport == PCAP_TRANSPORT_TCP ? notes_tcp_at(notes, flow->tcp) : NULL;
        if (tcp) {
            facts->copied_retransmissions += tcp->copied[PCAP_TCP_RETRANSMISSION] +
                                             tcp->copied[PCAP_TCP_FAST_RETRANSMISSION] +
                                             tcp->copied[PCAP_TCP_SPURIOUS_RETRANSMISSION];
        }
    }
    list_vlans(facts, notes, arena);
    return facts;
}

void judge_capture(PcapSummary *summary, Notes *notes, Arena *arena)
{
    Judge judge = {.arena = arena, .summary = summary, .notes = notes};
    summary->facts = list_facts(summary, notes, arena);
    judge_file(&judge);
    judge_copies(&judge);
    judge_loops(&judge);
    judge_arp(&judge);
    judge_icmp(&judge);
    judge_tcp(&judge);
    judge_names(&judge);
    sort_findings(judge.findings.items, judge.findings.count);
    summary->findings = judge.findings.items;
    summary->finding_count = judge.findings.count;
    summary->other_findings = judge.others;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about ICMP errors, path MTU and addresses that two hosts claim. */
#include "engines/pcap/judge.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>

#define HOLE_NS INT64_C(1000000000)

enum {
    TOLD_MAX = 20,
    UNREACHABLE = 3,
    EXCEEDED = 11,
    NEEDS_FRAGMENTATION = 4,
    UNREACHABLE_6 = 1,
    TOO_BIG_6 = 2,
    HOLE_ERRORS = 3,
};

static bool is_too_big(const NotedIcmpError *error)
{
    bool is_ipv4 = error->reporter.family == 4;
    return is_ipv4 ? error->type == UNREACHABLE && error->code == NEEDS_FRAGMENTATION
                   : error->type == TOO_BIG_6;
}

static bool is_unreachable(const NotedIcmpError *error)
{
    bool is_ipv4 = error->reporter.family == 4;
    return error->type == (is_ipv4 ? UNREACHABLE : UNREACHABLE_6) && !is_too_big(error);
}

static Str filter_type(Judge *judge, const NotedIcmpError *error)
{
    const char *protocol = error->reporter.family == 4 ? "icmp" : "icmpv6";
    return arena_printf(judge->arena, "%s.type == %u && %s.code == %u", protocol, error->type,
                        protocol, error->code);
}

/* A sender that goes on for longer than a window in flight does not get the message. */
static bool is_black_hole(const NotedIcmpError *error)
{
    int64_t time;
    return error->examples.count >= HOLE_ERRORS &&
           !__builtin_sub_overflow(error->last_ns, error->first_ns, &time) && time >= HOLE_NS;
}

static void tell_too_big(Judge *judge, const NotedIcmpError *error)
{
    bool is_hole = is_black_hole(error);
    PcapFinding *finding = judge_add(judge, is_hole ? "mtu_black_hole" : "mtu_lowered",
                                     is_hole ? PCAP_ERROR : PCAP_NOTE);
    finding->title = arena_printf(
        judge->arena, "Packets of %s to %s are too big: %s lets %" PRIu32 " bytes pass",
        judge_address(judge, &error->source).data, judge_address(judge, &error->destination).data,
        judge_address(judge, &error->reporter).data, error->mtu);
    finding->detail = arena_printf(
        judge->arena, "ICMP said so %s. %s",
        judge_count(judge, error->examples.count, "time", "times").data,
        is_hole
            ? "The sender goes on with packets of that size: the message does not reach it, or it "
              "ignores it. Allow ICMP, or lower the MSS."
            : "A sender that gets the message sends smaller packets from then on.");
    finding->examples = error->examples;
    finding->filter = filter_type(judge, error);
}

static const char *reason_of(const NotedIcmpError *error)
{
    static const char *const reasons[] = {"the network is unreachable",
                                          "the host is unreachable",
                                          "the protocol is not spoken",
                                          "the port is closed",
                                          "the packet may not be fragmented",
                                          "the source route failed",
                                          "the network is unknown",
                                          "the host is unknown",
                                          "the source is isolated",
                                          "the network is prohibited",
                                          "the host is prohibited",
                                          "the network is unreachable for this type of service",
                                          "the host is unreachable for this type of service",
                                          "a filter prohibits it"};
    static const char *const reasons_6[] = {"there is no route",
                                            "a filter prohibits it",
                                            "it is beyond the scope of the source",
                                            "the address is unreachable",
                                            "the port is closed",
                                            "the source address fails a policy",
                                            "the route rejects it"};
    if (error->reporter.family == 4)
        return error->code < COUNT_OF(reasons) ? reasons[error->code] : "unreachable";
    return error->code < COUNT_OF(reasons_6) ? reasons_6[error->code] : "unreachable";
}

static void tell_unreachable(Judge *judge, const NotedIcmpError *error)
{
    Str destination = error->port ? judge_end(judge, &error->destination, error->port)
                                  : judge_address(judge, &error->destination);
    PcapFinding *finding = judge_add(judge, "icmp_unreachable", PCAP_WARNING);
    finding->title = arena_printf(judge->arena, "%s reports that %s cannot be reached from %s: %s",
                                  judge_address(judge, &error->reporter).data, destination.data,
                                  judge_address(judge, &error->source).data, reason_of(error));
    finding->detail = arena_printf(
        judge->arena, "%s.",
        judge_count(judge, error->examples.count, "ICMP message", "ICMP messages").data);
    finding->examples = error->examples;
    finding->filter = filter_type(judge, error);
}

static void tell_exceeded(Judge *judge, const NotedIcmpError *error)
{
    PcapFinding *finding = judge_add(judge, "icmp_time_exceeded", PCAP_NOTE);
    finding->title = arena_printf(judge->arena, "Packets of %s to %s ran out of time to live at %s",
                                  judge_address(judge, &error->source).data,
                                  judge_address(judge, &error->destination).data,
                                  judge_address(judge, &error->reporter).data);
    finding->detail = arena_printf(
        judge->arena, "%s: a traceroute, or a routing loop.",
        judge_count(judge, error->examples.count, "ICMP message", "ICMP messages").data);
    finding->examples = error->examples;
    finding->filter = filter_type(judge, error);
}

void judge_icmp(Judge *judge)
{
    const Notes *notes = judge->notes;
    size_t told[3] = {0};
    for (uint32_t i = 0; i < notes->icmp_error_count; i++) {
        const NotedIcmpError *error = &notes->icmp_errors[i];
        uint32_t kind = is_too_big(error) ? 0 : is_unreachable(error) ? 1 : 2;
        if (told[kind]++ >= TOLD_MAX)
            judge->others++;
        else if (kind == 0)
            tell_too_big(judge, error);
        else if (kind == 1)
            tell_unreachable(judge, error);
        else
            tell_exceeded(judge, error);
    }
}

static Str mac_text(Judge *judge, const NotedMac *mac)
{
    const uint8_t *bytes = mac->bytes;
    return arena_printf(judge->arena, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2],
                        bytes[3], bytes[4], bytes[5]);
}

static void tell_duplicate(Judge *judge, const NotedArp *arp)
{
    char address[INET_ADDRSTRLEN];
    check(inet_ntop(AF_INET, &arp->address, address, sizeof(address)) != NULL);
    bool goes_back = arp->changes > 1;
    PcapFinding *finding =
        judge_add(judge, "arp_duplicate_address", goes_back ? PCAP_ERROR : PCAP_WARNING);
    Str macs = STR("");
    for (uint32_t i = 0; i < arp->mac_count; i++) {
        macs = arena_printf(judge->arena, "%.*s%s%s (%s)", STR_ARGS(macs),
                            i == 0                    ? ""
                            : i + 1 == arp->mac_count ? " and "
                                                      : ", ",
                            mac_text(judge, &arp->macs[i]).data,
                            judge_count(judge, arp->macs[i].frames, "frame", "frames").data);
        examples_add(&finding->examples, arp->macs[i].first_packet);
    }
    finding->title =
        arena_printf(judge->arena, "The address %s is claimed by %s", address, macs.data);
    finding->detail =
        goes_back ? STR("They take turns: two hosts have the same address.")
                  : STR("It changed once: two hosts have the same address, or it moved to another "
                        "host or interface.");
    finding->filter = arena_printf(judge->arena, "arp.src.proto_ipv4 == %s", address);
}

static int compare_arp(const void *left, const void *right)
{
    const NotedArp *a = *(const NotedArp *const *)left;
    const NotedArp *b = *(const NotedArp *const *)right;
    return memcmp(&a->address, &b->address, sizeof(a->address));
}

void judge_arp(Judge *judge)
{
    size_t count = 0;
    if (!judge->notes->arp)
        return;
    const NotedArp **doubled = ARENA_ARRAY(judge->arena, const NotedArp *, NOTES_MAX_ARP);
    for (size_t i = 0; i < (size_t)NOTES_MAX_ARP * 2; i++) {
        const NotedArp *arp = &judge->notes->arp[i];
        if (arp->mac_count > 1)
            doubled[count++] = arp;
    }
    if (count > 1)
        qsort(doubled, count, sizeof(doubled[0]), compare_arp);
    for (size_t i = 0; i < MIN_OF(count, (size_t)TOLD_MAX); i++)
        tell_duplicate(judge, doubled[i]);
    if (count > TOLD_MAX)
        judge->others += count - TOLD_MAX;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about names: DNS that fails, is silent or slow, and hosts of HTTP that fail. */
#include "engines/pcap/judge.h"

#include <inttypes.h>

#define SLOW_AVERAGE_NS INT64_C(200000000)
#define SLOW_LONGEST_NS INT64_C(1000000000)

enum { TOLD_MAX = 20, RCODE_NXDOMAIN = 3, SERVER_ERRORS = 5 };

const char *pcap_rcode_name(uint32_t code)
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
    return code < COUNT_OF(names) ? names[code] : "of an unassigned code";
}

static Str filter_name(Judge *judge, const PcapName *name, const char *also)
{
    /* A quote would end the string. */
    if (strchr(name->name, '"') || strchr(name->name, '\\'))
        return str_of(also);
    return arena_printf(judge->arena, "dns.qry.name == \"%s\"%s%s", name->name,
                        also[0] ? " && " : "", also);
}

static void tell_failure(Judge *judge, const PcapName *name)
{
    Str codes = STR("");
    bool only_unknown = true;
    for (uint32_t code = 1; code < PCAP_RCODES; code++) {
        if (!name->rcodes[code])
            continue;
        only_unknown = only_unknown && code == RCODE_NXDOMAIN;
        codes = arena_printf(judge->arena, "%.*s%s%s (%" PRIu32 ")", STR_ARGS(codes),
                             codes.size ? ", " : "", pcap_rcode_name(code), name->rcodes[code]);
    }
    PcapFinding *finding = judge_add(judge, "dns_failure", only_unknown ? PCAP_NOTE : PCAP_WARNING);
    finding->title =
        arena_printf(judge->arena, "DNS has no answer for %s: %s", name->name, codes.data);
    finding->detail = only_unknown
                          ? STR("The name does not exist: mistyped, or a search domain was added.")
                          : STR("The resolver could not or would not answer.");
    finding->examples = name->failures;
    finding->filter = filter_name(judge, name, "dns.flags.rcode != 0");
}

static void tell_silence(Judge *judge, const PcapName *name)
{
    PcapFinding *finding = judge_add(judge, "dns_no_answer", PCAP_WARNING);
    finding->title =
        arena_printf(judge->arena, "DNS did not answer %s for %s",
                     judge_count(judge, name->silences.count, "query", "queries").data, name->name);
    finding->detail =
        STR("No response is in the capture: the resolver is down or not reached, or only one "
            "direction was captured.");
    finding->examples = name->silences;
    finding->filter = filter_name(judge, name, "dns.flags.response == 0");
}

static bool is_slow(const PcapName *name)
{
    const PcapTimes *latency = &name->latency;
    return latency->count && (latency->sum_ns / (int64_t)latency->count >= SLOW_AVERAGE_NS ||
                              latency->max_ns >= SLOW_LONGEST_NS);
}

static void tell_slowness(Judge *judge, const PcapName *name)
{
    const PcapTimes *latency = &name->latency;
    PcapFinding *finding =
        judge_add(judge, "dns_slow", latency->max_ns >= SLOW_LONGEST_NS ? PCAP_WARNING : PCAP_NOTE);
    finding->title = arena_printf(judge->arena, "DNS took up to %s to answer for %s",
                                  judge_time(judge, latency->max_ns).data, name->name);
    finding->detail =
        arena_printf(judge->arena, "%s, %s on average.",
                     judge_count(judge, latency->count, "answer", "answers").data,
                     judge_time(judge, latency->sum_ns / (int64_t)latency->count).data);
    examples_add(&finding->examples, name->slowest_packet);
    finding->filter = filter_name(judge, name, "dns.time > 0.2");
}

static void tell_server_errors(Judge *judge, const PcapName *name)
{
    PcapFinding *finding = judge_add(judge, "http_server_error", PCAP_WARNING);
    finding->title =
        arena_printf(judge->arena, "The HTTP host %s answered with a server error (5xx) %s",
                     name->name, judge_count(judge, name->failures.count, "time", "times").data);
    finding->detail =
        arena_printf(judge->arena, "%s in all.",
                     judge_count(judge, name->responses, "response", "responses").data);
    finding->examples = name->failures;
    finding->filter = STR("tcp.payload matches \"^HTTP/1.[01] 5\"");
}

typedef struct {
    PcapNameKind kind;
    bool (*has)(const PcapName *name);
    void (*tell)(Judge *judge, const PcapName *name);
} NameFault;

static bool has_failures(const PcapName *name)
{
    return name->failures.count > 0;
}

static bool has_silences(const PcapName *name)
{
    return name->silences.count > 0;
}

static const NameFault name_faults[] = {
    {PCAP_NAME_DNS, has_silences, tell_silence},
    {PCAP_NAME_DNS, has_failures, tell_failure},
    {PCAP_NAME_DNS, is_slow, tell_slowness},
    {PCAP_NAME_HTTP, has_failures, tell_server_errors},
};

void judge_names(Judge *judge)
{
    const PcapFacts *facts = judge->summary->facts;
    for (size_t fault = 0; fault < COUNT_OF(name_faults); fault++) {
        size_t told = 0;
        for (size_t i = 0; i < facts->name_count; i++) {
            const PcapName *name = &facts->names[i];
            if (name->kind != name_faults[fault].kind || !name_faults[fault].has(name))
                continue;
            if (told++ < TOLD_MAX)
                name_faults[fault].tell(judge, name);
            else
                judge->others++;
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of a summary share; only write_*.c include it. Each writes members of the open
 * JSON object, or lines of text, and nothing when there are no facts. */
#pragma once

#include "engines/pcap/pcap.h"

void write_findings_json(JsonWriter *json, const PcapSummary *summary);
void write_facts_json(JsonWriter *json, const PcapSummary *summary);
void write_findings_text(StrBuf *out, const PcapSummary *summary);
void write_facts_text(StrBuf *out, const PcapSummary *summary);
/* Returns "tcp", "udp" or "sctp". */
const char *pcap_transport_name(uint32_t transport);
/* Writes seconds with nine decimals, exactly, as a JSON number. */
void write_seconds_json(JsonWriter *json, const char *key, int64_t time_ns);
/* Writes count, smallest, average and greatest, in seconds. */
void write_times_json(JsonWriter *json, const char *key, const PcapTimes *times);
/* Returns "NXDOMAIN" for 3. */
const char *pcap_rcode_name(uint32_t code);

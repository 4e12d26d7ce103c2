/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the child share: child.c reads the input and picks the function, the others
 * analyse. Nobody outside this folder includes it.
 */
#pragma once

#include "analysis/kinds.h"
#include "analysis/wire.h"
#include "engines/network/facts.h"
#include "engines/pcap/pcap.h"

typedef struct {
    TextKind kind;
    Str text;
    const DeviceFactVec *facts; /* by line */
    uint64_t *unsearched; /* NULL, or how many lines are behind the last chunk that was sent */
} ChildText;

/* child.c */
/* Writes the line and its newline to standard output and empties it. */
bool child_send_line(StrBuf *line, Error *error) MUST_USE;
/* Cuts the text into chunks and sends each, with the facts of its lines; facts may be NULL. At most
 * WIRE_MAX_CHUNKS are sent. */
bool child_send_chunks(const AnalysisInput *input, const ChildText *text, Error *error) MUST_USE;

/* child_log.c */
/* Analyses a log of any size: sends its chunks and its result. */
bool child_analyze_log(const AnalysisInput *input, const TextKindFinding *finding,
                       Error *error) MUST_USE;

/* child_text.c: configurations, logs, recorded output, Markdown, plain text and text of PDFs. */
AnalysisMain analysis_text;
/* child_capture.c */
AnalysisMain analysis_capture;
/* Analyses a capture that comes from there instead of from the bytes of the input. */
bool child_analyze_capture(const AnalysisInput *input, const PcapSource *source,
                           Error *error) MUST_USE;

/* child_packets.c */
/* Sends the packets of the capture that input->packets asks for. */
bool child_send_packets(const AnalysisInput *input, const PcapSource *source,
                        Error *error) MUST_USE;

/* child_unpack.c */
typedef struct Unpacked Unpacked;
/* Whether the input is compressed or an archive, and nothing else reads it. */
bool child_is_packed(const AnalysisInput *input);
/* Unpacks the first member that can be analysed, and analyses it. */
bool child_analyze_packed(const AnalysisInput *input, Error *error) MUST_USE;
/* Replaces the bytes of a compressed file or an archive by those of the member that would be
 * analysed; leaves any other bytes alone. */
bool child_unpack_text(const AnalysisInput *input, Str *bytes, Error *error) MUST_USE;
/* Learns the names of the members behind the one that was read, once it was read to its end. */
void child_list_left(const AnalysisInput *input);
/* Writes the member "unpacked" into the open metadata, if the input came from an archive: which
 * member was analysed, and which were not. */
void child_write_unpacked(JsonWriter *json, const AnalysisInput *input);
/* The same as a line for people; nothing for a compressed file that is no archive. */
void child_print_unpacked(StrBuf *text, const AnalysisInput *input);

/* child_members.c */
/* Sends the files of an archive of several files, as member_wire.h describes. */
bool child_send_members(const AnalysisInput *input, const MemberLimits *limits,
                        Error *error) MUST_USE;

/* child_topology.c: its input is a bundle. */
AnalysisMain analysis_topology;

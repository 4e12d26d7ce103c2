/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader: reads the packets of a capture file, one at a time and without copying.
 *
 * Formats: pcap (draft-ietf-opsawg-pcap; microsecond and nanosecond magic, both byte orders, the
 * old variants with lengths swapped, Kuznetzov's "modified" pcap of 1999), pcapng
 * (draft-ietf-opsawg-pcapng; several sections of either byte order, enhanced, simple and obsolete
 * packet blocks; unknown blocks are skipped).
 *
 *     reader_open(&reader, arena, &source, &limits, &error);
 *     while (reader_next(&reader, &packet))
 *         …
 *     if (reader.broken) … reader.why
 */
#pragma once

#include "engines/pcap/record.h"

/* Opens a source. Returns false when the file is no capture at all. The limits must contain no
 * zeros. */
bool reader_open(Reader *reader, Arena *arena, const PcapSource *source, const PcapLimits *limits,
                 Error *error) MUST_USE;
/* Reads the next packet. Returns false at the end of the file, or where it cannot be read further:
 * see broken and why. */
bool reader_next(Reader *reader, Packet *out_packet);
void reader_done(Reader *reader);

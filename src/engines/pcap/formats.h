/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats of capture files, as reader.c chooses among them: each recognises the first bytes of
 * a file and then sets reader->next, which gives one packet after the other.
 */
#pragma once

#include "engines/pcap/record.h"

/* Bytes at the start of the file from which a format is recognised; pcapng needs fewer. */
enum { PCAP_HEADER_BYTES = 24 };

/* pcapng.c */
/* Returns false when the bytes do not begin a pcapng file. */
bool pcapng_open(Reader *reader, const uint8_t *header, size_t size);

/* pcap_classic.c */
/* Takes PCAP_HEADER_BYTES apart. Returns false when they are no pcap file header. */
bool pcap_classic_open(Reader *reader, const uint8_t *header);

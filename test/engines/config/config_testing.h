/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the configuration and topology engines share. */
#pragma once

#include "engines/config/read.h"

/* Analyses text, which must be a recognised configuration; aborts with the reason otherwise. */
Device testing_device(Arena *arena, const char *text);
Device testing_device_named(Arena *arena, const char *text, const char *file);
/* A configuration, and what a test writes about it. */
typedef struct {
    const char *name, *text, *facts;
} TestingCase;
typedef void (*TestingFacts)(StrBuf *out, const Device *device);
/* The facts must be those of each case, and the same after the device was written as JSON and read
 * back. Prints those that are not, and aborts after the last case. */
void testing_check_facts(const TestingCase *cases, size_t count, TestingFacts write_facts);
/* The lines that the device did not understand, as facts. */
void testing_write_not_understood(StrBuf *out, const Device *device);
/* NULL where the device has no such interface. */
const Interface *testing_find_interface(const Device *device, const char *canonical);
/* Aborts where the device has no such interface. */
const Interface *testing_interface(const Device *device, const char *canonical);
/* The same neighbour's address text. */
const BgpNeighbor *testing_neighbor(const Device *device, const char *name);
const Acl *testing_acl(const Device *device, const char *name);

/* Reads a configuration cut off after every byte from the 160th on: each of its lines must be
 * counted once. */
void testing_check_truncations(const char *text);
void testing_check_truncated_cases(const TestingCase *cases, size_t count);
/* A whole file in the arena; aborts where it cannot be read. */
Str testing_file(Arena *arena, Str path);
/* Folder of recorded data that tests may read, or an empty view (and a message) without it. */
Str testing_shared_data(Arena *arena);
/* Regular files below a folder, to two levels, sorted by path. */
StrVec testing_files(Arena *arena, Str folder);

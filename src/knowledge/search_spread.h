/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spreads the hits of a question about several devices over their documents, so that the passages
 * of one device do not displace those of the others.
 *
 *     search_spread(arena, STR("MTU of core1 and core2"), &result);
 */
#pragma once

#include "knowledge/search.h"

/* Returns whether a word of the query is what the hit's document is called: core1 for core1.cfg and
 * for core1-show-version.txt. */
bool search_is_named(Str query, const SearchHit *hit);

/*
 * Reorders the hits, which are sorted by score. Where the question names several documents, the
 * best hits of each take turns; where it asks about devices in the plural, the best hit of each
 * document comes first. Otherwise the order stays.
 */
void search_spread(Arena *arena, Str query, SearchResult *result);

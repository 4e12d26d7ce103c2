/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-ins: replaces addresses, AS numbers, names of devices, users and domains in text that
 * leaves the machine, and puts the real ones back into the text that returns, as it arrives. Pure:
 * no I/O and no clock.
 *
 *     StandinMap *map = standin_map_new();
 *     standin_map_add_name(map, STANDIN_HOST, STR("core1"));
 *     if (!standin_hide(map, arena, text, &safe))
 *         … do not send …
 *     StandinRestorer restorer;
 *     standin_restorer_init(&restorer, map);
 *     standin_restorer_take(&restorer, event.text, &out);
 *     standin_restorer_end(&restorer, &out);
 *     standin_restorer_done(&restorer);
 *
 * A map belongs to one conversation. It grows with every text that is hidden, and must be stored
 * after that (encrypted: it holds what it hides). docs/stand-ins.md says what is recognised and
 * which relations the stand-ins keep.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

enum {
    STANDIN_MAX_ENTRIES = 20000,      /* names, numbers and addresses of a conversation */
    STANDIN_NAME_MAX_BYTES = 64,      /* longer names are not replaced */
    STANDIN_TEXT_MAX_BYTES = 4 << 20, /* of one text that is hidden */
    STANDIN_HOLD_MAX_BYTES = 96,      /* the most that a restorer holds back */
};

typedef struct StandinMap StandinMap;

/* Returns an empty map with a random key. */
StandinMap *standin_map_new(void) MUST_USE;
/* Frees the map. NULL is allowed. */
void standin_map_free(StandinMap *map);
/* Stores the map as JSON text, in the arena. It holds all that the map hides. */
Str standin_map_write(const StandinMap *map, Arena *arena) MUST_USE;
/* Parses such a text. Returns NULL and sets the error when it is anything else. */
StandinMap *standin_map_parse(Str text, Error *error) MUST_USE;
/* Returns how many names, numbers and addresses have a stand-in. A map needs storing again when
 * this has changed. */
size_t standin_map_count(const StandinMap *map);

typedef enum { STANDIN_HOST, STANDIN_USER, STANDIN_DOMAIN } StandinName;

/* Makes a name be replaced wherever it stands as a word. Returns false when the name is not
 * replaced: it is too short or long, has other characters than letters, digits and ._-, or is an
 * ordinary word; or the map is full. */
bool standin_map_add_name(StandinMap *map, StandinName kind, Str name);

/*
 * Stores the text with stand-ins, in the arena. The text may be JSON. standin_restore gives exactly
 * the text again, now and whatever the map learns later. Returns false when the map is full or the
 * text too large: it must not be sent then. Takes linear time.
 */
bool standin_hide(StandinMap *map, Arena *arena, Str text, Str *out_text) MUST_USE;
/* Returns the text with the real names and addresses, in the arena. */
Str standin_restore(const StandinMap *map, Arena *arena, Str text) MUST_USE;

/* Restores a text that arrives in pieces, for example the arguments of a tool. */
typedef struct {
    const StandinMap *map;
    StrBuf pending; /* bytes that were processed, kept for looking back, then the others */
    size_t context; /* how many of pending were processed */
} StandinRestorer;

/* Starts a text. The map must live as long as the restorer and may grow meanwhile. */
void standin_restorer_init(StandinRestorer *restorer, const StandinMap *map);
/* Frees the memory. Safe on a zeroed struct. */
void standin_restorer_done(StandinRestorer *restorer);
/* Appends to out what is decided by now. How the text is split into pieces changes nothing. */
void standin_restorer_take(StandinRestorer *restorer, Str piece, StrBuf *out);
/* Appends what was held back, at the end of the text. */
void standin_restorer_end(StandinRestorer *restorer, StrBuf *out);

#define auto_standin_restorer AUTO(standin_restorer_done)

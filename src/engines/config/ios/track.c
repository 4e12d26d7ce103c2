/* SPDX-License-Identifier: Apache-2.0 */
/* Tracked objects of IOS, NX-OS, EOS and IOS-XR, which static routes and gateways depend on. */
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

static TrackedObject *current(Reader *reader)
{
    TrackedObject *object = &reader->device->tracked_objects.items[reader->now.tracked];
    object->last_line = reader->line->number;
    return object;
}

/* Adds the words from word i on, with the name of an interface in full. */
static void add_words(Reader *reader, TrackedObject *object, size_t i)
{
    size_t used = 0;
    Str text = words_rest(&reader->words, i);
    if (reader_keyword(reader, i, "interface") && i + 1 < reader->words.count) {
        object->interface =
            (Sourced){ios_interface_name(reader, i + 1, &used), reader->line->number};
        Str rest = words_rest(&reader->words, i + 1 + used);
        text = arena_printf(reader->arena, "interface %.*s%s%.*s", STR_ARGS(object->interface.text),
                            rest.size ? " " : "", STR_ARGS(rest));
    }
    build_sourced(&reader->builder, &object->what, text, reader->line->number);
}

/* Handles "track 10 ip sla 5 reachability" and "track NAME". */
bool ios_track(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    reader->now.tracked = build_tracked_object(&reader->builder, name, reader->line->number);
    TrackedObject *object = current(reader);
    if (reader->negated) {
        undo_tracked_object(&reader->builder, reader->now.tracked);
        return true;
    }
    if (reader->arg + 1 < reader->words.count) {
        object->what.count = 0;
        add_words(reader, object, reader->arg + 1);
    }
    return true;
}

/* Handles "object 20 not" and "delay down 5" below. The pattern of the table fits "no" too. */
static bool parse_setting(Reader *reader)
{
    TrackedObject *object = current(reader);
    if (!words_is(&reader->words, 0, "no")) {
        add_words(reader, object, 0);
        return true;
    }
    Str text = words_rest(&reader->words, 1);
    if (!reader_may_search(reader, object->what.count))
        return false;
    VEC_KEEP(&object->what, item, !str_equal(item->text, text));
    return true;
}

static const Command commands[] = {
    {"exit"},
    {"exit-track"},
    {"*", parse_setting, true, &ios_track_table, STANZA_OTHER, TAKES_REST},
};

const CommandTable ios_track_table = {commands, COUNT_OF(commands)};

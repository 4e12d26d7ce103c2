/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/internal.h"

#include <stdio.h>

enum { OUT_MAX_BYTES = 8 * 1024 * 1024 };

/* Only what the user has written may stay a link: a document would otherwise allow the URLs of its
 * author. */
static void allow_urls_of_user(Speech *speech)
{
    const TurnRequest *request = turn_request(speech->turn);
    link_set_add_text(speech->allowed, request->question);
    for (size_t i = 0; i < request->history_count; i++)
        if (request->history[i].is_user)
            link_set_add_text(speech->allowed, request->history[i].content);
}

void speech_init(Speech *speech, const StandIns *standins)
{
    *speech = (Speech){.turn = standins->turn,
                       .has_standins = standins->map,
                       .allowed = link_set_new(turn_arena(standins->turn))};
    if (speech->has_standins)
        standin_restorer_init(&speech->restorer, standins->map);
    strbuf_init(&speech->restored, OUT_MAX_BYTES);
    allow_urls_of_user(speech);
    link_filter_init(&speech->filter, speech->allowed);
    strbuf_init(&speech->out, OUT_MAX_BYTES);
}

void speech_done(Speech *speech)
{
    standin_restorer_done(&speech->restorer);
    link_filter_done(&speech->filter);
    strbuf_done(&speech->restored);
    strbuf_done(&speech->out);
}

/* Says what the filter has let through. */
static bool flush(Task *task, Speech *speech)
{
    if (speech->out.overflowed)
        return task_fail(task, ERR_FILE_TOO_LARGE, "the model's answer is too large");
    bool said = turn_say(task, speech->turn, strbuf_str(&speech->out));
    strbuf_clear(&speech->out);
    return said;
}

/* A citation that stands becomes its number, another one nothing. */
static bool say_citation(Task *task, Speech *speech, const Citation *citation)
{
    int64_t number = 0;
    ArenaMark mark = arena_mark(task->arena);
    bool checked = evidence_check(task, speech->turn, &speech->evidence, citation, &number);
    arena_reset(task->arena, mark);
    if (!checked)
        return false;
    if (number > 0) {
        char text[24];
        int size = snprintf(text, sizeof(text), "[%lld]", (long long)number);
        link_filter_take(&speech->filter, str_make(text, (size_t)size), &speech->out);
    }
    return true;
}

static bool say_part(Task *task, Speech *speech, const CitationPart *part)
{
    if (part->kind == CITATION_PART_CITATION)
        return say_citation(task, speech, &part->citation);
    if (part->kind == CITATION_PART_MALFORMED) {
        speech->evidence.dropped++;
        return true;
    }
    link_filter_take(&speech->filter, part->text, &speech->out);
    return true;
}

/* Takes a piece with the real names. */
static bool say_real(Task *task, Speech *speech, Str piece)
{
    CitationPart part;
    if (speech->needs_break && !str_empty(piece)) {
        speech->needs_break = false;
        link_filter_take(&speech->filter, STR("\n\n"), &speech->out);
    }
    while (citation_reader_take(&speech->reader, &piece, &part))
        if (!say_part(task, speech, &part))
            return false;
    return flush(task, speech);
}

bool speech_say(Task *task, Speech *speech, Str piece)
{
    if (!speech->has_standins)
        return say_real(task, speech, piece);
    strbuf_clear(&speech->restored);
    standin_restorer_take(&speech->restorer, piece, &speech->restored);
    return say_real(task, speech, strbuf_str(&speech->restored));
}

/* Says what the restorer holds back. The next text is another one. */
static bool end_restorer(Task *task, Speech *speech)
{
    const StandinMap *map = speech->restorer.map;
    if (!speech->has_standins)
        return true;
    strbuf_clear(&speech->restored);
    standin_restorer_end(&speech->restorer, &speech->restored);
    standin_restorer_done(&speech->restorer);
    standin_restorer_init(&speech->restorer, map);
    return say_real(task, speech, strbuf_str(&speech->restored));
}

bool speech_end(Task *task, Speech *speech)
{
    CitationPart part;
    if (!end_restorer(task, speech))
        return false;
    while (citation_reader_end(&speech->reader, &part))
        if (!say_part(task, speech, &part))
            return false;
    link_filter_end(&speech->filter, &speech->out);
    bool said = flush(task, speech);
    speech->needs_break = turn_text_bytes(speech->turn) > 0;
    return said;
}

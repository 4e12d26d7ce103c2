/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this feature share. */
#pragma once

#include "assistant/assistant.h"
#include "base/json.h"
#include "engines/answer/citation.h"
#include "engines/answer/links.h"
#include "engines/answer/standin.h"
#include "llm/llm.h"

/* data.c: texts of others. */
/* Cuts a text to at most max_bytes, at the end of a character. */
Str data_cut(Str text, size_t max_bytes);
/* Masks the secrets of a text for a model. In a JSON text, each string is masked by itself. */
Str data_mask(Arena *arena, Str text);
/* Puts a JSON text between <sources> and </sources>, which nothing in it can end or begin. */
Str data_frame(Arena *arena, Str json);

/* standins.c: addresses and names that do not leave. */
typedef struct {
    Turn *turn;
    StandinMap *map; /* NULL: texts leave as they are. Lives as long as the turn */
    size_t stored;   /* its entries when it was stored last */
} StandIns;

/* Loads the map of the conversation if stand-ins are wanted for the provider, and adds the names of
 * the user's devices. */
bool standins_begin(Task *task, Turn *turn, LlmProvider provider, const TurnSettings *settings,
                    StandIns *out_standins) MUST_USE;
/* Stores the text as it may leave, in the turn's arena. Fails when the map is full. */
bool standins_hide(Task *task, const StandIns *standins, Str text, Str *out_text) MUST_USE;
/* Returns a whole text of the model with the real names, in the turn's arena. */
Str standins_restore(const StandIns *standins, Str text);
/* Stores the map if it has grown. Nothing may leave before. */
bool standins_store(Task *task, StandIns *standins) MUST_USE;

/* evidence.c: the citations of one answer. */
typedef struct {
    Citation asked; /* as the model wrote it */
    bool stands;
    Str document;
    Str quote;
    int64_t number;
} Evidence;

/* A VEC(Evidence) of at most ASSISTANT_MAX_CITATIONS, in the turn's arena. */
typedef struct {
    Evidence *items;
    size_t count;
    size_t capacity;
    int64_t shown;
    int64_t dropped; /* citations of documents, lines or quotations that do not exist */
} EvidenceList;

/* Checks a citation and publishes it when it is new. Stores its number, 0 when it does not stand:
 * the document is not the user's, the lines do not exist, or the quotation does not stand there.
 * Fails only when it cannot look. */
bool evidence_check(Task *task, Turn *turn, EvidenceList *list, const Citation *citation,
                    int64_t *out_number) MUST_USE;
/* Adds a citation that our own code has made, and publishes it. */
bool evidence_add(Task *task, Turn *turn, EvidenceList *list, const Evidence *evidence) MUST_USE;
/* Writes the citations that stand as a JSON array, in the turn's arena. */
Str evidence_write(Turn *turn, const EvidenceList *list);

/* speech.c: what becomes of a model's text on its way to the user. */
typedef struct {
    Turn *turn;
    EvidenceList evidence;
    bool has_standins;
    StandinRestorer restorer; /* comes first, so that citations and URLs are the real ones */
    StrBuf restored;
    LinkSet *allowed; /* URLs that the user has written */
    CitationReader reader;
    LinkFilter filter;
    StrBuf out;
    bool needs_break; /* the next text begins a paragraph */
} Speech;

void speech_init(Speech *speech, const StandIns *standins);
void speech_done(Speech *speech);
/* Takes a piece of the model's text. */
bool speech_say(Task *task, Speech *speech, Str piece) MUST_USE;
/* Says what was held back, at the end of a text. A later text is a paragraph of its own. */
bool speech_end(Task *task, Speech *speech) MUST_USE;

/* window.c: what the model is told, within its limits. */
typedef struct {
    LlmMessage *items; /* as they leave: a VEC(LlmMessage) */
    size_t count;
    size_t capacity;
    int64_t tokens; /* estimated */
} Window;

enum {
    WINDOW_BYTES_PER_TOKEN = 3
}; /* English has four, configurations and other languages fewer */

/* Returns an estimate of the tokens of a text; rather too many. */
int64_t window_tokens(Str text);
/* Searches with a question as the tool does, and returns what it answers. */
bool window_search(Task *task, const Services *services, Str question, Str *out_answer) MUST_USE;
/* Puts the newest messages of the history that fit budget_tokens, and the question with the
 * passages that a search found, into a new window. Secrets are masked, and stand-ins put in. */
bool window_begin(Task *task, const StandIns *standins, int64_t budget_tokens,
                  Window *out_window) MUST_USE;
/* Adds a message. The array is in the arena. */
void window_add(Arena *arena, Window *window, const LlmMessage *message);

/* prompt.c */
/* The system prompt, which tells how to cite and that the text of documents is data. */
extern const char assistant_prompt[];
/* Stores the tools as the model sees them. */
const LlmTool *assistant_tools(Arena *arena, size_t *out_count);

/* The sentences that the prompt has besides if stand-ins are used. */
extern const char assistant_standins_prompt[];

typedef struct {
    LlmAccount account;
    Uuid key_id;
    const LlmModel *model; /* NULL: the table does not know it */
} ModelAccount;

/* usage.c: adds the usage of a request. A local model costs nothing and uses up no quota. */
void usage_add(TurnResult *result, Arena *arena, const ModelAccount *asked, const LlmUsage *usage);

/* sent.c: what left for the provider. */
typedef struct {
    size_t message_count;
    bool must_answer;
} SentRequest;

typedef struct {
    Turn *turn;
    const LlmAccount *account;
    const LlmRequest *request; /* the last one; the others have fewer of its messages */
    SentRequest requests[ASSISTANT_MAX_ROUNDS];
    size_t count;
} Sent;

/* Adds the request, which is about to leave. */
void sent_add(Sent *sent);
/* Returns the whole as JSON in the turn's arena, after what was sent with another key; empty if
 * nothing was. */
Str sent_write(const Sent *sent);
/* Writes one body, as a difference to the former one where it can be. former may be empty. */
void sent_write_body(JsonWriter *json, Str body, Str former);

/* title.c: has a title asked for after the turn, if this is the first complete answer. Fails only
 * when the task may not go on. */
bool title_prepare(Task *task, Turn *turn, const ModelAccount *asked, StandIns *standins) MUST_USE;

/* model.c: answers with one account. */
typedef struct {
    LlmFailure failure;
    bool is_over_quota; /* the model was not asked, because the user's tokens are used up */
} ModelOutcome;

bool model_answer(Task *task, Turn *turn, const ModelAccount *asked,
                  ModelOutcome *out_outcome) MUST_USE;

/* composer.c: answers from the sources, without a model. */
bool composer_answer(Task *task, Turn *turn) MUST_USE;

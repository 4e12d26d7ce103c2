/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of an answer, in the languages of engines/question. Private to sources/. */
#pragma once

#include "base/strbuf.h"
#include "engines/question/question.h"

typedef enum {
    PHRASE_FINDINGS,     /* heading */
    PHRASE_FACTS,        /* heading */
    PHRASE_LINES,        /* heading */
    PHRASE_KNOWLEDGE,    /* heading */
    PHRASE_NOTHING,      /* the sources hold nothing */
    PHRASE_NOT_NAMED,    /* before the names that no source has */
    PHRASE_SEARCHED,     /* before a number of documents */
    PHRASE_DOCUMENTS,    /* after it */
    PHRASE_NO_DOCUMENTS, /* there are none */
    PHRASE_NEAREST,      /* the nearest documents */
    PHRASE_NO_TOPOLOGY,  /* hint */
    PHRASE_OLD_TOPOLOGY, /* hint */
    PHRASE_PAGE,         /* "page" */
    PHRASE_ERROR,
    PHRASE_WARNING,
    PHRASE_INFO,
    PHRASE_NEIGHBORS_OF,    /* before a device */
    PHRASE_BGP_NEIGHBORS,   /* before a device */
    PHRASE_OSPF_INTERFACES, /* likewise */
    PHRASE_VLANS,           /* likewise */
    PHRASE_STATIC_ROUTES,   /* likewise */
    PHRASE_PATH_FROM,       /* before a device */
    PHRASE_PATH_TO,
    PHRASE_NO_PATH,
    PHRASE_HOPS,
    PHRASE_LINES_REMOVED, /* after a number */
    PHRASE_LINES_ADDED,
    PHRASE_CAPTURE, /* before the name of a capture */
    PHRASE_PACKETS,
    PHRASE_SECONDS,
    PHRASE_SEGMENTS,
    PHRASE_COUNT,
} Phrase;

Str phrase(QuestionLanguage language, Phrase which);
/* Returns what a kind of finding says, in words; the kind itself where it is not known. */
Str phrase_finding(QuestionLanguage language, Str kind);
/* Returns the name of a TCP event of a capture's analysis, such as "retransmission". */
Str phrase_event(QuestionLanguage language, Str event);

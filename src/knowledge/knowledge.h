/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Knowledge: the global part of what is searched (Markdown and text files of a directory, the same
 * for all users), its ingestion, and the search over it and the user's documents.
 */
#pragma once

#include "web/router.h"

/* POST /api/v1/search */
extern const Route knowledge_routes[];

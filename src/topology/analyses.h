/* SPDX-License-Identifier: Apache-2.0 */
/* The stored analyses of configurations, from which a topology is drawn without parsing them. */
#pragma once

#include "documents/document.h"

/*
 * Appends the configurations to a bundle for analysis_draw: the stored analysis where it has the
 * shape of this version, else the file. ERR_FILE_TOO_LARGE above 256 MB in all.
 */
bool analyses_append(Task *task, const Services *services, const DocumentList *documents,
                     int bundle) MUST_USE;

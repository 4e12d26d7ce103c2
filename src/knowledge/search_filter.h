/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of a search: which values they may have. */
#pragma once

#include "knowledge/search.h"

/* Checks the vendor and the document type of the query, whatever their case, and stores them as the
 * database writes them. Fails with ERR_VALIDATION, the field and the allowed values. A vendor is
 * one that configurations are recognised of, or one that the knowledge names. */
bool search_filter_check(Task *task, const Services *services, SearchQuery *query) MUST_USE;

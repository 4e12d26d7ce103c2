/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares net/http/head.h with the package behind http_oracle.h. The package is more lenient, so
 * the rule is: what our parser accepts, the package accepts too and takes apart in the same way.
 */
#pragma once

#include "net/http/head.h"

/* Aborts unless the package agrees with what http_head_parse made of the bytes; does nothing where
 * there is no package. */
void http_oracle_check(Str bytes, const HttpHead *head);

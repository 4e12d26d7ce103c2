/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a URL goes, for those of the sources and those of an answer alike. All functions are
 * linear and look at no more than LINK_MAX_BYTES + 1 bytes.
 */
#pragma once

#include "base/str.h"

/* Returns whether the byte ends any URL: white space, a control character, or one of <>"`. */
bool url_ends_at(char byte);
/* Returns the offset at which a URL that begins before the text ends: at such a byte, or at a
 * bracket that the text does not open. More than LINK_MAX_BYTES: too far to be of interest. */
size_t url_end(Str text);
/* Returns the URL without the punctuation that ends a sentence. */
Str url_trim(Str url);
/* Returns the length of the scheme that the text ends with, or 0. */
size_t url_scheme_before(Str text);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Browser: the page that people open, and what it must know before anybody has logged in.
 *
 * The page is an application of its own. Its build is linked into the program (option "web" of
 * Meson), or read from NETGURU_WEB_DIR when the server starts. All of its files are served with
 * headers that let it load nothing from elsewhere and run no script that is not a file of it. A
 * server without a page says so to those who open its address.
 */
#pragma once

#include "web/router.h"

extern const Route browser_routes[];

/* Prepares the page, for Services.browser. Returns NULL with the reason when NETGURU_WEB_DIR cannot
 * be read or has no index.html. Blocks. */
struct Browser *browser_new(const Config *settings, Error *error) MUST_USE;
void browser_free(struct Browser *browser);
/* Returns whether a server with these settings has a page. */
bool browser_has_page(const Config *settings);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page sessions: the browser application keeps its refresh token in a cookie that scripts cannot
 * read. The access token is in the body as for other clients, so the cookie alone opens nothing but
 * a refresh.
 *
 *     bool in_cookie = false;
 *     if (!page_session_asks(task, request, &in_cookie) ||
 *         (in_cookie && !page_session_read(task, request, &token)))
 *         return false;
 *
 * Another site's page must not use the cookie (CSRF). SameSite=Strict keeps browsers from sending
 * it, and a request that asks for it must carry the header "X-NetGuru-Client: page": a form cannot
 * send it, and a script of another origin needs a permission (CORS) that the server never gives.
 */
#pragma once

#include "accounts/session.h"

/* Refuses, with ERR_FORBIDDEN, a request without the header of the page, or from another origin. */
bool page_session_check(Task *task, const Request *request) MUST_USE;
/* Reads the body's member "cookie", and checks the request if it is true. */
bool page_session_asks(Task *task, const Request *request, bool *out_in_cookie) MUST_USE;
/* Reads the refresh token from the cookie; ERR_AUTH when there is none. */
bool page_session_read(Task *task, const Request *request, Str *out_refresh_token) MUST_USE;
/* Puts the refresh token into the cookie. */
void page_session_keep(Task *task, const Request *request, Response *response, Str refresh_token);
/* Deletes the cookie, if the browser has sent it. */
void page_session_forget(Task *task, const Request *request, Response *response);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login: registers a user, or checks a password, and opens a session.
 *
 * A login reads the account, counts the attempt (login_wait.h), hashes the password on the hashing
 * workers, opens the session and records it in the audit log, in this order. Each step up to the
 * hash takes the same time whether or not somebody has the address. An account that was disabled or
 * changed meanwhile gets no session. A login that fails is counted and not recorded: an attacker
 * must not make the log grow, which is never shortened.
 */
#pragma once

#include "accounts/session.h"

typedef struct {
    Str email;
    Str password;
    Str full_name;    /* registration only; may be empty */
    Str device_token; /* as the client remembers it; may be empty or anything else */
    SessionClient client;
} Credentials;

typedef struct {
    SessionTokens tokens;
    Str device_token; /* marks the device as known, see device_token.h */
} LoggedIn;

/* Makes an account and logs it in. ERR_VALIDATION, ERR_CONFLICT when the address is taken, or
 * ERR_UNAVAILABLE when too many passwords are being hashed. */
bool login_register(Task *task, const Services *services, const Credentials *given,
                    LoggedIn *out_login) MUST_USE;
/* Logs in. ERR_AUTH, the same for an unknown address, a wrong password and a disabled account;
 * ERR_RATE_LIMIT_EXCEEDED and ERR_UNAVAILABLE with retry_after_s. */
bool login_open(Task *task, const Services *services, const Credentials *given,
                LoggedIn *out_login) MUST_USE;
/* Logs in to the demo account without a password, for a client that account_offers_demo accepts.
 * ERR_NOT_FOUND when there is no such account, or when it is disabled. */
bool login_demo(Task *task, const Services *services, const SessionClient *client,
                LoggedIn *out_login) MUST_USE;

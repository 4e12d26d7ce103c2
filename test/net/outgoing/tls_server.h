/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of a test's own authority, and a TLS server in front of a RawServer's threads.
 *
 *     TestAuthority *authority = test_authority_new();
 *     TestTls *tls = test_tls_new(authority, &(TestCertificate){.name = "localhost", .days = 1});
 *     … test_tls_serve(tls, client, "HTTP/1.1 200 OK\r\n…"); in a RawServe
 */
#pragma once

#include <stdbool.h>

typedef struct TestAuthority TestAuthority;
typedef struct TestTls TestTls;

/* Makes a key and a self-signed certificate in a file. */
TestAuthority *test_authority_new(void);
const char *test_authority_file(const TestAuthority *authority);
void test_authority_free(TestAuthority *authority);

typedef struct {
    const char *name; /* of the host, a DNS name */
    int days;         /* from now; below 0 it has expired */
} TestCertificate;

TestTls *test_tls_new(const TestAuthority *authority, const TestCertificate *certificate);
void test_tls_free(TestTls *tls);
/* Shakes hands, reads requests and answers each; returns when the client has gone. */
void test_tls_serve(TestTls *tls, int client, const char *answer);

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/tls_server.h"

#include "base/mem.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY_S = 24 * 3600, REQUEST_BYTES = 16 * 1024 };

struct TestAuthority {
    EVP_PKEY *key;
    X509 *certificate;
    char path[32];
};

struct TestTls {
    SSL_CTX *context;
};

static void add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    check(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key, const char *name, long first_s, long last_s)
{
    static long serial = 1;
    X509 *certificate = X509_new();
    check(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), first_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), last_s);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    return certificate;
}

TestAuthority *test_authority_new(void)
{
    static int count;
    char name[32];
    TestAuthority *authority = MEM_NEW(TestAuthority);
    snprintf(name, sizeof(name), "Test authority %d", ++count);
    authority->key = EVP_EC_gen("P-256");
    check(authority->key);
    X509 *certificate = make_certificate(authority->key, name, -DAY_S, 10 * DAY_S);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
    check(X509_sign(certificate, authority->key, EVP_sha256()) > 0);
    authority->certificate = certificate;
    memcpy(authority->path, "/tmp/authority-XXXXXX", sizeof("/tmp/authority-XXXXXX"));
    FILE *file = fdopen(mkstemp(authority->path), "w");
    check(file && PEM_write_X509(file, certificate) == 1 && fclose(file) == 0);
    return authority;
}

const char *test_authority_file(const TestAuthority *authority)
{
    return authority->path;
}

void test_authority_free(TestAuthority *authority)
{
    unlink(authority->path);
    X509_free(authority->certificate);
    EVP_PKEY_free(authority->key);
    mem_free(authority);
}

TestTls *test_tls_new(const TestAuthority *authority, const TestCertificate *wanted)
{
    char names[128];
    TestTls *tls = MEM_NEW(TestTls);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key, wanted->name, -3 * DAY_S, (long)wanted->days * DAY_S);
    snprintf(names, sizeof(names), "DNS:%s", wanted->name);
    X509_set_issuer_name(certificate, X509_get_subject_name(authority->certificate));
    add_extension(certificate, authority->certificate, NID_subject_alt_name, names);
    check(X509_sign(certificate, authority->key, EVP_sha256()) > 0);
    tls->context = SSL_CTX_new(TLS_server_method());
    check(SSL_CTX_use_certificate(tls->context, certificate) == 1);
    check(SSL_CTX_use_PrivateKey(tls->context, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return tls;
}

void test_tls_free(TestTls *tls)
{
    SSL_CTX_free(tls->context);
    mem_free(tls);
}

void test_tls_serve(TestTls *tls, int client, const char *answer)
{
    char request[REQUEST_BYTES];
    SSL *ssl = SSL_new(tls->context);
    SSL_set_fd(ssl, client);
    bool going = SSL_accept(ssl) == 1;
    /* A request of these tests comes in one record. */
    while (going && SSL_read(ssl, request, sizeof(request)) > 0)
        going = SSL_write(ssl, answer, (int)strlen(answer)) > 0;
    SSL_free(ssl);
}

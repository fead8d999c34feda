/*
 * Certificates of one run, for tests of TLS: an authority ("ca") that signed "server" and "client",
 * a foreign one that signed "foreign", and a key that is encrypted. All are for SERVER_NAME.
 */
#ifndef TEST_LIB_CERTIFICATES_H
#define TEST_LIB_CERTIFICATES_H

#include "base/attribute.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SERVER_NAME "switch.test"

static char certificate_folder[] = "/tmp/acquit-tls-XXXXXX";

static const char *path_of(const char *name)
{
    static char paths[8][64];
    static unsigned next;
    char *path = paths[next++ % ARRAY_COUNT(paths)];

    snprintf(path, sizeof paths[0], "%s/%s", certificate_folder, name);
    return path;
}

static EVP_PKEY *write_key(const char *name, const char *passphrase)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(key);
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, passphrase == NULL ? NULL : EVP_aes_128_cbc(),
                                          NULL, 0, NULL, (void *)(uintptr_t)passphrase),
                     1);
    fclose(file);
    return key;
}

static void add_extension(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);

    assert_non_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* Signed by signer, or by itself. */
static X509 *write_certificate(const char *name, EVP_PKEY *key, X509 *signer, EVP_PKEY *signer_key)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    FILE *file = fopen(path_of(name), "w");

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), (long)(uintptr_t)key & 0xFFFFFF);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, signer == NULL ? subject : X509_get_subject_name(signer));
    if (signer == NULL)
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    else
        add_extension(certificate, NID_subject_alt_name, "DNS:" SERVER_NAME);
    assert_true(X509_sign(certificate, signer == NULL ? key : signer_key, EVP_sha256()) > 0);
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    fclose(file);
    return certificate;
}

static void make_side(const char *name, X509 *signer, EVP_PKEY *signer_key)
{
    char file[32];

    snprintf(file, sizeof file, "%s.key", name);
    EVP_PKEY *key = write_key(file, NULL);
    snprintf(file, sizeof file, "%s.pem", name);
    X509_free(write_certificate(file, key, signer, signer_key));
    EVP_PKEY_free(key);
}

static int make_certificates(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(certificate_folder));
    EVP_PKEY *key = write_key("ca.key", NULL);
    EVP_PKEY *foreign_key = write_key("foreign-ca.key", NULL);
    X509 *authority = write_certificate("ca.pem", key, NULL, NULL);
    X509 *foreign = write_certificate("foreign-ca.pem", foreign_key, NULL, NULL);

    make_side("server", authority, key);
    make_side("client", authority, key);
    make_side("foreign", foreign, foreign_key);
    EVP_PKEY_free(write_key("secret.key", "sesame"));
    X509_free(authority);
    X509_free(foreign);
    EVP_PKEY_free(key);
    EVP_PKEY_free(foreign_key);
    return 0;
}

static int remove_certificates(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ca.key",     "ca.pem",     "foreign-ca.key", "server.key",  "server.pem", "foreign-ca.pem",
        "client.key", "client.pem", "foreign.key",    "foreign.pem", "secret.key", "not.pem"};

    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        unlink(path_of(names[i]));
    return rmdir(certificate_folder);
}

#endif

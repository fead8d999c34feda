#include "drivers/tls_files.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

static enum err failed(struct text *error, const char *what, const char *file)
{
    char reason[128];

    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    text_add(error, what);
    if (file != NULL) {
        text_add(error, " ");
        text_add(error, file);
    }
    text_add(error, ": ");
    text_add(error, reason);
    return ERR_CONFIG;
}

/* An encrypted key must not make OpenSSL ask the terminal. Notes that it would have. */
static int no_passphrase(char *room, int room_len, int is_writing, void *context)
{
    (void)room;
    (void)room_len;
    (void)is_writing;
    *(bool *)context = true;
    return -1;
}

static enum err load_key(SSL_CTX *ssl, const struct tls_files *files, struct text *error)
{
    bool is_encrypted = false;

    SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(ssl, &is_encrypted);
    int loaded = SSL_CTX_use_PrivateKey_file(ssl, files->key, SSL_FILETYPE_PEM);
    SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
    if (loaded != 1 && is_encrypted) {
        text_add(error, files->key);
        text_add(error, ": the key is encrypted, and nobody is there to type its passphrase");
        return ERR_CONFIG;
    }
    return loaded == 1 ? OK : failed(error, "cannot use the key", files->key);
}

static enum err load_files(SSL_CTX *ssl, const struct tls_files *files, struct text *error)
{
    ERR_clear_error();
    if (files->certificate != NULL &&
        SSL_CTX_use_certificate_chain_file(ssl, files->certificate) != 1)
        return failed(error, "cannot use the certificate", files->certificate);
    if (files->key != NULL)
        TRY(load_key(ssl, files, error));
    if (files->key != NULL && SSL_CTX_check_private_key(ssl) != 1)
        return failed(error, "the key does not belong to the certificate", files->certificate);
    if (files->authority != NULL && SSL_CTX_load_verify_locations(ssl, files->authority, NULL) != 1)
        return failed(error, "cannot use the authority", files->authority);
    return OK;
}

static const char *what_is_missing(const struct tls_files *files, bool is_server)
{
    if (is_server && (files->certificate == NULL || files->key == NULL))
        return "TLS: a server needs a certificate and its key";
    if ((files->certificate == NULL) != (files->key == NULL))
        return "TLS: a certificate and its key belong together";
    if (!is_server && files->authority == NULL)
        return "TLS: a client needs the authority that its server is signed by";
    if (is_server && files->demand_client && files->authority == NULL)
        return "TLS: to demand client certificates a server needs their authority";
    if (files->peer_name != NULL && strlen(files->peer_name) > TLS_PEER_NAME_LEN_MAX)
        return "TLS: the peer's name is too long for a host name";
    return NULL;
}

static int verify_mode(const struct tls_files *files, bool is_server)
{
    if (!is_server)
        return SSL_VERIFY_PEER;
    return files->demand_client ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                : SSL_VERIFY_NONE;
}

/* No sessions are resumed: links live long, and tickets would cost memory and a key. */
static void set_rules(SSL_CTX *ssl, const struct tls_files *files, bool is_server)
{
    SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ssl, 0);
    SSL_CTX_set_verify(ssl, verify_mode(files, is_server), NULL);
}

enum err tls_files_open(const struct tls_files *files, bool is_server, SSL_CTX **out,
                        struct text *error)
{
    const char *missing = what_is_missing(files, is_server);

    if (missing != NULL) {
        text_add(error, missing);
        return ERR_CONFIG;
    }
    SSL_CTX *ssl = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (ssl == NULL)
        return ERR_FULL;
    set_rules(ssl, files, is_server);
    enum err err = load_files(ssl, files, error);
    if (err != OK) {
        SSL_CTX_free(ssl);
        return err;
    }
    *out = ssl;
    return OK;
}

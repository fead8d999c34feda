/*
 * Field 62 of an update (KIND_UPDATE; our own profile): a terminal asks for the manifest of what is
 * offered to it, or for a piece; every request says what is in use there.
 *
 *     request   kind 1, version 6, place 4, software in use 6, parameters in use 6
 *               version 000000, place 0000: what is there for me?
 *     answer    empty: nothing
 *               'M' kind 1, version 6, pieces 4, size 8, digest 64 hex, signature 128 hex
 *               'D' kind 1, version 6, place 4, then the piece's bytes
 *
 * What is signed is the manifest up to its digest, the 'M' included: 84 characters.
 */
#ifndef TXN_UPDATE_BLOCK_H
#define TXN_UPDATE_BLOCK_H

#include "base/bytes.h"

#define UPDATE_REQUEST_LEN 23
#define UPDATE_SIGNED_LEN 84
#define UPDATE_MANIFEST_LEN (UPDATE_SIGNED_LEN + 128)
#define UPDATE_PIECE_HEAD_LEN 12
#define UPDATE_DIGEST_LEN 32
#define UPDATE_SIGNATURE_LEN 64

struct update_request {
    char kind; /* 'P' parameters, 'S' software */
    uint16_t place;
    uint32_t version;
    uint32_t software;
    uint32_t parameters;
};

/* A manifest, or a piece. */
struct update_block {
    bool is_manifest;
    char kind;
    uint16_t place;  /* a piece's, from 1 */
    uint16_t pieces; /* a manifest's, 1..9999 */
    uint32_t version;
    uint32_t size;
    uint8_t digest[UPDATE_DIGEST_LEN];
    uint8_t signature[UPDATE_SIGNATURE_LEN];
    struct bytes content; /* borrowed: a piece's bytes; of a manifest, what is signed */
};

void update_request_write(const struct update_request *request,
                          char out[static UPDATE_REQUEST_LEN]);
/* ERR_BAD_FORMAT for anything but a request. */
MUST_USE enum err update_request_read(struct bytes block, struct update_request *out);

void update_manifest_write(const struct update_block *manifest,
                           char out[static UPDATE_MANIFEST_LEN]);
void update_piece_head_write(const struct update_block *piece,
                             char out[static UPDATE_PIECE_HEAD_LEN]);
/* ERR_BAD_FORMAT for what is neither a manifest nor a piece of at least one byte. */
MUST_USE enum err update_block_read(struct bytes block, struct update_block *out);

#endif

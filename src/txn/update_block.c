#include "txn/update_block.h"

#include <string.h>

static bool is_kind(uint8_t kind)
{
    return kind == 'P' || kind == 'S';
}

/* Reads digits at *at and steps behind them. */
static bool take_number(const char **at, size_t digits, uint64_t *out)
{
    bool is_good = bytes_are_digits(*at, digits) && bytes_to_number(*at, digits, out) == OK;

    *at += digits;
    return is_good;
}

void update_request_write(const struct update_request *request, char out[static UPDATE_REQUEST_LEN])
{
    out[0] = request->kind;
    bytes_from_number(request->version, out + 1, 6);
    bytes_from_number(request->place, out + 7, 4);
    bytes_from_number(request->software, out + 11, 6);
    bytes_from_number(request->parameters, out + 17, 6);
}

enum err update_request_read(struct bytes block, struct update_request *out)
{
    uint64_t numbers[4];
    static const size_t digits[4] = {6, 4, 6, 6};

    if (block.len != UPDATE_REQUEST_LEN || !is_kind(block.at[0]))
        return ERR_BAD_FORMAT;
    const char *at = (const char *)block.at + 1;
    for (size_t i = 0; i < 4; i++) {
        if (!take_number(&at, digits[i], &numbers[i]))
            return ERR_BAD_FORMAT;
    }
    *out = (struct update_request){
        .kind = (char)block.at[0],
        .version = (uint32_t)numbers[0],
        .place = (uint16_t)numbers[1],
        .software = (uint32_t)numbers[2],
        .parameters = (uint32_t)numbers[3],
    };
    return OK;
}

void update_manifest_write(const struct update_block *manifest,
                           char out[static UPDATE_MANIFEST_LEN])
{
    out[0] = 'M';
    out[1] = manifest->kind;
    bytes_from_number(manifest->version, out + 2, 6);
    bytes_from_number(manifest->pieces, out + 8, 4);
    bytes_from_number(manifest->size, out + 12, 8);
    bytes_to_hex(manifest->digest, UPDATE_DIGEST_LEN, out + 20);
    bytes_to_hex(manifest->signature, UPDATE_SIGNATURE_LEN, out + UPDATE_SIGNED_LEN);
}

void update_piece_head_write(const struct update_block *piece,
                             char out[static UPDATE_PIECE_HEAD_LEN])
{
    out[0] = 'D';
    out[1] = piece->kind;
    bytes_from_number(piece->version, out + 2, 6);
    bytes_from_number(piece->place, out + 8, 4);
}

static enum err read_manifest(struct bytes block, struct update_block *out)
{
    const char *text = (const char *)block.at;
    const char *at = text + 2;
    uint64_t version;
    uint64_t pieces;
    uint64_t size;
    size_t len;

    if (block.len != UPDATE_MANIFEST_LEN || !take_number(&at, 6, &version) ||
        !take_number(&at, 4, &pieces) || !take_number(&at, 8, &size))
        return ERR_BAD_FORMAT;
    if (bytes_from_hex(text + 20, 64, out->digest, UPDATE_DIGEST_LEN, &len) != OK ||
        bytes_from_hex(text + UPDATE_SIGNED_LEN, 128, out->signature, UPDATE_SIGNATURE_LEN, &len) !=
            OK)
        return ERR_BAD_FORMAT;
    out->is_manifest = true;
    out->version = (uint32_t)version;
    out->pieces = (uint16_t)pieces;
    out->size = (uint32_t)size;
    out->content = bytes_over(block.at, UPDATE_SIGNED_LEN);
    return version > 0 && pieces > 0 ? OK : ERR_BAD_FORMAT;
}

enum err update_block_read(struct bytes block, struct update_block *out)
{
    uint64_t version;
    uint64_t place;

    memset(out, 0, sizeof *out);
    if (block.len <= UPDATE_PIECE_HEAD_LEN || !is_kind(block.at[1]))
        return ERR_BAD_FORMAT;
    const char *at = (const char *)block.at + 2;
    out->kind = (char)block.at[1];
    if (block.at[0] == 'M')
        return read_manifest(block, out);
    if (block.at[0] != 'D' || !take_number(&at, 6, &version) || !take_number(&at, 4, &place))
        return ERR_BAD_FORMAT;
    out->version = (uint32_t)version;
    out->place = (uint16_t)place;
    out->content = bytes_over(block.at + UPDATE_PIECE_HEAD_LEN, block.len - UPDATE_PIECE_HEAD_LEN);
    return version > 0 && place > 0 ? OK : ERR_BAD_FORMAT;
}

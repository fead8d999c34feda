#include "drivers/files/signature_image.h"

#include "base/assert.h"

#include <jbig.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 20 /* ITU-T T.82, 6.2: DL, D, P, fill, XD, YD, L0, MX, MY, order, options */
#define OPTION_LENGTH_LATER 0x20 /* the height may change further on */
#define OPTION_TABLE 0x03        /* the image brings its own prediction table */

enum err signature_image_begin(uint16_t width, uint16_t height, struct signature_image *out)
{
    if (width == 0 || width % 8 != 0 || width > SIGNATURE_WIDTH_MAX || height == 0 ||
        height > SIGNATURE_HEIGHT_MAX)
        return ERR_BAD_VALUE;
    *out = (struct signature_image){.width = width, .height = height};
    return OK;
}

/* ---- ink ---- */

static bool is_on_pad(const struct signature_image *image, int x, int y)
{
    return x >= 0 && y >= 0 && x < image->width && y < image->height;
}

bool signature_image_is_ink(const struct signature_image *image, int x, int y)
{
    return is_on_pad(image, x, y) &&
           (image->bits[y * (image->width / 8) + x / 8] >> (7 - x % 8) & 1) != 0;
}

static void dot(struct signature_image *image, int x, int y)
{
    for (int i = 0; i < 4; i++) {
        int at_x = x + i % 2;
        int at_y = y + i / 2;
        if (is_on_pad(image, at_x, at_y))
            image->bits[at_y * (image->width / 8) + at_x / 8] |= (uint8_t)(0x80 >> at_x % 8);
    }
}

void signature_image_draw(struct signature_image *image, struct signature_point from,
                          struct signature_point to)
{
    int dx = abs(to.x - from.x);
    int dy = abs(to.y - from.y);
    int steps = dx > dy ? dx : dy;

    for (int i = 0; i <= steps; i++) {
        int part = steps == 0 ? 0 : i;
        int whole = steps == 0 ? 1 : steps;
        dot(image, from.x + (to.x - from.x) * part / whole,
            from.y + (to.y - from.y) * part / whole);
    }
}

/* ---- JBIG ---- */

struct collected {
    uint8_t *at;
    size_t len;
    bool is_full;
};

static void collect(unsigned char *start, size_t len, void *context)
{
    struct collected *out = context;

    if (out->is_full || len > SIGNATURE_DATA_MAX - out->len) {
        out->is_full = true;
        return;
    }
    memcpy(out->at + out->len, start, len);
    out->len += len;
}

enum err signature_image_encode(const struct signature_image *image,
                                uint8_t out[static SIGNATURE_DATA_MAX], size_t *out_len)
{
    struct signature_image copy = *image; /* the library takes it writable */
    unsigned char *planes[1] = {copy.bits};
    struct collected collected = {.at = out};
    struct jbg_enc_state state;

    assert(image->width % 8 == 0);
    jbg_enc_init(&state, image->width, image->height, 1, planes, collect, &collected);
    jbg_enc_options(&state, -1, -1, image->height, -1, -1); /* one stripe */
    jbg_enc_out(&state);
    jbg_enc_free(&state);
    if (collected.is_full)
        return ERR_FULL;
    *out_len = collected.len;
    return OK;
}

/* The library would take more than we want to give it memory for. */
static bool header_is_good(struct bytes data)
{
    const uint8_t *at = data.at;

    if (data.len < HEADER_LEN || at[0] != 0 || at[1] != 0 || at[2] != 1)
        return false;
    uint32_t width = bytes_get_u32(at + 4);
    uint32_t height = bytes_get_u32(at + 8);
    return width > 0 && width % 8 == 0 && width <= SIGNATURE_WIDTH_MAX && height > 0 &&
           height <= SIGNATURE_HEIGHT_MAX && (at[19] & (OPTION_LENGTH_LATER | OPTION_TABLE)) == 0;
}

static bool take_image(struct jbg_dec_state *state, struct signature_image *out)
{
    size_t len = (size_t)out->width / 8 * out->height;
    const unsigned char *bits = jbg_dec_getimage(state, 0);

    if (bits == NULL || jbg_dec_getsize(state) != len)
        return false;
    memcpy(out->bits, bits, len);
    return true;
}

enum err signature_image_decode(struct bytes data, struct signature_image *out)
{
    struct signature_image image = {0};
    uint8_t copy[SIGNATURE_DATA_MAX];
    struct jbg_dec_state state;
    size_t used = 0;

    if (data.len > sizeof copy || !header_is_good(data))
        return ERR_BAD_FORMAT;
    memcpy(copy, data.at, data.len);
    image.width = (uint16_t)bytes_get_u32(data.at + 4);
    image.height = (uint16_t)bytes_get_u32(data.at + 8);
    jbg_dec_init(&state);
    bool is_good = jbg_dec_in(&state, copy, data.len, &used) == JBG_EOK && used == data.len &&
                   take_image(&state, &image);
    jbg_dec_free(&state);
    if (!is_good)
        return ERR_BAD_FORMAT;
    *out = image;
    return OK;
}

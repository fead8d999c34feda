#include "app/till/signature_file.h"

#include <stdio.h>
#include <string.h>

static const char bad_file[] = "expected a raw PBM image (P4) of a signature";
static const char bad_size[] = "expected at most 384 x 160 pixels, the width a multiple of 8";

/* One number of the head; a line that begins with # is a remark. */
static bool read_number(FILE *file, unsigned *out)
{
    int c;

    while ((c = fgetc(file)) == '#' || c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        while (c == '#' && (c = fgetc(file)) != '\n' && c != EOF)
            c = '#';
    }
    ungetc(c, file);
    return fscanf(file, "%5u", out) == 1;
}

static const char *read_image(FILE *file, struct signature_image *out)
{
    unsigned width;
    unsigned height;

    if (fgetc(file) != 'P' || fgetc(file) != '4' || !read_number(file, &width) ||
        !read_number(file, &height) || fgetc(file) == EOF)
        return bad_file;
    if (width > SIGNATURE_WIDTH_MAX || height > SIGNATURE_HEIGHT_MAX ||
        signature_image_begin((uint16_t)width, (uint16_t)height, out) != OK)
        return bad_size;
    size_t len = (size_t)(width / 8) * height;
    return fread(out->bits, 1, len, file) == len ? NULL : bad_file;
}

const char *signature_file_read(const char *path, char out[static SIGNATURE_HEX_LEN])
{
    uint8_t data[SIGNATURE_DATA_MAX];
    struct signature_image image;
    size_t len;
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return "the file cannot be read";
    const char *fault = read_image(file, &image);
    (void)fclose(file);
    if (fault != NULL)
        return fault;
    if (signature_image_encode(&image, data, &len) != OK)
        return "more than 999 bytes: draw it smaller, or with less ink";
    bytes_to_hex(data, len, out);
    out[2 * len] = 0;
    return NULL;
}

const char *signature_hex_read(const char *hex, uint8_t out[static SIGNATURE_DATA_MAX],
                               uint16_t *out_len)
{
    struct signature_image image;
    size_t len;

    if (hex == NULL || bytes_from_hex(hex, strlen(hex), out, SIGNATURE_DATA_MAX, &len) != OK ||
        signature_image_decode(bytes_over(out, len), &image) != OK)
        return "image: expected the hex digits of a signature's JBIG, at most 999 bytes";
    *out_len = (uint16_t)len;
    return NULL;
}

/*
 * A signature as a file: a PBM image, raw (P4), black on white, of at most 384 x 160 pixels and a
 * width that is a multiple of 8, turned into the JBIG of an upload.
 */
#ifndef APP_SIGNATURE_FILE_H
#define APP_SIGNATURE_FILE_H

#include "drivers/files/signature_image.h"

#define SIGNATURE_HEX_LEN (2 * SIGNATURE_DATA_MAX + 1)

/* Reads a file into the hex digits of its JBIG, zero-terminated. NULL, or what is wrong: static
 * text for people. */
const char *signature_file_read(const char *path, char out[static SIGNATURE_HEX_LEN]);

/* Reads hex digits that are a signature's JBIG. NULL, or what is wrong. */
const char *signature_hex_read(const char *hex, uint8_t out[static SIGNATURE_DATA_MAX],
                               uint16_t *out_len);

#endif

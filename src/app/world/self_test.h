/*
 * What a terminal's devices and its line say of themselves. In a laboratory they say what stands in
 * DATA/self-test: a line for each terminal (or * for all), what differs from all being well as
 * KEY=VALUE:
 *
 *     T1 reader=faulty pin_pad=ok printer=ok paper=out
 *     *  line=no-carrier until=2026-10-31
 *
 * line is "ok" or the line's own word for having no service; until is the last day that its
 * subscription is paid for. Empty lines and what follows a # do not count. A later word counts.
 */
#ifndef APP_SELF_TEST_H
#define APP_SELF_TEST_H

#include "base/attribute.h"
#include "base/err.h"
#include "base/text.h"
#include "node/node.h"

#include <stdbool.h>
#include <stdint.h>

#define SELF_TEST_FILE "self-test"
#define LINE_STATE_LEN 20

struct self_test {
    bool is_reader_bad;
    bool is_pin_pad_bad;
    bool is_printer_bad;
    bool is_out_of_paper;
    char line_state[LINE_STATE_LEN]; /* "ok", "no-carrier" ... */
    uint32_t line_until;             /* 20261031; 0: without end */
};

/* All is well without a file. ERR_CONFIG, with *error "FILE:LINE: what is wrong", for one that
 * cannot be read or understood. */
MUST_USE enum err self_test_read(const char *data, const char *terminal, struct self_test *out,
                                 struct text *error);

/* Bits of enum till_device: what fails at this terminal when something is keyed there. None for a
 * file that cannot be read: acquit doctor says so. */
uint8_t self_test_faults(const char *data, const char terminal[static TERMINAL_ID_LEN]);

#endif

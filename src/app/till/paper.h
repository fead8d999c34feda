/*
 * Slips as this program prints them: facts out of a terminal's rows and the configuration, in one
 * of three formats. The verb `receipt` serves them over the control socket.
 */
#ifndef APP_PAPER_H
#define APP_PAPER_H

#include "app/world/config.h"
#include "host/control.h"
#include "view/receipt.h"
#include "view/slip_text.h"

struct server;

enum paper_format { PAPER_TEXT, PAPER_ESCPOS, PAPER_HTML, PAPER_FORMAT_COUNT };

struct paper_order {
    const struct payment_row *original; /* NULL: not known here */
    enum receipt_copy copy;
    enum paper_format format;
    unsigned width;    /* columns; not of HTML */
    bool is_duplicate; /* else the row's count of copies says so */
};

/* "text", "escpos", "html"; PAPER_FORMAT_COUNT when the word is none. */
enum paper_format paper_format_by_name(const char *name);

/* payment must be readable. *t takes up to SLIP_PRINTED_MAX bytes, which ESC/POS may have of any
 * value. */
void paper_add_receipt(const struct config *config, const struct payment_row *payment,
                       const struct paper_order *order, struct text *t);

/* For the verbs: reads {"copy", "format", "width", "duplicate"}; NULL, or what is wrong. */
const char *paper_read_order(const json_t *request, struct paper_order *out);
void paper_add_slip(const struct slip *slip, const struct paper_order *order, struct text *t);
/* Puts {"ok", "paper"} into an answer; "hex" instead of "paper" for ESC/POS. */
void paper_put(json_t *json, enum paper_format format, const struct text *printed);
/* NULL when the world has no merchant of that number (MERCHANT_ID_LEN, padded). */
const char *paper_merchant_name(const struct lab_world *world, const char *merchant);

/* {"verb": "receipt", "identity", "copy", "format", "width", "duplicate"}: answers with {"sort",
 * "copies", "paper"}; the paper is hex in "hex" when the format is escpos. */
void paper_receipt_verb(struct server *server, struct control_call *call, const json_t *request);

/* {"verb": "slip", "terminal", "batch", and how to print it}: the slip of a terminal's batch;
 * without a batch, of the one that is open, or when nothing is in it yet, of the one before. */
void paper_slip_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

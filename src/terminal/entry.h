/*
 * The card as it is presented at the till: reading it, and the entry rules that need nobody else
 * (UnionPay POS, 6.6 and 6.7). A reading holds the card number and the track in clear: wipe it.
 */
#ifndef TERMINAL_ENTRY_H
#define TERMINAL_ENTRY_H

#include "books/payment_row.h"
#include "node/node.h"

struct entry {
    bool is_read;         /* the card has been read, or refused */
    enum outcome refusal; /* OUTCOME_NONE: a good card */
    struct evidence evidence[EVIDENCE_MAX];
    struct pan pan;   /* len 0: none was read */
    uint16_t expiry;  /* YYMM */
    int16_t sequence; /* -1: none */
    bool is_fallback;
    char track2[TRACK2_LEN_MAX];
    uint8_t track2_len;
};

/* For checks: asks for the reading of a stripe or chip. It rests on the terminal's row, so that a
 * sale whose terminal changed within the batch is taken up again with the next. */
void entry_ask(struct node_work *work, const struct row_key *terminal_key);

/* What the card says, as far as it is known. date is the terminal's, 20261122. */
void entry_take(const struct node_work *work, uint32_t date, struct entry *out);

void entry_wipe(struct entry *entry);

/* Chip or contactless: the card makes a cryptogram. */
bool entry_has_cryptogram(const struct presented_card *card);

/* What is wrong with an entered PIN's form, in static words; NULL for a good one and for none. */
const char *entry_pin_fault(const struct presented_card *card);

#endif

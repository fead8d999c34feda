/*
 * How the fields of a dialect become members of struct txn_message and back: a mapping is one
 * table, a row for each field, with the letters of who must carry it. Shared by the two mappings;
 * nobody outside txn/ needs it.
 *
 * The letters, one for each column (UnionPay POS, 3.4):
 *   M  mandatory: a message without it is malformed
 *   K  the card: M, but C in what follows an original (which has it) and of a QR code
 *   m  mandatory when we write, tolerated when others leave it out
 *   C  carried when there is a value
 *   -  never written, ignored when read (hosts send more than documents say)
 *
 * Of an answer that refuses, only the code (39) and the terminal (41) are certain: what else is
 * mandatory in the column counts as C.
 */
#ifndef TXN_FIELD_H
#define TXN_FIELD_H

#include "txn/profile.h"
#include "wire/iso8583.h"
#include "wire/subfield.h"

#define ELEMENT_HEAD_LEN 5

/* The sorts of messages: kinds whose messages carry the same fields share one. Of each the request
 * and its answer are told apart: the letters stand in pairs, "MM -C ...". */
enum field_column {
    COLUMN_OTHER, /* a kind that we do not know, or a message that did not parse */
    COLUMN_SIGN_IN,
    COLUMN_SIGN_OFF,
    COLUMN_ECHO,
    COLUMN_SALE, /* and pre-authorisation: what stands for itself */
    COLUMN_BALANCE,
    COLUMN_FOLLOW_UP, /* voids, completion, increment: what is asked about an original */
    COLUMN_ADVICE,    /* refund, completion advice, offline sale, tip: without a PIN */
    COLUMN_SETTLE,
    COLUMN_QUERY,
    COLUMN_LOAD, /* downloads, updates, status upload */
    COLUMN_SIGNATURE,
    COLUMN_REVERSAL,
    COLUMN_COUNT
};

struct field_reader {
    const struct txn_profile *profile;
    const struct iso_view *view;
    struct instant wall;
    struct txn_message *out;
};

#define FIELD_ROOM 512 /* composed values of one message: 48 is the longest, at most 300 */

struct field_writer {
    const struct txn_profile *profile;
    const struct txn_message *in;
    struct iso_message *wire;
    size_t room_len;
    char room[FIELD_ROOM]; /* composed values live here until the message is built */
};

struct field_row {
    uint8_t number;
    const char *presence;
    /* Reads a field that is there. NULL, or in a few words what was expected instead. */
    const char *(*take)(const struct field_reader *r, const struct field_row *row);
    /* Writes a field. ERR_NOT_FOUND when the message has no such value, ERR_BAD_VALUE when it has
     * one that cannot stand there. */
    enum err (*put)(struct field_writer *w, const struct field_row *row);
    uint16_t offset; /* of the member in struct txn_message, for rows that are one member */
    uint8_t len;     /* its bytes, or digits on the wire */
};

/* A network message's kind by its codes (60.3, DE 70). The first code of a kind's first row is its
 * default. */
struct field_network {
    uint16_t mti;
    uint16_t code; /* up to and with `last` */
    uint16_t last;
    enum txn_kind kind;
};

struct field_mapping {
    const struct field_row *rows;
    size_t row_count;
    const struct field_network *networks;
    size_t network_count;
    uint8_t network_field; /* that says the kind of a network message */
    uint16_t reversal_mti;
    /* Reads what says the kind (60, DE 70); the kind, or KIND_NONE. base is the message type of
     * the request. */
    enum txn_kind (*kind_of)(const struct field_reader *r, uint16_t base);
    /* What only the whole message can tell. NULL, or what was expected of field *number. */
    const char *(*finish)(const struct field_reader *r, unsigned *number);
};

extern const struct field_mapping cup_pos_mapping; /* cup_pos.c */
extern const struct field_mapping iso87_mapping;   /* iso87.c */

/* The column of a message, by kind and function, and whether it refuses, by response code (an
 * approval in part, 10, approves). */
struct field_sort {
    enum field_column column;
    bool is_answer;
    bool is_refusal;
};

struct field_sort field_sort_of(const struct txn_message *message);

/* The letter of a row for a sort of message. */
char field_presence(const struct field_row *row, struct field_sort sort);

/* What tells the kind of a financial message besides DE 3 and 25. */
struct field_clue {
    uint16_t mti;       /* of the request, or of the payment behind a reversal; 0: not known */
    bool is_reversal;   /* then only kinds that may be reversed fit */
    unsigned type_code; /* 60.1; 0: not there */
};

/* The kind of a financial message by DE 3 (kept as out->processing) and, where they are there, DE
 * 25 and the clue; KIND_NONE when no row of the kind table fits. */
enum txn_kind field_kind_of_payment(const struct field_reader *r, struct field_clue clue);
enum txn_kind field_kind_of_network(const struct field_mapping *mapping, uint16_t base,
                                    uint16_t code);

/* The code of a network message to send: what it says, or its kind's default. */
uint16_t field_network_code(const struct field_mapping *mapping, const struct txn_message *message);

/* Its message type, by that code; of a code that the mapping does not know, `otherwise`. */
uint16_t field_network_mti(const struct field_mapping *mapping, const struct txn_message *message,
                           uint16_t otherwise);

/* Reads all fields of the column that are there. The first fault stands, the rest is still read, so
 * that a malformed message can be answered. offset: of the message in the body. */
MUST_USE enum err field_take_all(const struct field_mapping *mapping, const struct field_reader *r,
                                 struct field_sort sort, uint32_t offset, struct txn_fault *fault);

/* Writes all fields of the column. */
MUST_USE enum err field_put_all(const struct field_mapping *mapping, struct field_writer *w,
                                struct field_sort sort, struct txn_fault *fault);

/* ---- members that stand alike in both mappings ---- */

const char *field_take_text(const struct field_reader *r, const struct field_row *row);
const char *field_take_u16(const struct field_reader *r, const struct field_row *row);
const char *field_take_id(const struct field_reader *r, const struct field_row *row);
const char *field_take_pan(const struct field_reader *r, const struct field_row *row);
const char *field_take_amount(const struct field_reader *r, const struct field_row *row);
const char *field_take_trace(const struct field_reader *r, const struct field_row *row);
const char *field_take_time(const struct field_reader *r, const struct field_row *row);
const char *field_take_entry(const struct field_reader *r, const struct field_row *row);
const char *field_take_sequence(const struct field_reader *r, const struct field_row *row);
const char *field_take_track2(const struct field_reader *r, const struct field_row *row);
const char *field_take_currency(const struct field_reader *r, const struct field_row *row);
const char *field_take_pin(const struct field_reader *r, const struct field_row *row);
const char *field_take_balance(const struct field_reader *r, const struct field_row *row);
const char *field_take_icc(const struct field_reader *r, const struct field_row *row);
const char *field_take_mac(const struct field_reader *r, const struct field_row *row);

enum err field_put_text(struct field_writer *w, const struct field_row *row);
enum err field_put_u16(struct field_writer *w, const struct field_row *row);
enum err field_put_id(struct field_writer *w, const struct field_row *row);
enum err field_put_pan(struct field_writer *w, const struct field_row *row);
enum err field_put_processing(struct field_writer *w, const struct field_row *row);
enum err field_put_amount(struct field_writer *w, const struct field_row *row);
enum err field_put_trace(struct field_writer *w, const struct field_row *row);
enum err field_put_time(struct field_writer *w, const struct field_row *row);
enum err field_put_expiry(struct field_writer *w, const struct field_row *row);
enum err field_put_entry(struct field_writer *w, const struct field_row *row);
enum err field_put_sequence(struct field_writer *w, const struct field_row *row);
enum err field_put_condition(struct field_writer *w, const struct field_row *row);
enum err field_put_pin_capture(struct field_writer *w, const struct field_row *row);
enum err field_put_track2(struct field_writer *w, const struct field_row *row);
enum err field_put_currency(struct field_writer *w, const struct field_row *row);
enum err field_put_pin(struct field_writer *w, const struct field_row *row);
enum err field_put_security(struct field_writer *w, const struct field_row *row);
enum err field_put_balance(struct field_writer *w, const struct field_row *row);
enum err field_put_icc(struct field_writer *w, const struct field_row *row);
enum err field_put_mac(struct field_writer *w, const struct field_row *row);

/* Whether all characters are of ASCII and can be seen, or spaces. */
bool field_is_printable(const char *text, size_t len);

/* ---- for rows that compose values ---- */

/* The first element of that tag, of elements with two characters of tag and three digits of length.
 * ERR_NOT_FOUND, or what is wrong with the elements before it. */
MUST_USE enum err field_find_element(struct bytes elements, uint32_t tag, struct bytes *out);

/* Begins an element in the writer's room; returns where its value belongs. */
char *field_put_element(struct field_writer *w, uint32_t tag, size_t len);

/* Room for a value of len bytes, filled with one character; it lives as long as the writer. */
char *field_room(struct field_writer *w, size_t len, char fill);

/* Writes a number over a part of a composed value. ERR_BAD_VALUE when it does not fit. */
MUST_USE enum err field_put_part(struct subfield_iterator it, const char *name, uint64_t value,
                                 char *composed);

/* The number that a part spells; 0 when the value ends before it. */
uint64_t field_part_number(struct subfield_iterator it, const char *name);

#endif

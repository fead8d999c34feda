/*
 * A line between two hosts of the demo that can be bad: a TCP proxy on a port and a thread of its
 * own, which loses, doubles, spoils or holds up single messages as it is told.
 *
 * It cuts the streams into frames (two bytes of length) and knows a message by its type and by the
 * terminal whose id it carries. The functions may be called from any thread but its own.
 */
#ifndef APP_DEMO_WIRE_H
#define APP_DEMO_WIRE_H

#include "txn/identity.h"

struct demo_wire;

enum demo_wire_fault {
    WIRE_LOSES,
    WIRE_DOUBLES,
    WIRE_FLIPS_AMOUNT, /* one bit of the amount: UnionPay POS only */
    WIRE_HOLDS_UP,     /* for late_ms */
};

struct demo_wire_order {
    enum demo_wire_fault fault;
    const char *type;     /* "0210" */
    const char *terminal; /* "T1"; NULL: any */
    uint32_t times;
    uint32_t late_ms;
};

/* Opens a line to a port of this machine, which need not listen yet. is_bank: ISO 8583 in
 * characters, between switch and issuer; else UnionPay POS with TPDU and header. NULL: errno. */
struct demo_wire *demo_wire_open(uint16_t to_port, bool is_bank);
uint16_t demo_wire_port(const struct demo_wire *wire);
void demo_wire_close(struct demo_wire *wire);

/* The next messages that fit go wrong. Up to 16 orders may be open. */
void demo_wire_order(struct demo_wire *wire, const struct demo_wire_order *order);

/* From now on messages of this type are kept back; NULL: all that was kept goes on its way, and
 * nothing is kept any more. What was kept is lost with its connection. */
void demo_wire_keep(struct demo_wire *wire, const char *type);

/* How many messages are being kept back; and how many have not arrived, those held up as well. */
uint32_t demo_wire_kept(struct demo_wire *wire);
uint32_t demo_wire_waiting(struct demo_wire *wire);

#endif

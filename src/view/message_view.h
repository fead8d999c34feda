/*
 * A message for people and programs: as a table, as annotated bytes, as JSON. Pure functions of an
 * index over the bytes. Masked by the dialect's "what may be shown" unless `reveal`.
 */
#ifndef VIEW_MESSAGE_VIEW_H
#define VIEW_MESSAGE_VIEW_H

#include "wire/frame.h"
#include "wire/iso8583.h"

/* Room that is enough for any one message in any of the forms. */
#define MESSAGE_VIEW_ROOM (512 * 1024)

/* All that is known of the bytes. `view` holds the fields before the fault when there is one. */
struct message_dump {
    struct bytes input; /* all bytes, frame included */
    struct frame frame; /* empty parts where there is no frame */
    size_t message_at;  /* where the message type is in input */
    const struct iso_view *view;
    const char *fault;    /* what is wrong, in words; NULL: nothing */
    unsigned fault_field; /* 0: not in a field */
    size_t fault_at;      /* the offending byte in input */
    bool reveal;
};

/* Looks into the fields that must hold TLV and, when one is broken, notes it as the dump's fault;
 * words is where its text goes. */
void message_dump_check_content(struct message_dump *dump, struct text *words);

/* Field by field, with names, parts, tags and bits. */
void message_view_add_table(struct text *t, const struct message_dump *dump);

/* Each range of bytes with its meaning. */
void message_view_add_annotated(struct text *t, const struct message_dump *dump);

/* One line: {"mti", "bitmap", "fields", "subfields", ...}, every value a string. */
void message_view_add_json(struct text *t, const struct message_dump *dump);

/* The fault, and the bytes around it with a mark under the offending one. */
void message_view_add_fault(struct text *t, const struct message_dump *dump);

#endif

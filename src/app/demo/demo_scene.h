/* The scenes of acquit demo: what is done, and what it must come to. */
#ifndef APP_DEMO_SCENE_H
#define APP_DEMO_SCENE_H

#include "app/demo/demo_rogue.h"

#include <stdbool.h>
#include <stddef.h>

/* Terminals whose last payments are an approved and a refused one when the scenes are over. */
#define DEMO_APPROVED_TERMINAL "T2"
#define DEMO_REFUSED_TERMINAL "T3"

struct demo_scene {
    const char *title;    /* a heading: nothing is done */
    const char *customer; /* what the customer, the cashier or the line did */
    const char *verb;
    const char *terminal;
    const char *amount;
    const char *card;
    const char *entry;
    const char *pin;
    const char *number;
    const char *expiry;
    bool fallback;
    const char *more;    /* further members of the request, as a JSON object */
    const char *save;    /* a name for the payment that comes of it */
    const char *of;      /* the original: a payment saved under that name */
    const char *code_of; /* the code (QR, voice) that came of a scene saved under that name */
    const char *run;  /* instead of a request: an acquit command, words apart by spaces, with DATA
                         for the folder. It must succeed */
    const char *file; /* written to DATA/scene before it runs */
    const char *what; /* verb set */
    const char *id;
    const char *state;
    enum demo_rogue rogue; /* done by a stranger on the line, not by a terminal of ours */
    bool is_quiet;         /* a preparation: shown only when it goes wrong */
    const char *outcome;   /* what it must come to */
    const char *money;     /* NULL: no money is concerned */
    const char *balance;   /* a balance inquiry's answer */
};

extern const struct demo_scene demo_scenes[];
extern const size_t demo_scene_count;

/* Scenes without headings. */
size_t demo_scene_total(void);

#endif

/*
 * How a seed's town is run: what its operators have set up before the doors open, beyond what every
 * laboratory world has. Drawn from the seed; each habit is missing in most seeds.
 */
#ifndef SIM_TOWN_H
#define SIM_TOWN_H

#include "base/err.h"
#include "base/prng.h"

#include <stdbool.h>
#include <stdint.h>

struct station;

struct town {
    bool is_training;   /* all of it plays for practice */
    bool takes_parts;   /* terminals take a part of the amount, and accounts allow one */
    bool has_cashiers;  /* nothing is sold until one has logged in */
    bool has_rules;     /* of limits and risk, at the switch */
    bool checks_funds;  /* merchants refund only out of what they sold */
    bool has_cutoff;    /* the issuers decide nothing new about midnight */
    uint16_t hold_days; /* of the issuers; 0: as they have it */
};

struct town town_draw(struct prng *prng);

/* Gives a station that has just got its rows what this town adds. ERR_IO when it refuses. */
MUST_USE enum err town_set_up(const struct town *town, struct station *station);

#endif

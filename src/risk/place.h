/*
 * How far apart two places on earth are: good to a few per cent up to a few thousand kilometres,
 * which is what telling a customer from a copied card needs. No floating point.
 */
#ifndef RISK_PLACE_H
#define RISK_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* In 0.00001 degree, north and east positive. Both 0: not known. */
struct place {
    int32_t latitude_e5;
    int32_t longitude_e5;
};

bool place_is_known(struct place place);

/* Within +-90 and +-180 degrees. */
bool place_is_sound(struct place place);

/* Metres, along the shorter way round. */
uint64_t place_distance_m(struct place a, struct place b);

#endif

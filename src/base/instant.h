/*
 * Two kinds of time that must not be mixed.
 *
 * An instant is wall-clock time, in microseconds since 1970-01-01 UTC: for people, messages and
 * records; it may jump. A moment is monotonic time in nanoseconds since an unknown start: for
 * time-outs; it never goes back, and means nothing in another process or after a restart.
 * Pure code is given both and reads neither.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include "base/text.h"

struct instant {
    int64_t us;
};

struct moment {
    int64_t ns;
};

/* A date and time of day at some offset from UTC. */
struct civil {
    int32_t year;     /* 2026 */
    uint8_t month;    /* 1..12 */
    uint8_t day;      /* 1..31 */
    uint8_t hour;     /* 0..23 */
    uint8_t minute;   /* 0..59 */
    uint8_t second;   /* 0..59 */
    uint16_t yearday; /* 1..366 */
};

struct civil instant_civil(struct instant instant, int32_t utc_offset_s);
struct instant instant_from_civil(const struct civil *civil, int32_t utc_offset_s);

/* The date as a number, 20261122: a business date when the offset is the acquirer's. */
uint32_t instant_date(struct instant instant, int32_t utc_offset_s);

struct instant instant_add_ms(struct instant instant, int64_t ms);
struct moment moment_add_ms(struct moment moment, int64_t ms);

/* "2026-11-22 09:32:28" at the offset. */
void instant_add_text(struct text *t, struct instant instant, int32_t utc_offset_s);

#endif

#include "base/instant.h"

#include "base/assert.h"

#define DAY_S 86400
#define US_PER_S 1000000
#define DAYS_OF_SPAN 146097 /* 400 years */
#define DAYS_TO_1970 719468 /* from 1 March of year 0 */

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t quotient = a / b;

    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days before 1 January of year, counted from 1970-01-01. */
static int64_t days_before_year(int64_t year)
{
    int64_t y = year - 1;

    return 365 * (year - 1970) + (floor_div(y, 4) - 492) - (floor_div(y, 100) - 19) +
           (floor_div(y, 400) - 4);
}

static const uint16_t days_before_month[2][13] = {
    {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
    {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

/* Of a year that begins in March, so that the odd day is its last; counted in spans of 400 years,
 * which are all alike (H. Hinnant, "chrono-compatible low-level date algorithms"). */
struct civil instant_civil(struct instant instant, int32_t utc_offset_s)
{
    int64_t seconds = floor_div(instant.us, US_PER_S) + utc_offset_s;
    int64_t days = floor_div(seconds, DAY_S);
    uint32_t of_day = (uint32_t)(seconds - days * DAY_S);
    int64_t span = floor_div(days + DAYS_TO_1970, DAYS_OF_SPAN);
    uint32_t in_span = (uint32_t)(days + DAYS_TO_1970 - span * DAYS_OF_SPAN);
    uint32_t year = (in_span - in_span / 1460 + in_span / 36524 - in_span / 146096) / 365;
    uint32_t in_year = in_span - (365 * year + year / 4 - year / 100);
    uint32_t march = (5 * in_year + 2) / 153; /* months since March */
    uint32_t month = march < 10 ? march + 3 : march - 9;
    uint32_t day = in_year - (153 * march + 2) / 5 + 1;
    int64_t civil_year = span * 400 + year + (month <= 2);

    assert(month >= 1 && month <= 12);
    return (struct civil){
        .year = (int32_t)civil_year,
        .month = (uint8_t)month,
        .day = (uint8_t)day,
        .hour = (uint8_t)(of_day / 3600),
        .minute = (uint8_t)(of_day / 60 % 60),
        .second = (uint8_t)(of_day % 60),
        .yearday = (uint16_t)(days_before_month[is_leap(civil_year)][month - 1] + day),
    };
}

struct instant instant_from_civil(const struct civil *civil, int32_t utc_offset_s)
{
    assert(civil->month >= 1 && civil->month <= 12);
    int64_t days = days_before_year(civil->year) +
                   days_before_month[is_leap(civil->year)][civil->month - 1] + civil->day - 1;
    int64_t seconds =
        days * DAY_S + civil->hour * 3600 + civil->minute * 60 + civil->second - utc_offset_s;

    return (struct instant){.us = seconds * US_PER_S};
}

uint32_t instant_date(struct instant instant, int32_t utc_offset_s)
{
    struct civil civil = instant_civil(instant, utc_offset_s);

    return (uint32_t)civil.year * 10000U + civil.month * 100U + civil.day;
}

struct instant instant_add_ms(struct instant instant, int64_t ms)
{
    return (struct instant){.us = instant.us + ms * 1000};
}

struct moment moment_add_ms(struct moment moment, int64_t ms)
{
    return (struct moment){.ns = moment.ns + ms * 1000000};
}

void instant_add_text(struct text *t, struct instant instant, int32_t utc_offset_s)
{
    struct civil civil = instant_civil(instant, utc_offset_s);

    text_add_u64_wide(t, (uint64_t)civil.year, 4);
    text_add_char(t, '-');
    text_add_u64_wide(t, civil.month, 2);
    text_add_char(t, '-');
    text_add_u64_wide(t, civil.day, 2);
    text_add_char(t, ' ');
    text_add_u64_wide(t, civil.hour, 2);
    text_add_char(t, ':');
    text_add_u64_wide(t, civil.minute, 2);
    text_add_char(t, ':');
    text_add_u64_wide(t, civil.second, 2);
}

#include "issuer/verdict.h"

#define TEXT_ROOM 24 /* of one piece of evidence */
#define DAY_MS 86400000

enum verdict verdict_broken(struct evidence *out, const char *component)
{
    evidence_add(out, EVIDENCE_COMPONENT, component);
    return BROKEN;
}

void verdict_add_money(struct evidence *out, enum evidence_name name, int64_t minor,
                       uint16_t currency)
{
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    money_add_text(&t, money_of(minor, currency));
    evidence_add(out, name, text_z(&t));
}

void verdict_add_time(struct evidence *out, const struct issue *issue, enum evidence_name name,
                      struct instant at)
{
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    if (at.us == 0)
        return;
    instant_add_text(&t, at, issue->config->utc_offset_s);
    evidence_add(out, name, text_z(&t));
}

void verdict_add_midnight(struct evidence *out, const struct issue *issue)
{
    int32_t offset_s = issue->config->utc_offset_s;
    struct civil now = instant_civil(issue->event->wall, offset_s);
    struct civil day = {.year = now.year, .month = now.month, .day = now.day};

    verdict_add_time(out, issue, EVIDENCE_RESETS,
                     instant_add_ms(instant_from_civil(&day, offset_s), DAY_MS));
}

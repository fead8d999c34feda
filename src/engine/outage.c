#include "engine/outage.h"

uint32_t outage_note(struct outage *outage, struct moment now)
{
    int64_t since_ms = (now.ns - outage->said.ns) / 1000000;
    uint32_t count;

    outage->unsaid += outage->unsaid < UINT32_MAX;
    if (outage->pause_ms != 0 && since_ms < outage->pause_ms)
        return 0;
    if (outage->pause_ms == 0 || since_ms >= OUTAGE_OVER_MS)
        outage->pause_ms = OUTAGE_PAUSE_MS;
    else if (outage->pause_ms < OUTAGE_PAUSE_MAX_MS / 2)
        outage->pause_ms *= 2;
    else
        outage->pause_ms = OUTAGE_PAUSE_MAX_MS;
    count = outage->unsaid;
    outage->unsaid = 0;
    outage->said = now;
    return count;
}

#include "node/askers.h"

#include "base/assert.h"

static size_t place_of(const struct askers *askers, const char terminal[static TERMINAL_ID_LEN])
{
    size_t at = 0;

    while (at < askers->count && memcmp(askers->terminals[at], terminal, TERMINAL_ID_LEN) != 0)
        at++;
    return at;
}

void askers_add(struct askers *askers, const char terminal[static TERMINAL_ID_LEN])
{
    assert(askers->count <= ASKERS_MAX);
    if (askers->count == ASKERS_MAX || place_of(askers, terminal) < askers->count)
        return;
    memcpy(askers->terminals[askers->count++], terminal, TERMINAL_ID_LEN);
}

void askers_remove(struct askers *askers, const char terminal[static TERMINAL_ID_LEN])
{
    size_t at = place_of(askers, terminal);

    if (at == askers->count)
        return;
    askers->count--;
    memmove(askers->terminals[at], askers->terminals[askers->count], TERMINAL_ID_LEN);
}

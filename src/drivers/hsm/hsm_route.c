#include "drivers/hsm/hsm_route.h"

static bool is_for_cards(enum hsm_kind kind)
{
    return kind == HSM_CARD_STRIPE || kind == HSM_CARD_CHIP || kind == HSM_CARD_FIRST_AC ||
           kind == HSM_CARD_SECOND_AC;
}

/* Hands on each run of commands for the same device in one call. */
static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    const struct hsm_route *route = self;
    size_t at = 0;

    while (at < count) {
        bool cards = is_for_cards(commands[at].kind);
        const struct hsm *device = cards ? &route->cards : &route->keys;
        size_t end = at + 1;

        while (end < count && is_for_cards(commands[end].kind) == cards)
            end++;
        device->execute(device->self, commands + at, answers + at, end - at);
        at = end;
    }
}

struct hsm hsm_route_contract(struct hsm_route *route)
{
    return (struct hsm){.self = route, .execute = execute};
}

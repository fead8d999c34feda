#include "sim/flaky_hsm.h"

#include "sim/universe.h"

#include <string.h>

static bool is_for_a_card(enum hsm_kind kind)
{
    return kind == HSM_CARD_STRIPE || kind == HSM_CARD_CHIP || kind == HSM_CARD_FIRST_AC ||
           kind == HSM_CARD_SECOND_AC;
}

/* A card that says no where it would have said yes, or no longer answers at all. */
static void spoil_card(struct universe *universe, const struct hsm_command *command,
                       struct hsm_answer *answer)
{
    bool is_cryptogram = command->kind == HSM_CARD_FIRST_AC || command->kind == HSM_CARD_SECOND_AC;
    if (is_cryptogram && answer->result == HSM_OK && universe_draw(universe, 2) == 1)
        answer->of.card_ac.kind = CARD_AAC;
    else
        *answer = (struct hsm_answer){.result = HSM_DOWN};
}

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    struct flaky_hsm *flaky = self;
    struct universe *universe = flaky->universe;
    flaky->real->execute(flaky->real->self, commands, answers, count);
    bool is_away = universe_strikes(universe, FAULT_HSM_DOWN);
    flaky->has_struck = flaky->has_struck || is_away;
    if (universe_strikes(universe, FAULT_HSM_SLOW))
        station_delay(&universe->stations[universe->acting]);
    for (size_t i = 0; i < count; i++) {
        if (is_for_a_card(commands[i].kind)) {
            if (universe_strikes(universe, FAULT_CARD))
                spoil_card(universe, &commands[i], &answers[i]);
        } else if (is_away) {
            answers[i] = (struct hsm_answer){.result = HSM_DOWN};
        }
    }
}

void flaky_hsm_open(struct flaky_hsm *flaky, struct universe *universe, const struct hsm *real)
{
    *flaky = (struct flaky_hsm){.universe = universe, .real = real};
    flaky->contract = (struct hsm){.self = flaky, .execute = execute};
}

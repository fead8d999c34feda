#include "app/keeping/standby_state.h"

#include "drivers/journal/store_shipped.h"

void standby_state_add(const struct party_server *party, json_t *out)
{
    static const char *const stands[] = {[SHIP_STAND_LEVEL] = "level",
                                         [SHIP_STAND_CATCHING_UP] = "catching up",
                                         [SHIP_STAND_AWAY] = "away",
                                         [SHIP_STAND_FENCED] = "fenced"};
    struct ship_state state;

    if (!store_shipped_state(&party->store, &state))
        return;
    json_object_set_new(out, "standby",
                        json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "address",
                                  party->config->standby, "policy",
                                  state.is_required ? "required" : "preferred", "stand",
                                  stands[state.stand], "for_ms", (json_int_t)state.for_ms, "behind",
                                  (json_int_t)state.behind, "why", state.why));
}

#include "app/world/clock_verb.h"

#include "app/world/server.h"
#include "host/clock.h"

static void nothing(struct lane *lane, void *context)
{
    (void)lane;
    (void)context;
}

static void done(void *context)
{
    (void)context;
}

/* A lane sleeps until its next deadline by the clock as it was; any job makes it look again. */
static void wake_lanes(struct server *server)
{
    struct lane_job job = {.run = nothing, .done = done};

    for (size_t i = 0; i < server->party_count; i++)
        (void)lane_run(server->parties[i].lane, &job); /* a full lane is awake */
}

void clock_verb(struct server *server, struct control_call *call, const json_t *request)
{
    json_t *ahead = json_object_get(request, "ahead_us");

    if (ahead != NULL) {
        if (!json_is_integer(ahead) || clock_set_offset(json_integer_value(ahead)) != OK) {
            control_refuse(call, "a clock only goes forward");
            return;
        }
        wake_lanes(server);
    }
    control_answer(call,
                   json_pack("{s:b, s:I, s:I}", "ok", 1, "wall_us", (json_int_t)clock_wall().us,
                             "ahead_us", (json_int_t)clock_offset()));
}

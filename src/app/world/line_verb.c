#include "app/world/line_verb.h"

#include "app/world/server.h"

#include <string.h>

/* The port of a way to the switch; 0: there is none of that name. */
static uint16_t port_of(const struct party_server *acquirer, const char *way)
{
    if (strcmp(way, line_way_name(WAY_PRIMARY)) == 0)
        return acquirer->port;
    return strcmp(way, line_way_name(WAY_BACKUP)) == 0 ? acquirer->backup_port : 0;
}

void line_verb(struct server *server, struct control_call *call, const json_t *request)
{
    const struct party_server *acquirer = server_party(server, PARTY_ACQUIRER);
    const char *pull = json_string_value(json_object_get(request, "pull"));
    const char *mend = json_string_value(json_object_get(request, "mend"));
    const char *way = pull != NULL ? pull : mend;
    char room[160] = "";
    struct text error = text_over(room, sizeof room);

    if (acquirer == NULL) {
        control_refuse(call, "the switch does not run in this process");
        return;
    }
    uint16_t port = way == NULL ? 0 : port_of(acquirer, way);
    if (port == 0) {
        control_refuse(call, "pull or mend: expected primary, or backup where there is one");
        return;
    }
    enum err err =
        pull != NULL ? links_pull(server->links, port) : links_mend(server->links, port, &error);
    if (err == ERR_NOT_FOUND)
        control_refuse(call, pull != NULL ? "it is pulled already" : "it was not pulled");
    else if (err != OK)
        control_refuse(call, error.len > 0 ? text_z(&error) : err_text(err));
    else
        control_answer(call, json_pack("{s:b}", "ok", 1));
}

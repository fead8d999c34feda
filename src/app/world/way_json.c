#include "app/world/way_json.h"

#include "app/story/payment_json.h"
#include "app/world/server.h"

#include <stdio.h>
#include <string.h>

static const char any[TERMINAL_ID_LEN] = "        ";

/* Calls `put` for each link that this process keeps: peer NULL is the terminals' line. */
static json_t *each(struct server *server,
                    json_t *(*put)(const struct server *server, const char *peer))
{
    const struct lab_world *world = &server->config.world;
    bool is_acquirer = server_party(server, PARTY_ACQUIRER) != NULL;
    json_t *json = json_object();
    char peer[ACQUIRER_ID_LEN];

    if (server->cashier != NULL)
        json_object_set_new(json, "line", put(server, NULL));
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        if (is_acquirer && !world->issuers[i].is_absent &&
            identity_id_from_text(world->issuers[i].id, 0, peer, sizeof peer) == OK)
            json_object_set_new(json, world->issuers[i].id, put(server, peer));
    }
    return json;
}

static json_t *put_way(const struct server *server, const char *peer)
{
    enum line_way way =
        peer == NULL ? links_line_way(server->links, any) : links_peer_way(server->links, peer);

    return json_string(line_way_name(way));
}

static json_t *put_since(const struct server *server, const char *peer)
{
    struct instant since =
        peer == NULL ? links_line_since(server->links, any) : links_peer_since(server->links, peer);

    return json_instant(since, server->config.world.utc_offset_s);
}

json_t *way_json(struct server *server)
{
    return each(server, put_way);
}

json_t *way_json_since(struct server *server)
{
    return each(server, put_since);
}

void way_json_print(const json_t *answer)
{
    const json_t *since = json_object_get(answer, "ways_since");
    const char *name;
    json_t *way;

    json_object_foreach(json_object_get(answer, "ways"), name, way)
    {
        const char *at = json_string_value(json_object_get(since, name));
        printf("  %s%s: %s%s%s\n", strcmp(name, "line") == 0 ? "" : "link to ", name,
               json_string_value(way), at == NULL ? "" : " since ", at == NULL ? "" : at);
    }
}

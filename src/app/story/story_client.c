#include "app/story/story_client.h"

#include <string.h>

/* Nodes that share a store tell the same. */
static bool is_told(const json_t *parties, const char *store)
{
    const json_t *party;
    size_t i;

    json_array_foreach(parties, i, party)
    {
        if (*store != 0 && strcmp(client_text(party, "store"), store) == 0)
            return true;
    }
    return false;
}

void story_add(json_t *parties, const json_t *answer)
{
    const json_t *told = json_object_get(answer, "parties");
    json_t *party;
    size_t i;

    json_array_foreach(told, i, party)
    {
        if (!is_told(parties, client_text(party, "store")))
            json_array_append(parties, party);
    }
}

json_t *story_gather(const struct story_question *question)
{
    struct client_sockets sockets;
    json_t *parties = json_array();
    json_t *request =
        json_pack("{s:s, s:O, s:s, s:s}", "verb", "story", "identity", question->identity, "for",
                  question->reader, "lang", question->lang);

    client_sockets_find(question->data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        char room[512];
        struct text error = text_over(room, sizeof room);
        json_t *answer = client_try(sockets.paths[i], request, &error);

        story_add(parties, answer);
        json_decref(answer);
    }
    json_decref(request);
    return parties;
}

json_t *story_best(const json_t *parties)
{
    static const char *const order[] = {"terminal", "acquirer", "issuer"};
    json_t *party;
    size_t i;

    json_array_foreach(parties, i, party)
    {
        const json_t *payment = json_object_get(party, "payment");
        if (strcmp(client_text(payment, "decided_by"), client_text(party, "party")) == 0)
            return party;
    }
    for (size_t at = 0; at < sizeof order / sizeof order[0]; at++) {
        json_array_foreach(parties, i, party)
        {
            if (strcmp(client_text(party, "party"), order[at]) == 0)
                return party;
        }
    }
    return NULL;
}

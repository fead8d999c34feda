#include "app/doubt/doubt_client.h"

#include "app/world/client.h"

#include <stdio.h>
#include <string.h>

json_t *doubt_client_ask(const char *path, const char *lang)
{
    json_t *request = json_pack("{s:s, s:s}", "verb", "doubt", "lang", lang);
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    json_t *answer = client_try(path, request, &error);
    json_t *parties = json_array();

    if (answer == NULL)
        fprintf(stderr, "acquit: %s\n", room);
    json_array_extend(parties, json_object_get(answer, "parties"));
    json_decref(answer);
    json_decref(request);
    return parties;
}

json_t *doubt_client_gather(const char *data, const char *lang)
{
    json_t *parties = json_array();
    struct client_sockets sockets;

    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        json_t *here = doubt_client_ask(sockets.paths[i], lang);

        json_array_extend(parties, here);
        json_decref(here);
    }
    return parties;
}

struct doubt_total doubt_client_total(const json_t *parties)
{
    struct doubt_total total = {0};
    size_t i;
    size_t j;
    json_t *party;
    json_t *lane;

    json_array_foreach(parties, i, party)
    {
        total.contradicted += json_integer_value(json_object_get(party, "contradicted"));
        json_array_foreach(json_object_get(party, "lanes"), j, lane)
        {
            int64_t age = json_integer_value(json_object_get(lane, "owed_oldest_age_seconds"));

            total.count += json_integer_value(json_object_get(lane, "owed_count"));
            total.with_person += json_integer_value(json_object_get(lane, "owed_with_person"));
            if (age > total.oldest_age_s)
                total.oldest_age_s = age;
        }
    }
    return total;
}

bool doubt_client_needs_person(const json_t *parties)
{
    struct doubt_total total = doubt_client_total(parties);

    return total.with_person > 0 || total.contradicted > 0;
}

static void print_lane(const json_t *party, const json_t *lane)
{
    int64_t handed = json_integer_value(json_object_get(lane, "owed_with_person"));
    char age[32];

    doubt_client_age(json_integer_value(json_object_get(lane, "owed_oldest_age_seconds")), age,
                     sizeof age);
    printf("  %s to %s: %lld waiting (%s), the oldest for %s", client_text(party, "name"),
           client_text(lane, "destination"),
           (long long)json_integer_value(json_object_get(lane, "owed_count")),
           client_text(lane, "kind"), age);
    if (handed > 0)
        printf(", %lld FOR A PERSON: acquit doubt", (long long)handed);
    putchar('\n');
}

void doubt_client_print_lanes(const json_t *parties)
{
    size_t i;
    size_t j;
    json_t *party;
    json_t *lane;

    json_array_foreach(parties, i, party)
    {
        json_array_foreach(json_object_get(party, "lanes"), j, lane) print_lane(party, lane);
    }
}

void doubt_client_age(int64_t seconds, char *out, size_t out_len)
{
    struct text t = text_over(out, out_len);
    bool is_days = seconds >= 86400;
    bool is_hours = seconds >= 3600;

    text_add_i64(&t, is_days         ? seconds / 86400
                     : is_hours      ? seconds / 3600
                     : seconds >= 60 ? seconds / 60
                                     : seconds);
    text_add(&t, is_days ? " d " : is_hours ? " h " : seconds >= 60 ? " min" : " s");
    if (is_days || is_hours) {
        text_add_i64(&t, is_days ? seconds % 86400 / 3600 : seconds % 3600 / 60);
        text_add(&t, is_days ? " h" : " min");
    }
    (void)text_z(&t);
}

/* acquit export: what every party of a data folder has stored, as JSON lines (docs/export.md). */
#include "app/keeping/export.h"
#include "app/keeping/party_export.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/party_store.h"
#include "host/clock.h"
#include "host/control.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char export_help[] =
    "usage: acquit export [--data DIR] --to OUT [--archive ARCHIVE] [--bytes]\n\n"
    "Writes what every party has stored into the new folder OUT: each journal record and each\n"
    "row as a line of JSON, without card numbers, keys and passwords. A running party is asked\n"
    "and stands still while it writes; the store of one that does not run is opened.\n"
    "tools/prove OUT then proves from this alone that nothing was lost or taken twice.\n\n"
    "  --data DIR   folder of the parties (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --to OUT     where to; must not be there yet\n"
    "  --archive A  where acquit archive has put days: the journals begin with what is there.\n"
    "               Without it a journal that was cut is exported from there on, and cannot be\n"
    "               proved as a whole\n"
    "  --bytes      also each record's bytes, so that the chain of hashes can be proved; they\n"
    "               hold sealed card numbers and keys: keep OUT as you keep the stores\n\n"
    "example: acquit export --data /tmp/shop --to /tmp/shop-export && tools/prove "
    "/tmp/shop-export\n";

struct export_round {
    const struct export_order *order;
    struct config config;
    char to[CONFIG_PATH_LEN];      /* in full */
    char archive[CONFIG_PATH_LEN]; /* in full; "": none */
    json_t *parties;               /* that were exported */
    struct text *error;
};

static enum err wrong(struct export_round *round, enum err err, const char *subject,
                      const char *words)
{
    text_add(round->error, subject);
    text_add(round->error, ": ");
    text_add(round->error, words);
    return err;
}

/* ---- asking the running ones ---- */

static enum err check_answer(struct export_round *round, const json_t *answer, json_t *done)
{
    size_t i;
    json_t *party;

    if (!json_is_true(json_object_get(answer, "ok")))
        return wrong(round, ERR_IO, "export", client_text(answer, "error"));
    json_array_foreach(json_object_get(answer, "parties"), i, party)
    {
        if (*client_text(party, "error") != 0)
            return wrong(round, ERR_IO, client_text(party, "name"), client_text(party, "error"));
        json_array_append(done, json_object_get(party, "name"));
    }
    json_array_extend(round->parties, json_object_get(answer, "parties"));
    return OK;
}

/* A socket that nobody listens on was left by a crash: its stores are idle. */
static enum err ask_running(struct export_round *round)
{
    json_t *done = json_array(); /* names of stores: several processes may share one */
    json_t *request = json_pack("{s:s, s:s, s:b, s:o}", "verb", "export", "to", round->to, "bytes",
                                round->order->has_bytes, "done", done);
    struct client_sockets sockets;
    enum err err = OK;

    if (round->archive[0] != 0)
        json_object_set_new(request, "archive", json_string(round->archive));
    client_sockets_find(round->config.data, &sockets);
    for (size_t i = 0; i < sockets.count && err == OK; i++) {
        char room[512] = "";
        struct text why = text_over(room, sizeof room);
        json_t *answer = NULL;

        err = control_ask(sockets.paths[i], request, CLIENT_WAIT_MS, &answer, &why);
        if (err == OK)
            err = check_answer(round, answer, done);
        else if (err == ERR_NOT_FOUND)
            err = OK;
        else
            text_add(round->error, room);
        json_decref(answer);
    }
    json_decref(request);
    return err;
}

static bool is_exported(const struct export_round *round, const char *name)
{
    size_t i;
    json_t *party;

    json_array_foreach(round->parties, i, party)
    {
        if (strcmp(client_text(party, "name"), name) == 0)
            return true;
    }
    return false;
}

/* ---- opening the idle ones ---- */

static enum err export_idle(struct export_round *round, const struct lab_target *target)
{
    struct party_export_order order = {.folder = round->to,
                                       .archive = round->archive[0] != 0 ? round->archive : NULL,
                                       .party = target->party,
                                       .at = clock_wall(),
                                       .has_bytes = round->order->has_bytes};
    struct party_export_counts counts;
    char room[512] = "";
    struct text why = text_over(room, sizeof room);
    struct store store = {0};

    party_store_name(&round->config, target, order.name);
    if (is_exported(round, order.name))
        return OK;
    enum err err = party_store_open_idle(&round->config, order.name, &store, &why);
    /* Terminals may live elsewhere: hosts that run alone have no terminal's store beside them. */
    if (err == ERR_NOT_FOUND && target->party == PARTY_TERMINAL)
        return OK;
    if (err == OK) {
        err = party_export_write(&store, &order, &counts, &why);
        store.close(store.self);
    }
    if (err != OK)
        return wrong(round, err, order.name, room[0] != 0 ? room : err_text(err));
    json_array_append_new(round->parties,
                          json_pack("{s:s, s:I, s:I}", "name", order.name, "records",
                                    (json_int_t)counts.records, "rows", (json_int_t)counts.rows));
    return OK;
}

static enum err export_all_idle(struct export_round *round)
{
    const struct lab_world *world = &round->config.world;
    struct lab_target target = {.party = PARTY_ISSUER};

    for (uint32_t i = 0; i < world->issuer_count; i++) {
        target.issuer = i;
        if (!world->issuers[i].is_absent)
            TRY(export_idle(round, &target));
    }
    target = (struct lab_target){.party = PARTY_ACQUIRER};
    TRY(export_idle(round, &target));
    target = (struct lab_target){.party = PARTY_TERMINAL};
    if (round->config.store == CONFIG_POSTGRES)
        round->config.store = CONFIG_SQLITE; /* tills of a load keep a file whatever hosts have */
    return export_idle(round, &target);
}

/* ---- all of it ---- */

static enum err take_full(struct export_round *round, const char *path,
                          char out[static CONFIG_PATH_LEN])
{
    char *full = realpath(path, NULL);

    if (full == NULL)
        return wrong(round, ERR_IO, path, strerror(errno));
    struct text t = text_over(out, CONFIG_PATH_LEN);
    text_add(&t, full);
    free(full);
    return t.cut ? wrong(round, ERR_FULL, path, "the path is too long") : OK;
}

static enum err find_folders(struct export_round *round)
{
    const struct export_order *order = round->order;

    if (mkdir(order->to, 0700) != 0 && errno != EEXIST)
        return wrong(round, ERR_IO, order->to, strerror(errno));
    TRY(take_full(round, order->to, round->to));
    return order->archive == NULL ? OK : take_full(round, order->archive, round->archive);
}

static void tell(const struct export_round *round)
{
    size_t i;
    json_t *party;

    if (round->order->is_quiet)
        return;
    json_array_foreach(round->parties, i, party)
        printf("%-18s %9lld records %9lld rows\n", client_text(party, "name"),
               (long long)json_integer_value(json_object_get(party, "records")),
               (long long)json_integer_value(json_object_get(party, "rows")));
}

enum err export_folder(const struct export_order *order, struct text *error)
{
    struct export_round round = {.order = order, .error = error};
    char path[CONFIG_PATH_LEN];
    struct text t = text_over(path, sizeof path);

    text_add(&t, order->data);
    text_add(&t, "/acquit.yaml");
    if (t.cut)
        return wrong(&round, ERR_FULL, order->data, "the path is too long");
    TRY(config_read(path, &round.config, error));
    round.parties = json_array();
    enum err err = find_folders(&round);
    if (err == OK)
        err = ask_running(&round);
    if (err == OK)
        err = export_all_idle(&round);
    if (err == OK)
        tell(&round);
    json_decref(round.parties);
    config_free(&round.config);
    return err;
}

int export_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},    {"to", required_argument, NULL, 't'},
        {"archive", required_argument, NULL, 'a'}, {"bytes", no_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},          {0}};
    struct export_order order = {.data = CLIENT_DATA_DEFAULT};
    char room[1024] = "";
    struct text error = text_over(room, sizeof room);
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            order.data = optarg;
        else if (option == 't')
            order.to = optarg;
        else if (option == 'a')
            order.archive = optarg;
        else if (option == 'b')
            order.has_bytes = true;
        else
            return fputs(export_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (optind != argc || order.to == NULL)
        return fputs(export_help, stderr), EXIT_USAGE;
    enum err err = export_folder(&order, &error);
    if (err == OK)
        return EXIT_DONE;
    fprintf(stderr, "acquit: %s\n", room[0] != 0 ? room : err_text(err));
    return EXIT_BAD;
}

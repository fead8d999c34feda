/*
 * acquit archive: writes business days that are past what a host keeps into files, proves them, and
 * has the host remove their payments, while it goes on working.
 */
#include "app/keeping/archive_client.h"
#include "app/keeping/archive_cut.h"
#include "app/subcommand.h"
#include "app/world/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOSTS_MAX 64

static const char archive_help[] =
    "usage: acquit archive DIR [--data DATA] [--party NAME] [--plan | --check] [--json]\n"
    "       acquit archive --keep-days N [--data DATA] [--party NAME]\n\n"
    "Writes each business day that is older than its host keeps (400 days unless set) into a file\n"
    "DIR/HOST/DATE-PART.day, reads it back, has the proof recorded in the host's journal, and "
    "only\n"
    "then has its payments removed, some at a time, while payments go on. A day goes when every\n"
    "payment of it has ended: none in doubt, owed, held, in an open batch, or with a younger one\n"
    "resting on it. Then the journal's records of those days leave, too, into\n"
    "DIR/HOST/journal-NODE-FIRST.journal: all before the first that is about a payment still "
    "kept.\n"
    "Broken off anywhere it goes on when it is started again.\n\n"
    "A payment that was archived is told by acquit why --archive DIR. What names it later is\n"
    "refused as archived, never as unknown.\n\n"
    "  --data DATA      data folder (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --party NAME     one host alone: acquirer, issuer-20000001\n"
    "  --plan           say what would go, and why the rest stays; change nothing\n"
    "  --check          compare every file of DIR with its proof in the books, and prove that\n"
    "                   archived and live journal are one chain\n"
    "  --keep-days N    set the policy: how many days payments are kept, 30 or more\n"
    "  --json           for scripts\n\n"
    "Exit code 0: done; 1: not, and why; 2: the arguments are wrong.\n\n"
    "examples: acquit archive --keep-days 400 --data /srv/shop\n"
    "          acquit archive /mnt/archive --data /srv/shop --plan\n"
    "          acquit archive /mnt/archive --data /srv/shop\n";

struct archive_arguments {
    const char *dir;
    const char *data;
    const char *party;
    bool is_plan;
    bool is_check;
    bool as_json;
    unsigned keep_days; /* 0: not to be set */
};

struct archive_round {
    const struct archive_arguments *arguments;
    json_t *stores; /* that were dealt with: nodes share one */
    json_t *hosts;  /* what is told of each */
    struct text *why;
    int lock;
};

/* ---- at one host ---- */

static json_t *kept_days(const struct archive_host *host)
{
    json_t *kept = json_object();
    const char *date;
    json_t *day;

    json_object_foreach(host->days, date, day)
    {
        if (!archive_day_is_due(day))
            json_object_set(kept, date, day);
    }
    return kept;
}

static json_t *due_days(const struct archive_host *host)
{
    json_t *due = json_object();
    const char *date;
    json_t *day;

    json_object_foreach(host->days, date, day)
    {
        if (archive_day_is_due(day))
            json_object_set(due, date, json_object_get(day, "due"));
    }
    return due;
}

static json_int_t number_of(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static json_t *host_json(const struct archive_host *host)
{
    return json_pack("{s:s, s:I, s:I, s:o, s:o}", "name", host->name, "keep_days",
                     number_of(host->look, "keep_days"), "limit", number_of(host->look, "limit"),
                     "due", due_days(host), "kept", kept_days(host));
}

static enum err keep(struct archive_host *host, unsigned days, json_t *told)
{
    json_t *answer;

    TRY(archive_ask(host, json_pack("{s:s, s:i}", "do", "keep", "days", (int)days), &answer));
    json_decref(answer);
    json_object_set_new(told, "keep_days", json_integer((json_int_t)days));
    return OK;
}

/* The days that go are surveyed again after what was left of an earlier run has gone. */
static enum err archive(struct archive_host *host, json_t *told)
{
    json_int_t before = number_of(host->look, "payments");

    TRY(archive_resume(host));
    TRY(archive_survey(host));
    json_object_update_new(told, host_json(host));
    TRY(archive_write(host));
    json_decref(host->look);
    host->look = NULL;
    TRY(archive_look(host));
    json_object_set_new(told, "files", json_integer((json_int_t)host->files));
    json_object_set_new(told, "archived", json_integer((json_int_t)host->archived));
    json_object_set_new(told, "removed", json_integer(number_of(host->look, "payments") - before));
    uint64_t records = 0;
    enum err err = archive_cut(host, &records);
    json_object_set_new(told, "records", json_integer((json_int_t)records));
    return err;
}

/* Every file against its proof, and the archived journal against what the host's begins after. */
static enum err check(struct archive_host *host, json_t *told)
{
    struct archive_cut_checked cut;
    uint32_t files;

    TRY(archive_check(host, &files));
    json_object_set_new(told, "checked", json_integer((json_int_t)files));
    TRY(archive_cut_check(host, &cut));
    json_object_set_new(told, "journal_files", json_integer((json_int_t)cut.files));
    json_object_set_new(told, "journal_records", json_integer((json_int_t)cut.records));
    return OK;
}

static enum err do_at(struct archive_round *round, struct archive_host *host, json_t *told)
{
    const struct archive_arguments *arguments = round->arguments;

    TRY(archive_look(host));
    if (arguments->keep_days > 0)
        return keep(host, arguments->keep_days, told);
    if (arguments->is_check)
        return check(host, told);
    if (!arguments->is_plan)
        return archive(host, told);
    TRY(archive_survey(host));
    json_object_update_new(told, host_json(host));
    return OK;
}

static enum err at_host(struct archive_round *round, const char *socket, const json_t *about)
{
    struct archive_host host = {.socket = socket, .why = round->why};
    struct text name = text_over(host.name, sizeof host.name);
    struct text folder = text_over(host.folder, sizeof host.folder);
    json_t *told;

    text_add(&name, client_text(about, "name"));
    if (round->arguments->dir != NULL) {
        text_add(&folder, round->arguments->dir);
        text_add(&folder, "/");
        text_add(&folder, host.name);
    }
    if (name.cut || folder.cut) {
        text_add(round->why, "the path is too long");
        return ERR_BAD_LENGTH;
    }
    told = json_pack("{s:s}", "name", host.name);
    json_array_append_new(round->hosts, told);
    enum err err = do_at(round, &host, told);
    archive_host_release(&host);
    return err;
}

/* ---- all of them ---- */

static bool is_wanted(const struct archive_round *round, const json_t *host)
{
    const char *party = round->arguments->party;
    const char *store = client_text(host, "store");

    return json_object_get(round->stores, store) == NULL &&
           (party == NULL || strcmp(party, client_text(host, "name")) == 0);
}

static enum err at_socket(struct archive_round *round, const char *socket)
{
    json_t *request = json_pack("{s:s, s:s}", "verb", "archive", "do", "hosts");
    char room[512] = "";
    struct text quiet = text_over(room, sizeof room);
    json_t *answer = client_try(socket, request, &quiet);
    enum err err = OK;
    json_t *host;
    size_t i;

    json_decref(request);
    json_array_foreach(json_object_get(answer, "hosts"), i, host)
    {
        if (err != OK || !is_wanted(round, host))
            continue;
        err = at_host(round, socket, host);
        json_object_set_new(round->stores, client_text(host, "store"), json_true());
    }
    json_decref(answer);
    return err;
}

static enum err at_all(struct archive_round *round)
{
    struct client_sockets sockets;

    client_sockets_find(round->arguments->data, &sockets);
    for (size_t i = 0; i < sockets.count; i++)
        TRY(at_socket(round, sockets.paths[i]));
    if (json_object_size(round->stores) > 0)
        return OK;
    text_add(round->why, "no such host runs on ");
    text_add(round->why, round->arguments->data);
    text_add(round->why, ": it archives while it works; start it first");
    return ERR_NOT_FOUND;
}

static enum err fail_errno(struct archive_round *round, const char *path)
{
    text_add(round->why, path);
    text_add(round->why, ": ");
    text_add(round->why,
             errno == EWOULDBLOCK ? "another archiving into it is under way" : strerror(errno));
    return ERR_IO;
}

/* One at a time writes into a folder. */
static enum err lock_folder(struct archive_round *round)
{
    const char *dir = round->arguments->dir;
    char path[FOLDER_PATH_ROOM];

    if (dir == NULL || round->arguments->is_plan || round->arguments->is_check)
        return OK;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return fail_errno(round, dir);
    TRY(folder_path(dir, "lock", path, round->why));
    round->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (round->lock < 0 || flock(round->lock, LOCK_EX | LOCK_NB) != 0)
        return fail_errno(round, path);
    return folder_sync(dir) ? OK : fail_errno(round, dir);
}

/* ---- telling ---- */

static void print_kept(const json_t *kept)
{
    const char *date;
    const char *why;
    json_t *day;
    json_t *count;

    json_object_foreach((json_t *)(uintptr_t)kept, date, day)
    {
        printf("    %s stays:", date);
        json_object_foreach(day, why, count)
            printf(" %lld %s", (long long)json_integer_value(count), why);
        putchar('\n');
    }
}

static void print_due(const json_t *due, bool is_plan)
{
    const char *date;
    json_t *count;

    json_object_foreach((json_t *)(uintptr_t)due, date, count)
    {
        if (is_plan)
            printf("    %s may go: %lld payments\n", date, (long long)json_integer_value(count));
    }
}

static void print_host(const json_t *host, const struct archive_arguments *arguments)
{
    printf("%-18s", client_text(host, "name"));
    if (arguments->is_check) {
        printf(" %lld files are as proved; %lld archived journal records and the live journal are "
               "one chain\n",
               (long long)number_of(host, "checked"),
               (long long)number_of(host, "journal_records"));
        return;
    }
    printf(" keeps %lld days", (long long)number_of(host, "keep_days"));
    if (json_object_get(host, "limit") != NULL)
        printf(", days up to %lld may go", (long long)number_of(host, "limit"));
    if (json_object_get(host, "files") != NULL)
        printf("; %lld files, %lld payments archived, %lld removed; %lld records left the journal",
               (long long)number_of(host, "files"), (long long)number_of(host, "archived"),
               (long long)number_of(host, "removed"), (long long)number_of(host, "records"));
    putchar('\n');
    print_due(json_object_get(host, "due"), arguments->is_plan);
    print_kept(json_object_get(host, "kept"));
}

static void tell(const struct archive_round *round, bool is_good)
{
    const json_t *host;
    size_t i;

    if (round->arguments->as_json) {
        json_t *json = json_pack("{s:b, s:O}", "ok", is_good, "hosts", round->hosts);
        if (!is_good)
            json_object_set_new(json, "error", json_string(text_z(round->why)));
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(json);
        return;
    }
    json_array_foreach(round->hosts, i, host) print_host(host, round->arguments);
    if (!is_good)
        fprintf(stderr, "acquit: %s\n", text_z(round->why));
}

static int run(const struct archive_arguments *arguments)
{
    char room[768] = "";
    struct text why = text_over(room, sizeof room);
    struct archive_round round = {.arguments = arguments,
                                  .stores = json_object(),
                                  .hosts = json_array(),
                                  .why = &why,
                                  .lock = -1};
    enum err err = lock_folder(&round);

    if (err == OK)
        err = at_all(&round);
    if (err != OK && why.len == 0)
        text_add(&why, err_text(err));
    tell(&round, err == OK);
    if (round.lock >= 0)
        close(round.lock);
    json_decref(round.stores);
    json_decref(round.hosts);
    return err == OK ? EXIT_DONE : EXIT_BAD;
}

static bool take_days(struct archive_arguments *arguments)
{
    uint64_t days = 0;

    if (*optarg == 0 || strlen(optarg) > 5 || bytes_to_number(optarg, strlen(optarg), &days) != OK)
        return false;
    arguments->keep_days = (unsigned)days;
    return days >= 1 && days <= UINT16_MAX;
}

static bool take_option(struct archive_arguments *arguments, int option)
{
    switch (option) {
    case 'd':
        arguments->data = optarg;
        return true;
    case 'p':
        arguments->party = optarg;
        return true;
    case 'l':
        arguments->is_plan = true;
        return true;
    case 'c':
        arguments->is_check = true;
        return true;
    case 'j':
        arguments->as_json = true;
        return true;
    case 'k':
        return take_days(arguments);
    default:
        return false;
    }
}

static bool is_sensible(const struct archive_arguments *arguments)
{
    if (arguments->is_plan && arguments->is_check)
        return false;
    return arguments->dir != NULL ? arguments->keep_days == 0
                                  : arguments->keep_days > 0 || arguments->is_plan;
}

int archive_main(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"party", required_argument, NULL, 'p'},
                                            {"plan", no_argument, NULL, 'l'},
                                            {"check", no_argument, NULL, 'c'},
                                            {"keep-days", required_argument, NULL, 'k'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct archive_arguments arguments = {.data = CLIENT_DATA_DEFAULT};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return fputs(archive_help, stdout), EXIT_DONE;
        if (!take_option(&arguments, option))
            return fputs(archive_help, stderr), EXIT_USAGE;
    }
    if (optind + 1 == argc)
        arguments.dir = argv[optind];
    if (optind + 1 < argc || !is_sensible(&arguments))
        return fputs(archive_help, stderr), EXIT_USAGE;
    return run(&arguments);
}

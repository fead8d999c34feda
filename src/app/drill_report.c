/* What all parties know at the end of a drill, read from their export alone. */
#include "app/drill.h"

#include "app/client.h"
#include "app/histogram.h"
#include "app/subcommand.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MIN 1024 /* a power of two */
#define NAME_LEN_MAX 48

enum drill_party { AT_TERMINAL, AT_SWITCH, AT_ISSUER, AT_PARTIES };

/* One payment as its parties told it. */
struct told {
    char name[NAME_LEN_MAX]; /* empty: a free place */
    bool is_known[AT_PARTIES];
    bool is_moved[AT_PARTIES];
    bool is_open[AT_PARTIES]; /* unknown, or on its way back */
    int64_t posted_minor[AT_PARTIES];
    uint32_t posted; /* at the issuer, how often, ... */
    uint32_t returned;
    int64_t net_minor; /* ... and what is left of it */
    int64_t begun_us;  /* at the terminal */
    int64_t known_us;  /* its money was known from then on */
    int64_t doubt_us;  /* somebody gave up waiting */
    int64_t sure_us;   /* the last of those was sure again */
};

struct report {
    struct told *places;
    size_t place_count;
    size_t used;
    uint64_t records;
    uint64_t pending;
    uint64_t approved;
    uint64_t lost;
    uint64_t doubled;
    uint64_t doubts; /* at the end */
    uint64_t in_doubt;
    uint64_t in_doubt_at_once;
    struct histogram known_ms; /* of all payments */
    struct histogram doubt_ms; /* of those that were in doubt */
};

/* ---- payments by name ---- */

static struct told *place_of(struct told *places, size_t count, const char *name)
{
    uint64_t hash = 0xCBF29CE484222325U;

    for (const char *at = name; *at != 0; at++)
        hash = (hash ^ (uint8_t)*at) * 0x100000001B3U;
    size_t at = (size_t)(hash ^ hash >> 29) & (count - 1);
    while (places[at].name[0] != 0 && strcmp(places[at].name, name) != 0)
        at = (at + 1) & (count - 1);
    return &places[at];
}

static bool grow(struct report *report)
{
    size_t count = report->place_count == 0 ? PLACES_MIN : 2 * report->place_count;
    struct told *places = calloc(count, sizeof *places);

    if (places == NULL)
        return false;
    for (size_t i = 0; i < report->place_count; i++)
        if (report->places[i].name[0] != 0)
            *place_of(places, count, report->places[i].name) = report->places[i];
    free(report->places);
    report->places = places;
    report->place_count = count;
    return true;
}

static struct told *told_of(struct report *report, const char *name)
{
    if (2 * (report->used + 1) > report->place_count && !grow(report))
        return NULL;
    struct told *told = place_of(report->places, report->place_count, name);
    if (told->name[0] == 0) {
        struct text t = text_over(told->name, sizeof told->name);
        text_add(&t, name);
        report->used++;
    }
    return told;
}

/* ---- reading ---- */

typedef bool take_line(struct report *report, enum drill_party at, const json_t *line);

static bool take_file(struct report *report, const char *path, enum drill_party at, take_line *take)
{
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool is_good = in != NULL;

    while (is_good && (len = getline(&line, &room, in)) > 0) {
        json_t *json = json_loadb(line, (size_t)len, 0, NULL);
        is_good = json != NULL && take(report, at, json);
        json_decref(json);
    }
    free(line);
    if (in != NULL)
        fclose(in);
    return is_good;
}

static bool is_one_of(const char *word, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static void take_postings(struct told *told, const json_t *record)
{
    size_t i;
    json_t *posting;

    json_array_foreach(json_object_get(record, "postings"), i, posting)
    {
        int64_t minor = (int64_t)json_integer_value(json_object_get(posting, "minor"));

        if (strcmp(client_text(posting, "kind"), "cardholder") != 0)
            continue;
        told->posted += minor > 0;
        told->returned += minor < 0;
        told->net_minor += minor;
    }
}

static bool take_record(struct report *report, enum drill_party at, const json_t *record)
{
    static const char *const doubting[] = {"no_answer", "reversal_owed", "recovered"};
    static const char *const unsure[] = {"unknown", "returning"};
    const char *name = client_text(record, "payment");
    const char *what = client_text(record, "what");
    const char *money = client_text(record, "money");
    int64_t now_us = (int64_t)json_integer_value(json_object_get(record, "at"));

    report->records++;
    if (*name == 0)
        return true;
    struct told *told = told_of(report, name);
    if (told == NULL)
        return false;
    if (at == AT_ISSUER) {
        take_postings(told, record);
        return true;
    }
    bool is_sure = !is_one_of(money, unsure, ARRAY_COUNT(unsure));
    if (at == AT_TERMINAL && strcmp(what, "sale_sent") == 0)
        told->begun_us = now_us;
    if (at == AT_TERMINAL && told->known_us == 0 && strcmp(money, "unknown") != 0)
        told->known_us = now_us;
    if (!is_sure && told->doubt_us == 0 && is_one_of(what, doubting, ARRAY_COUNT(doubting)))
        told->doubt_us = now_us;
    if (is_sure && told->doubt_us != 0 && now_us > told->sure_us)
        told->sure_us = now_us;
    return true;
}

static bool take_payment(struct report *report, enum drill_party at, const json_t *line)
{
    const json_t *row = json_object_get(line, "row");
    const char *money = client_text(row, "money");
    struct told *told = told_of(report, client_text(line, "key"));

    if (told == NULL)
        return false;
    /* A terminal that was told that the switch takes it back hears no more of it. */
    bool is_left = at == AT_TERMINAL && strcmp(client_text(row, "stage"), "answered") == 0;
    told->is_known[at] = true;
    told->is_moved[at] = strcmp(money, "moved") == 0;
    told->is_open[at] =
        strcmp(money, "unknown") == 0 || (strcmp(money, "returning") == 0 && !is_left);
    told->posted_minor[at] = (int64_t)json_integer_value(json_object_get(row, "posted"));
    return true;
}

static bool take_row(struct report *report, enum drill_party at, const json_t *line)
{
    const char *table = client_text(line, "table");

    if (strcmp(table, "payment") == 0)
        return take_payment(report, at, line);
    if (strcmp(table, "pending") == 0)
        report->pending += strcmp(client_text(json_object_get(line, "row"), "kind"), "hold") != 0;
    return true;
}

static bool take_party(struct report *report, const char *folder, const char *name)
{
    char path[2 * DRILL_PATH_LEN];
    enum drill_party at = strncmp(name, "issuer", 6) == 0     ? AT_ISSUER
                          : strncmp(name, "acquirer", 8) == 0 ? AT_SWITCH
                                                              : AT_TERMINAL;
    size_t len = strlen(name) - strlen(".party.json");

    for (int i = 0; i < 2; i++) {
        struct text t = text_over(path, sizeof path);
        text_add(&t, folder);
        text_add_char(&t, '/');
        text_add_bytes(&t, bytes_over((const uint8_t *)name, len));
        text_add(&t, i == 0 ? ".journal.jsonl" : ".rows.jsonl");
        if (!take_file(report, path, at, i == 0 ? take_record : take_row))
            return false;
    }
    return true;
}

static bool take_all(struct report *report, const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t parties = 0;
    bool is_good = dir != NULL;

    while (is_good && (entry = readdir(dir)) != NULL) {
        const char *suffix = strstr(entry->d_name, ".party.json");
        if (suffix == NULL)
            continue;
        is_good = take_party(report, folder, entry->d_name);
        parties++;
    }
    if (dir != NULL)
        closedir(dir);
    return is_good && parties == DRILL_ISSUERS + 2;
}

/* ---- judging ---- */

/* Approved at the terminal: the others must hold the same money, once. Else nobody may hold any. */
static void judge(struct report *report, const struct told *told)
{
    bool stands = told->is_moved[AT_TERMINAL];
    int64_t minor = told->posted_minor[AT_TERMINAL];
    bool is_held = told->net_minor > 0 || told->is_moved[AT_SWITCH] || told->is_moved[AT_ISSUER];
    bool is_whole = told->is_moved[AT_SWITCH] && told->is_moved[AT_ISSUER] &&
                    told->posted_minor[AT_SWITCH] == minor && told->net_minor == minor;

    report->approved += stands;
    if (told->is_open[AT_TERMINAL] || told->is_open[AT_SWITCH] || told->is_open[AT_ISSUER])
        report->doubts++;
    else if (stands && !is_whole)
        report->lost++;
    if (told->posted > 1 || told->posted < told->returned || (!stands && is_held))
        report->doubled++;
    if (told->begun_us == 0 || told->known_us < told->begun_us)
        return;
    int64_t took_us = told->known_us - told->begun_us;
    histogram_add(&report->known_ms, (uint64_t)took_us / 1000);
    if (told->doubt_us != 0)
        histogram_add(&report->doubt_ms, (uint64_t)took_us / 1000);
}

struct edge {
    int64_t us;
    int step; /* 1: one more in doubt, -1: one less */
};

static int edge_order(const void *a, const void *b)
{
    const struct edge *one = a;
    const struct edge *other = b;

    if (one->us != other->us)
        return one->us < other->us ? -1 : 1;
    return one->step - other->step;
}

/* How many were in doubt at the worst moment. */
static bool count_doubt(struct report *report)
{
    struct edge *edges = calloc(2 * report->used + 1, sizeof *edges);
    size_t count = 0;
    int64_t now = 0;

    if (edges == NULL)
        return false;
    for (size_t i = 0; i < report->place_count; i++) {
        const struct told *told = &report->places[i];
        if (told->name[0] == 0 || told->doubt_us == 0)
            continue;
        report->in_doubt++;
        edges[count++] = (struct edge){told->doubt_us, 1};
        if (told->sure_us > told->doubt_us)
            edges[count++] = (struct edge){told->sure_us, -1};
    }
    qsort(edges, count, sizeof *edges, edge_order);
    for (size_t i = 0; i < count; i++) {
        now += edges[i].step;
        if (now > (int64_t)report->in_doubt_at_once)
            report->in_doubt_at_once = (uint64_t)now;
    }
    free(edges);
    return true;
}

static bool judge_all(struct report *report)
{
    for (size_t i = 0; i < report->place_count; i++)
        if (report->places[i].name[0] != 0)
            judge(report, &report->places[i]);
    return count_doubt(report);
}

static bool is_good(const struct report *report, bool is_settled)
{
    return is_settled && report->lost == 0 && report->doubled == 0 && report->doubts == 0 &&
           report->pending == 0 && report->approved > 0;
}

/* ---- telling ---- */

static unsigned long long quantile(const struct histogram *histogram, uint32_t per_mille)
{
    return (unsigned long long)histogram_quantile(histogram, per_mille);
}

static void print_times(const char *what, const struct histogram *histogram)
{
    printf("  %-32s p50 %llu ms, p99 %llu ms, max %llu ms\n", what, quantile(histogram, 500),
           quantile(histogram, 990), quantile(histogram, 1000));
}

static void print_count(const char *what, uint64_t count)
{
    printf("  %-32s %llu\n", what, (unsigned long long)count);
}

static void print_table(const struct drill *drill, const struct report *report, bool is_settled,
                        double took_s)
{
    const struct drill_faults *faults = &drill->faults;

    printf("drill of %.1f minutes, settled after %.0f s in all; seed %llu, %s, %u terminals\n",
           drill->options.minutes, took_s, (unsigned long long)drill->options.seed,
           drill->options.store == CONFIG_POSTGRES ? "PostgreSQL" : "SQLite",
           drill->options.terminals);
    print_count("processes killed with -9", faults->kills);
    print_count("processes stopped for a while", faults->stops);
    if (drill->has_server) {
        print_count("PostgreSQL killed with -9", faults->database_kills);
        print_count("PostgreSQL stopped for a while", faults->database_stops);
    }
    print_count("links cut", faults->cuts);
    print_count("links held up", faults->stalls);
    print_count("links slowed", faults->slows);
    if (drill->restarts > 0)
        print_count("processes that ended by themselves", drill->restarts);
    print_count("payments", report->known_ms.count);
    print_count("approved", report->approved);
    print_count("in doubt, all together", report->in_doubt);
    print_count("in doubt at the worst moment", report->in_doubt_at_once);
    print_times("time to a known state", &report->known_ms);
    print_times("of those that were in doubt", &report->doubt_ms);
    print_count("lost", report->lost);
    print_count("doubled", report->doubled);
    print_count("in doubt at the end", report->doubts + report->pending);
    puts(is_good(report, is_settled) ? "terminals, switch and issuers agree on every payment"
         : !is_settled               ? "IT DID NOT COME TO REST"
                                     : "THEY DO NOT AGREE");
}

static json_t *times_json(const struct histogram *histogram)
{
    return json_pack("{s:I, s:I, s:I}", "p50_ms", (json_int_t)quantile(histogram, 500), "p99_ms",
                     (json_int_t)quantile(histogram, 990), "max_ms",
                     (json_int_t)quantile(histogram, 1000));
}

static void print_json(const struct drill *drill, const struct report *report, bool is_settled,
                       double took_s)
{
    const struct drill_faults *faults = &drill->faults;
    json_t *json = json_pack(
        "{s:b, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I}", "ok", is_good(report, is_settled),
        "seed", (json_int_t)drill->options.seed, "minutes", drill->options.minutes, "seconds",
        took_s, "kills", (json_int_t)faults->kills, "stops", (json_int_t)faults->stops, "cuts",
        (json_int_t)faults->cuts, "stalls", (json_int_t)faults->stalls, "slows",
        (json_int_t)faults->slows, "restarts", (json_int_t)drill->restarts);
    json_t *more =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "payments",
                  (json_int_t)report->known_ms.count, "approved", (json_int_t)report->approved,
                  "records", (json_int_t)report->records, "in_doubt", (json_int_t)report->in_doubt,
                  "in_doubt_at_once", (json_int_t)report->in_doubt_at_once, "lost",
                  (json_int_t)report->lost, "doubled", (json_int_t)report->doubled,
                  "in_doubt_at_end", (json_int_t)(report->doubts + report->pending));

    json_object_update(json, more);
    json_object_set_new(json, "database_kills", json_integer((json_int_t)faults->database_kills));
    json_object_set_new(json, "database_stops", json_integer((json_int_t)faults->database_stops));
    json_object_set_new(json, "known", times_json(&report->known_ms));
    json_object_set_new(json, "known_after_doubt", times_json(&report->doubt_ms));
    json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(more);
    json_decref(json);
}

int drill_report(struct drill *drill, bool is_settled, double took_s)
{
    struct report *report = calloc(1, sizeof *report);
    int result = EXIT_BAD;

    if (report != NULL && take_all(report, drill->export) && judge_all(report)) {
        if (drill->options.as_json)
            print_json(drill, report, is_settled, took_s);
        else
            print_table(drill, report, is_settled, took_s);
        result = is_good(report, is_settled) ? EXIT_DONE : EXIT_BAD;
    } else {
        fprintf(stderr, "acquit drill: the export in %s cannot be read\n", drill->export);
    }
    if (report != NULL)
        free(report->places);
    free(report);
    return result;
}

/* What all parties know at the end of a drill, read from their export alone. */
#include "app/drill/drill.h"

#include "app/drill/histogram.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "txn/kind.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MIN 1024 /* a power of two */
#define NAME_LEN_MAX 48

enum drill_party { AT_TERMINAL, AT_SWITCH, AT_ISSUER, AT_PARTIES };

/* One payment as its parties told it. */
struct told {
    char name[NAME_LEN_MAX]; /* empty: a free place */
    enum txn_kind kind;
    bool is_standing[AT_PARTIES]; /* approved: moved or held */
    bool is_open[AT_PARTIES];     /* unknown, or on its way back */
    int64_t posted_minor[AT_PARTIES];
    uint32_t debits; /* the issuer's entries on the holder's account, ... */
    uint32_t credits;
    int64_t net_minor; /* ... and what they come to */
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
    uint64_t payments;
    uint64_t approved;
    uint64_t lost;
    uint64_t doubled;
    uint64_t doubts; /* at the end */
    uint64_t in_doubt;
    uint64_t in_doubt_at_once;
    uint64_t begun[KIND_COUNT];
    uint64_t standing[KIND_COUNT];
    uint64_t batches;              /* closed */
    struct histogram known_ms;     /* of all requests that move or hold money */
    struct histogram doubt_ms;     /* of those that were in doubt */
    struct histogram delivered_ms; /* of advices, from the shop's word to the host's answer */
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
        told->debits += minor > 0;
        told->credits += minor < 0;
        told->net_minor += minor;
    }
}

/* The rows were read before: the kind is known. */
static bool has_begun(const char *what)
{
    static const char *const beginnings[] = {"sale_sent", "inquiry_sent", "advice_stored",
                                             "advice_sent"};

    return is_one_of(what, beginnings, ARRAY_COUNT(beginnings));
}

/* Of an advice the host's word counts: its money was never in doubt, only late. */
static bool is_known_now(const struct told *told, const char *what, const char *money)
{
    static const char *const ends[] = {"approved", "declined", "reversed"};

    if (kind_row(told->kind)->is_advice)
        return is_one_of(what, ends, ARRAY_COUNT(ends));
    return strcmp(money, "unknown") != 0;
}

static void take_times(struct told *told, enum drill_party at, const json_t *record)
{
    static const char *const doubting[] = {"no_answer", "reversal_owed", "recovered"};
    static const char *const unsure[] = {"unknown", "returning"};
    const char *what = client_text(record, "what");
    const char *money = client_text(record, "money");
    int64_t now_us = (int64_t)json_integer_value(json_object_get(record, "at"));
    bool is_sure = !is_one_of(money, unsure, ARRAY_COUNT(unsure));

    if (at == AT_TERMINAL && told->begun_us == 0 && has_begun(what))
        told->begun_us = now_us;
    if (at == AT_TERMINAL && told->known_us == 0 && is_known_now(told, what, money))
        told->known_us = now_us;
    if (!is_sure && told->doubt_us == 0 && is_one_of(what, doubting, ARRAY_COUNT(doubting)))
        told->doubt_us = now_us;
    if (is_sure && told->doubt_us != 0 && now_us > told->sure_us)
        told->sure_us = now_us;
}

static bool take_record(struct report *report, enum drill_party at, const json_t *record)
{
    const char *name = client_text(record, "payment");

    report->records++;
    report->batches +=
        at == AT_TERMINAL && strcmp(client_text(record, "what"), "batch_closed") == 0;
    if (*name == 0)
        return true;
    struct told *told = told_of(report, name);
    if (told == NULL)
        return false;
    if (at == AT_ISSUER)
        take_postings(told, record);
    else
        take_times(told, at, record);
    return true;
}

static enum txn_kind kind_of(const char *name)
{
    int kind = KIND_COUNT - 1;

    while (kind > KIND_NONE && strcmp(kind_row((enum txn_kind)kind)->name, name) != 0)
        kind--;
    return (enum txn_kind)kind;
}

static bool take_payment(struct report *report, enum drill_party at, const json_t *line)
{
    const json_t *row = json_object_get(line, "row");
    const char *money = client_text(row, "money");
    const char *stage = client_text(row, "stage");
    bool is_approved = strncmp(client_text(row, "outcome"), "approved", 8) == 0;
    struct told *told = told_of(report, client_text(line, "key"));

    if (told == NULL)
        return false;
    if (at == AT_TERMINAL || told->kind == KIND_NONE)
        told->kind = kind_of(client_text(row, "kind"));
    bool is_answered = strcmp(stage, "answered") == 0;
    /* A terminal that was told that the switch takes it back hears no more of it. */
    bool is_left = at == AT_TERMINAL && is_answered;
    told->is_standing[at] =
        is_answered && is_approved && (strcmp(money, "moved") == 0 || strcmp(money, "held") == 0);
    told->is_open[at] = strcmp(money, "unknown") == 0 || strcmp(stage, "stored") == 0 ||
                        (strcmp(money, "returning") == 0 && !is_left);
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
        text_add(&t, i == 0 ? ".rows.jsonl" : ".journal.jsonl");
        if (!take_file(report, path, at, i == 0 ? take_row : take_record))
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

/* Approved at the terminal: the others must have it too, with the same amount, and the holder's
 * account must show it once. Else nobody may have it, and the account must show nothing. */
static void judge_money(struct report *report, const struct told *told)
{
    const struct kind_row *kind = kind_row(told->kind);
    bool stands = told->is_standing[AT_TERMINAL];
    int64_t minor = told->posted_minor[AT_TERMINAL];
    uint32_t forth = kind->sign < 0 ? told->credits : told->debits;
    uint32_t back = kind->sign < 0 ? told->debits : told->credits;
    bool is_held =
        told->net_minor != 0 || told->is_standing[AT_SWITCH] || told->is_standing[AT_ISSUER];
    bool is_whole = told->is_standing[AT_SWITCH] && told->is_standing[AT_ISSUER] &&
                    told->posted_minor[AT_SWITCH] == minor &&
                    told->posted_minor[AT_ISSUER] == minor && told->net_minor == kind->sign * minor;

    if (told->is_open[AT_TERMINAL] || told->is_open[AT_SWITCH] || told->is_open[AT_ISSUER])
        report->doubts++;
    else if (stands && !is_whole)
        report->lost++;
    if (forth > 1 || forth < back || (!stands && is_held))
        report->doubled++;
}

static void judge_times(struct report *report, const struct told *told)
{
    if (told->begun_us == 0 || told->known_us < told->begun_us)
        return;
    uint64_t took_ms = (uint64_t)(told->known_us - told->begun_us) / 1000;
    if (kind_row(told->kind)->is_advice) {
        histogram_add(&report->delivered_ms, took_ms);
        return;
    }
    histogram_add(&report->known_ms, took_ms);
    if (told->doubt_us != 0)
        histogram_add(&report->doubt_ms, took_ms);
}

static void judge(struct report *report, const struct told *told)
{
    bool stands = told->is_standing[AT_TERMINAL];

    report->begun[told->kind] += told->begun_us != 0;
    report->payments += told->begun_us != 0;
    if (!kind_row(told->kind)->moves_money) {
        report->doubled += told->debits + told->credits > 0;
        return;
    }
    report->standing[told->kind] += stands;
    report->approved += stands;
    judge_money(report, told);
    judge_times(report, told);
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

static void print_kind(const struct report *report, enum txn_kind kind)
{
    if (report->begun[kind] > 0)
        printf("    %-30s %llu, %llu of them stand\n", kind_row(kind)->en,
               (unsigned long long)report->begun[kind], (unsigned long long)report->standing[kind]);
}

static void print_table(const struct drill *drill, const struct report *report, bool is_settled,
                        double took_s)
{
    const struct drill_faults *faults = &drill->faults;

    printf("drill of %.1f minutes, settled after %.0f s in all; seed %llu, %s, %u terminals%s\n",
           drill->options.minutes, took_s, (unsigned long long)drill->options.seed,
           drill->options.store == CONFIG_POSTGRES ? "PostgreSQL" : "SQLite",
           drill->options.terminals, drill->options.nodes > 1 ? ", two nodes of the switch" : "");
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
    print_count("payments", report->payments);
    for (int i = 0; i < KIND_COUNT; i++)
        print_kind(report, (enum txn_kind)i);
    print_count("batches closed", report->batches);
    print_count("approved", report->approved);
    print_count("in doubt, all together", report->in_doubt);
    print_count("in doubt at the worst moment", report->in_doubt_at_once);
    print_times("time to a known state", &report->known_ms);
    print_times("of those that were in doubt", &report->doubt_ms);
    print_times("advices delivered after", &report->delivered_ms);
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

static json_t *kinds_json(const struct report *report)
{
    json_t *json = json_object();

    for (int i = 0; i < KIND_COUNT; i++)
        if (report->begun[i] > 0)
            json_object_set_new(json, kind_row((enum txn_kind)i)->name,
                                json_pack("{s:I, s:I}", "begun", (json_int_t)report->begun[i],
                                          "standing", (json_int_t)report->standing[i]));
    return json;
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
                  (json_int_t)report->payments, "approved", (json_int_t)report->approved, "records",
                  (json_int_t)report->records, "in_doubt", (json_int_t)report->in_doubt,
                  "in_doubt_at_once", (json_int_t)report->in_doubt_at_once, "lost",
                  (json_int_t)report->lost, "doubled", (json_int_t)report->doubled,
                  "in_doubt_at_end", (json_int_t)(report->doubts + report->pending));

    json_object_update(json, more);
    json_object_set_new(json, "database_kills", json_integer((json_int_t)faults->database_kills));
    json_object_set_new(json, "database_stops", json_integer((json_int_t)faults->database_stops));
    json_object_set_new(json, "batches", json_integer((json_int_t)report->batches));
    json_object_set_new(json, "kinds", kinds_json(report));
    json_object_set_new(json, "delivered", times_json(&report->delivered_ms));
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

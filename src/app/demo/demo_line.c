#include "app/demo/demo_line.h"

#include "app/demo/demo_wire.h"
#include "app/doubt/doubt_client.h"
#include "app/story/story_client.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/folder.h"
#include "app/world/server.h"
#include "books/journal.h"
#include "drivers/sqlite/sqlite_journal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define IN_FLIGHT 40
#define LOAD_SECONDS "2"
#define WAIT_TRIES 3000 /* of WAIT_PAUSE_US: a minute */
#define WAIT_PAUSE_US 20000
#define PHONE_ENTRIES_MAX 8
#define SCENE_TILLS 4
#define WIDTH 125

#define CARD(label)                                                                                \
    "  - {label: " label ", issuer: \"20000001\", expiry: 3012, service_code: \"220\",\n"          \
    "     media: [stripe, chip], pin: \"1234\", balance: \"10000.00\"}\n"

/* One bank, four tills; waits that are short, because nothing here is far away. */
static const char world_text[] =
    "lab: true\n"
    "utc_offset_h: 8\n"
    "store: sqlite\n"
    "timings: {terminal_wait_ms: 2500, acquirer_wait_ms: 1500, request_age_max_ms: 1000,\n"
    "          retry_first_ms: 100, retry_max_ms: 500}\n"
    "acquirer: {id: \"10000001\", name: \"Lab Acquirer\", listen: \"127.0.0.1:%u\"}\n"
    "line: {primary: \"127.0.0.1:%u\"}\n"
    "issuers:\n"
    "  - {id: \"20000001\", name: \"First Lab Bank\", bin: \"62000001\", listen: "
    "\"127.0.0.1:%u\"}\n"
    "merchants:\n"
    "  - {id: M1, name: \"Lab Supermarket\", category: 5411}\n"
    "terminals:\n"
    "  - {id: T1, merchant: M1}\n  - {id: T2, merchant: M1}\n"
    "  - {id: T3, merchant: M1}\n  - {id: T4, merchant: M1}\n"
    "cards:\n" CARD("C1") CARD("C2") CARD("C3")
        CARD("C4") /* one for each till: a card is in one reader */
    "load: {terminals: 40, cards: 80}\n";

enum child { BANK, SWITCH, TILLS, LOAD, CHILDREN };

struct act {
    const char *folder;
    char config[FOLDER_PATH_ROOM];      /* of switch and tills */
    char bank_config[FOLDER_PATH_ROOM]; /* the same, but for where the bank listens */
    pid_t children[CHILDREN];           /* 0: does not run */
    struct demo_wire *line;
    struct demo_wire *bank_line;
    bool is_good;
};

static void tell(struct act *act, bool good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct act *act, bool good, const char *format, ...)
{
    char words[256];
    va_list values;

    va_start(values, format);
    vsnprintf(words, sizeof words, format, values);
    va_end(values);
    printf("%-*s%s\n", WIDTH, words, good ? "ok" : "WRONG");
    fflush(stdout);
    act->is_good = act->is_good && good;
}

/* ---- processes ---- */

static bool start(struct act *act, enum child which)
{
    const char *const commands[CHILDREN][12] = {
        [BANK] = {"acquit", "run", "issuer", "--issuer", "20000001", "--config", act->bank_config},
        [SWITCH] = {"acquit", "run", "acquirer", "--config", act->config},
        [TILLS] = {"acquit", "run", "terminal", "--config", act->config},
        [LOAD] = {"acquit", "load", "--config", act->config, "--terminals", "40", "--rate", "max",
                  "--seconds", LOAD_SECONDS},
    };
    pid_t child = fork();

    if (child == 0) {
        char log[FOLDER_PATH_ROOM + 8];
        snprintf(log, sizeof log, "%s/log", act->folder);
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        execv("/proc/self/exe", (char *const *)commands[which]);
        _exit(127);
    }
    act->children[which] = child > 0 ? child : 0;
    return child > 0;
}

static void kill_child(struct act *act, enum child which)
{
    if (act->children[which] == 0)
        return;
    kill(act->children[which], SIGKILL);
    waitpid(act->children[which], NULL, 0);
    act->children[which] = 0;
}

/* Whether it ended by itself, with 0. */
static bool ends_well(struct act *act, enum child which)
{
    int status = 0;

    if (act->children[which] == 0 || waitpid(act->children[which], &status, 0) < 0)
        return false;
    act->children[which] = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}

static bool is_ready(const struct act *act, const char *name)
{
    char path[320];
    char room[256];
    struct text error = text_over(room, sizeof room);
    json_t *request = json_pack("{s:s}", "verb", "status");

    server_socket_path(act->folder, name, path, sizeof path);
    json_t *answer = client_try(path, request, &error);
    bool ready = answer != NULL && json_is_true(json_object_get(answer, "ready"));
    json_decref(request);
    json_decref(answer);
    return ready;
}

static bool wait_ready(const struct act *act, const char *name)
{
    for (int tries = 0; tries < WAIT_TRIES; tries++) {
        if (is_ready(act, name))
            return true;
        usleep(WAIT_PAUSE_US);
    }
    return false;
}

/* ---- the world ---- */

static uint16_t free_port(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_bound = fd >= 0 && bind(fd, (struct sockaddr *)&in, sizeof in) == 0 &&
                    getsockname(fd, (struct sockaddr *)&in, &len) == 0;

    if (fd >= 0)
        close(fd);
    return is_bound ? ntohs(in.sin_port) : 0;
}

static bool write_world(const char *path, uint16_t switch_port, uint16_t line_port,
                        uint16_t bank_port)
{
    FILE *file = fopen(path, "we");
    bool is_written = file != NULL && fprintf(file, world_text, (unsigned)switch_port,
                                              (unsigned)line_port, (unsigned)bank_port) > 0;

    return file != NULL && fclose(file) == 0 && is_written;
}

static bool open_world(struct act *act)
{
    uint16_t switch_port = free_port();
    uint16_t bank_port = free_port();
    char room[FOLDER_PATH_ROOM];
    struct text why = text_over(room, sizeof room);

    act->line = demo_wire_open(switch_port, false);
    act->bank_line = demo_wire_open(bank_port, true);
    if (act->line == NULL || act->bank_line == NULL || folder_make(act->folder, &why) != OK ||
        folder_path(act->folder, "acquit.yaml", act->config, &why) != OK ||
        folder_path(act->folder, "bank.yaml", act->bank_config, &why) != OK)
        return false;
    uint16_t line_port = demo_wire_port(act->line);
    return write_world(act->config, switch_port, line_port, demo_wire_port(act->bank_line)) &&
           write_world(act->bank_config, switch_port, line_port, bank_port) && start(act, BANK) &&
           wait_ready(act, "issuer-20000001") && start(act, SWITCH) &&
           wait_ready(act, "acquirer") && start(act, TILLS) && wait_ready(act, "terminal");
}

static void close_world(struct act *act)
{
    for (int which = CHILDREN - 1; which >= 0; which--)
        kill_child(act, (enum child)which);
    demo_wire_close(act->line);
    demo_wire_close(act->bank_line);
    folder_remove(act->folder);
}

/* ---- one payment ---- */

struct line_scene {
    const char *words;
    const char *terminal;
    const char *card;
    const char *amount;
    bool is_bank_line;
    struct demo_wire_order orders[2];
    const char *outcome; /* what the till shows; NULL: any that leaves the money open */
    const char *money;   /* where it is when all is settled */
    const char *phone;   /* what the holder's account has seen of it then */
};

struct playing {
    struct act *act;
    const struct line_scene *scene;
    pthread_t thread;
    json_t *answer;
};

static void *sell(void *context)
{
    struct playing *playing = context;
    char path[320];
    char room[256];
    struct text error = text_over(room, sizeof room);
    json_t *request = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "verb", "sale", "terminal",
                                playing->scene->terminal, "amount", playing->scene->amount, "card",
                                playing->scene->card, "entry", "chip", "pin", "1234");

    server_socket_path(playing->act->folder, "terminal", path, sizeof path);
    playing->answer = client_try(path, request, &error);
    json_decref(request);
    return NULL;
}

/* ---- what became of it ---- */

/* The entries of one payment on the holder's account: what a phone would show. */
struct phone {
    const json_t *payment;
    size_t count;
    int64_t minor[PHONE_ENTRIES_MAX];
    struct journal_record record;
};

static bool is_about(const struct phone *phone)
{
    char terminal[TERMINAL_ID_LEN];
    const char *name = client_text(phone->payment, "terminal");

    return identity_id_from_text(name, ' ', terminal, sizeof terminal) == OK &&
           memcmp(terminal, phone->record.identity.terminal, sizeof terminal) == 0 &&
           phone->record.identity.trace ==
               (uint32_t)json_integer_value(json_object_get(phone->payment, "trace")) &&
           phone->record.identity.batch ==
               (uint32_t)json_integer_value(json_object_get(phone->payment, "batch"));
}

static bool see_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct phone *phone = context;

    (void)sequence;
    if (journal_decode(bytes, &phone->record) != OK)
        return false;
    for (uint8_t i = 0; is_about(phone) && i < phone->record.postings.count; i++) {
        const struct posting *posting = &phone->record.postings.rows[i];

        if (posting->kind == ACCOUNT_CARDHOLDER && phone->count < PHONE_ENTRIES_MAX)
            phone->minor[phone->count++] = -posting->minor;
    }
    return true;
}

/* "-10.00 +10.00" */
static void read_phone(const struct act *act, const json_t *payment, struct text *out)
{
    struct phone *phone = calloc(1, sizeof *phone);
    struct sqlite_range range = {.first = 1, .last = INT64_MAX, .count_max = INT64_MAX};
    struct sqlite_journal *journal = NULL;
    char path[FOLDER_PATH_ROOM];
    char room[FOLDER_PATH_ROOM];
    struct text why = text_over(room, sizeof room);

    if (phone != NULL && payment != NULL &&
        folder_path(act->folder, "issuer-20000001.db", path, &why) == OK &&
        sqlite_journal_open(path, &journal, &why) == OK) {
        phone->payment = payment;
        if (sqlite_journal_read(journal, &range, see_record, phone) != OK)
            text_add(out, "?");
        for (size_t i = 0; i < phone->count; i++) {
            int64_t minor = phone->minor[i];
            text_add(out, i == 0 ? "" : " ");
            text_add(out, minor < 0 ? "-" : "+");
            money_add_text(out, money_of(minor < 0 ? -minor : minor, CURRENCY_CNY));
        }
    }
    if (out->len == 0)
        text_add(out, "nothing");
    sqlite_journal_close(journal);
    free(phone);
}

/* What the terminal was told when the switch took the return upon itself: it hears no more. */
static bool is_left_to_the_switch(const json_t *party, const char *money)
{
    return strcmp(client_text(party, "party"), "terminal") == 0 &&
           strcmp(client_text(json_object_get(party, "payment"), "money"), "returning") == 0 &&
           strcmp(money, "returned") == 0;
}

/* Whether every party that knows the payment says the same of its money; two of them at least. */
static bool all_say(const struct act *act, json_t *payment, const char *money)
{
    struct story_question question = {
        .data = act->folder, .reader = "operator", .lang = "en", .identity = payment};
    json_t *parties = story_gather(&question);
    json_t *party;
    size_t i;
    size_t agree = 0;

    json_array_foreach(parties, i, party)
    {
        const json_t *row = json_object_get(party, "payment");

        if (row != NULL && !is_left_to_the_switch(party, money) &&
            strcmp(client_text(row, "money"), money) != 0) {
            agree = 0;
            break;
        }
        agree += row != NULL;
    }
    json_decref(parties);
    return agree >= 2;
}

static bool settles(const struct act *act, json_t *payment, const char *money)
{
    for (int tries = 0; payment != NULL && tries < WAIT_TRIES; tries++) {
        if (all_say(act, payment, money))
            return true;
        usleep(WAIT_PAUSE_US);
    }
    return false;
}

static void judge(const struct playing *playing)
{
    const struct line_scene *scene = playing->scene;
    json_t *payment = json_object_get(playing->answer, "payment");
    const char *outcome = client_text(playing->answer, "outcome");
    const char *shown = client_text(playing->answer, "money");
    bool is_right =
        scene->outcome == NULL ? strcmp(shown, "moved") != 0 : strcmp(outcome, scene->outcome) == 0;
    char room[128];
    struct text phone = text_over(room, sizeof room);

    is_right = settles(playing->act, payment, scene->money) && is_right;
    read_phone(playing->act, payment, &phone);
    is_right = is_right && strcmp(room, scene->phone) == 0;
    tell(playing->act, is_right, "%-46s%-18s%-11s then all say %-9s phone: %s", scene->words,
         outcome, shown, scene->money, room);
}

/* What was held up has arrived, and whoever got it has dealt with it. */
static void wait_for_the_late(const struct act *act)
{
    while (demo_wire_waiting(act->line) + demo_wire_waiting(act->bank_line) > 0)
        usleep(WAIT_PAUSE_US);
    usleep(5 * WAIT_PAUSE_US);
}

/* Scenes of one group play at once, each at its own till. */
static void play_group(struct act *act, const struct line_scene *scenes, size_t count)
{
    struct playing playing[SCENE_TILLS];

    for (size_t i = 0; i < count; i++) {
        struct demo_wire *wire = scenes[i].is_bank_line ? act->bank_line : act->line;

        playing[i] = (struct playing){.act = act, .scene = &scenes[i]};
        for (size_t o = 0; o < ARRAY_COUNT(scenes[i].orders); o++)
            demo_wire_order(wire, &scenes[i].orders[o]);
        if (pthread_create(&playing[i].thread, NULL, sell, &playing[i]) != 0)
            playing[i].scene = NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (playing[i].scene != NULL)
            pthread_join(playing[i].thread, NULL);
    }
    wait_for_the_late(act);
    for (size_t i = 0; i < count; i++) {
        if (playing[i].scene != NULL)
            judge(&playing[i]);
        json_decref(playing[i].answer);
    }
}

/* clang-format off */
static const struct line_scene doubtful_scenes[] = {
    {.words = "the answer is lost", .terminal = "T1", .card = "C1", .amount = "11.00", .money = "returned",
     .phone = "-11.00 +11.00", .orders = {{WIRE_LOSES, "0210", "T1", 1, 0}}},
    {.words = "the request is lost, and comes late", .terminal = "T2", .card = "C2", .amount = "12.00", .money = "returned",
     .phone = "nothing", .orders = {{WIRE_HOLDS_UP, "0200", "T2", 1, 3200}}},
    {.words = "the reversal's answer is lost, three times", .terminal = "T3", .card = "C3", .amount = "13.00", .money = "returned",
     .phone = "-13.00 +13.00", .orders = {{WIRE_LOSES, "0210", "T3", 1, 0}, {WIRE_LOSES, "0410", "T3", 3, 0}}},
    {.words = "a bit flips: another amount", .terminal = "T4", .card = "C4", .amount = "14.00", .money = "returned",
     .phone = "nothing", .orders = {{WIRE_FLIPS_AMOUNT, "0200", "T4", 1, 0}}},
};
static const struct line_scene other_scenes[] = {
    {.words = "the bank answers after the switch gave up", .terminal = "T1", .card = "C1", .amount = "15.00", .money = "returned",
     .is_bank_line = true, .phone = "-15.00 +15.00", .orders = {{WIRE_HOLDS_UP, "0210", "T1", 1, 2000}}},
    {.words = "the same request comes twice", .terminal = "T2", .card = "C2", .amount = "16.00", .outcome = "approved", .money = "moved",
     .phone = "-16.00", .orders = {{WIRE_DOUBLES, "0200", "T2", 1, 0}}},
};
/* clang-format on */

/* ---- forty in flight ---- */

/* Forty tills sell; what the bank is asked, or answers, is kept until all forty wait. */
static bool fly(struct act *act, const char *type)
{
    demo_wire_keep(act->bank_line, type);
    if (!start(act, LOAD))
        return false;
    for (int tries = 0; tries < WAIT_TRIES; tries++) {
        if (demo_wire_kept(act->bank_line) >= IN_FLIGHT)
            return true;
        usleep(WAIT_PAUSE_US / 10);
    }
    return false;
}

static void kill_switch(struct act *act)
{
    tell(act, fly(act, "0210"),
         "forty payments in flight: the bank has posted them, and nobody has been told");
    kill_child(act, SWITCH);
    demo_wire_keep(act->bank_line, NULL);
    tell(act, start(act, SWITCH) && wait_ready(act, "acquirer"),
         "kill -9 of the switch, and it is started again");
    tell(act, ends_well(act, LOAD),
         "till, switch and bank agree on every payment: none lost, none twice");
}

static void kill_bank(struct act *act)
{
    tell(act, fly(act, "0200"), "forty requests go to the bank at once");
    demo_wire_keep(act->bank_line, NULL);
    usleep(1500); /* as long as it takes the bank to have them in its commit */
    kill_child(act, BANK);
    tell(act, start(act, BANK) && wait_ready(act, "issuer-20000001"),
         "kill -9 of the bank as it records them, and it is started again");
    tell(act, ends_well(act, LOAD),
         "till, switch and bank agree on every payment: none lost, none twice");
}

/* ---- the bank is away for more than a day ---- */

#define DAY_AWAY "25h"

/* What the switch still owes; its list goes into *out, to be released. */
static struct doubt_total owed_by_switch(const struct act *act, json_t **out)
{
    char path[320];

    server_socket_path(act->folder, "acquirer", path, sizeof path);
    *out = doubt_client_ask(path, "en");
    return doubt_client_total(*out);
}

/* Waits until the switch owes so much, so many of them with a person. */
static bool owes(const struct act *act, int64_t count, int64_t with_person)
{
    for (int tries = 0; tries < WAIT_TRIES; tries++) {
        json_t *parties;
        struct doubt_total total = owed_by_switch(act, &parties);

        json_decref(parties);
        if (total.count == count && total.with_person == with_person)
            return true;
        usleep(WAIT_PAUSE_US);
    }
    return false;
}

static bool advance_clock(const struct act *act, const char *step)
{
    const char *const argv[] = {"acquit", "clock", "advance", step, "--data", act->folder, NULL};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int result = client_run(argv, nowhere);

    close(nowhere);
    return result == EXIT_DONE;
}

/* The bank has posted it, its answer is lost, and it dies before the reversal reaches it. */
static void sell_to_dying_bank(struct act *act, struct playing *playing)
{
    const struct demo_wire_order lost = {WIRE_LOSES, "0210", "T2", 1, 0};

    demo_wire_keep(act->bank_line, "0420");
    demo_wire_order(act->bank_line, &lost);
    sell(playing);
    kill_child(act, BANK);
    demo_wire_keep(act->bank_line, NULL);
    tell(act, strcmp(client_text(playing->answer, "money"), "returning") == 0 && owes(act, 1, 0),
         "%-46s%-18s%-11s", playing->scene->words, client_text(playing->answer, "outcome"),
         client_text(playing->answer, "money"));
}

static void tell_list(struct act *act)
{
    bool is_listed = owes(act, 1, 1);
    json_t *parties;
    struct doubt_total total = owed_by_switch(act, &parties);
    const json_t *item = json_array_get(json_object_get(json_array_get(parties, 0), "items"), 0);
    char age[32];

    doubt_client_age(total.oldest_age_s, age, sizeof age);
    tell(act, is_listed, "acquit doubt: a %s owed to %s for %s, %d tries, %s: the %s must act",
         client_text(item, "owes"), client_text(item, "destination"), age,
         (int)json_integer_value(json_object_get(item, "tries")), client_text(item, "cause"),
         client_text(item, "who_acts"));
    json_decref(parties);
}

static void stay_away(struct act *act)
{
    const struct line_scene scene = {
        .words = "approved, then the bank dies", .terminal = "T2", .card = "C2", .amount = "17.00"};
    struct playing playing = {.act = act, .scene = &scene};
    char room[128];
    struct text phone = text_over(room, sizeof room);

    sell_to_dying_bank(act, &playing);
    json_t *payment = json_object_get(playing.answer, "payment");
    tell(act, advance_clock(act, DAY_AWAY), "a day goes by; the switch keeps trying");
    tell_list(act);
    tell(act, start(act, BANK) && wait_ready(act, "issuer-20000001"), "the bank is back");
    bool is_settled = owes(act, 0, 0) && settles(act, payment, "returned");
    read_phone(act, payment, &phone);
    tell(act, is_settled && strcmp(room, "-17.00 +17.00") == 0,
         "the reversal arrives by itself, and all agree: returned; phone: %s", room);
    json_decref(playing.answer);
}

/* ---- two persons end a doubt ---- */

#define PERSON_PASSWORD "a password of theirs\n"

/* A file that holds the password of both; false when it cannot be written. */
static bool write_password(const struct act *act, char *path, size_t path_len)
{
    struct text t = text_over(path, path_len);

    text_add(&t, act->folder);
    text_add(&t, "/password");
    int file = open(text_z(&t), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t len = file < 0 ? -1 : write(file, PERSON_PASSWORD, strlen(PERSON_PASSWORD));
    if (file >= 0)
        close(file);
    return len == (ssize_t)strlen(PERSON_PASSWORD);
}

static bool run_doubt(const char *const argv[])
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int result = client_run(argv, nowhere);

    close(nowhere);
    return result == EXIT_DONE;
}

static bool set_person(const struct act *act, const char *name, const char *password)
{
    return run_doubt((const char *const[]){"acquit", "doubt", "person", name, "--new-password-file",
                                           password, "--data", act->folder, NULL});
}

static bool say(const struct act *act, const char *by, const char *payment, const char *password)
{
    bool is_first = strcmp(by, "anna") == 0;

    return run_doubt((const char *const[]){
        "acquit", "doubt", is_first ? "settle" : "confirm", payment, "--as", "taken-back", "--by",
        by, "--evidence", "the bank's desk: reversed, note 4711", "--password-file", password,
        "--data", act->folder, NULL});
}

static void name_payment(const json_t *payment, struct text *out)
{
    text_add(out, client_text(payment, "terminal"));
    text_add_char(out, '/');
    text_add_u64(out, (uint64_t)json_integer_value(json_object_get(payment, "batch")));
    text_add_char(out, '/');
    text_add_u64(out, (uint64_t)json_integer_value(json_object_get(payment, "trace")));
}

/* The bank takes it back, and its confirmation never arrives. */
static void settle_by_hand(struct act *act)
{
    const struct line_scene scene = {.words = "taken back, and never confirmed",
                                     .terminal = "T3",
                                     .card = "C3",
                                     .amount = "18.00"};
    const struct demo_wire_order lost[] = {{WIRE_LOSES, "0210", "T3", 1, 0},
                                           {WIRE_LOSES, "0430", "T3", 100000, 0}};
    struct playing playing = {.act = act, .scene = &scene};
    char password[512];
    char named[64];
    char room[128];
    struct text name = text_over(named, sizeof named);
    struct text phone = text_over(room, sizeof room);

    for (size_t i = 0; i < ARRAY_COUNT(lost); i++)
        demo_wire_order(act->bank_line, &lost[i]);
    sell(&playing);
    json_t *payment = json_object_get(playing.answer, "payment");
    name_payment(payment, &name);
    tell(act, owes(act, 1, 0) && advance_clock(act, "5h") && owes(act, 1, 1),
         "%s: five hours later a person is told", scene.words);
    bool is_said = write_password(act, password, sizeof password) &&
                   set_person(act, "anna", password) && set_person(act, "bo", password) &&
                   say(act, "anna", text_z(&name), password);
    tell(act, is_said && owes(act, 1, 1) && !say(act, "anna", "T3/1/999999", password),
         "anna asks the bank, and says: taken-back; nothing happens yet");
    bool is_settled = say(act, "bo", text_z(&name), password) && owes(act, 0, 0) &&
                      settles(act, payment, "returned");
    read_phone(act, payment, &phone);
    tell(act, is_settled && strcmp(text_z(&phone), "-18.00 +18.00") == 0,
         "bo confirms it: settled, and all agree: returned; phone: %s", room);
    (void)unlink(password);
    json_decref(playing.answer);
}

static void audit(struct act *act)
{
    const char *const argv[] = {"acquit", "audit", "--data", act->folder, NULL};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int result = client_run(argv, nowhere);

    close(nowhere);
    tell(act, result == EXIT_DONE, "acquit audit: the books are right");
}

bool demo_line_play(const char *folder)
{
    struct act act = {.folder = folder, .is_good = true};

    printf("\n-- The line fails: each party a process, with a bad line between them\n");
    if (open_world(&act)) {
        play_group(&act, doubtful_scenes, ARRAY_COUNT(doubtful_scenes));
        play_group(&act, other_scenes, ARRAY_COUNT(other_scenes));
        printf("\n-- The switch is killed, and the bank\n");
        kill_switch(&act);
        kill_bank(&act);
        printf("\n-- The bank is away for more than a day\n");
        stay_away(&act);
        printf("\n-- A doubt that does not end by itself\n");
        settle_by_hand(&act);
        audit(&act);
    } else {
        tell(&act, false, "a world of four processes starts");
    }
    close_world(&act);
    return act.is_good;
}

/*
 * acquit demo: a day at the shop. Starts a world in a temporary folder, plays the scenes of
 * demo_table over TCP between the real parties, checks each against what it must come to, asks why
 * about two of them, and cleans up. Exit code 0 only if every scene came out as written.
 */
#include "app/demo/demo_disaster.h"
#include "app/demo/demo_line.h"
#include "app/demo/demo_rogue.h"
#include "app/demo/demo_scene.h"
#include "app/story/story_client.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/server.h"
#include "base/assert.h"
#include "host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_WORDS_MAX 24
#define RUN_ROOM 512

static const char demo_help[] =
    "usage: acquit demo [--keep]\n\n"
    "Plays a day at the shop between a terminal, the switch and two issuers that run on this\n"
    "machine: what the customer does, what the terminal shows, response code, cause, and where\n"
    "the money is. Then the machine dies and goes on from a backup; lines lose, double and spoil\n"
    "messages; switch and bank are killed with forty payments in flight.\n\n"
    "  --keep   leave the folder for a look; acquit up --data FOLDER goes on with it\n";

/* ---- the world ---- */

static int run_self(const char *const argv[])
{
    return client_run(argv, -1);
}

/* What it complains of is still seen. */
static int run_self_quiet(const char *const argv[])
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int result = client_run(argv, nowhere);

    close(nowhere);
    return result;
}

static bool world_up(const char *data)
{
    const char *const argv[] = {"acquit", "up", "--data", data, "--detach", NULL};

    return run_self(argv) == EXIT_DONE;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* ---- scenes ---- */

static void set_if(json_t *request, const char *key, const char *value)
{
    if (value != NULL)
        json_object_set_new(request, key, json_string(value));
}

/* Payments that later scenes name as their originals: scene name -> the payment. */
static json_t *saved_payments;

static void save_payment(const struct demo_scene *scene, const json_t *answer)
{
    json_t *payment = json_object_get(answer, "payment");
    json_t *code = json_object_get(answer, "code");

    if (scene->save != NULL && payment != NULL)
        json_object_set(saved_payments, scene->save, payment);
    else if (scene->save != NULL && code != NULL)
        json_object_set(saved_payments, scene->save, code);
}

static void set_number(json_t *request, const char *key, const json_t *number)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    text_add_u64(&t, (uint64_t)json_integer_value(number));
    json_object_set_new(request, key, json_string(text_z(&t)));
}

static void set_original(json_t *request, const char *name)
{
    json_t *payment = json_object_get(saved_payments, name);

    set_number(request, "trace", json_object_get(payment, "trace"));
    set_number(request, "batch", json_object_get(payment, "batch"));
}

static void set_more(json_t *request, const char *more)
{
    json_t *members = json_loads(more, 0, NULL);

    assert(members != NULL);
    json_object_update(request, members);
    json_decref(members);
}

static json_t *scene_request(const struct demo_scene *scene)
{
    json_t *request = json_pack("{s:s}", "verb", scene->verb);

    set_if(request, "terminal", scene->terminal);
    set_if(request, "amount", scene->amount);
    set_if(request, "card", scene->card);
    set_if(request, "entry", scene->entry);
    set_if(request, "pin", scene->pin);
    set_if(request, "number", scene->number);
    set_if(request, "expiry", scene->expiry);
    if (scene->fallback)
        json_object_set_new(request, "fallback", json_true());
    set_if(request, "what", scene->what);
    set_if(request, "id", scene->id);
    set_if(request, "state", scene->state);
    if (scene->of != NULL)
        set_original(request, scene->of);
    if (scene->code_of != NULL)
        json_object_set(request, strcmp(scene->verb, "offline-sale") == 0 ? "auth" : "code",
                        json_object_get(saved_payments, scene->code_of));
    if (scene->more != NULL)
        set_more(request, scene->more);
    return request;
}

static bool write_scene_file(const char *data, const char *content)
{
    char path[RUN_ROOM];
    struct text t = text_over(path, sizeof path);

    text_add(&t, data);
    text_add(&t, "/scene");
    FILE *file = fopen(path, "we");
    bool is_written = file != NULL && fputs(content, file) >= 0;
    return file != NULL && fclose(file) == 0 && is_written;
}

/* Words of a command; DATA at the beginning of one stands for the folder. Returns how many. */
static size_t split_words(const char *words, const char *data, const char *argv[],
                          char room[static RUN_ROOM])
{
    struct text t = text_over(room, RUN_ROOM);
    size_t count = 1;

    while (*words != 0) {
        size_t len = strcspn(words, " ");
        assert(count < RUN_WORDS_MAX);
        argv[count++] = room + t.len;
        size_t before = *words == '@' ? 1 : 0;
        if (strncmp(words + before, "DATA", 4) == 0) {
            text_add_bytes(&t, bytes_over(words, before));
            text_add(&t, data);
            text_add_bytes(&t, bytes_over(words + before + 4, len - before - 4));
        } else {
            text_add_bytes(&t, bytes_over(words, len));
        }
        text_add_char(&t, 0);
        words += len + (words[len] == ' ');
    }
    assert(!t.cut);
    return count;
}

/* An acquit command in a scene: what it prints goes nowhere, what it complains of is seen. */
static json_t *run_words(const char *data, const struct demo_scene *scene)
{
    const char *argv[RUN_WORDS_MAX + 1] = {"acquit"};
    char room[RUN_ROOM];

    argv[split_words(scene->run, data, argv, room)] = NULL;
    if (scene->file != NULL && !write_scene_file(data, scene->file))
        return NULL;
    struct moment begun = clock_now();
    bool is_good = run_self_quiet(argv) == EXIT_DONE;
    return json_pack("{s:b, s:b, s:s, s:I}", "ok", 1, "approved", is_good, "outcome",
                     is_good ? "approved" : "none", "took_us",
                     (json_int_t)((clock_now().ns - begun.ns) / 1000));
}

static json_t *play(const char *socket_path, const char *data, const struct demo_scene *scene)
{
    char room[256];
    struct text error = text_over(room, sizeof room);

    if (scene->rogue != ROGUE_NONE)
        return demo_rogue_play(data, scene->rogue);
    if (scene->run != NULL)
        return run_words(data, scene);
    json_t *request = scene_request(scene);
    json_t *answer = client_try(socket_path, request, &error);
    json_decref(request);
    if (answer == NULL)
        fprintf(stderr, "acquit: %s\n", room);
    return answer;
}

/* A terminal knows a response code; the cause is known where it was decided. So the cause of a
 * payment is asked for, as acquit why does. */
static void ask_cause(const char *data, json_t *answer)
{
    json_t *payment = json_object_get(answer, "payment");
    struct story_question question = {
        .data = data, .reader = "cashier", .lang = "en", .identity = payment};
    json_t *parties;
    const json_t *best;

    if (payment == NULL || json_is_true(json_object_get(answer, "approved")))
        return;
    parties = story_gather(&question);
    best = story_best(parties);
    if (best != NULL) {
        json_object_set(answer, "outcome",
                        json_object_get(json_object_get(best, "payment"), "outcome"));
        json_object_set(answer, "explanation", json_object_get(best, "explanation"));
    }
    json_decref(parties);
}

static bool came_out(const struct demo_scene *scene, const json_t *answer)
{
    const json_t *payment = json_object_get(answer, "payment");

    if (strcmp(client_text(answer, "outcome"), scene->outcome) != 0)
        return false;
    if (scene->money != NULL && strcmp(client_text(answer, "money"), scene->money) != 0)
        return false;
    return scene->balance == NULL || strcmp(client_text(payment, "balance"), scene->balance) == 0;
}

/* Terminals count columns, not bytes: a Chinese character takes two. */
static void print_padded(const char *text, int width)
{
    int columns = 0;

    for (const char *at = text; *at != 0; at++) {
        if (((unsigned char)*at & 0xC0) != 0x80)
            columns += (unsigned char)*at >= 0xE0 ? 2 : 1;
    }
    printf("%s%*s", text, columns < width ? width - columns : 0, "");
}

/* The cashier's two lines as one. */
static void print_cashier(const char *text)
{
    char room[128];
    struct text t = text_over(room, sizeof room);

    for (; *text != 0; text++) {
        if (*text == '\n' && text[1] != 0)
            text_add(&t, ". ");
        else if (*text != '\n')
            text_add_char(&t, *text);
    }
    print_padded(room, 56);
}

static void print_scene(const struct demo_scene *scene, const json_t *answer, bool good)
{
    const char *code = client_text(json_object_get(answer, "payment"), "code");
    const char *cashier = client_text(answer, "explanation");
    bool approved = json_is_true(json_object_get(answer, "approved"));

    print_padded(scene->customer, 46);
    print_cashier(*cashier != 0 ? cashier : approved ? "APPROVED" : "");
    printf("%-5s%-26s%-11s%6.1f ms  %s\n", *code != 0 ? code : client_text(answer, "code"),
           client_text(answer, "outcome"),
           scene->money == NULL ? "-" : client_text(answer, "money"),
           (double)json_integer_value(json_object_get(answer, "took_us")) / 1000,
           good ? "ok" : "WRONG");
    if (!good)
        printf("    expected %s, money %s%s%s\n", scene->outcome,
               scene->money == NULL ? "-" : scene->money,
               scene->balance == NULL ? "" : ", balance ",
               scene->balance == NULL ? "" : scene->balance);
}

static size_t play_all(const char *data)
{
    char socket_path[320];
    size_t wrong = 0;

    server_socket_path(data, "control", socket_path, sizeof socket_path);
    print_padded("what the customer did", 46);
    print_padded("what the cashier reads", 56);
    printf("%-5s%-26s%-11s%9s\n", "code", "cause", "money", "time");
    for (size_t i = 0; i < demo_scene_count; i++) {
        const struct demo_scene *scene = &demo_scenes[i];
        json_t *answer;
        bool good;

        if (scene->title != NULL) {
            printf("\n-- %s\n", scene->title);
            continue;
        }
        answer = play(socket_path, data, scene);
        save_payment(scene, answer);
        ask_cause(data, answer);
        good = answer != NULL && came_out(scene, answer);
        if (!scene->is_quiet || !good)
            print_scene(scene, answer, good);
        wrong += good ? 0 : 1;
        fflush(stdout);
        json_decref(answer);
    }
    return wrong;
}

static int ask_why(const char *data, const char *terminal, const char *lang, const char *reader)
{
    const char *const argv[] = {"acquit", "why",    "last", "--data", data,   "--terminal",
                                terminal, "--lang", lang,   "--for",  reader, NULL};

    printf("\n$ acquit why last --terminal %s --lang %s --for %s\n", terminal, lang, reader);
    fflush(stdout);
    return run_self(argv);
}

static int audit(const char *data)
{
    const char *const argv[] = {"acquit", "audit", "--data", data, NULL};

    printf("\n$ acquit audit\n");
    fflush(stdout);
    return run_self(argv);
}

/* In a folder beside ours: its world dies with its act. */
static bool play_line(const char *data)
{
    char folder[RUN_ROOM];
    struct text t = text_over(folder, sizeof folder);

    text_add(&t, data);
    text_add(&t, ".line");
    return demo_line_play(folder);
}

static int play_world(const char *data)
{
    if (!world_up(data))
        return EXIT_BAD;
    saved_payments = json_object();
    size_t wrong = play_all(data);
    json_decref(saved_payments);
    int why = ask_why(data, DEMO_APPROVED_TERMINAL, "en", "operator");
    if (why == EXIT_DONE)
        why = ask_why(data, DEMO_REFUSED_TERMINAL, "zh", "merchant");
    int books = audit(data);
    bool survives = demo_disaster_play(data);
    bool settles = play_line(data);
    bool is_good = wrong == 0 && survives && settles;
    printf("\n%zu of %zu scenes came out as written%s\n", demo_scene_total() - wrong,
           demo_scene_total(), is_good ? "" : ": SOMETHING IS WRONG");
    return is_good && why == EXIT_DONE && books == EXIT_DONE ? EXIT_DONE : EXIT_BAD;
}

int demo_main(int argc, char **argv)
{
    char data[] = "/tmp/acquit-demo-XXXXXX";
    bool keep = argc == 2 && strcmp(argv[1], "--keep") == 0;

    if (argc > 1 && !keep)
        return fputs(demo_help, strcmp(argv[1], "--help") == 0 ? stdout : stderr),
               strcmp(argv[1], "--help") == 0 ? EXIT_DONE : EXIT_USAGE;
    if (mkdtemp(data) == NULL) {
        perror("acquit: cannot make a temporary folder");
        return EXIT_BAD;
    }
    printf("A world of its own in %s: one switch, two issuers, four terminals.\n\n", data);
    int result = play_world(data);
    if (keep)
        printf("kept: %s\n", data);
    else
        nftw(data, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return result;
}

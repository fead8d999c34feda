/* acquit qr: codes that merchants show, and what any payment code says. */
#include "app/subcommand.h"
#include "app/till/qr_pay.h"
#include "app/world/client.h"
#include "app/world/config.h"
#include "base/attribute.h"
#include "card/emv_qr.h"
#include "drivers/files/qr_encode.h"
#include "view/qr_picture.h"
#include "view/qr_view.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char qr_help[] =
    "usage: acquit qr show --merchant M1 [--amount 12.50] [--terminal T1] [--reference R]\n"
    "                 [--city CITY] [--local-name NAME] [--svg | --text | --json] [--data DIR]\n"
    "       acquit qr pay PAYLOAD|@FILE --card C1 [--amount 12.50] [--terminal T1] [--data DIR]\n"
    "       acquit qr decode PAYLOAD [--json]\n\n"
    "show draws the code that a merchant shows and a customer's phone scans (EMVCo,\n"
    "merchant-presented, UnionPay). Without an amount the customer keys it.\n"
    "pay is the customer's phone before that code: it gets a payment code of its card's bank for "
    "the\n"
    "amount and hands it to the till that the code names, which sells with it.\n"
    "decode says what a code says, field by field, and what is wrong and where; also of codes "
    "that\n"
    "customers show. Exit code 0: good; 1: it is not; 2: wrong arguments.\n\n"
    "  --svg     a picture       --text  the payload alone       --json  payload and fields\n\n"
    "examples: acquit qr show --merchant M1 --amount 12.50\n"
    "          acquit qr show --merchant M1 --svg > code.svg\n"
    "          acquit qr decode \"$(acquit qr show --merchant M1 --text)\"\n";

enum qr_form { FORM_PICTURE, FORM_SVG, FORM_TEXT, FORM_JSON };

struct qr_arguments {
    const char *data;
    const char *merchant;
    const char *amount;
    const char *terminal;
    const char *reference;
    const char *city;
    const char *local_name;
    const char *card;
    enum qr_form form;
};

enum {
    OPTION_DATA = 1,
    OPTION_MERCHANT,
    OPTION_AMOUNT,
    OPTION_TERMINAL,
    OPTION_REFERENCE,
    OPTION_CITY,
    OPTION_LOCAL_NAME,
    OPTION_CARD,
    OPTION_SVG,
    OPTION_TEXT,
    OPTION_JSON,
    OPTION_HELP
};

static const struct option options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"merchant", required_argument, NULL, OPTION_MERCHANT},
    {"amount", required_argument, NULL, OPTION_AMOUNT},
    {"terminal", required_argument, NULL, OPTION_TERMINAL},
    {"reference", required_argument, NULL, OPTION_REFERENCE},
    {"city", required_argument, NULL, OPTION_CITY},
    {"local-name", required_argument, NULL, OPTION_LOCAL_NAME},
    {"card", required_argument, NULL, OPTION_CARD},
    {"svg", no_argument, NULL, OPTION_SVG},
    {"text", no_argument, NULL, OPTION_TEXT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static int usage(bool is_asked_for)
{
    fputs(qr_help, is_asked_for ? stdout : stderr);
    return is_asked_for ? EXIT_DONE : EXIT_USAGE;
}

static int complain(const char *what, const char *detail)
{
    fprintf(stderr, "acquit qr: %s%s\n", what, detail);
    return EXIT_USAGE;
}

static void take_option(int option, struct qr_arguments *out)
{
    const char **const texts[] = {[OPTION_DATA] = &out->data,
                                  [OPTION_MERCHANT] = &out->merchant,
                                  [OPTION_AMOUNT] = &out->amount,
                                  [OPTION_TERMINAL] = &out->terminal,
                                  [OPTION_REFERENCE] = &out->reference,
                                  [OPTION_CITY] = &out->city,
                                  [OPTION_LOCAL_NAME] = &out->local_name,
                                  [OPTION_CARD] = &out->card};

    if (option <= OPTION_CARD)
        *texts[option] = optarg;
    else
        out->form = option == OPTION_SVG ? FORM_SVG : option == OPTION_TEXT ? FORM_TEXT : FORM_JSON;
}

/* ---- show ---- */

static int draw(const char *payload, enum qr_form form)
{
    static struct qr_picture picture;
    static char room[QR_PICTURE_ROOM];
    struct text t = text_over(room, sizeof room);

    if (qr_encode(payload, QR_SIDE_MAX, picture.is_dark, &picture.side) != OK)
        return complain("the payload is too long for a code", "");
    if (form == FORM_SVG)
        qr_picture_add_svg(&picture, &t);
    else
        qr_picture_add_text(&picture, &t);
    fputs(text_z(&t), stdout);
    if (form == FORM_PICTURE)
        printf("%s\n", payload);
    return EXIT_DONE;
}

static void print_json(const char *payload)
{
    static char room[QR_VIEW_ROOM];
    struct text t = text_over(room, sizeof room);

    (void)qr_view_add_json(&t, bytes_of_z(payload));
    json_t *json =
        json_pack("{s:s, s:o}", "payload", payload, "says", json_loads(text_z(&t), 0, NULL));
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

static int show_wish(const struct emv_qr_wish *wish, enum qr_form form)
{
    char room[4 * EMV_QR_ROOM];
    struct text payload = text_over(room, sizeof room);

    if (emv_qr_build(wish, &payload) != OK)
        return complain("this makes no code: names and city are printable ASCII (--local-name may "
                        "be anything), the reference has at most 25 characters",
                        "");
    if (form == FORM_TEXT)
        printf("%s\n", text_z(&payload));
    else if (form == FORM_JSON)
        print_json(text_z(&payload));
    else
        return draw(text_z(&payload), form);
    return EXIT_DONE;
}

static const struct lab_merchant *find_merchant(const struct lab_world *world, const char *id)
{
    for (uint32_t i = 0; i < world->merchant_count; i++) {
        if (strcmp(world->merchants[i].id, id) == 0)
            return &world->merchants[i];
    }
    return NULL;
}

static int show_of(const struct qr_arguments *arguments, const struct config *config)
{
    const struct lab_world *world = &config->world;
    const struct lab_merchant *merchant = find_merchant(world, arguments->merchant);
    struct emv_qr_wish wish = {.acquirer = world->acquirer.id,
                               .merchant = arguments->merchant,
                               .terminal = arguments->terminal,
                               .reference = arguments->reference,
                               .city = arguments->city,
                               .local_name = arguments->local_name,
                               .local_letters = "ZH",
                               .country = "CN",
                               .amount = {.currency = world->currency}};

    if (merchant == NULL)
        return complain("there is no such merchant: ", arguments->merchant);
    if (arguments->amount != NULL &&
        (money_from_text(arguments->amount, world->currency, &wish.amount) != OK ||
         wish.amount.minor == 0))
        return complain("--amount takes a sum over zero such as 12.50, not ", arguments->amount);
    wish.name = merchant->name;
    wish.category = merchant->category;
    return show_wish(&wish, arguments->form);
}

/* The merchants are those of the world's file: nothing need run. */
static int show(const struct qr_arguments *arguments)
{
    static struct config config;
    char path[CONFIG_PATH_LEN];
    char room[512];
    struct text error = text_over(room, sizeof room);

    if (arguments->merchant == NULL)
        return usage(false);
    snprintf(path, sizeof path, "%s/acquit.yaml", arguments->data);
    if (config_read(path, &config, &error) != OK)
        return complain(text_z(&error), "; acquit up writes one");
    int result = show_of(arguments, &config);
    config_free(&config);
    return result;
}

/* ---- decode ---- */

static int decode(const char *payload, bool as_json)
{
    static char room[QR_VIEW_ROOM];
    struct text t = text_over(room, sizeof room);
    struct bytes bytes = bytes_of_z(payload);

    if (bytes.len > QR_PAYLOAD_MAX)
        return complain("no code holds so much", "");
    bool is_good = as_json ? qr_view_add_json(&t, bytes) : qr_view_add_text(&t, bytes);
    fputs(text_z(&t), stdout);
    return is_good ? EXIT_DONE : EXIT_BAD;
}

/* ---- pay ---- */

/* A payload, or that in a file. */
static const char *payload_of(const char *word, char room[static QR_PAYLOAD_MAX + 1])
{
    FILE *file = *word == '@' ? fopen(word + 1, "re") : NULL;

    if (*word != '@')
        return word;
    if (file == NULL)
        return NULL;
    size_t len = fread(room, 1, QR_PAYLOAD_MAX, file);
    fclose(file);
    room[len] = 0;
    room[strcspn(room, "\n")] = 0;
    return room;
}

static int pay(const struct qr_arguments *arguments, const char *word)
{
    static char room[QR_PAYLOAD_MAX + 1];
    const char *payload = payload_of(word, room);
    struct qr_payer payer = {arguments->data, arguments->card, arguments->amount,
                             arguments->terminal};

    if (arguments->card == NULL)
        return usage(false);
    if (payload == NULL)
        return complain("cannot read ", word + 1);
    return qr_pay(&payer, payload);
}

int qr_main(int argc, char **argv)
{
    struct qr_arguments arguments = {.data = CLIENT_DATA_DEFAULT, .city = "SHANGHAI"};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP)
            return usage(true);
        if (option == '?')
            return usage(false);
        take_option(option, &arguments);
    }
    if (argc - optind == 1 && strcmp(argv[optind], "show") == 0)
        return show(&arguments);
    if (argc - optind == 2 && strcmp(argv[optind], "decode") == 0)
        return decode(argv[optind + 1], arguments.form == FORM_JSON);
    if (argc - optind == 2 && strcmp(argv[optind], "pay") == 0)
        return pay(&arguments, argv[optind + 1]);
    return usage(false);
}

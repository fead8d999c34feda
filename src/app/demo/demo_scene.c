#include "app/demo/demo_scene.h"

#include "base/attribute.h"

#define TITLE(words)                                                                               \
    {                                                                                              \
        .title = words                                                                             \
    }
#define SALE(words, t, c, e, a, p, ...)                                                            \
    {                                                                                              \
        .customer = words, .verb = "sale", .terminal = t, .card = c, .entry = e, .amount = a,      \
        .pin = p, __VA_ARGS__                                                                      \
    }
#define ASK(words, t, c, e, p, ...)                                                                \
    {                                                                                              \
        .customer = words, .verb = "balance", .terminal = t, .card = c, .entry = e, .pin = p,      \
        __VA_ARGS__                                                                                \
    }
#define SET(what_, id_, state_)                                                                    \
    {                                                                                              \
        .customer = "set " id_ " " state_, .verb = "set", .what = what_, .id = id_,                \
        .state = state_, .is_quiet = true, .outcome = "approved"                                   \
    }
#define FOLLOW(words, verb_, of_, a, ...)                                                          \
    {                                                                                              \
        .customer = words, .verb = verb_, .terminal = "T1", .of = of_, .amount = a, __VA_ARGS__    \
    }
#define HOLD(words, t, c, a, ...)                                                                  \
    {                                                                                              \
        .customer = words, .verb = "preauth", .terminal = t, .card = c, .entry = "chip",           \
        .amount = a, .pin = "1234", .outcome = "approved", .money = "held", __VA_ARGS__            \
    }
#define RUN(words, command) RUN_ON(words, command, NULL)
#define RUN_ON(words, command, text)                                                               \
    {                                                                                              \
        .customer = words, .run = command " --data DATA", .file = text, .outcome = "approved"      \
    }
#define SUPERVISED .more = "{\"supervisor\": \"123456\"}"
#define RULES_HEAD "threshold: 100\nrules:\n"
#define REFUSED(cause) .outcome = cause, .money = "not_moved"
#define APPROVED .outcome = "approved", .money = "moved"
#define TOLD .outcome = "approved", .money = "not_moved"

/* clang-format off */
const struct demo_scene demo_scenes[] = {
    TITLE("Paying"),
    {.customer = "the shop opens: terminal signs in", .verb = "signin", .terminal = "T1", .outcome = "approved"},
    {.customer = "the line is tested",                .verb = "echo",   .terminal = "T1", .outcome = "approved"},
    SALE("inserts the chip, keys the PIN: 128.50",    "T1", "C1",  "chip",   "128.50", "1234", APPROVED),
    ASK ("asks for the balance",                      "T1", "C1",  "chip",             "1234", TOLD, .balance = "9871.50"),
    SALE("swipes a card without chip: 35.00",         "T1", "C2",  "stripe", "35.00",  "1234", APPROVED),
    SALE("taps, small amount, no PIN: 12.00",         "T1", "C1",  "tap",    "12.00",  NULL,   APPROVED),
    SALE("the number is keyed: 20.00",                "T1", "C1",  "keyed",  "20.00",  "1234", APPROVED),
    SALE("pays on credit: 400.00",                    "T4", "C10", "chip",   "400.00", "1234", APPROVED),
    ASK ("has little money: asks for the balance",    "T1", "C3",  "chip",             "1234", TOLD, .balance = "5.00"),
    SALE("spends the last cent: 5.00",                "T1", "C3",  "chip",   "5.00",   "1234", APPROVED),
    SALE("and the same again",                        "T1", "C3",  "chip",   "5.00",   "1234", REFUSED("account.funds-short")),

    TITLE("Refused at the terminal: nothing leaves the shop"),
    SALE("swipes a chip card",                        "T1", "C1",  "stripe", "10.00",  "1234", REFUSED("card.chip-required")),
    SALE("an expired card",                           "T1", "C7",  "chip",   "10.00",  "1234", REFUSED("card.expired-local")),
    {.customer = "a digit keyed wrong", .verb = "sale", .terminal = "T1", .entry = "keyed", .number = "6200 0001 0000 0001", .expiry = "3012", .amount = "10.00", REFUSED("card.number-invalid")},
    SALE("an amount of nothing",                      "T1", "C1",  "chip",   "0.00",   "1234", REFUSED("terminal.amount-invalid")),

    TITLE("Refused by the acquirer's switch"),
    SALE("a card of a BIN that nobody issues",        "T1", "C11", "chip",   "10.00",  "1234", REFUSED("card.bin-unknown")),
    SALE("a card whose bank is away",                 "T1", "C12", "chip",   "10.00",  "1234", REFUSED("issuer.unreachable")),
    SALE("more than this merchant may take",          "T3", "C1",  "chip",   "2500.00", "1234", REFUSED("amount.above-maximum")),
    SET ("merchant", "M3", "frozen"),
    SALE("the merchant is suspended",                 "T4", "C1",  "chip",   "10.00",  "1234", REFUSED("merchant.frozen")),
    SET ("merchant", "M3", "active"),
    SET ("terminal", "T4", "frozen"),
    SALE("the terminal was stopped by the operator",  "T4", "C1",  "chip",   "10.00",  "1234", REFUSED("terminal.disabled")),
    SET ("terminal", "T4", "active"),
    {.customer = "a stranger's terminal on the line", .rogue = ROGUE_UNKNOWN_TERMINAL, .outcome = "terminal.unknown",     .money = NULL},
    {.customer = "something that is no sale",         .rogue = ROGUE_UNSUPPORTED,      .outcome = "transaction.unsupported", .money = NULL},
    {.customer = "a bit flips on the line",           .rogue = ROGUE_MAC_WRONG,        .outcome = "message.mac-wrong",    .money = NULL},
    {.customer = "a message without its amount",      .rogue = ROGUE_MALFORMED,        .outcome = "message.malformed",    .money = NULL},

    TITLE("Refused by the issuer"),
    SALE("wrong PIN",                                 "T1", "C1",  "chip",   "10.00",  "9999", REFUSED("pin.wrong")),
    SALE("wrong PIN again",                           "T1", "C1",  "chip",   "10.00",  "9998", REFUSED("pin.wrong")),
    SALE("the right one: the counter starts anew",    "T1", "C1",  "chip",   "10.00",  "1234", APPROVED),
    SALE("no PIN where one is needed",                "T1", "C1",  "chip",   "10.00",  NULL,   REFUSED("pin.missing")),
    SALE("three wrong PINs: one",                     "T1", "C2",  "stripe", "10.00",  "9999", REFUSED("pin.wrong")),
    SALE("three wrong PINs: two",                     "T1", "C2",  "stripe", "10.00",  "9998", REFUSED("pin.wrong")),
    SALE("three wrong PINs: three",                   "T1", "C2",  "stripe", "10.00",  "9997", REFUSED("pin.wrong")),
    SALE("then even the right one",                   "T1", "C2",  "stripe", "10.00",  "1234", REFUSED("pin.tries-exceeded")),
    SALE("a frozen card",                             "T1", "C4",  "chip",   "10.00",  "1234", REFUSED("card.frozen")),
    SALE("a stolen card",                             "T1", "C5",  "chip",   "10.00",  "1234", REFUSED("card.stolen")),
    SALE("a lost card",                               "T1", "C6",  "chip",   "10.00",  "1234", REFUSED("card.lost")),
    SALE("a card not activated yet",                  "T1", "C8",  "chip",   "10.00",  "1234", REFUSED("card.not-activated")),
    SET ("card", "C8", "cancelled"),
    SALE("a cancelled card",                          "T1", "C8",  "chip",   "10.00",  "1234", REFUSED("card.cancelled")),
    SET ("card", "C8", "dormant"),
    SALE("a card unused for too long",                "T1", "C8",  "chip",   "10.00",  "1234", REFUSED("card.dormant")),
    SET ("card", "C8", "capture"),
    SALE("a card that its bank wants back",           "T1", "C8",  "chip",   "10.00",  "1234", REFUSED("card.capture")),
    SALE("the chip reader does not answer",           "T1", "C1",  "chip",   "10.00",  "1234", REFUSED("terminal.device-fault"), .more = "{\"faulty\":[\"reader\"]}"),
    SALE("so the stripe is swiped: falls back",       "T1", "C1",  "stripe", "10.00",  "1234", REFUSED("chip.fallback-refused"), .fallback = true),
    SALE("a forged stripe",                           "T1", "C13", "stripe", "10.00",  "1234", REFUSED("cvv.wrong")),
    SALE("a copied chip",                             "T1", "C14", "chip",   "10.00",  "1234", REFUSED("chip.cryptogram-wrong")),
    SALE("over the card's limit for one payment",     "T1", "C9",  "chip",   "60.00",  "1234", REFUSED("limit.per-payment")),
    SALE("within it",                                 "T1", "C9",  "chip",   "50.00",  "1234", APPROVED),
    SALE("within it once more",                       "T1", "C9",  "chip",   "45.00",  "1234", APPROVED),
    SALE("over the card's limit for the day",         "T1", "C9",  "chip",   "10.00",  "1234", REFUSED("limit.daily-amount")),
    SALE("a small one fits",                          "T1", "C9",  "chip",   "2.00",   "1234", APPROVED),
    SALE("but that was the third of the day",         "T1", "C9",  "chip",   "1.00",   "1234", REFUSED("limit.daily-count")),

    RUN ("the bank's operator unlocks the PIN",       "card set C2 pin_tries=0"),
    SALE("and the right one works",                   "T1", "C2",  "stripe", "10.00",  "1234", APPROVED),

    TITLE("Paying by code, by voice, in part"),
    {.customer = "the phone shows a code for 30.00", .verb = "code", .what = "card", .id = "C1", .amount = "30.00", .save = "phone", .outcome = "approved"},
    {.customer = "the shop scans it: 25.00", .verb = "sale", .terminal = "T1", .amount = "25.00", .code_of = "phone", APPROVED},
    {.customer = "the same code once more", .verb = "sale", .terminal = "T1", .amount = "25.00", .code_of = "phone", REFUSED("qr.used")},
    RUN_ON("the till shows its code: the phone pays 12.50", "qr pay @DATA/scene --card C1", "00020101021226380016A0000003330101010108100000010202M1520454115303156540512.505802CN5915Lab Supermarket6008SHANGHAI62060702T16304A091\n"),
    {.customer = "the bank gives a code by telephone", .verb = "voice", .what = "card", .id = "C1", .amount = "60.00", .save = "voice", .outcome = "approved"},
    {.customer = "an offline sale with it: 60.00", .verb = "offline-sale", .terminal = "T1", .amount = "60.00", .card = "C1", .entry = "keyed", .code_of = "voice", .outcome = "approved", .money = "not_moved"},

    TITLE("Mistakes at the till"),
    SALE("500.00 keyed for 50.00",                    "T1", "C1",  "chip",   "500.00", "1234", APPROVED, .save = "wrong"),
    FOLLOW("void it, without the supervisor",         "void", "wrong", NULL, REFUSED("terminal.operator-unknown")),
    FOLLOW("void it with another card in the reader", "void", "wrong", NULL, REFUSED("original.amount-mismatch"), SUPERVISED, .card = "C2", .entry = "stripe"),
    FOLLOW("void it",                                 "void", "wrong", NULL, APPROVED, SUPERVISED, .save = "void"),
    FOLLOW("void it twice",                           "void", "wrong", NULL, REFUSED("original.already-voided"), SUPERVISED),
    FOLLOW("void the void",                           "void", "void",  NULL, REFUSED("original.not-found"), SUPERVISED),
    FOLLOW("refund the voided sale",                  "refund", "wrong", "5.00", REFUSED("original.already-voided"), SUPERVISED),
    SALE("then the right amount",                     "T1", "C1",  "chip",   "50.00",  "1234", APPROVED, .save = "dinner"),
    FOLLOW("adds a tip of 5.00",                      "tip-adjust", "dinner", "55.00", .outcome = "approved", .money = "not_moved"),
    SALE("50.00 keyed for 500.00",                    "T1", "C1",  "chip",   "50.00",  "1234", APPROVED),
    SALE("the rest while the customer is there",      "T1", "C1",  "chip",   "450.00", "1234", APPROVED, .save = "big"),
    FOLLOW("brings goods back: 200.00",               "refund", "big", "200.00", APPROVED, SUPERVISED),
    FOLLOW("and more: 200.00",                        "refund", "big", "200.00", APPROVED, SUPERVISED),
    FOLLOW("and too much: 100.00",                    "refund", "big", "100.00", REFUSED("refund.too-large"), SUPERVISED),
    {.customer = "paid, no paper: the payment stands", .verb = "sale", .terminal = "T1", .amount = "7.00", .card = "C1", .entry = "chip", .pin = "1234", .more = "{\"faulty\": [\"paper\"]}", .outcome = "approved", .money = "moved"},
    RUN ("paper in: the receipt again",               "reprint --terminal T1"),

    TITLE("A hotel: hold, complete, void, let lapse"),
    HOLD("a room: holds 500.00",                       "T1", "C1", "500.00", .save = "room"),
    FOLLOW("one night more: 100.00",                  "increment", "room", "100.00", .outcome = "approved", .money = "held"),
    FOLLOW("leaves: more than 115 % of the hold",     "completion", "room", "700.00", REFUSED("completion.too-large")),
    FOLLOW("leaves: takes 430.00, frees the rest",    "completion", "room", "430.00", APPROVED, .save = "left"),
    FOLLOW("and once more",                           "completion", "room", "430.00", REFUSED("original.already-voided")),
    FOLLOW("the bill was wrong: takes it back",       "completion-void", "left", NULL, APPROVED, SUPERVISED),
    HOLD("holds 300.00",                               "T1", "C1", "300.00", .save = "car"),
    FOLLOW("changes his mind: frees it",              "preauth-void", "car", NULL, .outcome = "approved", SUPERVISED),

    TITLE("The bookshop M3 has limits: at least 10.00, twice a day, half an hour"),
    SALE("a postcard: 5.00",                          "T4", "C10", "chip",   "5.00",   "1234", REFUSED("amount.below-minimum")),
    SALE("buys an apple at the other shop",           "T1", "C1",  "tap",    "2.00",   NULL,   APPROVED),
    SALE("was at another shop just now",              "T4", "C1",  "chip",   "20.00",  "1234", REFUSED("card.too-soon")),
    SALE("a second book today",                       "T4", "C10", "chip",   "20.00",  "1234", APPROVED),
    SALE("a third one",                               "T4", "C10", "chip",   "20.00",  "1234", REFUSED("card.merchant-count")),
    RUN ("half an hour goes by",                      "clock advance 31m"),
    SALE("the card from the other shop",              "T4", "C1",  "chip",   "20.00",  "1234", APPROVED),
    RUN_ON("new rules: books need a licence",         "rules load DATA/scene", RULES_HEAD "  - {name: licence, check: licence, category: 5942}\n"),
    RUN ("the shop's licence has lapsed",             "merchant set M3 licence=JY-7 licence_until=20200101"),
    SALE("a book",                                    "T4", "C10", "chip",   "20.00",  "1234", REFUSED("merchant.unqualified")),
    RUN ("it is renewed",                             "merchant set M3 licence=JY-7 licence_until=20991231"),
    SALE("a book",                                    "T4", "C10", "chip",   "20.00",  "1234", APPROVED),
    RUN_ON("the second bank announces a window",      "rules load DATA/scene", RULES_HEAD "  - {name: window, check: maintenance, issuer: \"20000002\", from: \"00:00\", until: \"23:59\"}\n"),
    SALE("a card of that bank",                       "T4", "C10", "chip",   "20.00",  "1234", REFUSED("issuer.maintenance")),
    SALE("another bank's card meanwhile",             "T4", "C1",  "chip",   "20.00",  "1234", APPROVED),
    RUN_ON("the window is over",                      "rules load DATA/scene", RULES_HEAD "  - {name: black-list, check: listed}\n"),
    SALE("a card of a new range",                     "T4", "C15", "chip",   "20.00",  "1234", REFUSED("card.bin-unknown")),
    RUN ("the table of ranges is updated",            "route add 62000098 issuer=20000002"),
    SALE("the same card, with no restart",            "T4", "C15", "chip",   "20.00",  "1234", APPROVED),

    TITLE("Old software, new software"),
    RUN ("T4 runs version 2",                         "terminal set T4 software=2"),
    RUN ("the acquirer wants version 3 at T4",        "terminal set T4 software_min=3"),
    SALE("a book",                                    "T4", "C1",  "chip",   "20.00",  "1234", REFUSED("terminal.software-outdated")),
    RUN_ON("the update is published",                 "update publish software DATA/scene --version 3", "acquit-terminal 000003\nthe program of a lab\n"),
    RUN ("fetched in pieces, checked, in use",        "update fetch --terminal T4"),
    SALE("a book",                                    "T4", "C1",  "chip",   "20.00",  "1234", APPROVED),

    TITLE("The day ends"),
    {.customer = "settles: totals agree", .verb = "settle", .terminal = "T1", .outcome = "approved"},
    FOLLOW("void yesterday's dinner",                 "void", "dinner", NULL, REFUSED("original.batch-closed"), SUPERVISED),
    FOLLOW("refund it instead",                       "refund", "dinner", "50.00", APPROVED, SUPERVISED),
    HOLD("holds 200.00 and never comes back",          "T1", "C10", "200.00", .save = "lost"),
    RUN ("a month goes by: the hold lapses by itself", "clock advance 31d"),
    {.customer = "the old batch is settled", .verb = "settle", .terminal = "T1", .outcome = "approved"},
    FOLLOW("to complete it is too late",              "completion", "lost", "200.00", REFUSED("hold.lapsed")),
    RUN ("somebody asks about a bare 05",             "why --code 05"),

    TITLE("Two lines to the switch"),
    RUN ("a digger cuts the primary line",            "line pull primary"),
    SALE("the next customer sees no difference",      "T1", "C1",  "tap",    "11.00",  NULL,   APPROVED),
    RUN ("the digger goes on: the backup is cut",     "line pull backup"),
    SALE("with both lines down nothing is sent",      "T1", "C1",  "tap",    "12.00",  NULL,   REFUSED("line.unreachable")),
    RUN ("the primary line is mended",                "line mend primary"),
    {.customer = "signs in again", .verb = "signin", .terminal = "T1", .outcome = "approved"},
    SALE("and the same customer pays",                "T1", "C1",  "tap",    "12.00",  NULL,   APPROVED, .more = "{\"order\": \"A-17\"}"),
    SALE("the register sends the order once more",    "T1", "C1",  "tap",    "12.00",  NULL,   APPROVED, .more = "{\"order\": \"A-17\"}"),
    RUN ("and asks what became of it",                "query --order A-17"),
    RUN ("the backup is mended",                      "line mend backup"),

    TITLE("The day goes on"),
    SALE("another customer at the next till",         "T2", "C1",  "tap",    "8.80",   NULL,   APPROVED),
    SALE("a purse full of wrong cards",               "T3", "C4",  "chip",   "66.00",  "1234", REFUSED("card.frozen")),
};
/* clang-format on */

const size_t demo_scene_count = ARRAY_COUNT(demo_scenes);

size_t demo_scene_total(void)
{
    size_t total = 0;

    for (size_t i = 0; i < demo_scene_count; i++)
        total += demo_scenes[i].title == NULL ? 1 : 0;
    return total;
}

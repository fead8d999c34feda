#include "app/demo_scene.h"

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

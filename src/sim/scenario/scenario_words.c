#include "sim/scenario/scenario_words.h"

#include "base/assert.h"
#include "explain/explanation.h"
#include "node/node.h"

#include <string.h>

#define CHOICES_MAX 16
#define PATTERN_WORD_LEN 32

bool said_has(const struct said *said, enum slot slot)
{
    return (said->given & (1U << slot)) != 0;
}

/* ---- cutting sentences ---- */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool stands_alone(uint8_t c)
{
    return c == ',' || c == ':';
}

static bool ends_word(uint8_t c)
{
    return is_space(c) || stands_alone(c) || c == ';' || c == '\n' || c == '#';
}

static uint8_t take(struct bytes *rest)
{
    uint8_t c = *rest->at;
    *rest = bytes_over(rest->at + 1, rest->len - 1);
    return c;
}

static void drop_remark(struct bytes *rest)
{
    while (rest->len > 0 && *rest->at != '\n')
        (void)take(rest);
}

/* A word of text in quotes, with the first of them: so that it is no other word. */
static void take_quoted(struct bytes *rest, struct text *word)
{
    text_add_char(word, (char)take(rest));
    while (rest->len > 0 && *rest->at != '"' && *rest->at != '\n')
        text_add_char(word, (char)take(rest));
    if (rest->len > 0 && *rest->at == '"')
        (void)take(rest);
}

static void take_word(struct bytes *rest, struct sentence *out)
{
    static char nowhere[SENTENCE_WORD_LEN];
    bool fits = out->count < SENTENCE_WORDS_MAX;
    struct text word = text_over(fits ? out->words[out->count] : nowhere, SENTENCE_WORD_LEN);
    out->count += fits;
    if (*rest->at == '"') {
        take_quoted(rest, &word);
    } else if (stands_alone(*rest->at)) {
        text_add_char(&word, (char)take(rest));
    } else {
        while (rest->len > 0 && !ends_word(*rest->at))
            text_add_char(&word, (char)take(rest));
    }
}

bool sentence_next(struct bytes *rest, uint32_t *line, struct sentence *out)
{
    memset(out, 0, sizeof *out);
    while (rest->len > 0) {
        uint8_t c = *rest->at;
        out->line = out->count == 0 ? *line : out->line;
        if (c == '#') {
            drop_remark(rest);
        } else if (c == '\n' || c == ';') {
            (void)take(rest);
            *line += c == '\n';
            if (out->count > 0)
                return true;
        } else if (is_space(c)) {
            (void)take(rest);
        } else {
            take_word(rest, out);
        }
    }
    return out->count > 0;
}

/* ---- slots ---- */

struct reading {
    const struct sentence *sentence;
    const struct lab_world *world;
    struct said *out;
    struct misfit *misfit;
    size_t at;
};

static const char *word_at(const struct reading *reading, size_t ahead)
{
    size_t at = reading->at + ahead;
    return at < reading->sentence->count ? reading->sentence->words[at] : "";
}

/* What was expected at this word, if no pattern came further. */
static void expect(struct reading *reading, const char *what)
{
    struct misfit *misfit = reading->misfit;
    if (reading->at < misfit->furthest)
        return;
    if (reading->at > misfit->furthest)
        *misfit->expected = text_over(misfit->expected->at, misfit->expected->room_len);
    misfit->furthest = reading->at;
    char quoted[PATTERN_WORD_LEN + 4];
    struct text sought = text_over(quoted, sizeof quoted);
    text_add_char(&sought, '|');
    text_add(&sought, what);
    text_add_char(&sought, '|');
    if (strstr(text_z(misfit->expected), text_z(&sought)))
        return;
    if (misfit->expected->len == 0)
        text_add_char(misfit->expected, '|');
    text_add(misfit->expected, what);
    text_add_char(misfit->expected, '|');
}

struct choice {
    const char *words;
    int value;
};

/* How many words of the sentence the choice is; 0: another. */
static size_t choice_words(const struct reading *reading, const char *words)
{
    size_t count = 0;
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        const char *word = word_at(reading, count);
        if (strlen(word) != len || memcmp(word, words, len) != 0)
            return 0;
        count++;
        words += len + (words[len] == ' ');
    }
    return count;
}

/* The longest choice that stands here. */
static size_t take_choice(struct reading *reading, const struct choice *choices, int *out)
{
    size_t best = 0;
    for (size_t i = 0; i < CHOICES_MAX && choices[i].words; i++) {
        size_t count = choice_words(reading, choices[i].words);
        if (count > best) {
            best = count;
            *out = choices[i].value;
        }
    }
    for (size_t i = 0; best == 0 && i < CHOICES_MAX && choices[i].words; i++)
        expect(reading, choices[i].words);
    return best;
}

/* clang-format off */
static const struct choice entries[CHOICES_MAX] = {
    {"chip", ENTRY_CHIP}, {"stripe", ENTRY_STRIPE}, {"tap", ENTRY_CONTACTLESS}, {"keyed", ENTRY_KEYED},
};
static const struct choice follows[CHOICES_MAX] = {
    {"voids", KIND_VOID}, {"refunds", KIND_REFUND}, {"completes", KIND_COMPLETION},
    {"completes by advice", KIND_COMPLETION_ADVICE}, {"frees", KIND_PREAUTH_VOID},
    {"raises", KIND_INCREMENT}, {"voids the completion", KIND_COMPLETION_VOID},
    {"tips", KIND_TIP_ADJUST},
};
static const struct choice devices[CHOICES_MAX] = {
    {"no paper", DEVICE_PAPER_OUT}, {"a broken reader", DEVICE_READER},
    {"a broken PIN pad", DEVICE_PIN_PAD}, {"a broken printer", DEVICE_PRINTER},
};
static const struct choice lines[CHOICES_MAX] = {
    {"the line", SAID_LINE}, {"the bank line", SAID_BANK_LINE},
};
static const struct choice faults[CHOICES_MAX] = {
    {"loses", SAID_LOSES}, {"doubles", SAID_DOUBLES}, {"cuts short", SAID_CUTS_SHORT},
};
static const struct choice messages[CHOICES_MAX] = {
    {"request", SAID_REQUEST}, {"answer", SAID_ANSWER}, {"reversal", SAID_REVERSAL},
    {"reversal answer", SAID_REVERSAL_ANSWER}, {"sign-in", SAID_SIGN_IN},
    {"sign-in answer", SAID_SIGN_IN_ANSWER}, {"query", SAID_QUERY},
    {"query answer", SAID_QUERY_ANSWER}, {"command", SAID_COMMAND},
};
static const struct choice units[CHOICES_MAX] = {
    {"ms", 1}, {"s", 1000}, {"min", 60 * 1000}, {"h", 60 * 60 * 1000},
    {"day", 24 * 60 * 60 * 1000}, {"days", 24 * 60 * 60 * 1000},
};
static const struct choice plugs[CHOICES_MAX] = {
    {"is unplugged", SAID_UNPLUGGED}, {"is plugged in", SAID_PLUGGED_IN},
    {"goes dead", SAID_CUT}, {"is mended", SAID_MENDED}, {"breaks", SAID_BROKEN},
};
static const struct choice ways[CHOICES_MAX] = {
    {"the primary line", WAY_PRIMARY}, {"the backup line", WAY_BACKUP},
};
static const struct choice points[CHOICES_MAX] = {
    {"before loading", SAID_BEFORE_LOADING}, {"before deciding", SAID_BEFORE_DECIDING},
    {"before recording", SAID_BEFORE_RECORDING},
    {"while recording and keeping", SAID_WHILE_RECORDING_KEPT},
    {"while recording and losing", SAID_WHILE_RECORDING_LOST},
    {"before sending", SAID_BEFORE_SENDING}, {"after sending", SAID_AFTER_SENDING},
};
static const struct choice card_faults[CHOICES_MAX] = {
    {"is pulled out", SAID_PULLED_OUT}, {"says no", SAID_SAYS_NO},
};
static const struct choice verdicts[CHOICES_MAX] = {
    {"stands", SAID_STANDS}, {"taken back", SAID_TAKEN_BACK}, {"refused", SAID_REFUSED},
    {"voided", SAID_VOIDED}, {"never happened", SAID_NEVER_HAPPENED},
};
static const struct choice advices[CHOICES_MAX] = {
    {"done", ADVICE_DONE}, {"wait", ADVICE_WAIT}, {"do not try again", ADVICE_NEVER},
    {"try again", ADVICE_NOW}, {"try again when it is mended", ADVICE_AFTER_FIX},
    {"try again later", ADVICE_LATER}, {"try another card", ADVICE_OTHER_CARD},
};
static const struct choice money_states[CHOICES_MAX] = {
    {"not moved", MONEY_NOT_MOVED}, {"held", MONEY_HELD}, {"moved", MONEY_MOVED},
    {"returning", MONEY_RETURNING}, {"returned", MONEY_RETURNED}, {"unknown", MONEY_UNKNOWN},
};
static const struct choice stages[CHOICES_MAX] = {
    {"sent", STAGE_SENT}, {"answered", STAGE_ANSWERED}, {"reversing", STAGE_REVERSING},
    {"reversed", STAGE_REVERSED}, {"a tombstone", STAGE_TOMBSTONE}, {"stored", STAGE_STORED},
};
static const struct choice states[CHOICES_MAX] = {
    {"taken back", PAYMENT_TAKEN_BACK}, {"never seen", PAYMENT_NEVER_SEEN},
    {"approved", PAYMENT_APPROVED}, {"refused", PAYMENT_REFUSED},
};
/* clang-format on */

static bool number_of(const char *word, uint32_t *out)
{
    uint64_t number;
    size_t len = strlen(word);
    if (len == 0 || len > 9 || bytes_to_number(word, len, &number) != OK)
        return false;
    *out = (uint32_t)number;
    return true;
}

static size_t take_till(struct reading *reading, uint32_t *out)
{
    *out = lab_world_terminal(reading->world, word_at(reading, 0));
    if (*out < reading->world->terminal_count)
        return 1;
    expect(reading, "a till such as T1");
    return 0;
}

static size_t take_card(struct reading *reading)
{
    reading->out->card = lab_world_card(reading->world, word_at(reading, 0));
    if (reading->out->card < reading->world->card_count)
        return 1;
    expect(reading, "a card such as C1");
    return 0;
}

static size_t take_amount(struct reading *reading)
{
    const char *word = word_at(reading, 0);
    uint16_t currency = reading->world->currency;
    if (strchr(word, '.') && money_from_text(word, currency, &reading->out->amount) == OK)
        return 1;
    expect(reading, "an amount such as 10.00");
    return 0;
}

static bool signed_amount(const char *word, uint16_t currency, int64_t *out)
{
    struct money money;
    if ((*word != '-' && *word != '+') || money_from_text(word + 1, currency, &money) != OK)
        return false;
    *out = *word == '-' ? -money.minor : money.minor;
    return true;
}

static size_t take_amounts(struct reading *reading)
{
    struct said *out = reading->out;
    size_t count = 0;
    while (count < SENTENCE_AMOUNTS_MAX &&
           signed_amount(word_at(reading, count), reading->world->currency, &out->amounts[count]))
        count++;
    if (count == 0)
        expect(reading, "amounts such as -10.00 +10.00");
    out->amount_count = count;
    return count;
}

static size_t take_pin(struct reading *reading)
{
    const char *word = word_at(reading, 0);
    size_t len = strlen(word);
    if (len >= PIN_DIGITS_MIN && len <= PIN_DIGITS_MAX && bytes_are_digits(word, len)) {
        memcpy(reading->out->pin, word, len + 1);
        return 1;
    }
    expect(reading, "a PIN of 4 to 12 digits");
    return 0;
}

/* "T1/2" */
static size_t take_payment(struct reading *reading, struct named_payment *out)
{
    char till[SENTENCE_WORD_LEN];
    const char *word = word_at(reading, 0);
    const char *slash = strchr(word, '/');
    size_t len = slash ? (size_t)(slash - word) : 0;
    memcpy(till, word, len);
    till[len] = '\0';
    out->till = lab_world_terminal(reading->world, till);
    if (slash && out->till < reading->world->terminal_count && number_of(slash + 1, &out->nth) &&
        out->nth > 0)
        return 1;
    expect(reading, "a payment such as T1/1");
    return 0;
}

static size_t take_times(struct reading *reading)
{
    reading->out->times = 1;
    if (strcmp(word_at(reading, 0), "once") == 0)
        return 1;
    if (number_of(word_at(reading, 0), &reading->out->times) &&
        strcmp(word_at(reading, 1), "times") == 0)
        return 2;
    expect(reading, "once");
    expect(reading, "a number of times");
    return 0;
}

static size_t take_number(struct reading *reading)
{
    if (number_of(word_at(reading, 0), &reading->out->number))
        return 1;
    expect(reading, "a number");
    return 0;
}

static size_t take_time(struct reading *reading)
{
    uint32_t number;
    int unit;
    if (!number_of(word_at(reading, 0), &number)) {
        expect(reading, "a time such as 20 s");
        return 0;
    }
    reading->at++;
    size_t count = take_choice(reading, units, &unit);
    reading->at--;
    reading->out->time_ms = (int64_t)number * unit;
    return count == 0 ? 0 : 2;
}

static size_t take_issuer(struct reading *reading)
{
    struct said *out = reading->out;
    bool is_one = strcmp(word_at(reading, 0), "issuer") == 0 &&
                  number_of(word_at(reading, 1), &out->issuer) && out->issuer >= 1 &&
                  out->issuer <= reading->world->issuer_count &&
                  !reading->world->issuers[out->issuer - 1].is_absent;
    if (!is_one) {
        expect(reading, "issuer 1");
        return 0;
    }
    out->issuer--;
    return 2;
}

static size_t take_party(struct reading *reading)
{
    struct said *out = reading->out;
    static const struct choice the_switch[CHOICES_MAX] = {{"the switch", AT_ACQUIRER}};
    int party;
    out->party = AT_ACQUIRER;
    size_t count = take_choice(reading, the_switch, &party);
    if (count > 0)
        return count;
    out->party = AT_ISSUER;
    count = take_issuer(reading);
    out->party_of = out->issuer;
    if (count > 0)
        return count;
    out->party = AT_TERMINAL;
    return take_till(reading, &out->party_of);
}

static size_t take_cause(struct reading *reading)
{
    reading->out->cause = outcome_by_name(word_at(reading, 0));
    if (reading->out->cause != OUTCOME_COUNT && reading->out->cause != OUTCOME_NONE)
        return 1;
    expect(reading, "a cause such as line.no-answer");
    return 0;
}

static size_t take_text(struct reading *reading)
{
    const char *word = word_at(reading, 0);
    if (*word == '"') {
        memcpy(reading->out->text, word + 1, strlen(word));
        return 1;
    }
    expect(reading, "text in double quotes");
    return 0;
}

static const char *const slot_names[] = {
    [SLOT_TILL] = "TILL",       [SLOT_CARD] = "CARD",     [SLOT_AMOUNT] = "AMOUNT",
    [SLOT_AMOUNTS] = "AMOUNTS", [SLOT_ENTRY] = "ENTRY",   [SLOT_PIN] = "PIN",
    [SLOT_PAYMENT] = "PAYMENT", [SLOT_OTHER] = "OTHER",   [SLOT_FOLLOW] = "FOLLOWS",
    [SLOT_DEVICE] = "DEVICE",   [SLOT_LINE] = "LINE",     [SLOT_FAULT] = "SPOILS",
    [SLOT_MESSAGE] = "MESSAGE", [SLOT_TIMES] = "TIMES",   [SLOT_NUMBER] = "NUMBER",
    [SLOT_TIME] = "TIME",       [SLOT_ISSUER] = "ISSUER", [SLOT_PLUG] = "PLUG",
    [SLOT_PARTY] = "PARTY",     [SLOT_POINT] = "POINT",   [SLOT_CARD_FAULT] = "REFUSES",
    [SLOT_CAUSE] = "CAUSE",     [SLOT_MONEY] = "MONEY",   [SLOT_STAGE] = "STAGE",
    [SLOT_VERDICT] = "VERDICT", [SLOT_ADVICE] = "ADVICE", [SLOT_TEXT] = "TEXT",
    [SLOT_STATE] = "STATE",     [SLOT_WAY] = "WAY",
};
_Static_assert(ARRAY_COUNT(slot_names) == SLOT_COUNT, "a name each");

/* Slots that are one of a few words, and where in struct said they go: an enum or an int. */
static const struct {
    const struct choice *choices;
    size_t offset;
} slot_choices[SLOT_COUNT] = {
    [SLOT_ENTRY] = {entries, offsetof(struct said, entry)},
    [SLOT_FOLLOW] = {follows, offsetof(struct said, follow)},
    [SLOT_DEVICE] = {devices, offsetof(struct said, device)},
    [SLOT_LINE] = {lines, offsetof(struct said, line)},
    [SLOT_FAULT] = {faults, offsetof(struct said, fault)},
    [SLOT_MESSAGE] = {messages, offsetof(struct said, message)},
    [SLOT_PLUG] = {plugs, offsetof(struct said, plug)},
    [SLOT_POINT] = {points, offsetof(struct said, point)},
    [SLOT_CARD_FAULT] = {card_faults, offsetof(struct said, card_fault)},
    [SLOT_MONEY] = {money_states, offsetof(struct said, money)},
    [SLOT_STAGE] = {stages, offsetof(struct said, stage)},
    [SLOT_VERDICT] = {verdicts, offsetof(struct said, verdict)},
    [SLOT_ADVICE] = {advices, offsetof(struct said, advice)},
    [SLOT_STATE] = {states, offsetof(struct said, state)},
    [SLOT_WAY] = {ways, offsetof(struct said, way)},
};
_Static_assert(sizeof(enum entry_mode) == sizeof(int), "enums are as wide as int");

/* Reads what stands in a slot; returns how many words it is, 0 when it does not fit. */
static size_t take_slot(struct reading *reading, enum slot slot)
{
    struct said *out = reading->out;
    if (slot_choices[slot].choices) {
        int value = 0;
        size_t count = take_choice(reading, slot_choices[slot].choices, &value);
        if (count > 0)
            memcpy((char *)out + slot_choices[slot].offset, &value, sizeof value);
        return count;
    }
    switch ((int)slot) {
    case SLOT_TILL:
        return take_till(reading, &out->till);
    case SLOT_CARD:
        return take_card(reading);
    case SLOT_AMOUNT:
        return take_amount(reading);
    case SLOT_AMOUNTS:
        return take_amounts(reading);
    case SLOT_PIN:
        return take_pin(reading);
    case SLOT_PAYMENT:
        return take_payment(reading, &out->payment);
    case SLOT_OTHER:
        return take_payment(reading, &out->other);
    case SLOT_TIMES:
        return take_times(reading);
    case SLOT_NUMBER:
        return take_number(reading);
    case SLOT_TIME:
        return take_time(reading);
    case SLOT_ISSUER:
        return take_issuer(reading);
    case SLOT_PARTY:
        return take_party(reading);
    case SLOT_CAUSE:
        return take_cause(reading);
    default:
        assert(slot == SLOT_TEXT);
        return take_text(reading);
    }
}

/* ---- patterns ---- */

/* Takes what one word of a pattern stands for; 0 when the sentence has something else here. */
static size_t take_pattern_word(struct reading *reading, const char *word)
{
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        if (strcmp(slot_names[slot], word) != 0)
            continue;
        size_t count = take_slot(reading, (enum slot)slot);
        if (count > 0)
            reading->out->given |= 1U << slot;
        return count;
    }
    if (strcmp(word_at(reading, 0), word) == 0)
        return 1;
    expect(reading, word);
    return 0;
}

/* Cuts the next word off a pattern. */
static const char *next_word(const char *pattern, char out[static PATTERN_WORD_LEN])
{
    size_t len = strcspn(pattern, " ]");
    assert(len < PATTERN_WORD_LEN);
    memcpy(out, pattern, len);
    out[len] = '\0';
    return pattern + len;
}

/* What follows the bracket that is open here. */
static const char *after_bracket(const char *pattern)
{
    const char *end = strchr(pattern, ']');
    assert(end);
    return end + 1;
}

bool sentence_fits(const struct sentence *sentence, const char *pattern,
                   const struct lab_world *world, struct said *out, struct misfit *misfit)
{
    struct reading reading = {.sentence = sentence, .world = world, .out = out, .misfit = misfit};
    struct reading outside = reading; /* as it was before the bracket that is open */
    uint32_t given = 0;
    bool is_inside = false;
    memset(out, 0, sizeof *out);
    while (*pattern != '\0') {
        char word[PATTERN_WORD_LEN];
        if (*pattern == '[') {
            outside = reading;
            given = out->given;
        }
        if (*pattern == ' ' || *pattern == '[' || *pattern == ']') {
            is_inside = *pattern == '[' || (is_inside && *pattern == ' ');
            pattern++;
            continue;
        }
        const char *rest = next_word(pattern, word);
        size_t count = take_pattern_word(&reading, word);
        if (count == 0 && !is_inside)
            return false;
        reading.at += count;
        pattern = rest;
        if (count > 0)
            continue;
        reading = outside;
        out->given = given;
        is_inside = false;
        pattern = after_bracket(pattern);
    }
    if (reading.at < sentence->count)
        expect(&reading, "the end");
    return reading.at == sentence->count;
}

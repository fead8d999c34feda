#include "sim/scenario/scenario.h"

#include "sim/oracle/oracle.h"
#include "sim/scenario/scenario_stage.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define SEED 20261122 /* of keys and what parties draw: the same for all scenarios */
#define LATENCY_MS 5
#define STAGE_US_MAX 400
#define LINES_UP_MS 3000 /* by then all have connected */

/* clang-format off */
static const struct sentence_form {
    const char *pattern;
    scenario_act *act;
    const char *meaning;
} forms[] = {
    /* at the tills */
    {"till TILL signs in",                     scenario_sign_in,  "asks for fresh keys"},
    {"till TILL signs off",                    scenario_sign_off, "ends its session"},
    {"till TILL tests the line",               scenario_echo,     "an echo"},
    {"till TILL settles",                      scenario_settle,   "closes its batch"},
    {"till TILL sells AMOUNT with CARD ENTRY [pin PIN] [and DEVICE]", scenario_sell, "a sale"},
    {"till TILL holds AMOUNT with CARD ENTRY [pin PIN]", scenario_hold, "a pre-authorisation"},
    {"till TILL asks the balance of CARD ENTRY [pin PIN]", scenario_balance, "an inquiry"},
    {"till TILL FOLLOWS PAYMENT [for AMOUNT] [with CARD ENTRY]", scenario_follow, "does something about an earlier payment"},
    {"the issuer gives a code by voice for CARD up to AMOUNT", scenario_give_code, "by telephone, for an offline sale"},
    {"till TILL sells AMOUNT offline with CARD", scenario_sell_offline, "with the newest code for it"},
    {"till TILL asks about PAYMENT",           scenario_query,    "what became of it"},
    {"till TILL gives up",                     scenario_give_up,  "the cashier cancels"},
    /* the lines */
    {"LINE SPOILS the MESSAGE of TILL [TIMES]", scenario_spoil,   "the next such messages"},
    {"LINE flips bit NUMBER of the MESSAGE of TILL [TIMES]", scenario_flip, "counted from its first"},
    {"LINE flips bit NUMBER from the end of the MESSAGE of TILL [TIMES]", scenario_flip_from_end, "the last 64 are the MAC"},
    {"LINE holds up the MESSAGE of TILL for TIME [TIMES]", scenario_hold_up, "it comes, late"},
    {"LINE swaps the MESSAGE of TILL for that of PAYMENT [TIMES]", scenario_swap, "an old one comes instead"},
    {"LINE brings the MESSAGE of PAYMENT again [TIMES]", scenario_bring_again, "at once"},
    {"every line has a backup",                scenario_back_up,  "over another network; the lines connect anew"},
    {"WAY of TILL PLUG",                       scenario_plug_way, "one way of its line"},
    {"the line of TILL PLUG",                  scenario_plug_line, "unplugged: no connection; dead: all is lost"},
    {"the line to ISSUER PLUG",                scenario_plug_bank, "the same between switch and bank"},
    /* the parties */
    {"PARTY is killed [POINT] [the MESSAGE of TILL] [and stays away for TIME]", scenario_die, "kill -9; starts again after that time, else 1 s"},
    {"PARTY stands still for TIME",            scenario_freeze,   "as by SIGSTOP"},
    {"the HSM of PARTY is away for TIME",      scenario_hsm_away, "it answers nothing"},
    {"the disk of PARTY is full for TIME",     scenario_disk_full, "commits are refused"},
    {"the disk of PARTY refuses for TIME",     scenario_disk_refuses, "rows cannot be read"},
    {"the clock of PARTY is fast by TIME",     scenario_clock,    "from now on"},
    {"the card in TILL REFUSES",               scenario_card,     "when the next answer comes"},
    /* persons */
    {"two persons settle PAYMENT at PARTY as STATE", scenario_testify, "they say how it stands at the next party: acquit doubt settle"},
    {"two persons cannot settle PAYMENT at PARTY as STATE", scenario_testify_in_vain, "their word is refused"},
    /* time */
    {"TIME pass",                              scenario_pass,     "time goes by"},
    {"TIME passes",                            scenario_pass,     "the same"},
    /* what must have come of it */
    {"TILL shows CAUSE [, money MONEY] [, ADVICE] [, cashier reads TEXT] [, balance AMOUNT]", scenario_shows, "of what it was asked last; waits for it, 60 s at most"},
    {"within TIME TILL shows CAUSE [, money MONEY] [, ADVICE] [, cashier reads TEXT]", scenario_shows, "waits so long at most"},
    {"TILL shows nothing yet",                 scenario_says_nothing, "as things stand"},
    {"PARTY has PAYMENT STAGE [, money MONEY] [, CAUSE]", scenario_has, "its row, as things stand"},
    {"till TILL goes by WAY",                  scenario_goes_by,  "as things stand"},
    {"PARTY does not know PAYMENT",            scenario_knows_not, "as things stand"},
    {"PARTY has alarmed of CAUSE",             scenario_alarmed,  "at any time before"},
    {"all agree : PAYMENT VERDICT [, money MONEY]", scenario_agree, "waits until all is at rest; terminal, switch and issuer say the same"},
    {"CARD has paid AMOUNT",                   scenario_paid,     "by the issuer's entries"},
    {"CARD has AMOUNT held",                   scenario_held,     "by its account"},
    {"the phone of CARD shows AMOUNTS",        scenario_phone,    "all entries of its account, in order"},
    {"nothing is open",                        scenario_quiet,    "waits, five minutes at most, until nothing is owed or in doubt"},
};
/* clang-format on */

const char *scenario_form(size_t nth, const char **meaning)
{
    if (nth >= ARRAY_COUNT(forms))
        return NULL;
    *meaning = forms[nth].meaning;
    return forms[nth].pattern;
}

/* ---- small helps ---- */

struct station *scenario_station(struct scenario *scenario, const struct said *said)
{
    struct universe *universe = scenario->universe;
    if (said->party == AT_ACQUIRER)
        return &universe->stations[UNIVERSE_SHOPS];
    return said->party == AT_ISSUER ? universe_issuer(universe, said->party_of)
                                    : universe_shop(universe, said->party_of);
}

bool scenario_wait(struct scenario *scenario, int64_t ms)
{
    struct universe *universe = scenario->universe;
    enum err err = universe_run_until(universe, moment_add_ms(universe->now, ms));
    if (err != OK)
        text_add(scenario->complaint, err_text(err));
    else if (universe->finding.len > 0)
        text_add(scenario->complaint, text_z(&universe->finding));
    return err == OK && universe->finding.len == 0;
}

/* ---- reading ---- */

/* "1|2|3|" as "1, 2 or 3" */
static void add_expected(struct text *t, const char *expected)
{
    bool is_first = true;
    for (expected++; *expected != '\0';) {
        size_t len = strcspn(expected, "|");
        bool is_last = expected[len] == '\0' || expected[len + 1] == '\0';
        text_add(t, is_first ? "" : is_last ? " or " : ", ");
        text_add_bytes(t, bytes_over(expected, len));
        expected += len + (expected[len] == '|');
        is_first = false;
    }
}

static void add_place(struct text *t, const struct scenario_story *story, uint32_t line)
{
    text_add(t, story->name);
    text_add_char(t, ':');
    text_add_u64(t, line);
    text_add(t, ": ");
}

/* The form that a sentence has, or NULL and a complaint. */
static const struct sentence_form *find_form(const struct scenario_story *story,
                                             const struct sentence *sentence,
                                             const struct lab_world *world, struct said *said,
                                             struct text *complaint)
{
    char room[800];
    struct text expected = text_over(room, sizeof room);
    struct misfit misfit = {.expected = &expected};
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++)
        if (sentence_fits(sentence, forms[i].pattern, world, said, &misfit))
            return &forms[i];
    add_place(complaint, story, sentence->line);
    if (misfit.furthest < sentence->count) {
        text_add(complaint, "word ");
        text_add_u64(complaint, misfit.furthest + 1);
        text_add(complaint, ", \"");
        text_add(complaint, sentence->words[misfit.furthest]);
        text_add(complaint, "\": expected ");
    } else {
        text_add(complaint, "at the end: expected ");
    }
    add_expected(complaint, text_z(&expected));
    return NULL;
}

/* Reads the whole story before anything is played. */
static bool is_readable(const struct scenario_story *story, const struct lab_world *world,
                        struct text *complaint)
{
    struct bytes rest = story->text;
    uint32_t line = 1;
    struct sentence sentence;
    struct said said;
    while (sentence_next(&rest, &line, &sentence))
        if (!find_form(story, &sentence, world, &said, complaint))
            return false;
    return true;
}

/* ---- playing ---- */

static void add_sentence(struct text *t, const struct sentence *sentence)
{
    for (size_t i = 0; i < sentence->count; i++) {
        const char *word = sentence->words[i];
        bool stands_alone = word[0] == ',' || word[0] == ':';
        text_add(t, i == 0 || stands_alone ? "" : " ");
        text_add(t, word);
        text_add(t, word[0] == '"' ? "\"" : "");
    }
}

static void say_sentence(struct universe *universe, const struct sentence *sentence)
{
    struct text *line = chronicle_line(&universe->chronicle, universe->now, "----");
    add_sentence(line, sentence);
    chronicle_end(&universe->chronicle);
}

static bool play_sentences(struct scenario *scenario, const struct scenario_story *story,
                           struct scenario_report *report)
{
    struct bytes rest = story->text;
    uint32_t line = 1;
    struct sentence sentence;
    struct said said;
    char room[SCENARIO_COMPLAINT_LEN];
    while (sentence_next(&rest, &line, &sentence)) {
        struct text why = text_over(room, sizeof room);
        struct text whole = text_over(report->complaint, sizeof report->complaint);
        const struct sentence_form *form =
            find_form(story, &sentence, &scenario->universe->world, &said, &whole);
        assert(form); /* is_readable */
        scenario->complaint = &why;
        report->sentences++;
        say_sentence(scenario->universe, &sentence);
        if (form->act(scenario, &said))
            continue;
        add_place(&whole, story, sentence.line);
        add_sentence(&whole, &sentence);
        text_add(&whole, ": ");
        text_add(&whole, text_z(&why));
        return false;
    }
    return true;
}

/* All lines up, all tills signed in. */
static bool open_shops(struct scenario *scenario)
{
    bool is_open = scenario_wait(scenario, LINES_UP_MS);
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++)
        scenario_tell(scenario, i, COMMAND_SIGN_IN);
    is_open = is_open && scenario_wait(scenario, LINES_UP_MS);
    for (uint32_t i = 0; is_open && i < UNIVERSE_TERMINALS; i++)
        is_open = scenario->universe->tills[i].is_signed_in;
    return is_open;
}

static void play(struct scenario *scenario, const struct scenario_story *story,
                 struct scenario_report *report)
{
    struct universe *universe = scenario->universe;
    char room[SCENARIO_COMPLAINT_LEN];
    struct text why = text_over(room, sizeof room);
    struct text whole = text_over(report->complaint, sizeof report->complaint);
    report->end = SCENARIO_FAILED;
    scenario->complaint = &why;
    if (!open_shops(scenario)) {
        text_add(&whole, "the tills cannot sign in before the story begins");
        return;
    }
    scenario->is_told = true;
    if (!play_sentences(scenario, story, report))
        return;
    scenario->complaint = &why;
    bool is_good = scenario_rest(scenario);
    if (is_good)
        oracle_judge(universe);
    text_add(&whole, story->name);
    text_add(&whole, ": after its last line: ");
    text_add(&whole, is_good ? text_z(&universe->finding) : text_z(&why));
    if (is_good && universe->finding.len == 0)
        report->end = SCENARIO_PASSED;
}

/* Hears the trace: passes it on, and keeps the alarms. */
struct listener {
    const struct scenario_story *story;
    struct scenario *scenario;
};

static void hear(void *context, const char *line)
{
    const struct listener *listener = context;
    struct scenario *scenario = listener->scenario;
    if (strstr(line, "ALARM") && scenario->alarm_count < SCENARIO_ALARMS_MAX) {
        struct text kept = text_over(scenario->alarms[scenario->alarm_count++], CHRONICLE_LINE_LEN);
        text_add(&kept, line);
    }
    const struct sim_options *options = listener->story->options;
    if (options->print && scenario->is_told)
        options->print(options->context, line);
}

static void pass_stored(void *context, const struct sim_stored *stored)
{
    const struct listener *listener = context;
    const struct sim_options *options = listener->story->options;
    options->stored(options->context, stored);
}

/* Half past nine in the morning, Shanghai time. */
static struct instant morning(void)
{
    return instant_from_civil(
        &(struct civil){.year = 2026, .month = 11, .day = 22, .hour = 9, .minute = 30}, 8 * 3600);
}

static enum err play_in(struct scenario *scenario, struct vault *vault,
                        const struct scenario_story *story, struct scenario_report *report)
{
    struct universe *universe = scenario->universe;
    struct listener listener = {story, scenario};
    struct sim_options options = {.print = hear,
                                  .context = &listener,
                                  .canary = story->options->canary,
                                  .store = story->options->store};
    scenario->script = scenario_script(scenario);
    if (story->options->stored)
        options.stored = pass_stored;
    universe_open(universe, vault, &options, SEED);
    universe->drives = options.store == SIM_STORE_SQLITE ? DRIVE_SQLITE : DRIVE_MEMORY;
    universe->script = &scenario->script;
    universe->knobs = (struct knobs){
        .latency_ms_max = LATENCY_MS, .stage_us_max = STAGE_US_MAX, .think_ms_max = 1000};
    universe->wall_start = morning();
    TRY(lab_world_default(&universe->world));
    TRY(universe_build(universe));
    TRY(universe_start(universe));
    play(scenario, story, report);
    for (uint32_t i = 0; i < universe->station_count; i++)
        universe_tell_stored(universe, &universe->stations[i], false);
    report->virtual_ms = universe->now.ns / 1000000;
    struct text tail = text_over(report->tail, sizeof report->tail);
    chronicle_tail(&universe->chronicle, &tail);
    return OK;
}

static enum err play_new(const struct lab_world *world, const struct scenario_story *story,
                         struct scenario_report *report)
{
    struct vault *vault = calloc(1, sizeof *vault);
    struct universe *universe = calloc(1, sizeof *universe);
    struct scenario *scenario = calloc(1, sizeof *scenario);
    enum err err = vault && universe && scenario ? vault_open(world, vault) : ERR_FULL;
    if (err == OK) {
        scenario->universe = universe;
        err = play_in(scenario, vault, story, report);
        universe_close(universe);
        vault_close(vault);
        scenario_forget_messages(scenario);
    }
    free(scenario);
    free(universe);
    free(vault);
    return err;
}

enum err scenario_play(const struct scenario_story *story, struct scenario_report *report)
{
    struct lab_world world;
    memset(report, 0, sizeof *report);
    struct text complaint = text_over(report->complaint, sizeof report->complaint);
    TRY(lab_world_default(&world));
    enum err err = OK;
    if (is_readable(story, &world, &complaint))
        err = play_new(&world, story, report);
    else
        report->end = SCENARIO_UNREADABLE;
    lab_world_free(&world);
    return err;
}

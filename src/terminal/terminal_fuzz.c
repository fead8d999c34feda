/*
 * Events and rows drawn from the input, given to the party one after another: no assertion trips,
 * and the rules of play.h hold after each. What the codec and the HSM guarantee (lengths, digits)
 * is kept; all else is arbitrary.
 */
#include "test/lib/fuzz.h"

#include "terminal/play.h"

struct input {
    const uint8_t *at;
    size_t len;
};

static uint8_t draw(struct input *input)
{
    if (input->len == 0)
        return 0;
    input->len--;
    return *input->at++;
}

static uint32_t draw_below(struct input *input, uint32_t bound)
{
    return draw(input) % bound;
}

static void draw_bytes(struct input *input, void *out, size_t len)
{
    uint8_t *at = out;

    for (size_t i = 0; i < len; i++)
        at[i] = draw(input);
}

static void draw_hsm(struct input *input, struct play_hsm *hsm)
{
    enum hsm_result *results[] = {&hsm->master,    &hsm->work_keys, &hsm->read,
                                  &hsm->pan,       &hsm->pin,       &hsm->first_ac,
                                  &hsm->second_ac, &hsm->mac,       &hsm->password};
    static const char *const tracks[] = {PLAY_TRACK, PLAY_TRACK_CHIP,
                                         "6200000012341231=2001101123456"};
    uint8_t bits = draw(input);

    for (size_t i = 0; i < ARRAY_COUNT(results); i++) {
        uint32_t drawn = draw_below(input, 3 * HSM_RESULT_COUNT);
        *results[i] = drawn < HSM_RESULT_COUNT ? (enum hsm_result)drawn : HSM_OK;
    }
    hsm->readable = (bits & 1) == 0;
    hsm->has_chip = (bits & 2) == 0;
    hsm->has_antenna = (bits & 4) == 0;
    hsm->issuer_wrong = (bits & 8) != 0;
    hsm->aid_len = (bits & 16) == 0 ? 8 : 0;
    hsm->first_kind = (bits & 32) == 0 ? CARD_ARQC : CARD_AAC;
    hsm->second_kind = (bits & 64) == 0 ? CARD_TC : CARD_AAC;
    hsm->track = tracks[draw_below(input, ARRAY_COUNT(tracks))];
}

/* Any kind, often a sale; of a payment that may exist. */
static void draw_follow_up(struct input *input, struct play *play)
{
    const struct terminal_row *terminal = play_terminal(play);
    struct node_command *command = &play->command;

    command->transaction = (enum txn_kind)draw_below(input, KIND_COUNT);
    if (draw_below(input, 4) == 0)
        command->transaction = KIND_SALE;
    command->original.trace = terminal->trace_next - draw_below(input, 6);
    command->original.batch = draw_below(input, 4) == 0 ? draw(input) : 0;
    memset(command->original.terminal, 0, sizeof command->original.terminal);
    if (draw_below(input, 16) == 0)
        memcpy(command->original.terminal, "T9      ", TERMINAL_ID_LEN);
    if (draw_below(input, 4) == 0)
        command->amount = (struct money){0};
    memset(command->qr_code, draw_below(input, 2) == 0 ? '7' : 0, sizeof command->qr_code);
}

static void draw_people(struct input *input, struct node_command *command)
{
    static const char *const passwords[] = {"123456", "0000", "12345678", "1"};

    command->supervisor = play_person(draw_below(input, 4) == 0 ? draw(input) : 0,
                                      passwords[draw_below(input, 8) == 0 ? 1 : 0]);
    command->supervisor.is_given = draw_below(input, 8) != 0;
    command->cashier = play_person(draw_below(input, 2) == 0 ? 1 : draw(input),
                                   passwords[draw_below(input, ARRAY_COUNT(passwords))]);
    command->cashier.is_given = draw_below(input, 2) == 0;
    command->is_forced = draw_below(input, 4) == 0;
    command->faulty_devices = draw_below(input, 4) == 0 ? draw(input) : 0;
}

static void draw_command(struct input *input, struct play *play)
{
    static const enum entry_mode entries[] = {ENTRY_NONE, ENTRY_KEYED,       ENTRY_STRIPE,
                                              ENTRY_CHIP, ENTRY_CONTACTLESS, ENTRY_QR};
    struct node_command *command = &play->command;

    play->event.line_is_up = draw_below(input, 8) != 0;
    command->amount.minor = (int64_t)draw(input) * 100 - 100;
    if (draw_below(input, 16) == 0)
        draw_bytes(input, &command->amount, sizeof command->amount);
    else
        command->amount.currency = CURRENCY_CNY;
    play_present(play, entries[draw_below(input, ARRAY_COUNT(entries))], "");
    command->card.is_fallback = draw_below(input, 2) != 0;
    command->card.expiry = (uint16_t)(draw(input) * 100 + draw_below(input, 16));
    memcpy(command->card.keyed, "6200000012341231", 16);
    if (draw_below(input, 4) == 0)
        draw_bytes(input, command->card.keyed, sizeof command->card.keyed);
    command->card.pin.len = (uint8_t)draw_below(input, SECRET_LEN_MAX + 1);
    memset(command->card.pin.at, '1', command->card.pin.len);
    memcpy(command->terminal, draw_below(input, 16) == 0 ? "T9      " : PLAY_TERMINAL,
           TERMINAL_ID_LEN);
    command->key = row_key_of((enum row_table)(1 + draw_below(input, TABLE_COUNT - 1)),
                              PLAY_TERMINAL, draw_below(input, 2) * TERMINAL_ID_LEN);
    command->value_len = (uint16_t)sizeof(struct terminal_row);
    memcpy(command->value, play_terminal(play), sizeof(struct terminal_row));
    draw_follow_up(input, play);
    draw_people(input, command);
    play_command(play, draw_below(input, 2) == 0
                           ? COMMAND_PAY
                           : (enum command_kind)draw_below(input, COMMAND_COUNT));
}

/* An identity near those in use, so that events meet. */
static struct identity draw_identity(struct input *input, struct play *play)
{
    const struct terminal_row *terminal = play_terminal(play);
    uint32_t drawn = draw_below(input, 4);

    if (drawn == 0)
        return terminal->owed;
    if (drawn == 1)
        return terminal->last;
    return play_identity(drawn == 2 ? terminal->batch : 0,
                         terminal->trace_next - draw_below(input, 4));
}

static void draw_message(struct input *input, struct play *play)
{
    static const char *const codes[] = {"00", "00", "00", "10", "51", "98", "96", "94",
                                        "A0", "99", "25", "22", "64", "09", "ZZ"};
    struct txn_message request = {.kind = (enum txn_kind)draw_below(input, KIND_COUNT)};

    request.identity = draw_identity(input, play);
    request.amount = money_of(draw_below(input, 2) == 0 ? 1000 : draw(input), CURRENCY_CNY);
    if (draw_below(input, 2) == 0)
        request.amount.currency = 0;
    request.is_training = play_terminal(play)->is_training != 0;
    request.function = draw_below(input, 2) == 0 ? FUNCTION_REQUEST : FUNCTION_REVERSAL;
    struct txn_message answer =
        play_reply_to(play, &request, codes[draw_below(input, ARRAY_COUNT(codes))]);
    answer.mac[1] ^= (uint8_t)(draw_below(input, 4) == 0);
    answer.has_mac = draw_below(input, 4) != 0;
    answer.demand = (uint8_t)draw_below(input, 8);
    answer.keys_len = (uint8_t)draw_below(input, KEYS_LEN_MAX + 1);
    answer.identity.batch = draw_below(input, 2) == 0 ? answer.identity.batch : draw(input);
    answer.icc_len = (uint8_t)draw_below(input, 20);
    draw_bytes(input, answer.icc, answer.icc_len);
    if (draw_below(input, 16) == 0)
        answer.function = (enum txn_function)draw_below(input, FUNCTION_COUNT);
    play_answer(play, &answer);
}

static void draw_due(struct input *input, struct play *play)
{
    static const enum event_kind kinds[] = {EVENT_TIMER, EVENT_RECOVER};
    struct identity identity = draw_identity(input, play);

    play_due(play, kinds[draw_below(input, ARRAY_COUNT(kinds))], &identity);
}

static void draw_garbled(struct input *input, struct play *play)
{
    play_start_event(play, (enum event_kind)draw_below(input, EVENT_COMMAND));
    play->event.key = row_key_of((enum row_table)(1 + draw_below(input, TABLE_COUNT - 1)), "k", 1);
    play->event.message.identity = draw_identity(input, play);
    play->event.message.kind = (enum txn_kind)draw_below(input, KIND_COUNT);
    play_run(play);
}

/* A stored byte goes wrong. Text, flags and numbers of rows are as arbitrary as their types. */
static void damage(struct input *input, struct play *play)
{
    struct node_row *row = &play->rows[draw(input) % play->row_count];
    size_t at = (size_t)draw(input) << 2;

    if (!row->found || row->key.table == TABLE_CONFIG || at >= row->len)
        return;
    play->is_damaged = true;
    row->value[at] = draw(input);
    if (draw_below(input, 8) == 0)
        row->len = (uint16_t)draw(input);
}

static void draw_set_up(struct input *input, struct terminal_row *terminal)
{
    uint8_t bits = draw(input);

    terminal->no_keying = bits & 1;
    terminal->no_fallback = (bits & 2) != 0;
    terminal->listed_only = (bits & 4) != 0;
    terminal->has_ranges = (bits & 8) != 0;
    terminal->partial_ok = (bits & 16) != 0;
    terminal->needs_cashier = (bits & 96) == 96;
    terminal->is_training = (bits & 128) != 0;
    terminal->offline_max = draw(input) % 4;
    terminal->batch_max = draw(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct play play;
    struct input input = {data, len};

    play_init(&play);
    draw_set_up(&input, play_terminal(&play));
    play_sign_in(&play);
    while (input.len > 0 && play.row_count + 2 * NEEDS_MAX < PLAY_ROWS_MAX) {
        uint8_t what = draw(&input) % 16;
        if (what == 0)
            draw_hsm(&input, &play.hsm);
        else if (what == 1)
            play_good_hsm(&play.hsm);
        else if (what == 2)
            damage(&input, &play);
        else if (what == 3)
            draw_garbled(&input, &play);
        else if (what < 7)
            draw_due(&input, &play);
        else if (what < 11)
            draw_message(&input, &play);
        else
            draw_command(&input, &play);
    }
    return 0;
}

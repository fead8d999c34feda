#include "app/demo/demo_rogue.h"

#include "app/world/client.h"
#include "app/world/party_server.h"
#include "app/world/server.h"
#include "host/clock.h"
#include "wire/frame.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_WAIT_S 30
#define ROGUE_TRACE 990000

static uint16_t acquirer_port(const char *data)
{
    char path[320];
    json_t *request = json_pack("{s:s}", "verb", "status");
    json_t *answer;
    json_t *party;
    size_t i;
    uint16_t port = 0;

    server_socket_path(data, "control", path, sizeof path);
    answer = client_ask(path, request);
    json_array_foreach(json_object_get(answer, "parties"), i, party)
    {
        if (strcmp(client_text(party, "party"), "acquirer") == 0)
            port = (uint16_t)json_integer_value(json_object_get(party, "port"));
    }
    json_decref(answer);
    json_decref(request);
    return port;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_sec = ANSWER_WAIT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
                    connect(fd, (struct sockaddr *)&in, sizeof in) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A sale as a terminal would send it, but for the key of its MAC, which a stranger has not. */
static void fill_sale(const struct config *config, enum demo_rogue rogue,
                      struct txn_message *message)
{
    const struct lab_card *card = &config->world.cards[0];
    const char *terminal =
        rogue == ROGUE_UNKNOWN_TERMINAL ? "STRANGER" : config->world.terminals[0].id;

    memset(message, 0, sizeof *message);
    message->kind = KIND_SALE;
    message->function = FUNCTION_REQUEST;
    message->identity =
        (struct identity){.class = IDENTITY_PAYMENT, .batch = 1, .trace = ROGUE_TRACE + rogue};
    memset(message->identity.terminal, ' ', TERMINAL_ID_LEN);
    memcpy(message->identity.terminal, terminal, strlen(terminal));
    memset(message->merchant, ' ', MERCHANT_ID_LEN);
    memcpy(message->merchant, config->world.merchants[0].id, strlen(config->world.merchants[0].id));
    message->pan = lab_card_pan(card);
    message->expiry = card->expiry;
    message->entry = ENTRY_KEYED;
    message->sequence = -1;
    message->amount = money_of(1000, config->world.currency);
    message->has_mac = true;
}

/* Takes field 4 out of an encoded sale: its bit and its six bytes, which follow fields 2 and 3. */
static void drop_amount(uint8_t *body, struct txn_encoded *encoded)
{
    uint8_t *bitmap = body + encoded->message_offset + 2;
    uint8_t *pan = bitmap + 8;
    size_t pan_digits = (size_t)(pan[0] >> 4) * 10 + (pan[0] & 15);
    uint8_t *amount = pan + 1 + (pan_digits + 1) / 2 + 3;

    bitmap[0] = (uint8_t)(bitmap[0] & ~0x10);
    memmove(amount, amount + 6, (size_t)(body + encoded->len - (amount + 6)));
    encoded->len -= 6;
}

/* Makes field 3, the processing code, one that no kind has. */
static void change_processing(uint8_t *body, const struct txn_encoded *encoded)
{
    uint8_t *pan = body + encoded->message_offset + 2 + 8;
    size_t pan_digits = (size_t)(pan[0] >> 4) * 10 + (pan[0] & 15);

    memset(pan + 1 + (pan_digits + 1) / 2, 0x99, 3);
}

static enum err exchange(int fd, const uint8_t *body, size_t len, uint8_t *answer,
                         size_t *answer_len)
{
    uint8_t frame[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX];

    frame_put_length(frame, len);
    memcpy(frame + FRAME_LENGTH_LEN, body, len);
    if (send(fd, frame, FRAME_LENGTH_LEN + len, MSG_NOSIGNAL) != (ssize_t)(FRAME_LENGTH_LEN + len))
        return ERR_IO;
    if (recv(fd, frame, FRAME_LENGTH_LEN, MSG_WAITALL) != FRAME_LENGTH_LEN)
        return ERR_TIMEOUT;
    size_t wanted = bytes_get_u16(frame);
    if (wanted > FRAME_BODY_LEN_MAX || recv(fd, answer, wanted, MSG_WAITALL) != (ssize_t)wanted)
        return ERR_CLOSED;
    *answer_len = wanted;
    return OK;
}

static enum err ask(const struct config *config, const struct txn_profile *profile, int fd,
                    enum demo_rogue rogue, struct txn_message *answer)
{
    struct txn_message message;
    struct txn_encoded encoded;
    struct txn_decoded decoded;
    uint8_t body[FRAME_BODY_LEN_MAX];
    uint8_t back[FRAME_BODY_LEN_MAX];
    size_t back_len = 0;

    fill_sale(config, rogue, &message);
    TRY(txn_encode(profile, &message, body, sizeof body, &encoded));
    if (rogue == ROGUE_MALFORMED)
        drop_amount(body, &encoded);
    else if (rogue == ROGUE_UNSUPPORTED)
        change_processing(body, &encoded);
    TRY(exchange(fd, body, encoded.len, back, &back_len));
    return txn_decode(profile, bytes_over(back, back_len), clock_wall(), answer, &decoded);
}

static json_t *answer_json(const struct txn_message *answer, int64_t took_us)
{
    enum outcome outcome = outcome_by_code(answer->code, PARTY_ACQUIRER);

    return json_pack("{s:s, s:s%, s:I}", "outcome", outcome_row(outcome)->name, "code",
                     answer->code, (size_t)RESPONSE_CODE_LEN, "took_us", (json_int_t)took_us);
}

json_t *demo_rogue_play(const char *data, enum demo_rogue rogue)
{
    static struct config config;
    static struct dialect dialects[2];
    struct txn_profile profiles[PROFILE_COUNT];
    struct txn_message answer;
    char path[320];
    char room[256];
    struct text name = text_over(path, sizeof path);
    struct text error = text_over(room, sizeof room);
    json_t *json = NULL;

    text_add(&name, data);
    text_add(&name, "/acquit.yaml");
    if (config_read(path, &config, &error) != OK)
        return NULL;
    int fd = connect_to(acquirer_port(data));
    struct moment started = clock_now();
    if (fd >= 0 && party_profiles(&config, dialects, profiles) == OK &&
        ask(&config, &profiles[PROFILE_TERMINALS], fd, rogue, &answer) == OK)
        json = answer_json(&answer, (clock_now().ns - started.ns) / 1000);
    if (fd >= 0)
        close(fd);
    config_free(&config);
    return json;
}

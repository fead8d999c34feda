#include "sim/chronicle.h"

#include "base/assert.h"

#include <string.h>

#define HASH_START 0xCBF29CE484222325U
#define HASH_FACTOR 0x9E3779B97F4A7C15U
#define WHO_COLUMN 12
#define WHAT_COLUMN 25

void chronicle_open(struct chronicle *chronicle, chronicle_print *print, void *context)
{
    *chronicle = (struct chronicle){.hash = HASH_START, .print = print, .context = context};
}

/* Seconds and milliseconds, to the right end of their column. */
static void add_time(struct text *line, struct moment now)
{
    char column[WHO_COLUMN];
    size_t at = sizeof column - 1;
    uint64_t ms = (uint64_t)now.ns / 1000000U;
    uint64_t seconds = ms / 1000;
    memset(column, ' ', sizeof column);
    at -= 3;
    bytes_from_number(ms % 1000, column + at, 3);
    column[--at] = '.';
    do {
        assert(at > 0);
        column[--at] = (char)('0' + seconds % 10);
        seconds /= 10;
    } while (seconds > 0);
    text_add_bytes(line, bytes_over(column, sizeof column));
}

struct text *chronicle_line(struct chronicle *chronicle, struct moment now, const char *who)
{
    chronicle->line = text_over(chronicle->room, sizeof chronicle->room);
    struct text *line = &chronicle->line;
    add_time(line, now);
    text_add(line, who);
    text_pad_to(line, WHAT_COLUMN);
    return line;
}

void chronicle_end(struct chronicle *chronicle)
{
    const char *line = text_z(&chronicle->line);
    chronicle_mix(chronicle, bytes_over(line, chronicle->line.len + 1));
    memcpy(chronicle->kept[chronicle->lines++ % CHRONICLE_KEPT], line, chronicle->line.len + 1);
    if (chronicle->print)
        chronicle->print(chronicle->context, line);
}

void chronicle_say(struct chronicle *chronicle, struct moment now, const char *who,
                   const char *what)
{
    text_add(chronicle_line(chronicle, now, who), what);
    chronicle_end(chronicle);
}

void chronicle_add_message(struct text *line, const struct txn_message *message)
{
    static const char *const functions[FUNCTION_COUNT] = {" request ", " response ", " reversal ",
                                                          " reversal response "};
    text_add(line, kind_row(message->kind)->name);
    text_add(line, functions[message->function]);
    identity_add_text(line, &message->identity);
    if (message->amount.currency != 0) {
        text_add_char(line, ' ');
        money_add_text(line, message->amount);
    }
    if (message->code[0] != '\0') {
        text_add(line, " code ");
        text_add_bytes(line, bytes_over(message->code, sizeof message->code));
    }
    text_add(line, message->has_mac ? " MAC" : "");
    text_add(line, message->is_repeat ? " repeat" : "");
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * HASH_FACTOR;
    return hash ^ hash >> 32;
}

void chronicle_mix(struct chronicle *chronicle, struct bytes bytes)
{
    uint64_t hash = chronicle->hash;
    uint64_t word = bytes.len;
    size_t at = 0;
    for (; at + sizeof word <= bytes.len; at += sizeof word) {
        hash = mix(hash, word);
        memcpy(&word, bytes.at + at, sizeof word);
    }
    hash = mix(hash, word);
    word = 0;
    if (at < bytes.len)
        memcpy(&word, bytes.at + at, bytes.len - at);
    chronicle->hash = mix(hash, word);
}

void chronicle_tail(const struct chronicle *chronicle, struct text *out)
{
    uint64_t first = chronicle->lines > CHRONICLE_KEPT ? chronicle->lines - CHRONICLE_KEPT : 0;
    for (uint64_t i = first; i < chronicle->lines; i++) {
        text_add(out, chronicle->kept[i % CHRONICLE_KEPT]);
        text_add_char(out, '\n');
    }
}

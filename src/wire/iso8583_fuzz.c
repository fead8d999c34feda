/*
 * Messages of any dialect: the first byte picks it. What parses is built again from its own bytes
 * and from its values in normal form; the first gives the same bytes, the second the same values.
 */
#include "test/lib/fuzz.h"

#include "wire/builtin.h"
#include "wire/iso8583.h"
#include "wire/subfield.h"

#include <string.h>

static struct dialect dialects[3];

static void compile_once(void)
{
    if (dialects[0].source != NULL)
        return;
    for (size_t i = 0; i < builtin_count; i++)
        FUZZ_CHECK(dialect_compile(&builtin_table[i], NULL, &dialects[i],
                                   &(struct dialect_fault){0}) == OK);
}

static size_t build(const struct iso_message *message, uint8_t *out)
{
    struct iso_built built;
    struct iso_fault fault;

    FUZZ_CHECK(iso_build(message, out, 2 * FRAME_BODY_LEN_MAX, &built, &fault) == OK);
    return built.len;
}

static void check_repack(const struct iso_view *view)
{
    static struct iso_message message;
    static uint8_t out[2 * FRAME_BODY_LEN_MAX];

    /* A secondary bitmap without fields is not written again. */
    iso_message_init(&message, view->dialect, view->mti);
    iso_copy_rest(&message, view);
    size_t len = build(&message, out);
    size_t body = len - (view->message.len - view->body_offset);
    FUZZ_CHECK(len <= view->message.len);
    FUZZ_CHECK(memcmp(out + body, view->message.at + view->body_offset, len - body) == 0);
}

static void check_values(const struct iso_view *view)
{
    static struct iso_message message;
    static struct iso_view again;
    static uint8_t out[2 * FRAME_BODY_LEN_MAX];
    static char room[2 * FRAME_BODY_LEN_MAX];
    static char value[2 * FRAME_BODY_LEN_MAX];
    struct iso_fault fault;
    size_t used = 0;
    size_t len = 0;

    iso_message_init(&message, view->dialect, view->mti);
    for (unsigned f = iso_next(view, 0); f != 0; f = iso_next(view, f)) {
        FUZZ_CHECK(iso_get(view, f, room + used, sizeof room - used, &len) == OK);
        iso_set(&message, f, bytes_over(room + used, len));
        used += len;
    }
    len = build(&message, out);
    FUZZ_CHECK(iso_parse(view->dialect, bytes_over(out, len), &again, &fault) == OK);
    used = 0;
    for (unsigned f = iso_next(view, 0); f != 0; f = iso_next(view, f)) {
        FUZZ_CHECK(iso_get(&again, f, value, sizeof value, &len) == OK);
        FUZZ_CHECK(memcmp(value, room + used, len) == 0);
        used += len;
    }
}

static void check_parts(const struct iso_view *view)
{
    static char value[2 * FRAME_BODY_LEN_MAX];
    size_t len = 0;

    for (unsigned f = iso_next(view, 0); f != 0; f = iso_next(view, f)) {
        size_t sum = 0;
        struct subfield part;
        FUZZ_CHECK(iso_get(view, f, value, sizeof value, &len) == OK);
        struct subfield_iterator it =
            subfield_over(view->dialect, f, view->mti, bytes_over(value, len));
        while (subfield_next(&it, &part))
            sum += part.value.len;
        FUZZ_CHECK(sum <= len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct iso_view view;
    struct iso_fault fault;
    char room[256];
    struct text words = text_over(room, sizeof room);

    compile_once();
    if (len == 0)
        return 0;
    if (iso_parse(&dialects[data[0] % 3], bytes_over(data + 1, len - 1), &view, &fault) == OK) {
        check_repack(&view);
        check_values(&view);
    } else {
        FUZZ_CHECK(fault.kind != ISO_FAULT_NONE && fault.offset <= len);
        iso_fault_add_text(&words, &fault);
        FUZZ_CHECK(!words.cut);
    }
    check_parts(&view);
    return 0;
}

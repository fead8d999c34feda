#include "app/world/self_test.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"
#define DATE_LEN 10 /* 2026-10-31 */

static bool take_state(const char *value, const char *bad, bool *out)
{
    *out = strcmp(value, bad) == 0;
    return *out || strcmp(value, "ok") == 0;
}

static bool take_date(const char *value, uint32_t *out)
{
    char digits[8];
    uint64_t number = 0;

    if (strlen(value) != DATE_LEN || value[4] != '-' || value[7] != '-')
        return false;
    memcpy(digits, value, 4);
    memcpy(digits + 4, value + 5, 2);
    memcpy(digits + 6, value + 8, 2);
    if (bytes_to_number(digits, sizeof digits, &number) != OK || number % 100 == 0 ||
        number % 100 > 31 || number / 100 % 100 == 0 || number / 100 % 100 > 12)
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool take_line(const char *value, struct self_test *out)
{
    size_t len = strlen(value);

    if (len == 0 || len >= sizeof out->line_state)
        return false;
    memcpy(out->line_state, value, len + 1);
    return true;
}

/* One KEY=VALUE, which is cut in two. */
static bool take_word(char *word, struct self_test *out)
{
    char *value = strchr(word, '=');

    if (value == NULL)
        return false;
    *value++ = 0;
    if (strcmp(word, "reader") == 0)
        return take_state(value, "faulty", &out->is_reader_bad);
    if (strcmp(word, "pin_pad") == 0)
        return take_state(value, "faulty", &out->is_pin_pad_bad);
    if (strcmp(word, "printer") == 0)
        return take_state(value, "faulty", &out->is_printer_bad);
    if (strcmp(word, "paper") == 0)
        return take_state(value, "out", &out->is_out_of_paper);
    if (strcmp(word, "line") == 0)
        return take_line(value, out);
    return strcmp(word, "until") == 0 && take_date(value, &out->line_until);
}

/* NULL, or the word that is wrong. */
static const char *take_text(char *text, const char *terminal, struct self_test *out)
{
    struct self_test others = *out;
    char *rest = NULL;

    text[strcspn(text, "#")] = 0;
    const char *id = strtok_r(text, BLANKS, &rest);
    if (id == NULL)
        return NULL;
    bool is_ours = strcmp(id, "*") == 0 || strcmp(id, terminal) == 0;
    for (char *word = strtok_r(NULL, BLANKS, &rest); word != NULL;
         word = strtok_r(NULL, BLANKS, &rest)) {
        if (!take_word(word, is_ours ? out : &others))
            return word;
    }
    return NULL;
}

static enum err read_all(FILE *in, const char *terminal, struct self_test *out, struct text *error)
{
    char text[512];
    const char *wrong;

    for (uint64_t number = 1; fgets(text, sizeof text, in) != NULL; number++) {
        wrong = take_text(text, terminal, out);
        if (wrong == NULL)
            continue;
        text_add_char(error, ':');
        text_add_u64(error, number);
        text_add(error, ": ");
        text_add(error, wrong);
        text_add(error, ": expected reader, pin_pad, printer (ok or faulty), paper (ok or out), "
                        "line=WORD or until=2026-10-31");
        return ERR_CONFIG;
    }
    return OK;
}

enum err self_test_read(const char *data, const char *terminal, struct self_test *out,
                        struct text *error)
{
    char path[320];
    struct text t = text_over(path, sizeof path);
    struct self_test found = {.line_state = "ok"};
    enum err err = OK;

    text_add(&t, data);
    text_add(&t, "/" SELF_TEST_FILE);
    FILE *in = fopen(path, "r");
    if (in == NULL && errno != ENOENT) {
        text_add(error, path);
        text_add(error, ": ");
        text_add(error, strerror(errno));
        return ERR_CONFIG;
    }
    if (in != NULL) {
        struct text mark = *error;
        text_add(error, path);
        err = read_all(in, terminal, &found, error);
        fclose(in);
        if (err == OK)
            *error = mark;
    }
    if (err == OK)
        *out = found;
    return err;
}

uint8_t self_test_faults(const char *data, const char terminal[static TERMINAL_ID_LEN])
{
    char id[TERMINAL_ID_LEN + 1] = "";
    char room[400];
    struct text error = text_over(room, sizeof room);
    struct self_test test = {0};
    unsigned faults = 0;

    memcpy(id, terminal, TERMINAL_ID_LEN);
    id[strcspn(id, " ")] = 0;
    if (self_test_read(data, id, &test, &error) != OK)
        return 0;
    faults |= test.is_out_of_paper ? DEVICE_PAPER_OUT : 0U;
    faults |= test.is_reader_bad ? DEVICE_READER : 0U;
    faults |= test.is_pin_pad_bad ? DEVICE_PIN_PAD : 0U;
    faults |= test.is_printer_bad ? DEVICE_PRINTER : 0U;
    return (uint8_t)faults;
}

#include "app/story/records_print.h"

#include "app/world/client.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_LEN 48

struct shown_column {
    const char *name;
    int width;
};

/* The columns of lists: what tells one record from another, and what is asked most. */
static const struct {
    const char *what;
    struct shown_column columns[9];
} shown[] = {
    {"merchant",
     {{"merchant", 16}, {"name", 24}, {"category", 9}, {"state", 14}, {"amount_max", 12}}},
    {"terminal",
     {{"terminal", 10}, {"merchant", 16}, {"state", 14}, {"batch", 7}, {"signed_in", 20}}},
    {"card",
     {{"card", 8},
      {"number", 20},
      {"hash", 9},
      {"state", 14},
      {"expiry", 7},
      {"account", 11},
      {"limit", 10},
      {"daily_limit", 12},
      {"pin_tries", 10}}},
    {"account",
     {{"account", 11},
      {"name", 12},
      {"balance", 16},
      {"held", 12},
      {"credit_limit", 14},
      {"party", 20}}},
    {"issuer",
     {{"issuer", 12},
      {"open_from", 10},
      {"open_until", 11},
      {"cutoff_from", 12},
      {"cutoff_until", 13},
      {"dormant_days", 13},
      {"suspicious", 12},
      {"referral", 12}}},
    {"peer",
     {{"peer", 12},
      {"party", 18},
      {"is_behind", 10},
      {"says_we_are_behind", 19},
      {"epoch", 9},
      {"record", 10},
      {"heard", 20},
      {"refused_record", 15},
      {"refused_point", 20}}},
};

static void cell_text(const json_t *value, char out[static CELL_LEN])
{
    struct text t = text_over(out, CELL_LEN);

    if (json_is_string(value))
        text_add(&t, json_string_value(value));
    else if (json_is_integer(value))
        text_add_i64(&t, json_integer_value(value));
    else if (json_is_boolean(value))
        text_add(&t, json_is_true(value) ? "true" : "false");
    else
        text_add_char(&t, '-');
}

/* Digits in names count as numbers. */
static int compare_names(const char *a, const char *b)
{
    while (*a != 0 && *b != 0) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *a_end;
            char *b_end;
            unsigned long long x = strtoull(a, &a_end, 10);
            unsigned long long y = strtoull(b, &b_end, 10);

            if (x != y)
                return x < y ? -1 : 1;
            a = a_end;
            b = b_end;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != 0) - (*b != 0);
}

struct sorted_row {
    char name[CELL_LEN];
    const json_t *row;
};

static int compare_rows(const void *a, const void *b)
{
    const struct sorted_row *x = a;
    const struct sorted_row *y = b;

    return compare_names(x->name, y->name);
}

static void print_row(const struct shown_column *columns, size_t count, const json_t *row)
{
    for (size_t i = 0; i < count && columns[i].name != NULL; i++) {
        char cell[CELL_LEN];

        if (row == NULL)
            printf("%-*s", columns[i].width, columns[i].name);
        else
            cell_text(json_object_get(row, columns[i].name), cell),
                printf("%-*s", columns[i].width, cell);
        if (i + 1 < count && columns[i + 1].name != NULL)
            putchar(' ');
    }
    putchar('\n');
}

void records_print_table(json_t *rows, const char *what)
{
    size_t count = json_array_size(rows);
    struct sorted_row *sorted = calloc(count + 1, sizeof *sorted);
    size_t at = 0;

    while (at + 1 < ARRAY_COUNT(shown) && strcmp(shown[at].what, what) != 0)
        at++;
    for (size_t i = 0; sorted != NULL && i < count; i++) {
        sorted[i].row = json_array_get(rows, i);
        cell_text(json_object_get(sorted[i].row, shown[at].columns[0].name), sorted[i].name);
    }
    if (sorted == NULL)
        return;
    qsort(sorted, count, sizeof *sorted, compare_rows);
    print_row(shown[at].columns, ARRAY_COUNT(shown[at].columns), NULL);
    for (size_t i = 0; i < count; i++)
        print_row(shown[at].columns, ARRAY_COUNT(shown[at].columns), sorted[i].row);
    free(sorted);
}

void records_print_rows(const json_t *rows)
{
    size_t i;
    const json_t *row;

    json_array_foreach(rows, i, row)
    {
        const char *name;
        json_t *value;

        if (i > 0)
            putchar('\n');
        json_object_foreach((json_t *)(uintptr_t)row, name, value)
        {
            char cell[CELL_LEN];

            cell_text(value, cell);
            printf("%-14s %s\n", name, cell);
        }
    }
}

void records_print_change(const json_t *answer, const char *what, const char *id)
{
    const json_t *parties = json_object_get(answer, "parties");
    size_t i;
    const json_t *party;

    printf("%s %s: %s", what, id, client_text(answer, "outcome"));
    json_array_foreach(parties, i, party)
        printf("%s%s", i == 0 ? " at " : ", ", json_string_value(party));
    if (json_object_get(answer, "code") != NULL)
        printf("\n%s, good until %s", client_text(answer, "code"), client_text(answer, "expires"));
    putchar('\n');
}

/* Records as people read them on a terminal: tables, columns under each other, short answers. */
#ifndef APP_RECORDS_PRINT_H
#define APP_RECORDS_PRINT_H

#include <jansson.h>

/* One line for each row, in the order of ids (T2 before T10), the columns that lists show. */
void records_print_table(json_t *rows, const char *what);

/* Each row as a block of "column  value". */
void records_print_rows(const json_t *rows);

/* What became of a change. */
void records_print_change(const json_t *answer, const char *what, const char *id);

#endif

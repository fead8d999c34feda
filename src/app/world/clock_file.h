/*
 * How far a lab's clocks are ahead of the machine's: DATA/clock, one line "ahead_us N". It is read
 * at start, so that no process of the folder ever goes back in time.
 */
#ifndef APP_CLOCK_FILE_H
#define APP_CLOCK_FILE_H

#include "base/err.h"
#include "base/text.h"

#include <stdint.h>

/* 0 without such a file. ERR_CORRUPT, with *error filled, for one that is not ours. */
MUST_USE enum err clock_file_read(const char *data, int64_t *ahead_us, struct text *error);

/* Durable before it returns. */
MUST_USE enum err clock_file_write(const char *data, int64_t ahead_us, struct text *error);

#endif

/* acquit doubt settle | confirm | withdraw | person: the part of `acquit doubt` that changes. */
#ifndef APP_TESTIFY_COMMAND_H
#define APP_TESTIFY_COMMAND_H

#include <stdbool.h>

/* Whether the first word after `acquit doubt` is one of these. */
bool testify_command_is(const char *word);

/* argv[0] is that word. Returns the exit code. */
int testify_command(int argc, char **argv);

#endif

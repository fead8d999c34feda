/* A password from a person or a file, never from the command line. */
#ifndef APP_PASSWORD_ASK_H
#define APP_PASSWORD_ASK_H

#include <stdbool.h>

#define PASSWORD_TEXT_LEN 64

/* The first line of a file; with path NULL what is typed, unseen, after "words: ". False, with a
 * complaint on standard error, when there is none. The caller wipes it. */
bool password_ask(const char *path, const char *words, char out[static PASSWORD_TEXT_LEN]);

#endif

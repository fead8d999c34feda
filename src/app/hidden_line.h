/*
 * One line that nobody else may see: a password, a component of a key. From a file, or typed at a
 * terminal that does not show it.
 *
 * The terminal is given back as it was on every way out: the line read, its end, a signal that ends
 * or stops the process (it takes effect after the terminal is back; a process that goes on again
 * asks anew). Nothing of the line stays in memory but what the caller holds: it is read past stdio,
 * byte for byte, so that what follows it on a pipe is there for who reads next.
 */
#ifndef APP_HIDDEN_LINE_H
#define APP_HIDDEN_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* The first line of a file; with path NULL that of standard input, after "words: " on standard
 * error. Without its end, as a string. False, with a complaint on standard error and nothing in
 * out, when there is none or it is longer than room - 1 bytes. The caller wipes it. */
bool hidden_line_take(const char *path, const char *words, char *out, size_t room);

#endif

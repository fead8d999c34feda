/*
 * The last scene of acquit demo: the world is saved while payments run, its machine dies, and it is
 * restored elsewhere. Nothing that was answered before the backup's stated point may be missing,
 * which the dead machine's journals tell.
 */
#ifndef APP_DEMO_DISASTER_H
#define APP_DEMO_DISASTER_H

#include <stdbool.h>

/* data is a running world; afterwards nothing runs on it. Makes two folders beside it, DATA.saved
 * and DATA.elsewhere, and removes them. Prints a line for each step. Returns whether all came out
 * as it must. */
bool demo_disaster_play(const char *data);

#endif

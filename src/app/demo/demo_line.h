/*
 * The act of the demo in which lines lose, double, spoil and delay messages, and the switch and a
 * bank are killed with payments in flight. It runs a world of its own: each party a process, with a
 * bad line (demo_wire.h) between till and switch and another between switch and bank.
 */
#ifndef APP_DEMO_LINE_H
#define APP_DEMO_LINE_H

#include <stdbool.h>

/* Plays the act in a new folder, which must not be there and is removed. Returns whether all came
 * out as written. */
bool demo_line_play(const char *folder);

#endif

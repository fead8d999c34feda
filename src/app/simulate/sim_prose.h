/* Lines of a simulation's trace, for people: what the books say in words, not in names. */
#ifndef APP_SIM_PROSE_H
#define APP_SIM_PROSE_H

/* Prints a line of the trace, ended, to standard output. */
void sim_prose_print(const char *line);

#endif

/*
 * A sub-command of the program. It parses its own arguments (argv[0] is its name), writes results
 * to standard output, and complaints to standard error.
 */
#ifndef APP_SUBCOMMAND_H
#define APP_SUBCOMMAND_H

/* Exit codes that scripts can use. */
#define EXIT_DONE 0
#define EXIT_BAD 1   /* it ran, and the answer is no */
#define EXIT_USAGE 2 /* the arguments are wrong */

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* one line */
};

int decode_main(int argc, char **argv);
int simulate_main(int argc, char **argv);

#endif

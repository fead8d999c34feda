#include "app/subcommand.h"
#include "base/attribute.h"

#include <stdio.h>
#include <string.h>

/* In the order in which --help lists them. */
static const struct subcommand commands[] = {
    {"decode", decode_main, "show what a message says, field by field"},
    {"sim", simulate_main, "run simulated worlds full of faults, and judge them"},
};

static void print_help(FILE *out)
{
    fputs("acquit: card acceptance from the terminal to the issuer\n\n"
          "usage: acquit COMMAND [ARGUMENTS]    (acquit COMMAND --help says more)\n\n",
          out);
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "acquit: there is no command '%s'; acquit --help lists them\n", argv[1]);
    return EXIT_USAGE;
}

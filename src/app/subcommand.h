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

int archive_main(int argc, char **argv);
int audit_main(int argc, char **argv);
int backup_main(int argc, char **argv);
int clock_main(int argc, char **argv);
int cashier_main(int argc, char **argv);
int decode_main(int argc, char **argv);
int simulate_main(int argc, char **argv);
int demo_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int doubt_main(int argc, char **argv);
int down_main(int argc, char **argv);
int drill_main(int argc, char **argv);
int export_main(int argc, char **argv);
int keys_main(int argc, char **argv);
int line_main(int argc, char **argv);
int load_main(int argc, char **argv);
int match_main(int argc, char **argv);
int promote_main(int argc, char **argv);
int qr_main(int argc, char **argv);
int query_main(int argc, char **argv);
int receipt_main(int argc, char **argv);
int records_main(int argc, char **argv);
int restore_main(int argc, char **argv);
int route_main(int argc, char **argv);
int rules_main(int argc, char **argv);
int run_main(int argc, char **argv);
int standby_main(int argc, char **argv);
int status_main(int argc, char **argv);
int update_main(int argc, char **argv);
int up_main(int argc, char **argv);
int why_main(int argc, char **argv);

#endif

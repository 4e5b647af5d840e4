/* commands.h - the subcommands. Each returns the exit status of the program; argv[0] is its name.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

enum { EXIT_USAGE = 2 }; /* wrong usage, or an input that cannot be read */

/* `mailfuse check-config`: 0 when the daemon could use the settings, else 2. */
int cli_check_config(int argc, char **argv);

/* `mailfuse parse`: what was understood of each log line, one JSON object a line. */
int cli_parse(int argc, char **argv);

/* `mailfuse scan`: 0 nothing found, 1 a fuse would have tripped. */
int cli_scan(int argc, char **argv);

#endif

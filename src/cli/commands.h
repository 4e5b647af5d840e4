/* commands.h - the subcommands. Each returns the exit status of the program; argv[0] is its name.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

enum { EXIT_USAGE = 2 }; /* wrong usage, or an input that cannot be read */

/* `mailfuse check-config`: 0 when the daemon could use the settings, else 2. */
int cli_check_config(int argc, char **argv);

/* `mailfuse alert`: who is told, what waits, a test. 0, 1 a test did not arrive, 2. */
int cli_alert(int argc, char **argv);

/* `mailfuse dnsbl`: 0 not listed, 1 listed, 2 no list answered. */
int cli_dnsbl(int argc, char **argv);

/* `mailfuse parse`: what was understood of each log line, one JSON object a line. */
int cli_parse(int argc, char **argv);

/* `mailfuse run`: 0 after SIGTERM, 2 when settings or state are wrong, 1 after too many crashes. */
int cli_run(int argc, char **argv);

/* `mailfuse import`: 0, or 2 when nothing was imported. */
int cli_import(int argc, char **argv);

/* `mailfuse scan`: 0 nothing found, 1 a fuse would have tripped. */
int cli_scan(int argc, char **argv);

/* The commands that talk to the daemon (cli/ask.h): 0 done, 1 refused or not found, 2 wrong usage
 * or no daemon. */
int cli_status(int argc, char **argv);
int cli_top(int argc, char **argv);
int cli_incidents(int argc, char **argv);
int cli_incident(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_hold(int argc, char **argv);
int cli_lock(int argc, char **argv);
int cli_unlock(int argc, char **argv);
int cli_release(int argc, char **argv);
int cli_purge(int argc, char **argv);
int cli_block(int argc, char **argv);
int cli_unblock(int argc, char **argv);
int cli_blocks(int argc, char **argv);
int cli_queue(int argc, char **argv);
int cli_wrote_to(int argc, char **argv);
int cli_delist(int argc, char **argv);
int cli_relay(int argc, char **argv);
int cli_providers(int argc, char **argv);
int cli_trust(int argc, char **argv);
int cli_untrust(int argc, char **argv);
int cli_journal(int argc, char **argv);
int cli_reload(int argc, char **argv);

/* `mailfuse feedback`: 0, or EX_DATAERR (65) when it was no report, or EX_TEMPFAIL (75) for all
 * that may be better later, as pipe(8) of Postfix wants it. */
int cli_feedback(int argc, char **argv);

/* `mailfuse setup postfix|dovecot`: 0, or 2 when it cannot be done. */
int cli_setup(int argc, char **argv);

#endif

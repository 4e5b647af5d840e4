/* input.h - what `scan` and `parse` read: their common options, and the files. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <getopt.h>

#include "cli/zone.h"
#include "watch/logs.h"

/* What getopt_long(3) gives for each; a subcommand's own options are numbered below. */
enum input_option {
    INPUT_JOURNAL = 0x200,
    INPUT_SINCE,
    INPUT_UNTIL,
    INPUT_YEAR,
    INPUT_TZ,
};

/* For a subcommand's table of long options. */
#define INPUT_ROW(name, argument, option)                                                          \
    {                                                                                              \
        name, argument, NULL, option                                                               \
    }
#define INPUT_OPTIONS                                                                              \
    INPUT_ROW("journal", no_argument, INPUT_JOURNAL),                                              \
        INPUT_ROW("since", required_argument, INPUT_SINCE),                                        \
        INPUT_ROW("until", required_argument, INPUT_UNTIL),                                        \
        INPUT_ROW("year", required_argument, INPUT_YEAR),                                          \
        INPUT_ROW("tz", required_argument, INPUT_TZ)

/* For a subcommand's --help. */
#define INPUT_HELP                                                                                 \
    "Reading\n"                                                                                    \
    "  FILE...            log files, plain or gzip, xz, zstd, bzip2, in any order;\n"              \
    "                     '-' is standard input; journalctl -o export or -o json too\n"            \
    "  --journal          read this machine's systemd journal instead of files\n"                  \
    "  --since TIME       only what is not older: \"2026-11-22 10:00\", yesterday, 2h\n"           \
    "  --until TIME       only what is not younger\n"                                              \
    "  --year YYYY        year of the first line, for stamps without year; default:\n"             \
    "                     from the date of the file\n"                                             \
    "  --tz ZONE          zone of stamps without offset: Europe/Berlin or +01:00;\n"               \
    "                     default: this machine's\n"

/* `{ 0 }` is "nothing chosen yet". Must stay where it is once it is ready: `logs` points to it. */
struct input {
    struct logs_options logs; /* for logs_open, after input_ready */
    struct zone zone;
    const char *since, *until, *tz; /* as given, or NULL */
};

/* Take one option that getopt_long gave.
 * 1: taken; 0: it is none of these; -1: its argument is wrong, `error` says what to write instead.
 */
NODISCARD int input_take(struct input *in, int option, const char *argument, char *error,
                         size_t error_room);

/* All options are taken: fill in `logs`.
 * paths  what follows the options; borrowed
 * now    the present, for relative times and as the date of standard input
 * False, with `error`: no file, files beside --journal, a time or zone that cannot be read. */
NODISCARD bool input_ready(struct input *in, char *const *paths, size_t paths_n, struct wall now,
                           char *error, size_t error_room);

#endif

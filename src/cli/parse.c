/* parse.c - mailfuse parse: what was understood of each log line, for scripts and for tests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/input.h"
#include "cli/json_line.h"
#include "cli/progress.h"
#include "proto/understand.h"

#include "base/ban.h"

enum { ERROR_MAX = 512, WRITE_AT = 64 * 1024, OUT_MAX = 16 << 20 };

enum { OPTION_HELP = 1 };

static const struct option options[] = {
    { "help", no_argument, NULL, OPTION_HELP },
    INPUT_OPTIONS,
    { NULL, 0, NULL, 0 },
};

static const char help[] = "Usage: mailfuse parse [OPTION]... FILE...\n"
                           "Print what was understood of each log line, one JSON object a line.\n"
                           "\n" INPUT_HELP "\n"
                           "Exit status: 0, or 2 for wrong usage or an input that cannot be read.\n"
                           "The fields are described in mailfuse(1).\n";

/* Give what has gathered to standard output. False, after a message, when it does not take it. */
static bool put(struct buf *out)
{
    if (out->n > 0 && fwrite(out->p, 1, out->n, stdout) != out->n) {
        fprintf(stderr, "mailfuse: standard output: %s\n", strerror(errno));
        return false;
    }
    buf_clear(out);
    return true;
}

static void add_line(struct buf *out, struct logs *logs, const struct logline *line)
{
    struct record record;
    int32_t offset_s = 0;

    (void)logs_offset(logs, &offset_s);
    if (understand(line, &record))
        json_line_record(out, line, &record, offset_s);
    else
        json_line_foreign(out, line, offset_s);
}

static bool print_lines(struct logs *logs)
{
    CLEANUP(buf_done) struct buf out = buf_make(OUT_MAX);
    struct progress progress = progress_start(isatty(STDOUT_FILENO) == 1);
    enum logline_got kind;
    struct logline line;
    struct slice raw;
    bool good = true;

    for (enum logs_got got; good && (got = logs_next(logs, &line, &raw, &kind)) != LOGS_END;) {
        progress_line(&progress, logs_stats(logs));
        if (got == LOGS_LINE)
            add_line(&out, logs, &line);
        else if (kind != LOGLINE_BLANK)
            json_line_unframed(&out, raw);
        if (out.n >= WRITE_AT)
            good = put(&out);
    }
    progress_erase(&progress);
    return good && put(&out);
}

static void print_warnings(const struct logs *logs)
{
    const char *warning;
    uint64_t more = 0;

    for (size_t i = 0; (warning = logs_warning(logs, i, &more)) != NULL; i++)
        fprintf(stderr, "mailfuse: %s\n", warning);
    if (more > 0)
        fprintf(stderr, "mailfuse: and %llu more warnings\n", (unsigned long long)more);
}

/* False when an option is wrong; `error` is empty when getopt_long has said why. */
static bool read_options(struct input *in, int argc, char **argv, char *error, bool *wants_help)
{
    int option, took;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            *wants_help = true;
            return true;
        }
        took = input_take(in, option, optarg, error, ERROR_MAX);
        if (took <= 0)
            return false;
    }
    return true;
}

int cli_parse(int argc, char **argv)
{
    char error[ERROR_MAX] = "";
    struct input in = { 0 };
    struct logs *logs = NULL;
    struct wall now = { (int64_t)time(NULL) * SECOND_MS };
    bool wants_help = false, good;
    char name[] = "mailfuse parse"; /* for what getopt_long says */

    argv[0] = name;
    if (!read_options(&in, argc, argv, error, &wants_help))
        goto usage;
    if (wants_help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (!input_ready(&in, argv + optind, (size_t)(argc - optind), now, error, sizeof error))
        goto usage;
    logs = logs_open(&in.logs, error, sizeof error);
    if (logs == NULL)
        goto usage;
    good = print_lines(logs) && error[0] == '\0';
    print_warnings(logs);
    logs_free(logs);
    return good && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_USAGE;
usage:
    if (error[0] != '\0')
        fprintf(stderr, "mailfuse parse: %s\n", error);
    return EXIT_USAGE;
}

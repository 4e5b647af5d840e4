/* import.c - mailfuse import: learn what is usual from old logs before the daemon starts. The
 * scan's own engine reads them; what it learnt becomes the daemon's first snapshot. Suspicion is no
 * part of it: who was abused in those logs is judged anew. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "act/sandbox.h"
#include "base/memory.h"
#include "box/box.h"
#include "cli/commands.h"
#include "cli/scan.h"
#include "run/pictures.h"
#include "store/store.h"

#include "base/ban.h"

enum { REPLACE = 0x100, PATIENCE_MS = 120 * 1000, ERROR_MAX = 2000 };

static const char help[] =
    "Usage: mailfuse import [OPTION]... FILE...\n"
    "Learn from old mail logs what is usual for each account, before the first start of\n"
    "the daemon. Two weeks are good, four are better.\n"
    "\n"
    "  -c, --conf FILE    settings of the daemon, for its state directory; default\n"
    "                     " CONF_PATH "\n"
    "      --replace      forget what was learnt before; without it, a daemon that has\n"
    "                     learnt something is left as it is\n"
    "\n" INPUT_HELP "      --quiet            no progress bar\n"
    "      --help             this text\n"
    "\n"
    "Exit status: 0, or 2 when nothing was imported.\n";

struct import {
    struct scan_options options;
    struct scan scan;
    bool replace, help;
    uint32_t known; /* pictures that were there */
};

static int complain(const char *what)
{
    fprintf(stderr, "mailfuse import: %s\n", what);
    return EXIT_USAGE;
}

static int read_options(struct import *m, int argc, char **argv, struct wall now)
{
    static const struct option options[] = {
        { "conf", required_argument, NULL, 'c' },
        { "config", required_argument, NULL, 'c' },
        { "replace", no_argument, NULL, REPLACE },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },
        INPUT_OPTIONS,
        { NULL, 0, NULL, 0 },
    };
    struct scan_options *o = &m->options;
    char error[400];
    int option;

    while ((option = getopt_long(argc, argv, "c:q", options, NULL)) != -1) {
        int taken = input_take(&o->input, option, optarg, error, sizeof error);

        if (taken < 0)
            return complain(error);
        if (taken > 0)
            continue;
        if (option == 'c')
            o->conf = optarg;
        else if (option == REPLACE)
            m->replace = true;
        else if (option == 'q')
            o->quiet = true;
        else if (option == 'h')
            m->help = true;
        else
            return EXIT_USAGE;
    }
    if (m->help ||
        input_ready(&o->input, argv + optind, (size_t)(argc - optind), now, error, sizeof error))
        return 0;
    return complain(error);
}

/* Become the daemon's user, so that it can read what we write. */
static int step_down(const struct conf_daemon *d)
{
    CLEANUP(buf_done) struct buf why = buf_make(ERROR_MAX);
    struct sandbox_user user;

    if (geteuid() != 0)
        return 0;
    if (sandbox_find_user(d->user, NULL, &user, &why) != 0) {
        fprintf(stderr, "mailfuse import: user: %.*s\n", SLICE_ARG(buf_slice(&why)));
        return EXIT_USAGE;
    }
    if (setgroups(user.groups_n, user.groups) != 0 ||
        setresgid(user.gid, user.gid, user.gid) != 0 ||
        setresuid(user.uid, user.uid, user.uid) != 0)
        return complain(strerror(errno));
    return 0;
}

static bool count(void *ctx, uint32_t id, struct slice value)
{
    struct import *m = ctx;

    (void)value;
    m->known = id + 1;
    return true;
}

/* What was learnt goes to the disk. */
static int save(struct import *m)
{
    const char *folder = m->scan.engine->conf->daemon.state_directory;
    struct buf error = buf_make(ERROR_MAX);
    struct store *store = store_open(folder, &error);
    int status = 0;

    if (store == NULL || store_each_picture(store, count, m, &error) != 0) {
        fprintf(stderr, "mailfuse import: %.*s\n", SLICE_ARG(buf_slice(&error)));
        status = EXIT_USAGE;
    } else if (m->known > 0 && !m->replace) {
        fprintf(stderr,
                "mailfuse import: %s: %u accounts are known there; --replace forgets them first\n",
                folder, m->known);
        status = EXIT_USAGE;
    } else if (store_start(store) != 0) {
        status = complain("no threads for the store");
    } else if (pictures_write(m->scan.detect, store) != 0) {
        status = complain("not everything could be written");
    }
    if (store_close(store, status == 0 ? PATIENCE_MS : 0) != 0 && status == 0)
        status = complain("not everything could be written");
    buf_done(&error);
    return status;
}

static struct wall wall_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (struct wall){ now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

int cli_import(int argc, char **argv)
{
    struct import *m = memory_new(1, sizeof *m);
    char name[] = "mailfuse import"; /* for what getopt_long says */
    int status;

    argv[0] = name;
    status = read_options(m, argc, argv, wall_now());
    if (status == 0 && m->help) {
        fputs(help, stdout);
        free(m);
        return 0;
    }
    if (status == 0 && m->options.conf == NULL && access(CONF_PATH, F_OK) == 0)
        m->options.conf = CONF_PATH;
    if (status == 0)
        status = scan_open(&m->scan, &m->options);
    if (status == 0) {
        scan_run(&m->scan);
        status = step_down(&m->scan.engine->conf->daemon);
    }
    if (status == 0)
        status = save(m);
    if (status == 0)
        printf("%llu lines understood, %u accounts and hosts learnt\n",
               (unsigned long long)m->scan.understood, detect_count(m->scan.detect));
    if (m->scan.engine != NULL)
        scan_close(&m->scan);
    free(m);
    return status;
}

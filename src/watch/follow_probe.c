/* follow_probe.c - for tests: follows logs in a real loop and prints their lines.
 *   follow_probe [--once] [--quiet] [--from-start] [--replay BYTES] STATE PATH...
 * "old " precedes lines from before the position in STATE, which is written after each step, with
 * --once at the end. Ends when standard input does, or with --once at the end of the logs. Trouble
 * goes to standard error. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "watch/follow.h"

#include "base/ban.h"

enum { BUDGET = 1000 };

struct probe {
    struct follow_options options;
    const char *state;
    char *positions_text;
    const char **positions;
    bool once, quiet;
    uint64_t lines;
};

static int open_one(void *ctx, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    (void)ctx;
    if (fd < 0)
        return -errno;
    return fd;
}

static void take_one(void *ctx, const struct follow_line *line)
{
    struct probe *probe = ctx;

    probe->lines++;
    if (!probe->quiet)
        printf("%s%.*s\n", line->old ? "old " : "", SLICE_ARG(line->raw));
}

static void tell(void *ctx, const char *name, const char *what, bool over)
{
    (void)ctx;
    fprintf(stderr, "%s: %s%s\n", name, over ? "over: " : "", what);
}

static int64_t clock_ms(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

/* A line of the state for each path. */
static void load(struct probe *probe)
{
    enum { ROOM = 64 * 1024 };
    FILE *file = fopen(probe->state, "re");
    struct slice rest, line;

    probe->positions_text = memory_new(ROOM, 1);
    probe->positions = memory_new(probe->options.paths_n + 1, sizeof *probe->positions);
    if (file == NULL)
        return;
    rest = (struct slice){ probe->positions_text, 0 };
    rest.n = fread(probe->positions_text, 1, ROOM - 1, file);
    fclose(file);
    for (size_t i = 0; i < probe->options.paths_n && slice_cut(&rest, '\n', &line); i++) {
        probe->positions_text[(size_t)(line.p - probe->positions_text) + line.n] = '\0';
        probe->positions[i] = line.p;
    }
    probe->options.positions = probe->positions;
}

static void save(const struct probe *probe, const struct follow *f)
{
    char path[4096], text[FOLLOW_TEXT_MAX];
    const char *name;
    FILE *file;

    snprintf(path, sizeof path, "%s.new", probe->state);
    file = fopen(path, "we");
    if (file == NULL)
        return;
    for (size_t i = 0; i < probe->options.paths_n; i++)
        if (follow_position(f, i, &name, text))
            fprintf(file, "%s\n", text);
    if (fclose(file) == 0 && rename(path, probe->state) != 0)
        perror(probe->state);
}

static void loop(struct probe *probe, struct follow *f)
{
    for (;;) {
        struct pollfd fds[FOLLOW_FDS + 1] = { { .fd = probe->once ? -1 : STDIN_FILENO,
                                                .events = POLLIN } };
        int follow_fd[FOLLOW_FDS];
        size_t n;

        follow_step(f, BUDGET, (struct wall){ clock_ms(CLOCK_REALTIME) },
                    (struct mono){ clock_ms(CLOCK_MONOTONIC) });
        fflush(stdout);
        if (!probe->once || follow_caught_up(f))
            save(probe, f);
        if (probe->once && follow_caught_up(f))
            return;
        n = follow_fds(f, follow_fd);
        for (size_t i = 0; i < n; i++)
            fds[i + 1] = (struct pollfd){ .fd = follow_fd[i], .events = POLLIN };
        if (poll(fds, n + 1, follow_wait_ms(f)) > 0 && fds[0].revents != 0)
            return;
    }
}

static int usage(void)
{
    fputs("usage: follow_probe [--once] [--quiet] [--from-start] [--replay BYTES] STATE PATH...\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct probe probe = {
        .options = { .open = open_one, .take = take_one, .trouble = tell, .ctx = &probe }
    };
    struct follow *f;
    int at = 1;

    for (; at < argc && argv[at][0] == '-'; at++) {
        struct slice option = slice_of(argv[at]);

        if (slice_eq(option, SLICE("--once")))
            probe.once = true;
        else if (slice_eq(option, SLICE("--quiet")))
            probe.quiet = true;
        else if (slice_eq(option, SLICE("--from-start")))
            probe.options.from_start = true;
        else if (!slice_eq(option, SLICE("--replay")) || ++at == argc ||
                 !slice_to_u64(slice_of(argv[at]), &probe.options.replay_bytes))
            return usage();
    }
    if (at + 1 >= argc)
        return usage();
    probe.state = argv[at++];
    probe.options.paths = (const char *const *)&argv[at];
    probe.options.paths_n = (size_t)(argc - at);
    load(&probe);
    f = follow_new(&probe.options);
    loop(&probe, f);
    fprintf(stderr, "%llu lines\n", (unsigned long long)probe.lines);
    follow_free(f);
    free(probe.positions);
    free(probe.positions_text);
    return 0;
}

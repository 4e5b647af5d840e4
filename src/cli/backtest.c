#include "cli/backtest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/memory.h"

#include "base/ban.h"

enum { GOOD_MAX_BYTES = 256 << 20 };

/* As in mailfuse.conf(5). */
static const struct {
    const char *name;
    double sensitivity;
} steps[BACKTEST_STEPS] = { { "low", 0.7 }, { "normal", 1.0 }, { "high", 1.5 } };

static int complain(const char *path, const char *what)
{
    fprintf(stderr, "mailfuse scan: %s: %s\n", path, what);
    return 2;
}

static bool is_good(const struct backtest *b, struct slice name)
{
    uint64_t hash = hash_slice(name, 0);
    uint32_t i;

    for (struct table_probe p = table_find(&b->by_name, hash); table_at(&b->by_name, &p, &i);
         table_step(&b->by_name, &p))
        if (slice_eq(b->good[i], name))
            return true;
    return false;
}

/* One account a line; what follows a "#" is a comment. */
static void take_good(struct backtest *b, struct slice text)
{
    struct slice line, name;
    char folded[ADDRESS_MAX];

    while (text.n > 0) {
        if (!slice_cut(&text, '\n', &line)) {
            line = text;
            text.n = 0;
        }
        if (slice_cut(&line, '#', &name))
            line = name;
        name = account_fold(slice_trim(line), folded);
        if (name.n == 0 || is_good(b, name))
            continue;
        if (b->good_n == b->good_room) {
            b->good_room = b->good_room > 0 ? b->good_room * 2 : 256;
            b->good = memory_resize(b->good, b->good_room, sizeof *b->good);
        }
        b->good[b->good_n] = arena_copy(&b->names, name);
        table_add(&b->by_name, hash_slice(name, 0), b->good_n++);
    }
}

static int read_good(struct backtest *b, const char *path)
{
    FILE *f = fopen(path, "re");
    char *text;
    size_t n;
    int status = 0;

    if (f == NULL)
        return complain(path, strerror(errno));
    text = memory_new(GOOD_MAX_BYTES, 1);
    n = fread(text, 1, GOOD_MAX_BYTES, f);
    if (ferror(f) != 0)
        status = complain(path, strerror(errno));
    else if (n == GOOD_MAX_BYTES)
        status = complain(path, "is larger than 256 MB");
    else
        take_good(b, (struct slice){ text, n });
    fclose(f);
    free(text);
    return status;
}

int backtest_open(struct backtest *b, struct engine *e, const struct scan_options *o)
{
    if (!o->backtest)
        return 0;
    for (int i = 0; i < BACKTEST_STEPS; i++) {
        b->engines[i] = engine_start(e, o, (struct detect_options){ 0 }, steps[i].sensitivity);
        if (b->engines[i] == NULL)
            return 2;
    }
    return o->known_good != NULL ? read_good(b, o->known_good) : 0;
}

void backtest_close(struct backtest *b)
{
    for (int i = 0; i < BACKTEST_STEPS; i++)
        rehearsal_free(b->engines[i]);
    free(b->good);
    arena_done(&b->names);
    table_done(&b->by_name);
}

void backtest_event(struct backtest *b, const struct event *event)
{
    struct event mine = *event;

    mine.subject.hint = 0; /* the engines number their fuses alike only by chance */
    for (int i = 0; i < BACKTEST_STEPS && b->engines[i] != NULL; i++)
        (void)rehearsal_event(b->engines[i], &mine);
}

/* When the fuse of that subject locked; 0: it did not. */
static struct wall locked(const struct rehearsal *r, const struct subject *subject)
{
    const struct detect *d = rehearsal_detect(r);
    struct subject plain = *subject;
    const struct incident *i;
    uint32_t fuse;

    plain.hint = 0;
    fuse = detect_find(d, &plain);
    i = fuse != UINT32_MAX ? detect_incident(d, fuse) : NULL;
    return i != NULL && i->locked.ms != 0 ? i->held_from : (struct wall){ 0 };
}

struct sums {
    uint64_t locked, good, holds, delayed;
};

static struct sums sum_up(const struct backtest *b, int step)
{
    const struct detect *d = rehearsal_detect(b->engines[step]);
    const struct rehearsed_hold *holds;
    struct sums sums = { 0 };
    size_t n;

    for (uint32_t i = 0; i < detect_count(d); i++) {
        struct subject subject = detect_subject(d, i);

        if (locked(b->engines[step], &subject).ms == 0)
            continue;
        sums.locked++;
        sums.good += is_good(b, subject.name);
    }
    holds = rehearsal_holds(b->engines[step], &n);
    sums.holds = n;
    for (size_t i = 0; i < n; i++)
        sums.delayed += holds[i].messages;
    return sums;
}

static void write_sums(const struct backtest *b, struct buf *out)
{
    buf_printf(out, "Sensitivity      locked   known good   held, let go   messages late\n");
    for (int i = 0; i < BACKTEST_STEPS; i++) {
        struct sums s = sum_up(b, i);

        buf_printf(out, "%-8s %4.1f %10ju", steps[i].name, steps[i].sensitivity,
                   (uintmax_t)s.locked);
        if (b->good_n > 0)
            buf_printf(out, " %12ju", (uintmax_t)s.good);
        else
            buf_printf(out, " %12s", "?");
        buf_printf(out, " %14ju %15ju\n", (uintmax_t)s.holds, (uintmax_t)s.delayed);
    }
    if (b->good_n == 0)
        buf_add(out, SLICE("(--known-good FILE names accounts that were not abused, one a line: "
                           "then\nthe table tells how many of them would have been locked)\n"));
}

/* Who is locked at the highest step: the lower ones lock fewer. */
static void write_names(const struct backtest *b, const struct report *r, struct buf *out)
{
    const struct detect *d = rehearsal_detect(b->engines[BACKTEST_STEPS - 1]);
    char time[WALL_TEXT_MAX];

    for (uint32_t i = 0; i < detect_count(d); i++) {
        struct subject subject = detect_subject(d, i);
        struct wall at[BACKTEST_STEPS];
        bool any = false;

        for (int s = 0; s < BACKTEST_STEPS; s++) {
            at[s] = locked(b->engines[s], &subject);
            any = any || at[s].ms != 0;
        }
        if (!any)
            continue;
        buf_add_char(out, '\n');
        escape_terminal(out, subject.name);
        buf_add(out, is_good(b, subject.name) ? SLICE("   KNOWN GOOD\n") : SLICE("\n"));
        for (int s = 0; s < BACKTEST_STEPS; s++)
            buf_printf(out, "  %-7s %s\n", steps[s].name,
                       at[s].ms != 0 ? report_time(r, at[s], time) : "not locked");
    }
}

void backtest_write(const struct backtest *b, const struct report *r, struct buf *out)
{
    write_sums(b, out);
    write_names(b, r, out);
}

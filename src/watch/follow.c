#include "watch/follow.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "watch/follow_feed.h"
#include "watch/follow_journal.h"
#include "watch/follow_notify.h"

#include "base/ban.h"

enum {
    POLL_MS = 100,  /* how often files are read that no event tells of */
    ORDER_MS = 1000 /* how long a log that is being opened keeps the others waiting */
};

struct follow {
    struct follow_options options;
    struct logs_stats stats;
    struct warnings warnings;
    int notify; /* inotify, or -1 */
    struct follow_feed *feeds;
    size_t n;
    struct follow_journal *journal; /* NULL when it is not followed */
    int64_t order_ms; /* when the wait for what is being opened is over; 0: not begun */
    bool more;
};

static void feeds_new(struct follow *f)
{
    const struct follow_options *o = &f->options;
    struct follow_opener opener = { &f->options, &f->stats, &f->warnings };

    f->feeds = memory_new(o->paths_n + 1, sizeof *f->feeds);
    for (; f->n < o->paths_n; f->n++) {
        const char *text = o->positions != NULL ? o->positions[f->n] : NULL;
        struct follow_position position = { 0 };
        bool known = text != NULL && follow_position_read(slice_of(text), &position);

        if (text != NULL && text[0] != '\0' && !known)
            o->trouble(o->ctx, o->paths[f->n], "has a position of another version; not used",
                       false);
        follow_feed_init(&f->feeds[f->n], o->paths[f->n], known ? &position : NULL, &opener,
                         f->notify);
    }
}

struct follow *follow_new(const struct follow_options *options)
{
    struct follow *f = memory_new(1, sizeof *f);

    f->options = *options;
    f->notify = follow_notify_open();
    feeds_new(f);
    f->options.positions = NULL;
    if (options->journal || options->journal_folder != NULL)
        f->journal = follow_journal_new(&f->options, &f->stats);
    f->options.journal_position = NULL;
    f->more = true;
    return f;
}

void follow_free(struct follow *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->n; i++)
        follow_feed_done(&f->feeds[i]);
    free(f->feeds);
    follow_journal_free(f->journal);
    if (f->notify >= 0)
        close(f->notify);
    warnings_done(&f->warnings);
    free(f);
}

size_t follow_fds(const struct follow *f, int out[FOLLOW_FDS])
{
    size_t n = 0;
    int journal = f->journal != NULL ? follow_journal_fd(f->journal) : -1;

    if (f->notify >= 0)
        out[n++] = f->notify;
    if (journal >= 0)
        out[n++] = journal;
    return n;
}

/* Two paths may lead to one file (/var/log/maillog and mail.log): it is read by the first. */
static void find_twins(struct follow *f)
{
    for (size_t i = 1; i < f->n; i++) {
        const struct follow_part *part = follow_feed_current(&f->feeds[i]);
        bool was = f->feeds[i].twin;

        f->feeds[i].twin = false;
        for (size_t k = 0; part != NULL && k < i; k++) {
            const struct follow_part *other = follow_feed_current(&f->feeds[k]);

            f->feeds[i].twin =
                f->feeds[i].twin ||
                (other != NULL && other->lines.bytes.device == part->lines.bytes.device &&
                 other->lines.bytes.inode == part->lines.bytes.inode);
        }
        if (f->feeds[i].twin && !was)
            follow_feed_incident(&f->feeds[i], "is the same file as another; read once");
    }
}

/* Where lines come from next. */
struct turn {
    struct follow_feed *feed; /* or, when it is NULL, the journal */
    bool found;
    int64_t key;   /* of its line */
    int64_t limit; /* of the line of the second */
};

static void offer(struct turn *turn, struct follow_feed *feed, int64_t key)
{
    if (turn->found && key >= turn->key) {
        turn->limit = key < turn->limit ? key : turn->limit;
        return;
    }
    turn->limit = turn->found ? turn->key : INT64_MAX;
    turn->found = true;
    turn->feed = feed;
    turn->key = key;
}

/* The log whose next line is the oldest. */
static struct turn choose(struct follow *f)
{
    struct turn turn = { .limit = INT64_MAX };

    for (size_t i = 0; i < f->n; i++)
        if (!f->feeds[i].twin && follow_feed_next(&f->feeds[i]))
            offer(&turn, &f->feeds[i], f->feeds[i].key);
    if (f->journal != NULL && follow_journal_next(f->journal))
        offer(&turn, NULL, follow_journal_key(f->journal));
    return turn;
}

/* Hand out lines of one log while they are older than those of the others: how many. */
static size_t give_feed(struct follow *f, const struct turn *turn, size_t budget)
{
    struct follow_feed *feed = turn->feed;
    size_t n = 0;

    while (n < budget && follow_feed_next(feed) && feed->key <= turn->limit) {
        f->options.take(f->options.ctx, &feed->line);
        follow_feed_taken(feed);
        n++;
    }
    return n;
}

static size_t give_journal(struct follow *f, const struct turn *turn, size_t budget)
{
    size_t n = 0;

    while (n < budget && follow_journal_next(f->journal) &&
           follow_journal_key(f->journal) <= turn->limit) {
        f->options.take(f->options.ctx, follow_journal_line(f->journal));
        follow_journal_taken(f->journal);
        n++;
    }
    return n;
}

static bool is_opening(const struct follow *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->feeds[i].searching && f->feeds[i].purpose != FOLLOW_ROTATED)
            return true;
    return false;
}

/* What is being opened may have the oldest line. */
static bool must_wait(struct follow *f, struct mono at)
{
    if (!is_opening(f)) {
        f->order_ms = 0;
        return false;
    }
    if (f->order_ms == 0)
        f->order_ms = at.ms + ORDER_MS;
    return at.ms < f->order_ms;
}

bool follow_step(struct follow *f, size_t budget, struct wall now, struct mono at)
{
    bool look = follow_notify_drain(f->notify);
    struct turn turn;

    for (size_t i = 0; i < f->n; i++) {
        follow_feed_tend(&f->feeds[i], look, now, at);
        f->feeds[i].idle = false;
    }
    find_twins(f);
    if (f->journal != NULL)
        follow_journal_tend(f->journal, at);
    f->more = false;
    if (must_wait(f, at))
        return false;
    while (budget > 0 && (turn = choose(f)).found)
        budget -= turn.feed != NULL ? give_feed(f, &turn, budget) : give_journal(f, &turn, budget);
    f->more = budget == 0;
    return f->more;
}

int follow_wait_ms(const struct follow *f)
{
    int wait = FOLLOW_LOOK_MS;

    if (f->more)
        return 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct follow_part *part = follow_feed_current(&f->feeds[i]);

        if (f->feeds[i].searching || (part != NULL && part->watch < 0))
            wait = POLL_MS;
    }
    return wait;
}

void follow_opened(struct follow *f, const char *path, int fd)
{
    for (size_t i = 0; i < f->n; i++)
        if (follow_feed_opened(&f->feeds[i], path, fd))
            return;
    if (fd >= 0)
        close(fd);
}

bool follow_caught_up(const struct follow *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct follow_feed *feed = &f->feeds[i];

        if (!feed->twin && (feed->pending || !feed->idle || feed->searching))
            return false;
    }
    return f->journal == NULL || follow_journal_caught_up(f->journal);
}

bool follow_position(const struct follow *f, size_t i, const char **name, char out[FOLLOW_TEXT_MAX])
{
    CLEANUP(buf_done) struct buf text = buf_make(FOLLOW_TEXT_MAX - 1);
    struct follow_position position;

    if (i >= f->n) {
        *name = FOLLOW_JOURNAL_NAME;
        if (i == f->n && f->journal != NULL)
            follow_journal_position(f->journal, &text);
    } else {
        *name = f->feeds[i].name;
        position = follow_feed_position(&f->feeds[i]);
        if (position.known)
            follow_position_write(&position, &text);
    }
    if (text.n > 0)
        memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    return i < f->n || (i == f->n && f->journal != NULL);
}

const struct logs_stats *follow_stats(const struct follow *f)
{
    return &f->stats;
}

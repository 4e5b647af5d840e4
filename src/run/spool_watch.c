#include "run/spool_watch.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "report/words.h"
#include "run/daemon.h"

#include "base/ban.h"

enum { WORDS_MAX = 1000 };

static const char alert_key[] = "spool";

static void add_reserve(const struct spool_watch *s, struct buf *out)
{
    uint64_t files = room_reserve_files(&s->room);

    buf_add(out, SLICE("; "));
    words_bytes(out, room_reserve_bytes(&s->room));
    if (files > 0) {
        buf_add(out, SLICE(" and "));
        words_count(out, files, "file", "files");
    }
    buf_add(out, SLICE(" are kept for Postfix: mail that is to be held is put off until there is "
                       "room again"));
    if (s->has_state)
        buf_add(out, SLICE(", and what is learnt is not saved"));
}

void spool_watch_words(const struct daemon *d, struct buf *out)
{
    const struct spool_watch *s = &d->watch.spool;
    const struct room_disk *disk = &s->room.disk;

    if (s->room.level == ROOM_ENOUGH || !s->known)
        return;
    buf_printf(out, "%s: ", s->path);
    words_bytes(out, disk->free_bytes);
    buf_add(out, SLICE(" of "));
    words_bytes(out, disk->bytes);
    buf_add(out, SLICE(" are free"));
    if (disk->files > 0) {
        buf_add(out, SLICE(", and "));
        words_number(out, disk->free_files);
        buf_add(out, SLICE(" of "));
        words_count(out, disk->files, "file", "files");
    }
    if (s->room.level == ROOM_NONE)
        add_reserve(s, out);
    else
        buf_add(out, SLICE("; without room Postfix takes no mail"));
}

static void tell_begin(struct daemon *d, enum alert_kind kind, bool holds_again)
{
    struct buf words = buf_make(WORDS_MAX);
    struct finding_news news = { .kind = FINDING_SPOOL, .fuse = FINDING_NOBODY };
    uint32_t incident;

    spool_watch_words(d, &words);
    if (holds_again)
        buf_add(&words, SLICE("; mail can be held again"));
    news.subject = slice_of(d->watch.spool.path);
    news.words = buf_slice(&words);
    incident = findings_begin(d, &news);
    backlog_watch_tell(d, kind, alert_key, incident, SLICE(""), news.words);
    buf_done(&words);
}

static void tell_end(struct daemon *d, struct slice words)
{
    uint32_t incident = findings_end(d, FINDING_SPOOL, slice_of(d->watch.spool.path), SLICE(""));

    backlog_watch_tell(d, ALERT_SPOOL_ENOUGH, alert_key, incident, SLICE(""), words);
}

/* Once for each change. */
static void tell(struct daemon *d)
{
    struct spool_watch *s = &d->watch.spool;
    enum room_level was = s->told;

    s->told = s->room.level;
    if (s->told == was)
        return;
    if (s->told == ROOM_ENOUGH)
        tell_end(d, was == ROOM_NONE
                        ? SLICE("the queue's disk has room again, and mail can be held again")
                        : SLICE("the queue's disk has room again"));
    else
        tell_begin(d, s->told == ROOM_NONE ? ALERT_SPOOL_FULL : ALERT_SPOOL_LOW, was == ROOM_NONE);
}

static bool has_state(const struct daemon *d)
{
    struct stat queue, state;

    return stat(d->watch.spool.path, &queue) == 0 &&
           stat(d->boot->daemon.state_directory, &state) == 0 && queue.st_dev == state.st_dev;
}

void spool_watch_look(struct daemon *d)
{
    struct spool_watch *s = &d->watch.spool;
    struct room_marks marks = { d->conf->daemon.spool_free, d->conf->daemon.spool_reserve,
                                s->postfix_needs };
    struct room_disk disk;
    struct statvfs fs;

    s->known = s->path != NULL && statvfs(s->path, &fs) == 0;
    if (!s->known)
        return;
    disk = (struct room_disk){
        .bytes = (uint64_t)(fs.f_blocks - fs.f_bfree + fs.f_bavail) * fs.f_frsize, /* as df(1) */
        .free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize,
        .files = fs.f_files,
        .free_files = fs.f_favail,
    };
    s->has_state = has_state(d);
    room_measured(&s->room, &disk, &marks, d->now);
    box_set_room(d->box, s->room.level != ROOM_NONE);
    tell(d);
}

void spool_watch_held(struct daemon *d, uint64_t bytes)
{
    struct room *r = &d->watch.spool.room;

    room_taken(r, bytes, d->now);
    box_set_room(d->box, r->level != ROOM_NONE);
}

bool spool_watch_spares(const struct daemon *d)
{
    return d->watch.spool.has_state && d->watch.spool.room.level == ROOM_NONE;
}

void spool_watch_was(struct daemon *d, enum room_level told)
{
    struct spool_watch *s = &d->watch.spool;

    s->told = s->room.level = told;
    box_set_room(d->box, told != ROOM_NONE);
}

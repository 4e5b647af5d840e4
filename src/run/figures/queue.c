/* queue.c - the figures of the queue and its disk. */
#include "run/figures/now.h"

#include "base/ban.h"

const char *figures_queue(size_t i)
{
    static const char *const names[BACKLOG_STATES] = { "incoming", "active", "deferred", "hold" };

    return names[i];
}

const char *figures_age(size_t i)
{
    static const char *const names[BACKLOG_AGES] = { "1m", "10m", "1h", "6h", "1d", "more" };

    return names[i];
}

static double largest(const struct backlog_look *l, enum backlog_list list)
{
    const struct backlog_row *top[1];

    return backlog_top(l, list, false, top, 1) > 0 ? (double)top[0]->waiting.messages : 0;
}

static void look_at(const struct backlog_look *l, struct figures_now *now)
{
    for (size_t i = 0; i < BACKLOG_STATES; i++) {
        now->queue[i] = (double)l->states[i].messages;
        now->queue_bytes[i] = (double)l->states[i].bytes;
        now->queue_oldest[i] = (double)l->states[i].oldest.ms / 1000;
    }
    for (size_t i = 0; i < BACKLOG_AGES; i++)
        now->queue_ages[i] = (double)l->ages[i];
    now->queue_account = largest(l, BACKLOG_ACCOUNTS);
    now->queue_destination = largest(l, BACKLOG_DESTINATIONS);
    now->queue_dead = (double)(backlog_waiting(l) - backlog_counted(l));
    now->queue_looked = (double)l->at.ms / 1000;
}

void figures_now_queue(const struct daemon *d, struct figures_now *now)
{
    const struct backlog_watch *w = &d->watch;

    if (w->backlog.look != NULL)
        look_at(w->backlog.look, now);
    if (d->conf->daemon.queue_alert > 0)
        now->queue_alert = (double)backlog_limit(&w->backlog, d->conf->daemon.queue_alert);
    now->queue_unusual = w->backlog.since.ms != 0;
    now->queue_took = (double)w->took_ms / 1000;
    now->queue_trouble = w->trouble[0] != '\0';
    now->spool_free = (double)w->spool.room.disk.free_bytes;
    now->spool_bytes = (double)w->spool.room.disk.bytes;
    now->spool_free_files = (double)w->spool.room.disk.free_files;
    now->spool_reserve = (double)room_reserve_bytes(&w->spool.room);
    now->spool_short = w->spool.room.level != ROOM_ENOUGH;
    now->spool_full = w->spool.room.level == ROOM_NONE;
}

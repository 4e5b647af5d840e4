#include "box/room.h"

#include "base/ban.h"

enum { FIFTH = 5, POSTFIX_TIMES = 2 };

static uint64_t less(uint64_t from, uint64_t by)
{
    return by < from ? from - by : 0;
}

static uint64_t share(uint64_t of, uint32_t percent)
{
    return of / 100 * percent + of % 100 * percent / 100;
}

uint64_t room_reserve_bytes(const struct room *r)
{
    uint64_t wanted = share(r->disk.bytes, r->marks.reserve), postfix;

    if (r->marks.reserve == 0)
        return 0;
    if (__builtin_mul_overflow(r->marks.postfix, (uint64_t)POSTFIX_TIMES, &postfix))
        return UINT64_MAX;
    return wanted > postfix ? wanted : postfix;
}

uint64_t room_reserve_files(const struct room *r)
{
    return share(r->disk.files, r->marks.reserve);
}

/* Less is free than that mark; to be over it takes a fifth more. */
static bool below(uint64_t free, uint64_t mark, bool was)
{
    uint64_t more = was && mark > 0 ? mark / FIFTH + 1 : 0;

    return free < (more > UINT64_MAX - mark ? UINT64_MAX : mark + more);
}

static bool is_none(const struct room *r, bool was)
{
    return below(less(r->disk.free_bytes, r->taken), room_reserve_bytes(r), was) ||
           below(less(r->disk.free_files, r->taken_files), room_reserve_files(r), was);
}

static bool is_low(const struct room *r, bool was)
{
    return below(r->disk.free_bytes, share(r->disk.bytes, r->marks.low), was) ||
           below(r->disk.free_files, share(r->disk.files, r->marks.low), was);
}

/* It lasts a while at least. Also over when the clock was set back. */
static bool may_end(const struct room *r, struct wall at)
{
    return at.ms - r->none_since.ms >= ROOM_NONE_LEAST_MS || at.ms < r->none_since.ms;
}

static void enter_none(struct room *r, struct wall at)
{
    if (r->level != ROOM_NONE)
        r->none_since = at;
    r->level = ROOM_NONE;
}

void room_measured(struct room *r, const struct room_disk *disk, const struct room_marks *marks,
                   struct wall at)
{
    bool none = r->level == ROOM_NONE;

    r->disk = *disk;
    r->marks = *marks;
    r->taken = r->taken_files = 0;
    if (is_none(r, none))
        enter_none(r, at);
    else if (!none || marks->reserve == 0 || may_end(r, at))
        r->level = is_low(r, r->level != ROOM_ENOUGH) ? ROOM_LOW : ROOM_ENOUGH;
}

void room_taken(struct room *r, uint64_t bytes, struct wall at)
{
    if (r->disk.bytes == 0)
        return; /* it was never asked */
    r->taken = bytes < UINT64_MAX - r->taken ? r->taken + bytes : UINT64_MAX;
    r->taken_files++;
    if (is_none(r, r->level == ROOM_NONE))
        enter_none(r, at);
}

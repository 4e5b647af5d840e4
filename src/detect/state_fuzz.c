#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "detect/fuse.h"
#include "detect/state.h"

#include "base/ban.h"

enum {
    PREFIX = 15 + 4 + CROWD_SLOTS * 8 + SERVER_BLOOM_BLOCKS * 64, /* before the subjects */
    HASH_N = 8,
    PLAYED = 8,
};

struct bytes {
    char *p;
    size_t n, room;
};

static bool take(void *ctx, struct slice s)
{
    struct bytes *b = ctx;

    if (b->n + s.n > b->room) {
        b->room = 2 * b->room + s.n;
        b->p = memory_resize(b->p, b->room, 1);
    }
    if (s.n > 0)
        memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    return true;
}

/* The input is what stands behind the tables of the server, which are left empty; the checksum is
 * always right, so that the fields themselves are read. */
static struct bytes file_of(const uint8_t *data, size_t size)
{
    struct bytes b = { memory_new(PREFIX + size + HASH_N, 1), PREFIX + size + HASH_N,
                       PREFIX + size + HASH_N };
    uint64_t hash;

    memcpy(b.p, "mailfuse state\n", 15);
    b.p[15] = STATE_VERSION;
    if (size > 0)
        memcpy(b.p + PREFIX, data, size);
    hash = XXH3_64bits(b.p, b.n - HASH_N);
    for (unsigned i = 0; i < HASH_N; i++)
        b.p[PREFIX + size + i] = (char)(hash >> 8 * i);
    return b;
}

/* Whatever was loaded, weights stay numbers within their bounds. */
static void play(struct detect *d)
{
    struct event e = { .recipients = 3, .count = 1, .software = 5, .provider = 7 };

    (void)ip_parse(SLICE("203.0.113.5"), &e.client);
    e.sender = SLICE("alice@example.test");
    e.recipient = SLICE("bob@out.example");
    e.reply = REPLY_SPAM;
    for (unsigned i = 0; i < PLAYED * detect_count(d) && i < PLAYED * PLAYED; i++) {
        static const enum event_type types[] = { EVENT_LOGIN, EVENT_SUBMISSION, EVENT_DELIVERY,
                                                 EVENT_RECEIVED };
        struct verdict v;

        e.type = types[i % COUNT(types)];
        e.status = i % 3 == 0 ? DELIVERY_SENT : DELIVERY_BOUNCED;
        e.subject = detect_subject(d, i / PLAYED);
        e.at.ms = 20000 * DAY_MS + (int64_t)i * 7 * HOUR_MS;
        e.correspondent = hash_u64(i);
        v = detect_event(d, &e);
        assert(isfinite(v.score));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Refused, or read; what was read is written so that it reads, and is written, the same again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes file = file_of(data, size), first = { 0 }, second = { 0 };
    struct detect *one = detect_new(&(struct detect_options){ 0 });
    struct detect *two = detect_new(&(struct detect_options){ 0 });

    if (state_load(one, (struct slice){ file.p, file.n }) == NULL) {
        assert(state_save(one, take, &first));
        assert(state_load(two, (struct slice){ first.p, first.n }) == NULL);
        assert(state_save(two, take, &second));
        assert(first.n == second.n && memcmp(first.p, second.p, first.n) == 0);
        play(one);
    }
    detect_free(one);
    detect_free(two);
    free(file.p);
    free(first.p);
    free(second.p);
    return 0;
}

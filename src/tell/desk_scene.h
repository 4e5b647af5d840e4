/* desk_scene.h - for tests: a desk with a clock of its own, whose letters are written down. */
#ifndef TELL_DESK_SCENE_H
#define TELL_DESK_SCENE_H

#include "base/buf.h"
#include "tell/desk.h"

struct scene {
    struct desk *desk;
    struct wall now; /* begins at 11:06:40 of a day in UTC */
    struct buf sent; /* "mail a: held 1\n" of each letter that was delivered */
    uint64_t marks;
    uint32_t lost;
    const char *locked; /* an address; NULL: none */
    bool fails;         /* all deliveries do */
};

/* mail a@x.test (warnings), webhook chat (critical), mail d@example.test (all of example.test). */
extern const struct conf_way scene_ways[3];

/* These ways, three single letters in ten minutes, a digest an hour. */
struct conf_alerts scene_settings(const struct conf_way *all, uint32_t n);

void scene_begin(struct scene *s, const struct conf_alerts *conf);
void scene_end(struct scene *s);

/* An alert about alice@example.test. */
bool scene_tell(struct scene *s, enum alert_kind kind, const char *key, const char *state);

/* `n` incidents, from that number on. */
void scene_flood(struct scene *s, unsigned n, unsigned from);

/* Let time pass, second by second; everything is delivered at once, or fails. */
void scene_pass(struct scene *s, int64_t ms);

/* What was delivered since; fails the test when that is something else. */
void scene_expect(struct scene *s, const char *want);

#endif

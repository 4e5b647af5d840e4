#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tell/desk_scene.h"

#include "base/ban.h"

#define START ((int64_t)1795000000000) /* 11:06:40 of a day in UTC */
enum { LOG_MAX = 64 * 1024 };

static const char *const only_example[] = { "example.test" };
const struct conf_way scene_ways[3] = {
    { .kind = CONF_WAY_MAIL, .name = "a@x.test", .id = "mail a@x.test", .least = ALERT_WARNING },
    { .kind = CONF_WAY_WEBHOOK, .name = "chat", .id = "webhook chat", .least = ALERT_CRITICAL },
    { .kind = CONF_WAY_MAIL,
      .name = "d@example.test",
      .id = "mail d@example.test",
      .least = ALERT_INFO,
      .domains = only_example,
      .domains_n = 1 },
};

struct conf_alerts scene_settings(const struct conf_way *all, uint32_t n)
{
    return (struct conf_alerts){ .ways = all,
                                 .ways_n = n,
                                 .digest_after = 3,
                                 .digest_window_ms = 10 * MINUTE_MS,
                                 .digest_every_ms = HOUR_MS };
}

static uint64_t keep_entry(void *ctx, const struct desk_entry *e, bool gone)
{
    struct scene *s = ctx;

    assert_true(e->way[0] != '\0' && (gone || e->number > 0));
    return s->marks;
}

static void keep_state(void *ctx, const struct desk_state *t, bool gone)
{
    (void)ctx;
    (void)gone;
    assert_non_null(t->key);
}

static void keep_way(void *ctx, const struct desk_way *w, bool gone)
{
    (void)ctx;
    (void)gone;
    assert_non_null(w->id);
}

static void lose(void *ctx, const struct desk_entry *e)
{
    struct scene *s = ctx;

    assert_true(e->given_up && e->why[0] != '\0');
    s->lost++;
}

static bool is_locked(void *ctx, struct slice address)
{
    const struct scene *s = ctx;

    return s->locked != NULL && slice_eq(address, slice_of(s->locked));
}

void scene_begin(struct scene *s, const struct conf_alerts *conf)
{
    struct desk_keeper keeper = { keep_entry, keep_state, keep_way, lose, is_locked, s };

    *s = (struct scene){ .now = { START }, .sent = buf_make(LOG_MAX) };
    s->desk = desk_new(conf, &keeper);
    desk_configure(s->desk, conf, s->now);
}

void scene_end(struct scene *s)
{
    desk_free(s->desk);
    buf_done(&s->sent);
}

bool scene_tell(struct scene *s, enum alert_kind kind, const char *key, const char *state)
{
    struct desk_event e = { .kind = kind,
                            .severity = alert_kind_row(kind)->severity,
                            .key = slice_of(key),
                            .state = slice_of(state),
                            .subject = SLICE("alice@example.test"),
                            .domain = SLICE("example.test"),
                            .words = SLICE("words"),
                            .details = SLICE("{}") };

    return desk_raise(s->desk, &e, s->now);
}

static void deliver(struct scene *s, const struct desk_letter *letter)
{
    buf_printf(&s->sent, "%.*s:", SLICE_ARG(letter->id));
    if (letter->n > 1)
        buf_printf(&s->sent, " digest of %u", letter->n);
    else
        buf_printf(&s->sent, " %s %s", letter->entries[0]->state, letter->entries[0]->key);
    buf_add_char(&s->sent, '\n');
}

void scene_pass(struct scene *s, int64_t ms)
{
    for (int64_t until = s->now.ms + ms; s->now.ms < until; s->now.ms += SECOND_MS) {
        struct desk_letter letter;

        for (int n = 0; n < 1000 && desk_next(s->desk, s->now, 0, UINT64_MAX, &letter); n++) {
            if (!s->fails)
                deliver(s, &letter);
            desk_done(s->desk, letter.number, s->fails ? DESK_LATER : DESK_DELIVERED, 0,
                      s->fails ? SLICE("no") : SLICE(""), s->now);
        }
    }
}

void scene_expect(struct scene *s, const char *want)
{
    if (!slice_eq(buf_slice(&s->sent), slice_of(want)))
        fail_msg("got\n%.*swant\n%s", SLICE_ARG(buf_slice(&s->sent)), want);
    buf_clear(&s->sent);
}

void scene_flood(struct scene *s, unsigned n, unsigned from)
{
    for (unsigned i = 0; i < n; i++) {
        char key[32];

        snprintf(key, sizeof key, "incident %u", from + i);
        assert_true(scene_tell(s, ALERT_INCIDENT_HELD, key, "held"));
    }
}

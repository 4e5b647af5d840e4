#include "act/relay_map.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "act/check.h"
#include "act/wire.h"
#include "base/escape.h"
#include "base/memory.h"

#include "base/ban.h"

struct senders {
    struct slice *all;
    size_t n, room;
};

static void senders_done(struct senders *s)
{
    free(s->all);
}

static void senders_add(struct senders *s, struct slice sender)
{
    if (s->n == s->room) {
        s->room = s->room > 0 ? 2 * s->room : 64;
        s->all = memory_resize(s->all, s->room, sizeof *s->all);
    }
    s->all[s->n++] = sender;
}

static int by_text(const void *a, const void *b)
{
    const struct slice *one = a, *two = b;
    size_t n = one->n < two->n ? one->n : two->n;
    int order = n > 0 ? memcmp(one->p, two->p, n) : 0;

    return order != 0 ? order : (one->n > two->n) - (one->n < two->n);
}

/* Each once. */
static void senders_sort(struct senders *s)
{
    size_t n = 0;

    if (s->n > 0)
        qsort(s->all, s->n, sizeof *s->all, by_text);
    for (size_t i = 0; i < s->n; i++)
        if (n == 0 || !slice_eq(s->all[n - 1], s->all[i]))
            s->all[n++] = s->all[i];
    s->n = n;
}

/* An address, whole: a domain or the key of everybody would stand for others. */
static const char *check_sender(struct slice sender)
{
    const char *wrong = check_lock_account(sender);

    if (wrong != NULL)
        return wrong;
    for (size_t i = 0; i < sender.n; i++)
        if (sender.p[i] >= 'A' && sender.p[i] <= 'Z')
            return "an address with capital letters, which Postfix would not find";
    return sender.p[0] == '@' || memchr(sender.p, '@', sender.n) == NULL ? "it is no whole address"
                                                                         : NULL;
}

static int refuse(struct buf *why, struct slice what, const char *wrong)
{
    escape_terminal(why, slice_head(what, CHECK_ACCOUNT_MAX));
    buf_printf(why, ": not in the map of the relay: %s", wrong);
    return -EINVAL;
}

/* The senders of the lines. 0 or -EINVAL. */
static int take(struct senders *s, struct slice lines, struct buf *why)
{
    struct slice line;

    while (slice_cut(&lines, '\n', &line)) {
        const char *wrong = check_sender(line);

        if (wrong != NULL)
            return refuse(why, line, wrong);
        senders_add(s, line);
    }
    senders_sort(s);
    return lines.n == 0 ? 0 : refuse(why, lines, "the last line is cut off");
}

static void print(const struct senders *s, const char *next, struct buf *content, struct buf *keys)
{
    buf_printf(content, RELAY_MAP_ALL "\t" RELAY_SERVICE ":%s\n", next);
    buf_add(keys, SLICE(RELAY_MAP_ALL "\n"));
    for (size_t i = 0; i < s->n; i++) {
        buf_printf(content, "%.*s\tDUNNO\n", SLICE_ARG(s->all[i]));
        buf_printf(keys, "%.*s\n", SLICE_ARG(s->all[i]));
    }
}

/* Postfix was never told of it, and there is nothing to tell. */
static bool is_needless(const char *map, bool on)
{
    const char *suffix = NULL, *path = map_file_path(map, &suffix);

    return !on && (path == NULL || access(path, F_OK) < 0);
}

int relay_map_write(const struct map_file *map, const char *next, struct slice lines,
                    uint64_t *count, struct buf *why)
{
    CLEANUP(senders_done) struct senders senders = { 0 };
    CLEANUP(buf_done) struct buf name = buf_make(PATH_MAX);
    CLEANUP(buf_done) struct buf content = buf_make(2 * WIRE_REQUEST_MAX);
    CLEANUP(buf_done) struct buf keys = buf_make(WIRE_REQUEST_MAX);
    struct map_file file = *map;
    bool on = slice_skip(&lines, SLICE("on\n"));
    int status;

    if (!on && !slice_eq(lines, SLICE("off\n")))
        return refuse(why, SLICE("the request"), "it says neither on nor off");
    if (on && (next == NULL || next[0] == '\0' || map->map == NULL || map->map[0] == '\0'))
        return refuse(why, SLICE("the request"), "the settings have no relay { host }");
    if (map->map == NULL || map->map[0] == '\0')
        return 0;
    buf_printf(&name, "%s" RELAY_MAP_SUFFIX, map->map);
    buf_add_char(&name, '\0');
    if (name.full)
        return -ENAMETOOLONG;
    file.map = name.p;
    if (is_needless(file.map, on))
        return 0;
    status = on ? take(&senders, lines, why) : 0;
    if (status == 0 && on)
        print(&senders, next, &content, &keys);
    if (status == 0)
        status = map_file_write(&file, buf_slice(&content), buf_slice(&keys), why);
    if (status == 0)
        *count = senders.n;
    return status;
}

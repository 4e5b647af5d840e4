#include "act/map_file.h"

#include <errno.h>

#include "act/place.h"
#include "act/program.h"
#include "act/wire.h"

#include "base/ban.h"

const char *map_file_path(const char *map, const char **suffix)
{
    static const struct map_type {
        struct slice prefix;
        const char *suffix;
    } types[] = {
        { SLICE_INIT("hash:"), ".db" },    { SLICE_INIT("btree:"), ".db" },
        { SLICE_INIT("cdb:"), ".cdb" },    { SLICE_INIT("lmdb:"), ".lmdb" },
        { SLICE_INIT("texthash:"), NULL },
    };

    for (size_t i = 0; i < COUNT(types); i++) {
        if (slice_starts(slice_of(map), types[i].prefix)) {
            *suffix = types[i].suffix;
            return map + types[i].prefix.n;
        }
    }
    return NULL;
}

/* postmap [-c directory] [-q -] type:draft */
static int postmap(const struct map_file *f, const struct place *p, bool query, struct slice input,
                   struct buf *output)
{
    CLEANUP(buf_done) struct buf map = buf_make(PATH_MAX);
    const char *argv[7] = { f->postmap };
    size_t n = 1;

    buf_add(&map, slice_head(slice_of(f->map), strcspn(f->map, ":") + 1));
    buf_add(&map, slice_of(p->draft));
    buf_add_char(&map, '\0');
    if (map.full)
        return -ENAMETOOLONG;
    if (f->postfix_config != NULL) {
        argv[n++] = "-c";
        argv[n++] = f->postfix_config;
    }
    if (query) {
        argv[n++] = "-q";
        argv[n++] = "-";
    }
    argv[n] = map.p;
    return program_await(argv, input, output);
}

static int build_map(const struct map_file *f, const struct place *p, struct buf *why)
{
    CLEANUP(buf_done) struct buf said = buf_make(WIRE_TEXT_MAX / 2);
    int status = postmap(f, p, false, (struct slice){ 0 }, &said);

    if (status != 0)
        buf_printf(why, "%s: %.*s", f->postmap, SLICE_ARG(buf_slice(&said)));
    return status;
}

/* Does a line end with that value? */
static bool has_value(struct slice all, struct slice value)
{
    struct slice line, key;

    while (slice_cut(&all, '\n', &line))
        if (slice_cut(&line, '\t', &key) && slice_eq(line, value))
            return true;
    return false;
}

/* True when `answer`, which is not `line`, is that of another line of `all` with the same key:
 * Postfix folds more than the case of ASCII, and the first then stands for both. */
static bool is_of_another(struct slice answer, struct slice line, struct slice all)
{
    struct slice key, same;

    return slice_cut(&line, '\t', &key) && slice_cut(&answer, '\t', &same) && slice_eq(key, same) &&
           has_value(all, answer);
}

/* What was answered when all keys of `want` were asked for. */
static bool is_whole(struct slice got, struct slice want)
{
    struct slice all = want, line, answer;

    while (slice_cut(&want, '\n', &line))
        if (!slice_cut(&got, '\n', &answer) ||
            !(slice_eq(answer, line) || is_of_another(answer, line, all)))
            return false;
    return got.n == 0;
}

/* Ask the draft for every key. */
static int verify_map(const struct map_file *f, const struct place *p, struct slice keys,
                      struct slice want, struct buf *why)
{
    CLEANUP(buf_done) struct buf got = buf_make(2 * want.n + 8192);
    int status = postmap(f, p, true, keys, &got);

    if (status == 0 && is_whole(buf_slice(&got), want))
        return 0;
    buf_printf(why, "%s: asked with postmap -q, it does not have what was written\n", f->map);
    return status != 0 ? status : -EIO;
}

int map_file_write(const struct map_file *f, struct slice content, struct slice keys,
                   struct buf *why)
{
    CLEANUP(place_done) struct place p = { .directory = -1, .private_directory = -1 };
    const char *suffix = NULL, *path = map_file_path(f->map, &suffix);
    int status;

    if (path == NULL) {
        buf_printf(why, "%s: of no type that can be written: hash, btree, cdb, lmdb, texthash\n",
                   f->map);
        return -EINVAL;
    }
    status = place_open(&p, path, why);
    if (status == 0)
        status = place_write(&p, content);
    if (status == 0 && suffix != NULL)
        status = build_map(f, &p, why);
    if (status == 0 && content.n > 0)
        status = verify_map(f, &p, keys, content, why);
    if (status == 0 && suffix != NULL) /* first, so that it is never older than its source */
        status = place_install(&p, suffix);
    return status == 0 ? place_install(&p, "") : status;
}

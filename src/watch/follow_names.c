#include "watch/follow_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "base/memory.h"

#include "base/ban.h"

static struct slice without_packing(struct slice name)
{
    static const struct slice packings[] = { SLICE_INIT(".gz"), SLICE_INIT(".xz"),
                                             SLICE_INIT(".zst"), SLICE_INIT(".bz2") };

    for (size_t i = 0; i < COUNT(packings); i++)
        if (slice_ends(name, packings[i]))
            return slice_head(name, name.n - packings[i].n);
    return name;
}

/* ".1", "-20261122", ".2026-11-22T03:04:05Z" */
static bool is_turn(struct slice s)
{
    static const char letters[] = "0123456789-_.:TZ";

    if (s.n < 2 || (s.p[0] != '.' && s.p[0] != '-' && s.p[0] != '_'))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (memchr(letters, s.p[i], sizeof letters - 1) == NULL)
            return false;
    return s.p[s.n - 1] != '.' && s.p[s.n - 1] != '-';
}

bool follow_names_rotated(struct slice log, struct slice name)
{
    struct slice rest = without_packing(name), stem = log, extension;

    if (slice_skip(&rest, log))
        return is_turn(rest) || slice_eq(rest, SLICE(".old"));
    if (!slice_cut_last(&stem, '.', &extension) || stem.n == 0 || !slice_skip(&rest, stem) ||
        !slice_ends(rest, extension))
        return false;
    rest.n -= extension.n;
    return slice_ends(rest, SLICE(".")) && is_turn(slice_head(rest, rest.n - 1));
}

static struct follow_name *add(struct follow_names *names, struct slice folder, struct slice name)
{
    size_t room = folder.n + name.n + 1;
    struct follow_name *new;

    names->all = memory_resize(names->all, names->n + 1, sizeof *names->all);
    new = &names->all[names->n++];
    *new = (struct follow_name){ .path = memory_new(room, 1) };
    snprintf(new->path, room, "%.*s%.*s", SLICE_ARG(folder), SLICE_ARG(name));
    return new;
}

static void add_usual(struct follow_names *names, struct slice folder, struct slice log)
{
    static const char *const turns[] = { ".1", ".0", ".1.gz", ".2.gz", ".0.gz" };

    for (size_t i = 0; i < COUNT(turns); i++) {
        char name[NAME_MAX + 16];

        snprintf(name, sizeof name, "%.*s%s", SLICE_ARG(log), turns[i]);
        add(names, folder, slice_of(name));
    }
}

static void add_seen(struct follow_names *names, DIR *dir, struct slice folder, struct slice log)
{
    const struct dirent *entry;

    while ((entry = readdir(dir)) != NULL) {
        struct follow_name *new;
        struct stat st;

        if (!follow_names_rotated(log, slice_of(entry->d_name)) ||
            fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
            continue;
        new = add(names, folder, slice_of(entry->d_name));
        new->device = st.st_dev;
        new->inode = st.st_ino;
        new->modified.ms = st.st_mtim.tv_sec *SECOND_MS + st.st_mtim.tv_nsec / 1000000;
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct follow_name *x = a, *y = b;

    if (x->modified.ms != y->modified.ms)
        return x->modified.ms > y->modified.ms ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* Keep the first `n`. */
static void keep(struct follow_names *names, size_t n)
{
    for (size_t i = n; i < names->n; i++)
        free(names->all[i].path);
    names->n = n < names->n ? n : names->n;
}

struct follow_names follow_names_of(const char *path, struct wall floor)
{
    struct slice folder = slice_of(path), log = folder, where;
    struct follow_names names = { 0 };
    char name[PATH_MAX];
    size_t n = 0;
    DIR *dir;

    folder = slice_cut_last(&folder, '/', &log) ? slice_head(slice_of(path), folder.n + 1)
                                                : slice_head(folder, 0);
    where = folder.n > 0 ? folder : SLICE("./");
    snprintf(name, sizeof name, "%.*s", SLICE_ARG(where));
    dir = opendir(name);
    if (dir == NULL) {
        if (errno == EACCES)
            add_usual(&names, folder, log);
        return names;
    }
    add_seen(&names, dir, folder, log);
    closedir(dir);
    if (names.n > 1)
        qsort(names.all, names.n, sizeof *names.all, newest_first);
    while (n < names.n && n < FOLLOW_NAMES_MAX && names.all[n].modified.ms >= floor.ms)
        n++;
    keep(&names, n < FOLLOW_NAMES_MAX ? n + 1 : n);
    return names;
}

void follow_names_done(struct follow_names *names)
{
    keep(names, 0);
    free(names->all);
    *names = (struct follow_names){ 0 };
}

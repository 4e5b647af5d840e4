#include "watch/follow_search.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

static char *copy_of(const char *text)
{
    size_t room = strlen(text) + 1;
    char *copy = memory_new(room, 1);

    memcpy(copy, text, room);
    return copy;
}

void follow_search_begin(struct follow_search *s, const char *path, bool with_path,
                         struct follow_names *names, const struct follow_part *known,
                         struct mono at)
{
    const struct bytes *open = known != NULL ? &known->lines.bytes : NULL;

    follow_search_done(s);
    s->all = memory_new(names->n + 1, sizeof *s->all);
    s->with_path = with_path;
    s->until_ms = at.ms + FOLLOW_SEARCH_MS;
    if (with_path)
        s->all[s->n++].path = copy_of(path);
    for (size_t i = 0; i < names->n; i++) {
        struct follow_name *name = &names->all[i];

        if (open != NULL && name->inode != 0 && name->device == open->device &&
            name->inode == open->inode)
            continue;
        s->all[s->n++].path = name->path;
        name->path = NULL;
    }
    follow_names_done(names);
}

static void answer(struct follow_candidate *c, int fd, const struct follow_opener *opener,
                   const struct stamp_clock *fresh)
{
    c->state = FOLLOW_ANSWERED;
    c->failed =
        fd < 0 ? fd
               : follow_part_new(&c->part, c->path, fd, opener->stats, opener->warnings, fresh);
}

bool follow_search_step(struct follow_search *s, const struct follow_opener *opener,
                        const struct stamp_clock *fresh, struct mono at)
{
    bool all = true;

    for (size_t i = 0; i < s->n; i++) {
        struct follow_candidate *c = &s->all[i];

        if (c->state == FOLLOW_WANTED) {
            int fd = opener->options->open(opener->options->ctx, c->path);

            c->state = FOLLOW_ASKED;
            if (fd != -EINPROGRESS)
                answer(c, fd, opener, fresh);
        }
        if (c->state == FOLLOW_ASKED && at.ms >= s->until_ms)
            answer(c, -ETIMEDOUT, opener, fresh);
        all = all && c->state == FOLLOW_ANSWERED;
    }
    return all;
}

bool follow_search_opened(struct follow_search *s, const char *path, int fd,
                          const struct follow_opener *opener, const struct stamp_clock *fresh)
{
    for (size_t i = 0; i < s->n; i++) {
        struct follow_candidate *c = &s->all[i];

        if (c->state == FOLLOW_ASKED && strcmp(c->path, path) == 0) {
            answer(c, fd, opener, fresh);
            return true;
        }
    }
    return false;
}

/* How well a candidate fits a mark: 0 is not at all. A copy has the same first bytes, so does the
 * packed file while it is made; the file itself is better than those. */
static int fit(const struct follow_part *part, const struct follow_mark *mark)
{
    const struct bytes *b = &part->lines.bytes;

    if (!follow_part_is(part, mark) || (!part->packed && follow_part_size(part) < mark->offset))
        return 0;
    if (b->device == mark->device && b->inode == mark->inode)
        return 4;
    if (b->inode == mark->inode)
        return 3;
    return part->packed ? 1 : 2;
}

static struct follow_candidate *best(struct follow_search *s, const struct follow_mark *mark)
{
    struct follow_candidate *found = NULL;
    int found_fit = 0;

    for (size_t i = 0; i < s->n; i++) {
        int this_fit = s->all[i].part != NULL ? fit(s->all[i].part, mark) : 0;

        if (this_fit > found_fit) {
            found = &s->all[i];
            found_fit = this_fit;
        }
    }
    return found;
}

static struct follow_part *take(struct follow_candidate *c)
{
    struct follow_part *part = c->part;

    c->part = NULL;
    return part;
}

/* Close the copies of what is read already. */
void follow_search_drop(struct follow_search *s, const struct follow_part *of)
{
    for (size_t i = s->with_path; of != NULL && i < s->n; i++) {
        struct follow_part *part = s->all[i].part;

        if (part != NULL && follow_part_same(part, of))
            follow_part_free(take(&s->all[i]));
    }
}

static void drop_finished(struct follow_search *s, const struct follow_finished *finished)
{
    size_t marks_n = finished->n < COUNT(finished->marks) ? finished->n : COUNT(finished->marks);

    for (size_t i = s->with_path; i < s->n; i++)
        for (size_t k = 0; s->all[i].part != NULL && k < marks_n; k++)
            if (finished->marks[k].head_n > 0 &&
                follow_part_is(s->all[i].part, &finished->marks[k]))
                follow_part_free(take(&s->all[i]));
}

static int by_start(const void *a, const void *b)
{
    const struct follow_part *const *x = a, *const *y = b;

    if ((*x)->start.ms != (*y)->start.ms)
        return (*x)->start.ms < (*y)->start.ms ? -1 : 1;
    return strcmp((*x)->path, (*y)->path);
}

/* True when `part` was written after `file`: it did neither begin nor end before that. */
static bool is_younger(const struct follow_part *part, const struct follow_part *file)
{
    return part->start.ms >= file->start.ms &&
           part->lines.bytes.modified.ms >= file->lines.bytes.modified.ms;
}

/* What begins at `since` or later, each once. Lines of several writers may change places by
 * seconds: so a minute earlier, when it is known which file it comes after. */
static void take_between(struct follow_search *s, struct wall since,
                         const struct follow_part *after, struct follow_chain *out)
{
    bool known = after != NULL && after->start.ms != 0;
    int64_t floor_ms = since.ms - (known ? MINUTE_MS : 0);

    for (size_t i = 0; since.ms != 0 && i < s->n; i++) {
        struct follow_part *part = s->all[i].part;

        if (part == NULL || part->start.ms == 0 || part->start.ms < floor_ms ||
            (known && !is_younger(part, after)) || out->between_n == COUNT(out->between))
            continue;
        out->between[out->between_n++] = take(&s->all[i]);
        follow_search_drop(s, part);
    }
    if (out->between_n > 1)
        qsort(out->between, out->between_n, sizeof out->between[0], by_start);
}

/* The plain file that begins last before `file`. */
static void take_before(struct follow_search *s, const struct follow_part *file,
                        struct follow_chain *out)
{
    struct follow_candidate *found = NULL;

    for (size_t i = 0; file != NULL && i < s->n; i++) {
        const struct follow_part *part = s->all[i].part;

        if (part != NULL && !part->packed && part->start.ms != 0 &&
            part->start.ms <= file->start.ms &&
            (found == NULL || part->start.ms > found->part->start.ms))
            found = &s->all[i];
    }
    if (found != NULL)
        out->before = take(found);
}

static void take_marked(struct follow_search *s, const struct follow_position *position,
                        struct follow_chain *out)
{
    struct follow_candidate *file = best(s, &position->file), *previous = NULL;

    if (position->has_previous)
        previous = best(s, &position->previous);
    if (file != NULL && s->with_path && file == &s->all[0])
        out->file_is_current = true;
    else if (file != NULL)
        out->file = take(file);
    if (previous != NULL && previous->part != NULL && previous != file)
        out->previous = take(previous);
    follow_search_drop(s, out->file);
    follow_search_drop(s, out->previous);
}

void follow_search_end(struct follow_search *s, const struct follow_position *position,
                       const struct follow_part *known, const struct follow_finished *finished,
                       struct wall since, struct follow_chain *out)
{
    *out = (struct follow_chain){ 0 };
    if (position != NULL)
        take_marked(s, position, out);
    if (s->with_path) {
        out->current_failed = s->all[0].failed;
        out->current = take(&s->all[0]);
    }
    follow_search_drop(s, known);
    follow_search_drop(s, out->current);
    drop_finished(s, finished);
    if (!out->file_is_current)
        take_between(s, since, out->file != NULL ? out->file : known, out);
    take_before(s, out->file_is_current ? out->current : out->file, out);
    follow_search_done(s);
}

void follow_chain_done(struct follow_chain *chain)
{
    follow_part_free(chain->before);
    follow_part_free(chain->previous);
    follow_part_free(chain->file);
    for (size_t i = 0; i < chain->between_n; i++)
        follow_part_free(chain->between[i]);
    follow_part_free(chain->current);
}

void follow_search_done(struct follow_search *s)
{
    for (size_t i = 0; i < s->n; i++) {
        follow_part_free(s->all[i].part);
        free(s->all[i].path);
    }
    free(s->all);
    *s = (struct follow_search){ 0 };
}

#include "watch/logs.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "watch/merge.h"
#include "watch/source.h"
#include "watch/warnings.h"

#include "base/ban.h"

struct logs {
    struct logs_options options; /* since and until are set, to the ends of time if need be */
    struct logs_stats stats;
    struct warnings warnings;
    struct source *sources; /* by (start, argument) once all are open */
    size_t n;
    size_t begun;           /* sources[begun ..] sleep until the merged time reaches their start */
    struct merge waiting;   /* begun, and ahead of the merged time */
    struct source *current; /* whose lines come now; NULL before the first and after the last */
    int64_t limit_key;      /* until where the current one may go on: the next in line */
    uint64_t limit_rank;
    bool offset_known; /* of the last line */
    int32_t offset_s;
};

/* The file was given before, by this or another name: read it once. */
static bool already_open(struct logs *logs, const struct source *s)
{
    for (size_t i = 0; i < logs->n; i++) {
        const struct source *other = &logs->sources[i];

        if (s->lines.bytes.regular && other->lines.bytes.regular &&
            other->lines.bytes.device == s->lines.bytes.device &&
            other->lines.bytes.inode == s->lines.bytes.inode) {
            warnings_add(&logs->warnings, s->lines.name, 0, "is the same file as %s; read once",
                         other->lines.name);
            return true;
        }
    }
    return false;
}

/* All lines of the file are outside the window of time, by a day at least: its last line is not
 * younger than the file, its first line is known. A journal is written without a new date. */
static bool is_outside(const struct logs *logs, const struct source *s)
{
    bool dated = s->lines.bytes.regular && s->kind != SOURCE_JOURNAL;

    return s->start.ms - DAY_MS > logs->options.until.ms ||
           (dated && s->lines.bytes.modified.ms + DAY_MS < logs->options.since.ms);
}

static bool open_one(struct logs *logs, const char *path, char *error, size_t error_room)
{
    struct source *s = &logs->sources[logs->n];
    enum source_got got =
        source_open(s, path, &logs->options, &logs->stats, &logs->warnings, error, error_room);

    if (got == SOURCE_EMPTY)
        warnings_add(&logs->warnings, s->lines.name, 0, "is empty");
    if (got == SOURCE_DAMAGED)
        warnings_add(&logs->warnings, s->lines.name, 0, "%s", s->lines.bytes.trouble);
    if (got != SOURCE_OK || already_open(logs, s)) {
        source_done(s);
        return got != SOURCE_BAD;
    }
    logs->stats.files++;
    if (is_outside(logs, s)) {
        logs->stats.files_outside++;
        source_done(s);
        return true;
    }
    s->rank = logs->n++;
    logs->stats.bytes_total += (uint64_t)s->lines.bytes.size;
    if (logs->options.paths_n > 1)
        source_sleep(s);
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct source *x = a, *y = b;

    return merge_before(x->start.ms, x->rank, y->start.ms, y->rank) ? -1 : 1;
}

/* Each file keeps its descriptor from the first look to its end. */
static void allow_files(size_t n)
{
    enum { OTHERS = 64 }; /* standard streams, libraries */
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= n + OTHERS)
        return;
    limit.rlim_cur = n + OTHERS < limit.rlim_max ? n + OTHERS : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

struct logs *logs_open(const struct logs_options *options, char *error, size_t error_room)
{
    struct logs *logs = memory_new(1, sizeof *logs);

    error[0] = '\0';
    logs->options = *options;
    if (logs->options.since.ms == 0)
        logs->options.since.ms = INT64_MIN;
    if (logs->options.until.ms == 0)
        logs->options.until.ms = INT64_MAX;
    logs->sources = memory_new(options->paths_n + 1, sizeof *logs->sources);
    allow_files(options->paths_n);
    for (size_t i = 0; i < options->paths_n + options->journal; i++) {
        const char *path = i < options->paths_n ? options->paths[i] : NULL;

        if (!open_one(logs, path, error, error_room)) {
            logs_free(logs);
            return NULL;
        }
    }
    if (logs->stats.files == 0 && error[0] != '\0') {
        logs_free(logs);
        return NULL;
    }
    if (logs->n > 1)
        qsort(logs->sources, logs->n, sizeof *logs->sources, by_start);
    for (size_t i = 0; i < logs->n; i++)
        logs->sources[i].rank = i;
    return logs;
}

/* Choose whose turn it is; false when nothing is left. With `*pending`, the current source has a
 * line that was read before. */
static bool choose(struct logs *logs, bool *pending)
{
    struct source *first = merge_first(&logs->waiting);
    struct source *asleep = logs->begun < logs->n ? &logs->sources[logs->begun] : NULL;

    *pending = asleep == NULL || (first != NULL && merge_before(first->key, first->rank,
                                                                asleep->start.ms, asleep->rank));
    if (*pending) {
        logs->current = merge_take(&logs->waiting);
    } else {
        logs->current = asleep;
        logs->begun++;
    }
    first = merge_first(&logs->waiting);
    asleep = logs->begun < logs->n ? &logs->sources[logs->begun] : NULL;
    logs->limit_key = INT64_MAX;
    logs->limit_rank = UINT64_MAX;
    if (first != NULL) {
        logs->limit_key = first->key;
        logs->limit_rank = first->rank;
    }
    if (asleep != NULL &&
        merge_before(asleep->start.ms, asleep->rank, logs->limit_key, logs->limit_rank)) {
        logs->limit_key = asleep->start.ms;
        logs->limit_rank = asleep->rank;
    }
    return logs->current != NULL;
}

static bool is_due(const struct logs *logs, const struct source *s)
{
    return merge_before(s->key, s->rank, logs->limit_key, logs->limit_rank);
}

/* next_due where another source has its turn. `read`: the current one gave the line, but others are
 * before it; else it has no more. */
static NOINLINE bool next_of_another(struct logs *logs, bool read, struct logline *line,
                                     struct slice *raw, enum logline_got *kind)
{
    bool pending = false;

    do {
        struct source *s = logs->current;

        if (read) {
            s->pending = (struct source_line){ *line, *raw, *kind };
            merge_add(&logs->waiting, s);
        } else if (s != NULL) {
            logs->offset_known = source_offset(s, &logs->offset_s);
            source_done(s);
        }
        if (!choose(logs, &pending))
            return false;
        s = logs->current;
        if (pending) {
            *line = s->pending.line;
            *raw = s->pending.raw;
            *kind = s->pending.kind;
            return true;
        }
        read = source_next(s, line, raw, kind);
    } while (!read || !is_due(logs, logs->current));
    return true;
}

/* The next line that is due, whether inside the window of time or not; false at the end. */
static bool next_due(struct logs *logs, struct logline *line, struct slice *raw,
                     enum logline_got *kind)
{
    bool read = logs->current != NULL && source_next(logs->current, line, raw, kind);

    if (LIKELY(read && is_due(logs, logs->current)))
        return true;
    return next_of_another(logs, read, line, raw, kind);
}

enum logs_got logs_next(struct logs *logs, struct logline *line, struct slice *raw,
                        enum logline_got *kind)
{
    while (next_due(logs, line, raw, kind)) {
        int64_t at = *kind == LOGLINE_OK ? line->at.ms : logs->current->key;

        if (LIKELY(at >= logs->options.since.ms && at <= logs->options.until.ms))
            return *kind == LOGLINE_OK ? LOGS_LINE : LOGS_UNFRAMED;
        logs->stats.outside++;
    }
    return LOGS_END;
}

const struct logs_stats *logs_stats(const struct logs *logs)
{
    return &logs->stats;
}

const char *logs_warning(const struct logs *logs, size_t i, uint64_t *more)
{
    *more = logs->warnings.more;
    return i < logs->warnings.n ? logs->warnings.kept[i] : NULL;
}

bool logs_offset(const struct logs *logs, int32_t *offset_s)
{
    if (logs->current != NULL)
        return source_offset(logs->current, offset_s);
    *offset_s = logs->offset_s;
    return logs->offset_known;
}

void logs_free(struct logs *logs)
{
    if (logs == NULL)
        return;
    for (size_t i = 0; i < logs->n; i++)
        source_done(&logs->sources[i]);
    free(logs->sources);
    merge_done(&logs->waiting);
    warnings_done(&logs->warnings);
    free(logs);
}

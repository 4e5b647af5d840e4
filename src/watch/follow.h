/* follow.h - follows logs while they are written: files through every kind of rotation, and the
 * systemd journal; gives one stream of framed lines, each exactly once, also over restarts.
 *
 * A file is read on under its old name when rotation has renamed it, until nothing was added for
 * ten seconds; then, or when the file that has its name now has lines, that is read from its front.
 * Truncation (copytruncate) is seen by the size or by other first bytes: what was not read yet is
 * finished from the copy, when there is one. A file that is missing, or may not be read, is waited
 * for. A last line without its newline waits for it. Lines come as they are written; where several
 * files have a backlog, the oldest line first.
 *
 * Owns its descriptors and buffers, at most FOLLOW_NAMES_MAX (follow_names.h) descriptors per path
 * while it looks for rotated files, else two. Never waits: the caller polls follow_fds and calls
 * follow_step. Reads no clock and opens nothing but folders (to list them) by itself. */
#ifndef WATCH_FOLLOW_H
#define WATCH_FOLLOW_H

#include "base/mono.h"
#include "watch/logs.h"

/* Open a log for reading: a descriptor (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), which is
 * follow's from then on; -errno; or -EINPROGRESS, when follow_opened will bring it. Only -ENOENT
 * says that there is no such file: one that comes then is new.
 * path  one of the paths of the options, or a rotated file of it: in the same folder, and with the
 *       name's first part (up to the last dot) in common; also names that do not exist
 * ctx   of the options */
typedef int follow_open(void *ctx, const char *path);

struct follow_line {
    const char *name;      /* the path of the options, or "the journal" */
    enum logline_got kind; /* LOGLINE_OK: `line` is set */
    struct logline line;
    struct slice raw;
    int32_t utc_offset_s; /* of the stamp, or of the zone: seconds east of UTC */
    bool old;             /* from before the position: read again in order to know the context */
};

/* Take a line; what it points to is valid until the return. Lines of one file keep their order. */
typedef void follow_take(void *ctx, const struct follow_line *line);

/* Something is wrong with a log, or, with `over`, all that was told of it is over. What is of a
 * moment (lines that may be lost) is told, and never over. what  "cannot be opened: Permission
 * denied"; valid until the return */
typedef void follow_trouble(void *ctx, const char *name, const char *what, bool over);

struct follow_options {
    /* All is borrowed for the life of follow, but for the positions: until follow_new returns. */
    const char *const *paths;
    size_t paths_n;
    const char *const *positions; /* of each path, from follow_position; NULL, or with NULL: none */
    bool journal;                 /* of this machine, too */
    const char *journal_folder;   /* another one in its place */
    const char *journal_position;
    bool from_start;       /* without a position begin at the front of the file, not at its end */
    uint64_t replay_bytes; /* begin that much before the position, with `old` lines; also in the
                              rotated file before, when it is not packed */
    stamp_zone *zone;      /* for stamps without an offset; NULL is UTC */
    void *zone_ctx;
    follow_open *open;
    follow_take *take;
    follow_trouble *trouble;
    void *ctx;
};

struct follow;

/* Opens nothing yet but inotify(7); without it the files are looked at ten times a second. A
 * position that cannot be read is told as trouble, and taken for none. Never NULL. */
struct follow *follow_new(const struct follow_options *options);

/* Accepts NULL. What was not handed out yet is read again in the next run. */
void follow_free(struct follow *f);

enum { FOLLOW_FDS = 2 };

/* The descriptors to poll for reading: their number. They change in follow_step only. */
size_t follow_fds(const struct follow *f, int out[FOLLOW_FDS]);

/* Hand out lines, at most `budget`; true when there are more at once. Call it when a descriptor is
 * readable, after follow_wait_ms, and again after true. It does not call itself back: neither
 * follow_take nor the others may call follow_step or follow_free. */
bool follow_step(struct follow *f, size_t budget, struct wall now, struct mono at);

/* How long to wait for a descriptor before the next follow_step, in ms: 0 after it returned true.
 * Some things have no event: network file systems, a missing folder, other rights. */
int follow_wait_ms(const struct follow *f);

/* The answer to -EINPROGRESS: a descriptor, which is follow's now, or -errno. An answer that is not
 * waited for any more (it came after five seconds) is closed. */
void follow_opened(struct follow *f, const char *path, int fd);

/* At the end of all that there is, as far as it could be opened. */
bool follow_caught_up(const struct follow *f);

enum { FOLLOW_TEXT_MAX = 512 };

/* Where reading goes on after the last line that was handed out, for the store: of the `i`th path,
 * and after the paths of the journal. False when there is no such log; `*name` is as in
 * follow_line. out  a line of text, empty while nothing is known: keep what you have then */
bool follow_position(const struct follow *f, size_t i, const char **name,
                     char out[FOLLOW_TEXT_MAX]);

/* Figures since the start. */
const struct logs_stats *follow_stats(const struct follow *f);

#endif

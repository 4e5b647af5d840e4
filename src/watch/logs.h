/* logs.h - reads logs: many files, plain or compressed, or the journal; gives one stream of framed
 * lines in the order of time. Owns the file descriptors and buffers; never holds a whole file in
 * memory; reads each file once, from the front to the end. Compression (gzip, xz, zstd, bzip2) is
 * recognised by content, by libarchive's raw format. `journalctl -o export` and `-o json` are
 * recognised by content as well. */
#ifndef WATCH_LOGS_H
#define WATCH_LOGS_H

#include "proto/logline.h"

enum {
    LOGS_LINE_MAX = 64 * 1024,      /* bytes of a line that are looked at */
    LOGS_UNPACKED_RATIO = 2000,     /* an archive that unpacks to more than this times its size */
    LOGS_UNPACKED_FREE = 256 << 20, /* and to more than these bytes is not read on */
};

struct logs_options {
    const char *const *paths; /* "-" is standard input; borrowed until logs_free */
    size_t paths_n;
    bool journal;     /* read this machine's systemd journal too */
    int year;         /* of the first line of each file whose stamps have none; 0: infer it */
    stamp_zone *zone; /* for stamps without an offset; NULL is UTC */
    void *zone_ctx;
    struct wall now;          /* date of what has none of its own: a pipe */
    struct wall since, until; /* lines outside are not given out; 0 is "no limit" */
};

/* Lines and stamps are counted as they come, bytes once a buffer, `backwards` and `future` at the
 * end of each file. A journal entry counts as a line. */
struct logs_stats {
    uint64_t files;         /* that were opened, were not empty, and not given before */
    uint64_t files_outside; /* of these not read: all their lines are outside since/until */
    uint64_t bytes_total; /* sizes of the files as they lie on disk; a pipe and a journal have 0 */
    uint64_t bytes_read;  /* of these, and of pipes: for the progress bar */
    uint64_t bytes;       /* of text, unpacked */
    uint64_t lines;       /* all: also blank, without a frame, and outside since/until */
    uint64_t blank, no_time, bad_time, no_frame; /* lines of which no logline could be made */
    uint64_t outside;                            /* before `since` or after `until` */
    uint64_t cut;                                /* longer than LOGS_LINE_MAX */
    uint64_t nul;                                /* lines with NUL bytes */
    uint64_t backwards; /* stamps out of order by minutes, within one file */
    uint64_t future;    /* stamps after the file's own date */
};

enum logs_got {
    LOGS_LINE,     /* `line` and `raw` are set */
    LOGS_UNFRAMED, /* `raw` is a line of which no logline could be made; `kind` says why */
    LOGS_END,
};

struct logs;

/* Open all inputs and look at the first line of each. The limit of open files of the process is
 * raised when there are many.
 * `error` is empty, or tells of a packed file that is damaged at its front: when there are others,
 * they are read, and logs_warning tells of it, too.
 * NULL, with a message that names the file in `error`, when one cannot be read, is a directory, or
 * is no log at all. An empty file is no error, and one that is given twice is read once:
 * logs_warning tells of both. */
NODISCARD struct logs *logs_open(const struct logs_options *options, char *error,
                                 size_t error_room);

/* The next line in the order of time; among equal times the file that begins first, then the order
 * of `paths`. The lines of one file keep their order, also where its time steps back, and lines
 * without a time stay behind the line before. What it gives is valid until the next call; of a
 * journal `raw` is the message.
 * Trouble in mid-file (a truncated archive, a read error) ends that file, and is in logs_warnings.
 */
enum logs_got logs_next(struct logs *logs, struct logline *line, struct slice *raw,
                        enum logline_got *kind);

/* Current figures. */
const struct logs_stats *logs_stats(const struct logs *logs);

/* The `i`th warning ("FILE:LINE: what"), or NULL; at most 20 are kept, `*more` counts the others.
 */
const char *logs_warning(const struct logs *logs, size_t i, uint64_t *more);

/* True when the last line's stamp carried its offset from UTC; `*offset_s` is that, or the zone's.
 */
bool logs_offset(const struct logs *logs, int32_t *offset_s);

void logs_free(struct logs *logs);

#endif

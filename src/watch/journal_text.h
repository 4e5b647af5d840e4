/* journal_text.h - journal entries from a file or a pipe, as `journalctl -o export` and
 * `journalctl -o json` write them. */
#ifndef WATCH_JOURNAL_TEXT_H
#define WATCH_JOURNAL_TEXT_H

#include "proto/journal_entry.h"
#include "watch/lines.h"

enum journal_text_got {
    JOURNAL_TEXT_ENTRY,
    JOURNAL_TEXT_BAD, /* a line that belongs to no entry, in `raw` */
    JOURNAL_TEXT_END,
};

/* The next entry of an export into `e`. */
NODISCARD enum journal_text_got journal_text_export(struct lines *lines, struct journal_entry *e,
                                                    struct slice *raw);

/* Read one entry, which -o json writes on a line of its own, into `e`. False when `line` is no JSON
 * object. A value may be a text, an array of bytes (when it is not UTF-8), or an array of values.
 */
NODISCARD bool journal_text_json(struct slice line, struct journal_entry *e);

#endif

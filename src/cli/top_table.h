/* top_table.h - what `mailfuse top` shows, as text. */
#ifndef CLI_TOP_TABLE_H
#define CLI_TOP_TABLE_H

#include "cli/sheet.h"

enum { TOP_HEAD = 4 }; /* lines before the rows */

/* Two lines about the server, an empty one, and the titles of the columns. */
void top_head(struct sheet *s, const json_t *reply, const char *sort);

/* One row; `chosen`: marked, and without colours of its own. */
void top_row(struct sheet *s, const json_t *row, bool chosen);

/* The whole table: for --once. */
void top_table(struct sheet *s, const json_t *reply, const char *sort);

/* A screenful.
 * first   the first row to be shown
 * chosen  the row that is marked
 * foot    the two last lines: a message or a question (may be empty), and the keys */
struct top_view {
    const json_t *reply;
    const char *sort;
    size_t first, chosen, columns, rows;
    struct slice message, keys;
    bool colour;
};

void top_screenful(struct buf *out, const struct top_view *view);

/* Lines of text from `first` on, and a last line with the keys. */
void top_text(struct buf *out, struct slice text, size_t first, const struct top_view *view);

#endif

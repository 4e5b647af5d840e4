/* escape.h - what a stranger sent, made harmless where it leaves: one function for each way out. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/* For a terminal or a line of our own log: valid UTF-8 passes, everything else becomes '?', so do
 * control characters (C0, DEL, C1) and the characters that turn or hide text (Unicode bidirectional
 * controls, zero-width, line and paragraph separators). */
void escape_terminal(struct buf *out, struct slice s);

/* For HTML text and quoted attribute values: as above, and & < > " ' become references. */
void escape_html(struct buf *out, struct slice s);

/* Valid UTF-8 for a JSON library: each byte that is none becomes U+FFFD; NUL becomes U+FFFD too. */
void escape_utf8(struct buf *out, struct slice s);

/* Columns that `s` takes on a terminal after escape_terminal, as wcwidth(3) counts them, without
 * asking the locale: East Asian wide and fullwidth count 2, combining marks 0. */
size_t escape_columns(struct slice s);

#endif

/* restrictions.h - restriction lists of Postfix, as smtpd_recipient_restrictions is one: items with
 * commas or white space between them; what stands in braces is one item. Source: postconf(5),
 * SMTPD_ACCESS_README. Pure; slices point into the list. */
#ifndef SETUP_RESTRICTIONS_H
#define SETUP_RESTRICTIONS_H

#include "base/buf.h"

/* Move past the next item and return it; empty at the end. */
struct slice restrictions_item(struct slice *rest);

/* Append the list with commas instead of blanks, as `postconf -P` wants it. False, with a part of
 * it appended, when an item has blanks that have to stay. */
bool restrictions_compact(struct slice list, struct buf *out);

/* Append the list without the first item that is `reference`. False, and no change, without one. */
bool restrictions_without(struct slice list, struct slice reference, struct buf *out);

/* The word occurs somewhere. */
bool restrictions_mention(struct slice list, const char *word);

/* Something that can end the list stands before the item that mentions the word. */
bool restrictions_ended_before(struct slice list, const char *word);

#endif

/* pack.h - bytes of which most are zero, in fewer: the packing of Cap'n Proto
 * (https://capnproto.org/encoding.html#packing). Each eight bytes become a tag, whose bits say
 * which of them are not zero, lowest bit first, and those; a run of zero words becomes two bytes.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buf.h"

enum { PACK_WORD = 8 };

/* Append `s`, packed. What lacks to a whole word at its end is zero. */
void pack_add(struct buf *out, struct slice s);

/* Append what was packed: whole words. False when `packed` is cut, or the limit of `out` is
 * reached. */
NODISCARD bool pack_undo(struct buf *out, struct slice packed);

#endif

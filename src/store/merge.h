/* merge.h - many batches that cannot be written now as one that takes less memory. */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include "store/batch.h"

/* Replace the batches of `list` (of STORE_STATE) by one with the same effect: of each key the last
 * change remains; and all entries of the journal, unless they have more than `journal_max` bytes:
 * then only the newest ones do. Everybody who waits for one of them waits for that one; all were
 * told. Returns how many entries were dropped. */
uint64_t batches_merge(struct batches *list, size_t journal_max);

#endif

/* transactions.h - mail transactions under way: which recipients were let in on which connection,
 * so that limits count what was not yet accepted, and forget it when it never will be. */
#ifndef BOX_TRANSACTIONS_H
#define BOX_TRANSACTIONS_H

#include "base/slice.h"

struct transactions;

struct transactions *transactions_new(uint32_t max);
void transactions_free(struct transactions *t);

/* A recipient is asked about. The same message asks once for each restriction list the question
 * stands in: true for the first time only. Another `instance` on the same connection ends what was
 * begun there before. */
bool transactions_recipient(struct transactions *t, uint64_t connection, struct slice instance,
                            uint32_t fuse, struct slice recipient);

/* That recipient is not to be counted after all: it was refused. Asked about again, it is new. */
void transactions_refused(struct transactions *t, uint64_t connection);

/* Something is asked about that message: what was begun there with another `instance` is over. */
void transactions_other(struct transactions *t, uint64_t connection, struct slice instance);

/* Recipients of this fuse in transactions under way. */
uint32_t transactions_pending(const struct transactions *t, uint32_t fuse);

/* Transactions of this fuse that have such recipients: messages that are to come. */
uint32_t transactions_messages(const struct transactions *t, uint32_t fuse);

/* The transaction of that connection is over: accepted, refused or cut off. */
void transactions_end(struct transactions *t, uint64_t connection);

uint32_t transactions_count(const struct transactions *t);

#endif

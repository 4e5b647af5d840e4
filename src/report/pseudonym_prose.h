/* pseudonym_prose.h - names inside sentences and replies, replaced by their pseudonyms. */
#ifndef REPORT_PSEUDONYM_PROSE_H
#define REPORT_PSEUDONYM_PROSE_H

#include "base/table.h"
#include "report/pseudonym_name.h"
#include "report/texts.h"

/* A name that occurs in the report by itself, so that it is found in prose whatever it looks like.
 */
struct known_name {
    struct slice name, pseudonym;
};

/* All of them; `{ 0 }` knows none. */
struct known_names {
    struct known_name *list; /* owned */
    size_t n, room;
    struct table by_hash; /* of the folded name */
    size_t *odd;          /* owned: places of names that are more than one word */
    size_t odd_n, odd_room;
};

void known_names_done(struct known_names *k);

/* Both slices have to live as long as `k`. */
void known_names_add(struct known_names *k, struct slice name, struct slice pseudonym);

/* Add `text` to `out`, every known name and all that looks like an address of mail, of the network,
 * or a host name replaced. */
void pseudonym_prose(const struct pseudonym_key *key, const struct known_names *k,
                     struct slice text, struct buf *out);

/* The same with what another server said, which has names of people and mailboxes, too: of all else
 * only the words stay that refusals are made of, and short numbers; the others become "…". */
void pseudonym_reply(const struct pseudonym_key *key, const struct known_names *k,
                     struct slice text, struct buf *out);

#endif

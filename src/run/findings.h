/* findings.h - what was found of us, told once and tied to who caused it: the daemon's side of
 * box/findings.h. Who finds something calls findings_begin and findings_end and gets the number of
 * the incident that it belongs to: for its entry in the journal, and for the alert. What is told of
 * under a number is kept on disk.
 *
 *     number = findings_begin(d, &(struct finding_news){ FINDING_BLOCKED, provider, SLICE(""),
 * words, fuse }); keep_note(d, number, SLICE("mailfuse"), provider, "blocked", words);
 */
#ifndef RUN_FINDINGS_H
#define RUN_FINDINGS_H

#include <jansson.h>

#include "base/buf.h"
#include "box/findings.h"

struct daemon;

/* It begins, or is seen again; then the words are the new ones. Returns the number of the incident
 * to tell of it under: the same until it is over. 0: none (complaints about an account without an
 * incident; or there are too many findings). */
uint32_t findings_begin(struct daemon *d, const struct finding_news *news);

/* It is over; nothing happens when it was not there. Returns the number as above. */
uint32_t findings_end(struct daemon *d, enum finding_kind kind, struct slice subject,
                      struct slice by);

/* With the box: before its state is loaded, and at the end. */
void findings_init(struct daemon *d);
void findings_done(struct daemon *d);

/* From the store. 0 or -EIO, with a sentence in `error`. */
NODISCARD int findings_read(struct daemon *d, struct buf *error);

/* findings_json.c: on disk, and back. Names of members never change. */
json_t *finding_encode(const struct daemon *d, const struct finding *f);
/* Texts borrow from `from`. */
bool finding_decode(const struct daemon *d, const json_t *from, struct finding *out);

#endif

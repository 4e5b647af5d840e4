/* owners.h - where else the owner of an account reads mail: a text file of lines "account address
 * [language]", '#' begins a comment. Who is locked out, or reads along with a thief, is not told in
 * his own mailbox. Pure. */
#ifndef TELL_OWNERS_H
#define TELL_OWNERS_H

#include "conf/errors.h"
#include "mail/address.h"

enum { OWNERS_FILE_MAX = 64 << 20 }; /* bytes */

struct owner {
    struct slice account, address, language; /* folded; as written; may be empty */
    uint32_t line;
};

struct owners;

/* NULL, with at least one error "path:line: what is wrong; what to write instead". */
struct owners *owners_parse(const char *path, struct slice text, struct conf_errors *errors);
void owners_free(struct owners *o);

/* account  as account_fold gives it. NULL: not known; so is everybody in NULL. */
const struct owner *owners_find(const struct owners *o, struct slice account);

#endif

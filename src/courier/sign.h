/* sign.h - the signature of a webhook's body, so that who receives it can tell that it is ours and
 * not an old one repeated: HMAC-SHA256 (RFC 2104, FIPS 180-4) with the common key over the time in
 * decimal, a dot, and the body. */
#ifndef COURIER_SIGN_H
#define COURIER_SIGN_H

#include "base/buf.h"

/* Append "t=UNIXTIME,v1=" and 64 hexadecimal digits in lower case. False: it cannot be computed. */
NODISCARD bool sign_add(struct buf *out, struct slice key, int64_t unix_time, struct slice body);

#endif

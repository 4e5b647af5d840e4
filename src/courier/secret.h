/* secret.h - a password or key from a file; read for each delivery, so that a new one is used at
 * once, and kept no longer than that. */
#ifndef COURIER_SECRET_H
#define COURIER_SECRET_H

#include "courier/deliver.h"

enum { SECRET_MAX = 4096 };

/* The first line of the file, which must be all of it, with a NUL behind it. False, with the reason
 * in `o`: it cannot be read, is empty or too long, or has more lines. */
NODISCARD bool secret_read(struct slice path, char out[SECRET_MAX + 1], struct outcome *o);

#endif

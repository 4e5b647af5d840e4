/* table_file.h - private to conf: the bytes of a table of the administrator's. */
#ifndef CONF_TABLE_FILE_H
#define CONF_TABLE_FILE_H

#include "base/buf.h"
#include "conf/errors.h"

enum { CONF_TABLE_FILE_MAX = 1 << 20 }; /* bytes */

/* All of the file into `text`, which is to be freed. False, after a complaint, when it cannot be
 * read, or is larger.
 * what  it should be: "table of lists" */
NODISCARD bool conf_table_file(const char *path, const char *what, struct buf *text,
                               struct conf_errors *errors);

#endif

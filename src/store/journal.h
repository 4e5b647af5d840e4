/* journal.h - reading the journal out of its table. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <sqlite3.h>

#include "store/question.h"

/* Fill `a->entries`, the newest first, with what its filter asks for. A code of SQLite. */
NODISCARD int journal_read(sqlite3 *sqlite, struct answer *a);

#endif

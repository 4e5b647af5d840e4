#include "store/schema.h"

#include "base/hash.h"

#include "base/ban.h"

#define META "CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
#define ITEMS                                                                                      \
    "CREATE TABLE items(kind INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"            \
    " sum INTEGER NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;"

static const char *const state_steps[] = {
    META ITEMS "CREATE TABLE journal(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
               " incident INTEGER, who TEXT NOT NULL, subject TEXT NOT NULL, what TEXT NOT NULL,"
               " detail TEXT NOT NULL);"
               "CREATE INDEX journal_incident ON journal(incident) WHERE incident IS NOT NULL;"
               "CREATE INDEX journal_subject ON journal(subject);"
               "CREATE INDEX journal_at ON journal(at);",
};

static const char *const picture_steps[] = {
    META ITEMS
    "CREATE TABLE pictures(id INTEGER PRIMARY KEY, value BLOB NOT NULL, sum INTEGER NOT NULL);",
    "", /* pictures are packed; plain ones are read, too */
};

/* Durable before anybody acts; and what is in the log is moved to the file while nothing else is to
 * do, so that a lock seldom waits for that. */
static const struct schema state = {
    .name = "state.db",
    .thread = "store-state",
    .without = "without incidents, locks, holds and exceptions",
    .application_id = 0x6d665354, /* mfST */
    .steps = state_steps,
    .version = COUNT(state_steps),
    .pragmas = "PRAGMA synchronous=FULL; PRAGMA cache_size=-2048;",
    .page_size = 4096,
    .check_pages = 16384,
    .checkpoint_pages = 4096,
    .checkpoint_idle = 256,
    .waiting_max = (size_t)64 << 20,
};

/* The last snapshots may be lost when the power fails, as a whole. Rows are replaced by rows of the
 * same kind, so that what is free in a page need not be wiped. */
static const struct schema pictures = {
    .name = "pictures.db",
    .thread = "store-pictures",
    .without = "with nothing learnt; locks and incidents are in another file",
    .application_id = 0x6d665049, /* mfPI */
    .steps = picture_steps,
    .version = COUNT(picture_steps),
    .pragmas = "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4096; PRAGMA secure_delete=OFF;",
    .page_size = 4096,
    .checkpoint_pages = 16384,
    .checkpoint_idle = 1024,
    .waiting_max = (size_t)64 << 20,
    .paced = true,
    .nice = 10,
};

const struct schema *schema_of(enum store_file file)
{
    return file == STORE_STATE ? &state : &pictures;
}

int64_t schema_sum(uint64_t of, struct slice key, struct slice value)
{
    return (int64_t)(hash_slice(value, hash_slice(key, of)) & 0xffffffff);
}

/* schema.h - the tables of the two files, version by version, and how each file is treated. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/store.h"

struct schema {
    const char *name;          /* of the file in its folder */
    const char *thread;        /* the name of its thread: 15 bytes at most */
    const char *without;       /* what mailfuse does when the file is moved away */
    uint32_t application_id;   /* bytes 68-71 of the file: https://sqlite.org/fileformat.html 1.3 */
    const char *const *steps;  /* SQL: the first makes version 1, each next one the next version */
    uint32_t version;          /* how many steps there are */
    const char *pragmas;       /* for each connection that writes */
    uint32_t page_size;        /* bytes, of new files */
    uint32_t check_pages;      /* files of at most so many are looked through when opened */
    uint32_t checkpoint_pages; /* in the write-ahead log, then they are moved to the file ... */
    uint32_t checkpoint_idle;  /* or so many when there is nothing else to do */
    size_t waiting_max;        /* bytes that may wait to be written */
    bool paced;                /* synced in steps: see pace.h */
    int nice;                  /* of its thread */
};

const struct schema *schema_of(enum store_file file);

/* The checksum of a value in the column `sum`: damage inside of a value is nothing that SQLite
 * sees. */
int64_t schema_sum(uint64_t of, struct slice key, struct slice value);

#endif

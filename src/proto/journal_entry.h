/* journal_entry.h - what of an entry of the systemd journal makes a log line. Its fields come in
 * any order, and a reader's bytes may be gone with the next field: so they are copied, into room of
 * fixed size. Field names: systemd.journal-fields(7). Pure. */
#ifndef PROTO_JOURNAL_ENTRY_H
#define PROTO_JOURNAL_ENTRY_H

#include "proto/logline.h"

enum { JOURNAL_MESSAGE_MAX = 64 * 1024, JOURNAL_NAME_MAX = 255 };

struct journal_name {
    size_t n;
    char p[JOURNAL_NAME_MAX];
};

struct journal_entry {
    struct wall at; /* 0 is "not said" */
    char pid[LOGLINE_PID_MAX];
    uint8_t pid_n;
    bool pid_is_sure; /* the program's own word (SYSLOG_PID), not the sender's (_PID) */
    bool named;       /* the program's own word (SYSLOG_IDENTIFIER), not the kernel's (_COMM) */
    bool has_message;
    bool cut; /* the message fills the room, or would not fit */
    struct journal_name host, program;
    size_t message_n;
    char message[JOURNAL_MESSAGE_MAX];
};

/* Forget everything; for the next entry. */
void journal_entry_clear(struct journal_entry *e);

/* Take one field; what makes no log line is passed over. Of a field that is said twice the last
 * counts. */
void journal_entry_set(struct journal_entry *e, struct slice name, struct slice value);

/* The log line; `out` borrows from the entry and is written on LOGLINE_OK only, but for `at`.
 * LOGLINE_NO_TIME and LOGLINE_NO_FRAME (no program, or no message) as of logline_parse. */
NODISCARD enum logline_got journal_entry_line(const struct journal_entry *e, struct logline *out);

#endif

/* queuefile.h - the envelope at the front of a Postfix queue file: bytes to a struct.
 * Reads the record types of Postfix's rec_type.h: one byte type, the length in groups of seven bits
 * (least significant first, the top bit set on all but the last), the data. "C" sizes, "T" arrival,
 * "A" name=value, "S" sender, "R" "D" "/" recipients (to do, done, dropped), "O" what a recipient
 * was written as, "M" the message, "p" the offset at which the records go on (0: right here), "E"
 * the end. Postfix writes the attributes of the client before the first recipient, so a block of
 * 4 KB nearly always suffices, however many recipients there are; a milter that changed the sender
 * leads elsewhere by "p". Pure: the caller reads blocks from where it is told to. */
#ifndef PROTO_QUEUEFILE_H
#define PROTO_QUEUEFILE_H

#include "base/wall.h"

enum {
    QUEUEFILE_ROOM = 4096,  /* bytes of all texts together */
    QUEUEFILE_JUMPS = 1000, /* pointers followed in one file; more are a loop */
};

/* Points into itself: is not to be copied. */
struct queuefile {
    struct wall arrival;
    uint64_t size;    /* bytes of the message's content */
    uint32_t rcpts_n; /* recipients, as Postfix counted them when it took the message */
    bool has_sender;  /* an empty sender is that of a bounce */
    bool cut;         /* a text did not fit in `room`, and was left out */
    struct slice sender, sasl_username, sasl_method, log_client_name, log_client_address;

    /* With `want_rcpts`: those to do and done, NUL after each, as many as fit in `room`; and how
     * many are still to do. */
    bool want_rcpts;
    struct slice rcpts;
    uint32_t todo_n;

    /* inside */
    uint64_t message_at, message_end; /* from "C": offsets; the same when it is not known */
    uint32_t jumps;
    size_t used;
    char room[QUEUEFILE_ROOM];
};

enum queuefile_got {
    QUEUEFILE_DONE, /* what was asked for is there */
    QUEUEFILE_MORE, /* give the bytes at `*next` */
    QUEUEFILE_BAD,  /* this is no queue file, or it is damaged */
};

/* An empty envelope; without `want_rcpts` the first recipient ends the work. */
void queuefile_init(struct queuefile *q, bool want_rcpts);

/* Read the records in `bytes`, which lie at offset `at` of the file: 0 at first, then what was
 * asked for. A caller that has no byte there has a file that was cut off.
 * next  always above `at`, or the target of a pointer, of which there are at most QUEUEFILE_JUMPS;
 *       written on QUEUEFILE_MORE only. A record that is longer than `bytes` is passed over, so let
 *       those be 4 KB unless the file ends there. */
NODISCARD enum queuefile_got queuefile_read(struct queuefile *q, struct slice bytes, uint64_t at,
                                            uint64_t *next);

/* Queue ids: letters and digits, short (hexadecimal microseconds and inode) or long. */
bool queuefile_id_valid(struct slice id);

#endif

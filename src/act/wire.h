/* wire.h - packets between the worker and the privileged helper, over a SOCK_SEQPACKET socketpair.
 * Packets instead of a stream, since both ends may die at any moment and be replaced on the same
 * socket: whoever comes next finds whole packets, never the rest of somebody else's. What does not
 * fit in one packet (a hundred thousand queue ids) is sent as several: the first has WIRE_FIRST,
 * the last WIRE_LAST. Parts of one request are never mixed with those of another, so a first part
 * drops a request that was left unfinished. What was sent to a helper that is no more is sent again
 * to the next one when that says hello, in the order of the calls; it passes over what lies in the
 * socket for the other one, so that nothing is done twice, and nothing old after something new.
 * Both ends run the same program on the same machine:
 * numbers are in its own byte order. */
#ifndef ACT_WIRE_H
#define ACT_WIRE_H

#include "base/attributes.h"
#include "base/slice.h"

enum {
    WIRE_DATA_MAX = 32 * 1024,           /* bytes in one packet behind its head */
    WIRE_REQUEST_MAX = 16 * 1024 * 1024, /* bytes of one request */
    WIRE_TEXT_MAX = 8 * 1024,            /* bytes of what a program said */
};

enum helper_op {
    HELPER_PING = 1,
    HELPER_HOLD,       /* postsuper -h: from incoming, active and deferred to hold */
    HELPER_RELEASE,    /* postsuper -H: from hold to deferred, and postqueue: now */
    HELPER_REQUEUE,    /* postsuper -r: from hold, through cleanup again */
    HELPER_DELETE,     /* postsuper -d: from hold only */
    HELPER_QUEUE_LIST, /* what lies in the queue */
    HELPER_KICK,       /* doveadm kick: end the IMAP and POP3 sessions of a user */
    HELPER_FLUSH,      /* doveadm auth cache flush */
    HELPER_LOCK_FILES, /* the lookup files of Postfix and Dovecot */
    HELPER_OPEN_LOG,   /* a log file, as a descriptor */
    HELPER_RELAY_MAP,  /* the lookup file of the emergency relay */
    HELPER_QUEUE_RUN,  /* postqueue -f: try what is deferred now */
    HELPER_OPS,        /* how many there are, and one */
};

/* The name for messages: "hold". */
const char *helper_op_name(enum helper_op op);

/* In the place of `op`. */
enum {
    WIRE_HELLO = 100,    /* from helper to worker: a helper has started, it knows of no request */
    WIRE_COURIER = 101,  /* from worker to supervisor: start a courier that has this descriptor */
    WIRE_SETTINGS = 102, /* the same way: the settings that `id` is the fingerprint of hold */
};

enum wire_flags {
    WIRE_FIRST = 1,
    WIRE_LAST = 2, /* of a request; of an answer: `status` and the rest hold, `data` is text */
};

struct wire_head {
    uint64_t id;     /* of the request; of settings in WIRE_SETTINGS; 0 in WIRE_HELLO */
    uint32_t op;     /* enum helper_op or WIRE_HELLO */
    uint32_t flags;  /* enum wire_flags */
    uint32_t helper; /* its process id: in WIRE_HELLO and answers whose they are, in requests for
                        whom they are; 0: for whoever takes them */
    int32_t status;  /* 0, -errno, or the exit status of a program (128 + n: ended by signal n) */
    uint32_t duration_ms;
    uint64_t count;
};

struct wire_packet {
    struct wire_head head;
    size_t n;
    int fd; /* that came with it, or -1; the receiver's */
    char data[WIRE_DATA_MAX];
};

/* Send one packet; `fd` goes with it unless it is -1, and stays the caller's. Waits while the other
 * side's buffer is full unless `flags` has MSG_DONTWAIT: then -EAGAIN. 0 or -errno. */
NODISCARD int wire_send(int socket, const struct wire_head *head, struct slice data, int fd,
                        int flags);

/* Receive one packet. 0, -EAGAIN when there is none and `flags` has MSG_DONTWAIT, -EPIPE when the
 * other side is gone for good, -EBADMSG for what is no packet of ours (it is lost), or -errno. */
NODISCARD int wire_receive(int socket, struct wire_packet *out, int flags);

#endif

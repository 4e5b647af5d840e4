#include "act/wire.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ban.h"

const char *helper_op_name(enum helper_op op)
{
    static const char *const names[HELPER_OPS] = {
        [HELPER_PING] = "ping",
        [HELPER_HOLD] = "hold",
        [HELPER_RELEASE] = "release",
        [HELPER_REQUEUE] = "requeue",
        [HELPER_DELETE] = "delete",
        [HELPER_QUEUE_LIST] = "list the queue",
        [HELPER_KICK] = "end sessions",
        [HELPER_FLUSH] = "flush the auth cache",
        [HELPER_LOCK_FILES] = "lock files",
        [HELPER_OPEN_LOG] = "open a log",
        [HELPER_RELAY_MAP] = "switch the relay",
        [HELPER_QUEUE_RUN] = "run the queue",
    };
    size_t i = (size_t)op;

    return i < COUNT(names) && names[i] != NULL ? names[i] : "unknown";
}

/* Room for one descriptor in a control message. */
union control {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach(struct msghdr *message, union control *control, int fd)
{
    struct cmsghdr *header;

    *control = (union control){ 0 };
    message->msg_control = control->bytes;
    message->msg_controllen = sizeof control->bytes;
    header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

int wire_send(int socket, const struct wire_head *head, struct slice data, int fd, int flags)
{
    struct wire_head copy = *head;
    struct iovec parts[2] = { { &copy, sizeof copy }, { (void *)(uintptr_t)data.p, data.n } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = data.n > 0 ? 2 : 1 };
    union control control;
    ssize_t n;

    if (data.n > WIRE_DATA_MAX)
        return -EMSGSIZE;
    if (fd >= 0)
        attach(&message, &control, fd);
    do
        n = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* The first descriptor that came with a message, or -1. The padding of a control message has room
 * for another one: what nobody of ours has sent is closed. */
static int attached(struct msghdr *message)
{
    int first = -1, fd;

    for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h != NULL; h = CMSG_NXTHDR(message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at + sizeof fd <= h->cmsg_len; at += sizeof fd) {
            memcpy(&fd, (const char *)h + at, sizeof fd);
            if (first < 0)
                first = fd;
            else
                (void)close(fd);
        }
    }
    return first;
}

int wire_receive(int socket, struct wire_packet *out, int flags)
{
    struct iovec parts[2] = { { &out->head, sizeof out->head }, { out->data, sizeof out->data } };
    union control control = { 0 };
    struct msghdr message = { .msg_iov = parts,
                              .msg_iovlen = COUNT(parts),
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    ssize_t n;

    do
        n = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    if (n == 0)
        return -EPIPE;
    out->fd = attached(&message);
    out->n = (size_t)n - sizeof out->head;
    if ((size_t)n >= sizeof out->head && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return 0;
    if (out->fd >= 0)
        (void)close(out->fd);
    return -EBADMSG;
}

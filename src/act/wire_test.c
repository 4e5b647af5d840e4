#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/wire.h"

#include "base/ban.h"

enum { MANY = 5 };

/* The descriptor that would be opened next: the same again when none was left open. */
static int lowest_free(void)
{
    const int fd = dup(STDIN_FILENO), number = fd;

    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    return number;
}

/* A packet with that many descriptors, as no honest sender makes it. */
static void send_many(int socket, int n)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(MANY * sizeof(int))];
    } control = { 0 };
    struct wire_head head = { .op = WIRE_COURIER };
    struct iovec part = { &head, sizeof head };
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.bytes,
                              .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int)) };
    int fds[MANY] = { 0 };

    for (int i = 0; i < n; i++)
        fds[i] = STDIN_FILENO;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
    memcpy(CMSG_DATA(&control.header), fds, (size_t)n * sizeof(int));
    assert_int_equal(sendmsg(socket, &message, 0), sizeof head);
}

static void test_one_descriptor(void **state)
{
    const struct wire_head head = { .op = WIRE_COURIER };
    struct wire_packet packet;
    int pair[2], free_before;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    free_before = lowest_free();
    assert_int_equal(wire_send(pair[0], &head, SLICE("x"), STDIN_FILENO, 0), 0);
    assert_int_equal(wire_receive(pair[1], &packet, 0), 0);
    assert_int_equal(packet.fd, free_before);
    assert_int_equal(packet.n, 1);
    (void)close(packet.fd);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void test_more_descriptors_than_one_stay_nowhere(void **state)
{
    struct wire_packet packet;
    int pair[2], free_before;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    free_before = lowest_free();
    for (int n = 2; n <= MANY; n++) {
        send_many(pair[0], n);
        if (wire_receive(pair[1], &packet, 0) == 0 && packet.fd >= 0)
            (void)close(packet.fd);
        assert_int_equal(lowest_free(), free_before);
    }
    (void)close(pair[0]);
    (void)close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_descriptor),
        cmocka_unit_test(test_more_descriptors_than_one_stay_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

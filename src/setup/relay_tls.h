/* relay_tls.h - TLS to another server by openssl s_client(1): a program that is on every machine
 * with Postfix, and keeps the library out of ours. Its input and output are our end of a
 * socketpair. */
#ifndef SETUP_RELAY_TLS_H
#define SETUP_RELAY_TLS_H

#include <sys/types.h>

#include "base/buf.h"

struct relay_tls {
    pid_t pid;  /* -1: none */
    int errors; /* what it says on standard error; -1: none */
};

struct relay_tls_wish {
    const char *host, *port, *helo, *ca_file;
    bool starttls; /* else TLS from the first byte */
    bool verify;   /* a certificate of that host, of a CA in the file */
};

/* Start it. Our end of the connection, the caller's; or -errno. relay_tls_end either way. */
NODISCARD int relay_tls_start(struct relay_tls *t, const struct relay_tls_wish *wish);

/* It has ended: why, in words. False: it does not say. */
NODISCARD bool relay_tls_wrong(struct relay_tls *t, struct buf *words);

/* End it. */
void relay_tls_end(struct relay_tls *t);

#endif

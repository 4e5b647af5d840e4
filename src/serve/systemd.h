/* systemd.h - the two agreements with a service manager: tell it how we are, and take the sockets
 * that it opened for us. Both are a few bytes and promised to stay as they are; libsystemd would
 * bring compression and cryptography into the supervisor and the helper, which are root.
 * Sources: sd_notify(3), sd_listen_fds(3), systemd.exec(5). */
#ifndef SERVE_SYSTEMD_H
#define SERVE_SYSTEMD_H

enum { SYSTEMD_FIRST_FD = 3 };

/* Tell $NOTIFY_SOCKET ("READY=1"). Does not wait. 1: told; 0: there is nobody to tell; -errno. */
int systemd_notify(const char *state);

/* How many sockets were passed to this very process, from SYSTEMD_FIRST_FD on; 0 without any. */
int systemd_fds(void);

#endif

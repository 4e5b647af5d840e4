/* logins.h - what Dovecot asks and reports about logins, as far as locks go: a locked account is
 * refused; one that an administrator has unlocked is refused until its password is another one.
 * Passwords are known by keys only, as Dovecot gives them: a few bits of a salted hash. */
#ifndef BOX_LOGINS_H
#define BOX_LOGINS_H

#include "box/box.h"

struct box_login {
    struct subject subject;
    struct ip ip;
    struct slice protocol; /* "imap", "pop3", "smtp" */
    uint16_t password;     /* box_password_key; 0: not known */
    struct wall at;
};

/* The key of a pwhash of Dovecot's auth policy protocol (hexadecimal); 0 for an empty one. */
uint16_t box_password_key(struct slice pwhash);

enum box_admission {
    BOX_ADMITTED,
    BOX_REFUSED_LOCKED,
    BOX_REFUSED_STOLEN, /* the password that was in use when it was locked, or one not known */
};

/* Before the password is checked. `*incident` is set for the refusals. */
enum box_admission box_login_admit(struct box *b, const struct box_login *l, uint32_t *incident);

/* A login succeeded. */
void box_login_succeeded(struct box *b, const struct box_login *l);

/* It failed, or we refused it: a password that was stolen and is still tried is told of, once an
 * hour for each account. */
void box_login_failed(struct box *b, const struct box_login *l);

/* The keys of passwords with which it logged in lately, BOX_PASSWORDS of them, for keeping them;
 * and back. */
void box_passwords(const struct box *b, uint32_t fuse, uint16_t out[BOX_PASSWORDS]);
void box_load_passwords(struct box *b, uint32_t fuse, const uint16_t in[BOX_PASSWORDS]);

#endif

/* bruteforce_scene.h - what the tests of detect/bruteforce share: attempts by name, address and
 * password. */
#ifndef DETECT_BRUTEFORCE_SCENE_H
#define DETECT_BRUTEFORCE_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/hash.h"
#include "detect/bruteforce.h"

static const int64_t start_ms = 1800000000000;

/* `minute` is a fraction of one at times. */
static inline struct wall minute(double m)
{
    return (struct wall){ start_ms + (int64_t)(m * MINUTE_MS) };
}

static inline uint64_t account_of(const char *login)
{
    return login[0] != '\0' ? hash_slice(slice_of(login), 7) : 0;
}

static inline struct login_attempt attempt(const char *login, const char *ip, const char *password)
{
    struct login_attempt a = { .account = account_of(login) };

    assert_true(ip_parse(slice_of(ip), &a.ip));
    if (password != NULL) {
        a.has_pwhash = true;
        a.pwhash = (uint32_t)hash_slice(slice_of(password), a.account) & 0xfff;
    }
    return a;
}

static inline enum bruteforce_why fails(struct bruteforce *b, const char *login, const char *ip,
                                        const char *password, double at)
{
    struct login_attempt a = attempt(login, ip, password);

    return bruteforce_failure(b, &a, minute(at));
}

static inline void works(struct bruteforce *b, const char *login, const char *ip, double at)
{
    struct login_attempt a = attempt(login, ip, "right");

    bruteforce_success(b, &a, minute(at));
}

static inline enum bruteforce_why asks(const struct bruteforce *b, const char *login,
                                       const char *ip, double at)
{
    struct login_attempt a = attempt(login, ip, "right");
    unsigned wait_s;

    return bruteforce_allow(b, &a, minute(at), &wait_s);
}

static inline unsigned waits(const struct bruteforce *b, const char *login, const char *ip,
                             double at)
{
    struct login_attempt a = attempt(login, ip, "right");
    unsigned wait_s;

    assert_int_equal(bruteforce_allow(b, &a, minute(at), &wait_s), BRUTEFORCE_NOT);
    return wait_s;
}

/* A text that changes with `n`; of the caller's storage. */
static inline const char *numbered(char out[64], const char *format_of_one, unsigned n)
{
    struct buf text = buf_make(63);

    for (const char *p = format_of_one; *p != '\0'; p++) {
        if (*p == '#')
            buf_printf(&text, "%u", n);
        else
            buf_add_char(&text, *p);
    }
    if (text.n > 0)
        memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    buf_done(&text);
    return out;
}

#endif

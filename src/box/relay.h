/* relay.h - when the emergency relay is switched: by hand, or by itself while one of our addresses
 * is on a grave DNS list. Pure. By hand goes before by itself: what somebody switched on stays on
 * until somebody switches it off; what somebody switched off stays off as long as that listing
 * lasts. It never flutters: once on by itself it stays for `back_after_ms` at least. */
#ifndef BOX_RELAY_H
#define BOX_RELAY_H

#include "base/attributes.h"
#include "base/wall.h"

enum { RELAY_TEST_DAYS = 30 }; /* so long a test of the relay counts */

struct relay {
    bool on;
    bool only_clean;   /* while on: only mail of accounts that are not suspicious takes the relay */
    bool by_hand;      /* it was switched so by somebody */
    bool passed;       /* off by hand, though listed: not on again before the listing has ended */
    struct wall since; /* it is so; 0: always was */
    struct wall clean; /* on by itself: since when nothing is listed; 0: something is */
    struct wall tested; /* 0: never */
    bool test_good;
};

/* What it is decided by. */
struct relay_facts {
    struct wall now;
    uint32_t grave; /* listings that count */
    bool automatic;
    bool only_clean; /* of the settings, for when it is switched by itself */
    int64_t back_after_ms;
};

enum relay_step {
    RELAY_STAYS,
    RELAY_TURNS_ON,
    RELAY_TURNS_OFF,
    RELAY_UNTESTED, /* it would be switched on, but nobody knows whether the relay works */
};

/* A test went well, and not too long ago. */
bool relay_is_tested(const struct relay *r, struct wall now);

/* What is to be done now; `r` follows it. */
enum relay_step relay_decide(struct relay *r, const struct relay_facts *f);

/* Somebody switches it; `grave` as above. False: it was so already. */
bool relay_by_hand(struct relay *r, bool on, bool only_clean, uint32_t grave, struct wall now);

#endif

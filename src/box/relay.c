#include "box/relay.h"

#include "base/ban.h"

bool relay_is_tested(const struct relay *r, struct wall now)
{
    return r->test_good && r->tested.ms != 0 &&
           now.ms - r->tested.ms <= RELAY_TEST_DAYS * (int64_t)DAY_MS;
}

static void turn(struct relay *r, bool on, bool only_clean, bool by_hand, struct wall now)
{
    r->on = on;
    r->only_clean = on && only_clean;
    r->by_hand = by_hand;
    r->since = now;
    r->clean = (struct wall){ 0 };
}

/* It is on by itself. */
static enum relay_step decide_back(struct relay *r, const struct relay_facts *f)
{
    if (f->grave > 0) {
        r->clean = (struct wall){ 0 };
        return RELAY_STAYS;
    }
    if (r->clean.ms == 0 || r->clean.ms > f->now.ms) /* or the clock was set back */
        r->clean = f->now;
    if (f->now.ms - r->clean.ms < f->back_after_ms || f->now.ms - r->since.ms < f->back_after_ms)
        return RELAY_STAYS;
    turn(r, false, false, false, f->now);
    return RELAY_TURNS_OFF;
}

enum relay_step relay_decide(struct relay *r, const struct relay_facts *f)
{
    if (r->since.ms > f->now.ms)
        r->since = f->now;
    if (f->grave == 0)
        r->passed = false;
    if (r->on)
        return r->by_hand ? RELAY_STAYS : decide_back(r, f);
    if (!f->automatic || f->grave == 0 || r->passed)
        return RELAY_STAYS;
    if (!relay_is_tested(r, f->now))
        return RELAY_UNTESTED;
    turn(r, true, f->only_clean, false, f->now);
    return RELAY_TURNS_ON;
}

bool relay_by_hand(struct relay *r, bool on, bool only_clean, uint32_t grave, struct wall now)
{
    bool same = r->on == on && r->only_clean == (on && only_clean) && (!on || r->by_hand);

    r->passed = !on && grave > 0;
    if (!same)
        turn(r, on, only_clean, true, now);
    return !same;
}

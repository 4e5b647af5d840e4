#include <assert.h>

#include "conf/conf.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse("t", SLICE("group staff { members = alice }"), &errors);
    bool sound = conf_parse_exceptions(conf, "x", text, &errors);

    assert(sound == (errors.n == 0) && (sound || conf->exceptions_n == 0));
    for (uint32_t i = 0; i < conf->exceptions_n; i++) {
        const struct conf_exception *e = &conf->exceptions[i];
        struct wall first = { e->from_day * DAY_MS }, after = { (e->until_day + 1) * DAY_MS };

        assert(e->who.n > 0 && e->reason.n > 0 && e->line > 0 && e->times >= 1);
        assert(e->from_day <= e->until_day);
        assert(conf_exception_season(e, first, 0) == CONF_IN_FORCE);
        assert(conf_exception_season(e, after, 0) == CONF_EXPIRED);
        if (e->who.p[0] != '%' && e->who.p[0] != '@')
            assert(conf_account(conf, e->who, first, 0).exceptions_n > 0);
    }
    conf_free(conf);
    return 0;
}

#include <assert.h>

#include "conf/conf.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Settings or errors, never both; errors are lines, sorted; every account gets an answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse("/t/t", text, &errors);

    assert((conf == NULL) == (errors.n > 0) && errors.n <= CONF_ERRORS_MAX);
    for (uint32_t i = 0; i < errors.n; i++) {
        assert(errors.all[i].text.n > 0 && strchr(errors.all[i].text.p, '\n') == NULL);
        assert(i == 0 || errors.all[i - 1].line <= errors.all[i].line);
    }
    if (conf != NULL) {
        struct conf_policy p = conf_account(conf, text, (struct wall){ 0 }, 0);

        assert(p.times == 1 && p.exceptions_n == 0 && p.limits.at_limit <= CONF_REJECT_AT_LIMIT);
        assert(conf->sensitivity >= 0.5 && conf->sensitivity <= 2);
        for (unsigned r = 0; r < CONF_REPLIES; r++)
            assert(conf->daemon.reply[r][0] != '\0');
        assert(conf->daemon.snapshot_seconds >= 1 && conf->daemon.bruteforce.memory_ms > 0);
        for (uint32_t i = 0; i < conf->daemon.policy.n; i++)
            assert((conf->daemon.policy.all[i].path == NULL) ==
                   (conf->daemon.policy.all[i].port > 0));
        (void)conf_submission_allowed(conf, &p, &(struct ip){ { 32, 1 } }, "DE", 3);
        (void)conf_account(conf, SLICE("alice@dept.example.test"), (struct wall){ 0 }, 0);
    }
    conf_free(conf);
    return 0;
}

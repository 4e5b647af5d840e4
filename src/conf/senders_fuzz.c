#include <assert.h>

#include "conf/conf.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Rows or errors, never both; any sender and account gets an answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = { (const char *)data, size };
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_defaults();
    bool sound = conf_parse_senders(conf, "s", text, &errors);
    char folded[ADDRESS_MAX];

    assert(sound == (errors.n == 0));
    assert(conf_sender_allowed(conf, SLICE(""), SLICE("a")) == CONF_SENDER_OWN);
    assert(sound ||
           conf_sender_allowed(conf, SLICE("a@a"), SLICE("b")) == CONF_SENDER_NO_SUCH_RULE);
    (void)conf_sender_allowed(conf, text, text);
    (void)conf_sender_allowed(conf, address_fold(text, folded), SLICE("alice"));
    conf_free(conf);
    return 0;
}

/* postfix_other.c - texts that are known and tell nothing about mail. */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

/* Programs of which only the warnings matter. */
static const struct slice keepers[] = {
    SLICE_INIT("anvil"),           SLICE_INIT("verify"),         SLICE_INIT("scache"),
    SLICE_INIT("trivial-rewrite"), SLICE_INIT("proxymap"),       SLICE_INIT("proxywrite"),
    SLICE_INIT("tlsmgr"),          SLICE_INIT("flush"),          SLICE_INIT("showq"),
    SLICE_INIT("master"),          SLICE_INIT("postfix-script"), SLICE_INIT("postlog"),
    SLICE_INIT("postlogd"),        SLICE_INIT("postmulti"),      SLICE_INIT("postalias"),
    SLICE_INIT("postmap"),         SLICE_INIT("postsuper"),      SLICE_INIT("postfix"),
    SLICE_INIT("postqueue"),       SLICE_INIT("postdrop"),       SLICE_INIT("sendmail"),
    SLICE_INIT("spawn"),           SLICE_INIT("postkick"),       SLICE_INIT("postconf"),
    SLICE_INIT("postcat"),         SLICE_INIT("postlock"),       SLICE_INIT("rewrite"),
    SLICE_INIT("tlsproxy"),        SLICE_INIT("post-install"),   SLICE_INIT("postfix-tls-script"),
    SLICE_INIT("postfix-wrapper"),
};

/* How texts without use begin; those of old releases are among them. */
static const struct slice idle[] = {
    SLICE_INIT("table "),
    SLICE_INIT("cache "),
    SLICE_INIT("statistics: "),
    SLICE_INIT("setting up TLS connection "),
    SLICE_INIT("initializing the "),
    SLICE_INIT("starting TLS engine"),
    SLICE_INIT("Host offered STARTTLS: "),
    SLICE_INIT("Server certificate "),
    SLICE_INIT("certificate verification failed "),
    SLICE_INIT("Verified: "),
    SLICE_INIT("Unverified: "),
    SLICE_INIT("Trusted: "),
    SLICE_INIT("Untrusted: "),
    SLICE_INIT("subject_CN="),
    SLICE_INIT("issuer="),
    SLICE_INIT("cannot load "),
    SLICE_INIT("looking for plugins in "),
    SLICE_INIT("unable to dlopen "),
    SLICE_INIT("using backwards-compatible default setting "),
    SLICE_INIT("idle timeout"),
    SLICE_INIT("entering STRESS mode"),
    SLICE_INIT("leaving STRESS mode"),
    SLICE_INIT("lost connection with "),
    SLICE_INIT("conversation with "),
    SLICE_INIT("enabling PIX "),
    SLICE_INIT("SASL authentication failed; "),
    SLICE_INIT("SASL [CACHED] authentication failed; "),
    SLICE_INIT("Cannot start TLS"),
    SLICE_INIT("TLS is required, but "),
    SLICE_INIT("skipped, still being delivered"),
    SLICE_INIT("status="),
    SLICE_INIT("resent-message-id="),
    SLICE_INIT("breaking line > "),
    SLICE_INIT("flushing "),
    SLICE_INIT("reload "),
};

static bool in_list(const struct slice *list, size_t n, struct slice s)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_eq(list[i], s))
            return true;
    }
    return false;
}

/* "connect to name[address]:25: Connection refused": one of several servers, the next is tried */
static bool tried(struct slice rest, struct record *out)
{
    if (text_relay(&rest, out) && slice_skip(&rest, SLICE(": ")))
        record_set(out, FIELD_REASON, rest);
    return true;
}

static bool about_client(struct slice rest, struct record *out)
{
    (void)text_client(&rest, out);
    return true;
}

static const struct postfix_phrase about_peers[] = {
    POSTFIX_SAYS("connect to ", RECORD_OTHER, tried),
    POSTFIX_SAYS("SSL_accept error from ", RECORD_OTHER, about_client),
    POSTFIX_SAYS("SSL_connect error to ", RECORD_OTHER, tried),
};

bool postfix_other(struct slice text, struct record *out)
{
    bool known = in_list(keepers, COUNT(keepers), out->daemon);

    if (postfix_lookup(about_peers, COUNT(about_peers), text, out))
        return true;
    for (size_t i = 0; i < COUNT(idle) && !known; i++)
        known = slice_starts(text, idle[i]);
    if (!known)
        return false;
    out->event = RECORD_OTHER;
    if (slice_eq(out->daemon, SLICE("anvil")))
        out->event = RECORD_ANVIL;
    else if (slice_eq(out->daemon, SLICE("verify")))
        out->event = RECORD_VERIFY;
    else if (slice_starts(text, SLICE("statistics: ")))
        out->event = RECORD_STATISTICS;
    record_set(out, FIELD_TEXT, text);
    return true;
}

#include "mail/reply.h"

#include "mail/reply_words.h"

#include "base/ban.h"

#define REPLY_WHOSE (W_USER | W_RECIPIENT | W_ADDRESS)
#define REPLY_SENDER_STAGE (S_MAIL | S_GREETING)

/* The first row decides whose first three columns each share a bit with the reply (0: any reply
 * does), and whose last column shares none. */
static const struct reply_rule {
    uint64_t one, two, three, none;
    enum reply_class means;
} reply_rules[] = {
    /* Postfix itself: name service, connection, loops */
    { S_LOCAL, W_DOMAIN, W_AGAIN | C_NET, W_USER, REPLY_UNREACHABLE },
    { S_LOCAL, W_DOMAIN, W_UNKNOWN | W_NULL, W_USER, REPLY_UNKNOWN_DOMAIN },
    { S_LOCAL, W_LOOPS, 0, 0, REPLY_UNKNOWN_DOMAIN },
    { S_LOCAL, W_NET | W_TLS | W_CONNECT, 0, W_USER | W_AUTH, REPLY_UNREACHABLE },
    { S_LOCAL, W_UNAVAILABLE, 0, W_USER, REPLY_UNREACHABLE },
    { W_HOPS, W_MANY | W_EXCEED, 0, 0, REPLY_OTHER },
    { W_NULL, W_MX, 0, 0, REPLY_UNKNOWN_DOMAIN },

    /* what leaves no doubt */
    { W_GREY, 0, 0, 0, REPLY_GREYLISTED },
    { C_USER, W_UNKNOWN | W_GONE | W_HAS_NO, 0, W_SENDER, REPLY_UNKNOWN_RECIPIENT },

    /* storage; "daily message quota exceeded" is a rate */
    { W_STORE, W_PERIOD | W_RATE | W_MESSAGE | W_SENDER, 0, W_USER | W_RECIPIENT | C_FULL,
      REPLY_RATE },
    { C_FULL, W_FULL | W_STORE | W_EXCEED | W_MANY | W_SIZE, 0, W_SPAM, REPLY_MAILBOX_FULL },
    { W_FULL, W_USER | W_RECIPIENT | W_STORE, 0, W_SPAM, REPLY_MAILBOX_FULL },
    { W_STORE, W_EXCEED | W_USER | W_RECIPIENT, 0, W_SPAM | W_RATE, REPLY_MAILBOX_FULL },
    { W_USER, W_SIZE, W_EXCEED, W_MESSAGE, REPLY_MAILBOX_FULL },
    { C_SIZE, 0, 0, 0, REPLY_POLICY },
    { W_SIZE, W_MESSAGE | W_EXCEED, 0, 0, REPLY_POLICY },

    /* who we say we are */
    { W_VERIFY, W_SENDER, 0, W_NET, REPLY_POLICY },
    { C_AUTH, 0, 0, 0, REPLY_POLICY },
    { W_AUTH, 0, 0, W_LIST | W_REPUTATION, REPLY_POLICY },

    /* what we send, and our reputation */
    { W_VOLUME, 0, 0, W_SPAM | W_LIST | W_REPUTATION, REPLY_RATE },
    { W_SPAM | W_LIST | W_REPUTATION | W_COMPLAINT, 0, 0, 0, REPLY_SPAM },
    { W_GONE, REPLY_WHOSE, 0, W_SENDER | REPLY_SENDER_STAGE, REPLY_UNKNOWN_RECIPIENT },
    { C_GONE, W_BLOCK, W_USER, 0, REPLY_UNKNOWN_RECIPIENT },
    { W_RATE | W_MANY, 0, 0, 0, REPLY_RATE },
    { W_EXCEED, W_PERIOD | W_CONNECT | W_MESSAGE | W_SENDER, 0, 0, REPLY_RATE },
    { W_BLOCK, 0, 0, W_ATTACHMENT, REPLY_SPAM },
    { W_CONTENT, W_REJECT | W_DENIED, 0, W_ATTACHMENT, REPLY_SPAM },

    /* the sender, our host */
    { W_SENDER, W_REJECT | W_DENIED | W_UNKNOWN | W_DOMAIN, 0, W_RECIPIENT, REPLY_POLICY },
    { W_CLIENT, W_REJECT | W_DENIED | W_UNKNOWN, 0, W_RECIPIENT | W_USER, REPLY_POLICY },
    { REPLY_SENDER_STAGE, W_UNKNOWN, 0, W_RECIPIENT, REPLY_POLICY },

    /* the recipient */
    { C_DOMAIN, W_UNKNOWN, 0, W_USER, REPLY_UNKNOWN_DOMAIN },
    { W_DOMAIN, W_UNKNOWN, 0, W_USER | W_RECIPIENT | C_USER, REPLY_UNKNOWN_DOMAIN },
    { W_UNKNOWN, REPLY_WHOSE, 0, 0, REPLY_UNKNOWN_RECIPIENT },
    { W_HAS_NO, REPLY_WHOSE, 0, W_DENIED | W_POLICY, REPLY_UNKNOWN_RECIPIENT },
    { W_UNAVAILABLE, REPLY_WHOSE, 0, C_TEMPORARY | REPLY_SENDER_STAGE, REPLY_UNKNOWN_RECIPIENT },
    { S_RCPT, W_UNKNOWN | W_GONE, C_NONE | C_ADDRESS,
      W_CLIENT | W_SENDER | W_POLICY | W_RELAY | W_ATTACHMENT, REPLY_UNKNOWN_RECIPIENT },
    { W_USER | W_RECIPIENT, W_EXCEED, 0, 0, REPLY_MAILBOX_FULL },
    { W_VERIFY, C_TEMPORARY, 0, 0, REPLY_OTHER },
    { W_RELAY, 0, 0, 0, REPLY_POLICY },
    { W_RECIPIENT | W_ADDRESS, W_REJECT, C_ADDRESS | C_USER | C_NONE,
      C_TEMPORARY | W_POLICY | REPLY_SENDER_STAGE, REPLY_UNKNOWN_RECIPIENT },

    /* the rest */
    { W_TLS | W_NET, 0, 0, 0, REPLY_UNREACHABLE },
    { W_POLICY | W_DENIED | W_ATTACHMENT, 0, 0, S_LOCAL, REPLY_POLICY },
    { W_AGAIN, C_SECURITY, C_TEMPORARY, W_CONNECT | W_ERROR | S_GREETING, REPLY_GREYLISTED },
    { W_AGAIN, W_RECIPIENT, C_TEMPORARY, S_GREETING, REPLY_GREYLISTED },
    { W_AGAIN, C_SECURITY, C_TEMPORARY, W_ERROR, REPLY_RATE },
    { W_CONNECT | W_MESSAGE | REPLY_SENDER_STAGE, W_REJECT, 0, C_TEMPORARY, REPLY_POLICY },

    /* only the code is left */
    { C_USER | C_GONE, 0, 0, 0, REPLY_UNKNOWN_RECIPIENT },
    { C_DOMAIN, 0, 0, 0, REPLY_UNKNOWN_DOMAIN },
    { C_FULL, 0, 0, 0, REPLY_MAILBOX_FULL },
    { C_RATE, 0, 0, 0, REPLY_RATE },
    { C_SECURITY | C_POLICY, 0, 0, W_ERROR, REPLY_POLICY },
    { C_NET, 0, 0, 0, REPLY_UNREACHABLE },
};

const char *reply_class_name(enum reply_class c)
{
    static const char *const names[REPLY_CLASSES] = {
        [REPLY_OTHER] = "other",
        [REPLY_UNKNOWN_RECIPIENT] = "unknown recipient",
        [REPLY_UNKNOWN_DOMAIN] = "unknown domain",
        [REPLY_SPAM] = "spam",
        [REPLY_RATE] = "rate limit",
        [REPLY_GREYLISTED] = "greylisted",
        [REPLY_MAILBOX_FULL] = "mailbox full",
        [REPLY_POLICY] = "policy",
        [REPLY_UNREACHABLE] = "unreachable",
    };

    return names[c < REPLY_CLASSES ? c : REPLY_OTHER];
}

static bool shares(uint64_t column, uint64_t says)
{
    return column == 0 || (column & says) != 0;
}

enum reply_class reply_classify(struct slice dsn, struct slice text)
{
    uint64_t says = reply_scan(dsn, text);

    for (size_t i = 0; i < COUNT(reply_rules); i++) {
        const struct reply_rule *r = &reply_rules[i];

        if ((r->one & says) != 0 && shares(r->two, says) && shares(r->three, says) &&
            (r->none & says) == 0)
            return r->means;
    }
    return REPLY_OTHER;
}

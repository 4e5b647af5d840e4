/* replies.c - the texts that senders and logins hear: replies { }. */
#include "conf/build.h"

#include "base/ban.h"

static const struct {
    const char *name, *text;
} replies[CONF_REPLIES] = {
    [CONF_REPLY_LOCKED] = { "locked", "The account %a is locked (incident %i). Somebody else seems "
                                      "to use it. Please call your administrator." },
    [CONF_REPLY_BLOCKED_RECIPIENT] = { "blocked-recipient",
                                       "This recipient is blocked here. Please call your "
                                       "administrator." },
    [CONF_REPLY_NOT_ALLOWED_HERE] = { "not-allowed-here",
                                      "The account %a may not send mail from this place. Please "
                                      "call your administrator." },
    [CONF_REPLY_SENDER_NOT_OWN] = { "sender-not-own",
                                    "The account %a may not use this sender address." },
    [CONF_REPLY_LIMIT] = { "limit", "The account %a has sent too much mail. Please try again "
                                    "later." },
    [CONF_REPLY_HOLD] = { "hold", "held for inspection, incident %i" },
    [CONF_REPLY_NO_ROOM] = { "no-room", "Insufficient system storage. Please try again later." },
};

const char *conf_reply_name(enum conf_reply reply)
{
    return replies[reply].name;
}

void replies_defaults(struct conf_daemon *daemon)
{
    for (size_t i = 0; i < COUNT(replies); i++)
        daemon->reply[i] = replies[i].text;
}

void build_replies(struct builder *b)
{
    const cfg_t *section = build_section(b, "replies");

    for (size_t i = 0; section != NULL && i < COUNT(replies); i++) {
        cfg_opt_t *key = conf_tree_key(section, replies[i].name);
        const struct conf_setting *s;
        const char *wrong;

        if (build_values(b, key, true) == 0)
            continue;
        s = conf_tree_value(key, 0);
        wrong = conf_reply_wrong(conf_setting_text(s));
        if (wrong != NULL)
            build_complain(b, replies[i].name, s, wrong);
        else
            b->conf->daemon.reply[i] = build_copy(b, s);
    }
}

static void add_account(struct buf *out, struct slice account)
{
    for (size_t i = 0; i < account.n; i++)
        buf_add_char(out, account.p[i] >= ' ' && account.p[i] <= '~' ? account.p[i] : '?');
}

void conf_reply_add(struct buf *out, const struct conf_daemon *daemon, enum conf_reply reply,
                    uint64_t incident, struct slice account)
{
    CLEANUP(buf_done) struct buf text = buf_make(CONF_REPLY_FULL_MAX);
    struct slice rest = slice_of(daemon->reply[reply]), head;

    while (slice_cut(&rest, '%', &head)) {
        char sign = rest.n > 0 ? rest.p[0] : '%';

        buf_add(&text, head);
        if (sign == 'i')
            buf_printf(&text, "%llu", (unsigned long long)incident);
        else if (sign == 'a')
            add_account(&text, account);
        else
            buf_add_char(&text, '%');
        rest = slice_from(rest, rest.n > 0 ? 1 : 0);
    }
    buf_add(&text, rest);
    buf_add(out, buf_slice(&text));
}

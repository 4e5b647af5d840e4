/* postfix_postscreen.c - postscreen(8) and its helpers, in front of smtpd. */
#include "proto/postfix.h"
#include "proto/postfix_text.h"

#include "base/ban.h"

/* What stands between the words and "[address]:port" is a number or two of Postfix's own. */
static const struct word {
    struct slice words, action;
} words[] = {
    { SLICE_INIT("CONNECT from "), SLICE_INIT("CONNECT") },
    { SLICE_INIT("DISCONNECT "), SLICE_INIT("DISCONNECT") },
    { SLICE_INIT("PASS OLD "), SLICE_INIT("PASS OLD") },
    { SLICE_INIT("PASS NEW "), SLICE_INIT("PASS NEW") },
    { SLICE_INIT("DNSBL rank "), SLICE_INIT("DNSBL") },
    { SLICE_INIT("PREGREET "), SLICE_INIT("PREGREET") },
    { SLICE_INIT("HANGUP after "), SLICE_INIT("HANGUP") },
    { SLICE_INIT("ALLOWLISTED "), SLICE_INIT("ALLOWLISTED") },
    { SLICE_INIT("WHITELISTED "), SLICE_INIT("WHITELISTED") },
    { SLICE_INIT("DENYLISTED "), SLICE_INIT("DENYLISTED") },
    { SLICE_INIT("BLACKLISTED "), SLICE_INIT("BLACKLISTED") },
    { SLICE_INIT("ALLOWLIST VETO "), SLICE_INIT("ALLOWLIST VETO") },
    { SLICE_INIT("WHITELIST VETO "), SLICE_INIT("WHITELIST VETO") },
    { SLICE_INIT("COMMAND TIME LIMIT from "), SLICE_INIT("COMMAND TIME LIMIT") },
    { SLICE_INIT("COMMAND LENGTH LIMIT from "), SLICE_INIT("COMMAND LENGTH LIMIT") },
    { SLICE_INIT("COMMAND COUNT LIMIT from "), SLICE_INIT("COMMAND COUNT LIMIT") },
    { SLICE_INIT("COMMAND PIPELINING from "), SLICE_INIT("COMMAND PIPELINING") },
    { SLICE_INIT("NON-SMTP COMMAND from "), SLICE_INIT("NON-SMTP COMMAND") },
    { SLICE_INIT("BARE NEWLINE from "), SLICE_INIT("BARE NEWLINE") },
    { SLICE_INIT("DATA without valid RCPT from "), SLICE_INIT("DATA without valid RCPT") },
    { SLICE_INIT("BDAT without valid RCPT from "), SLICE_INIT("BDAT without valid RCPT") },
};

/* " after RCPT" and ": what the client sent", which may hold a password and is left out */
static void stage(struct slice rest, struct record *out)
{
    struct slice word;

    if (!slice_skip(&rest, SLICE(" after ")))
        return;
    word = text_word(&rest, ':');
    if (word.n > 0)
        record_set(out, FIELD_STAGE, word);
}

bool postfix_postscreen(struct slice text, struct record *out)
{
    struct slice numbers;

    for (size_t i = 0; i < COUNT(words); i++) {
        if (!slice_skip(&text, words[i].words))
            continue;
        out->event = RECORD_POSTSCREEN;
        record_set(out, FIELD_ACTION, words[i].action);
        numbers = text_word(&text, '[');
        if (slice_eq(words[i].action, SLICE("DNSBL")))
            record_set(out, FIELD_DNSBL_RANK, text_digits(&numbers));
        if (text_client(&text, out))
            stage(text, out);
        return true;
    }
    return false;
}

/* "addr 192.0.2.1 listed by domain dnsbl.example as 127.0.0.4" */
bool postfix_dnsblog(struct slice text, struct record *out)
{
    struct slice address, domain;

    if (!slice_skip(&text, SLICE("addr ")))
        return false;
    out->event = RECORD_DNSBLOG;
    if (!slice_cut_at(&text, SLICE(" listed by domain "), &address))
        return true;
    record_set(out, FIELD_CLIENT_ADDRESS, address);
    if (!slice_cut_at(&text, SLICE(" as "), &domain))
        return true;
    record_set(out, FIELD_DNSBL_DOMAIN, domain);
    record_set(out, FIELD_DNSBL_REPLY, text);
    return true;
}

/* postscreen hands TLS on to it: "CONNECT from [address]:port" is the same session again. */
bool postfix_tlsproxy(struct slice text, struct record *out)
{
    if (!slice_skip(&text, SLICE("CONNECT from ")) && !slice_skip(&text, SLICE("DISCONNECT ")))
        return false;
    out->event = RECORD_OTHER;
    (void)text_client(&text, out);
    return true;
}

#include "mail/reply_words.h"

#include "base/ban.h"

/* One group for each first letter, so that most words of a reply are dismissed after a few
 * comparisons of lengths. A stem stands after the longer words that begin like it. English, German,
 * French, Spanish, Italian: what the large providers and the common servers say. */
/* clang-format off */
#define WORD(text, means) { text, sizeof(text) - 1, false, means, 0 }
#define STEM(text, means) { text, sizeof(text) - 1, true, means, 0 }
/* Means something after a "not" or "no" only. */
#define NOT_WORD(text, negated) { text, sizeof(text) - 1, false, 0, negated }
#define NOT_STEM(text, negated) { text, sizeof(text) - 1, true, 0, negated }
/* Means one thing, and after a "not" another. */
#define TURN(text, means, negated) { text, sizeof(text) - 1, false, means, negated }
/* "mailbox": somebody's; "no mailbox": unknown. */
#define NOUN(text, means) TURN(text, means, (means) | W_UNKNOWN | W_NEAR)
#define END { "", 0, false, 0, 0 }

static const struct reply_word words_a[] = {
    WORD("abgelehnt", W_REJECT), WORD("absender", W_SENDER), WORD("abusix", W_LIST | W_NAME),
    NOT_STEM("accept", W_REJECT), NOUN("account", W_USER), WORD("accounts", W_USER), NOT_WORD("active", W_GONE),
    STEM("address", W_ADDRESS), WORD("administrative", W_POLICY), STEM("adresse", W_ADDRESS),
    WORD("again", W_AGAIN), NOUN("alias", W_USER), NOT_WORD("allow", W_DENIED),
    NOT_WORD("allowed", W_DENIED), WORD("antispam", W_SPAM), WORD("archivee", W_GONE),
    STEM("attachment", W_ATTACHMENT), WORD("aup", W_LIST), WORD("auth", W_AUTH),
    STEM("authenticat", W_AUTH), NOT_STEM("authori", W_DENIED),
    NOT_WORD("available", W_UNAVAILABLE), END
};

static const struct reply_word words_b[] = {
    WORD("bad", W_UNKNOWN), WORD("badrcptto", W_RECIPIENT | W_UNKNOWN),
    WORD("badrecipientto", W_RECIPIENT | W_UNKNOWN), WORD("banned", W_BLOCK),
    WORD("barracudacentral", W_LIST | W_NAME), WORD("barracudanetworks", W_LIST | W_NAME),
    NOUN("benutzer", W_USER), WORD("bl", W_LIST), WORD("black", W_LIST), STEM("blacklist", W_LIST),
    STEM("bloccat", W_BLOCK), WORD("block", W_BLOCK), WORD("blocked", W_BLOCK),
    WORD("blockiert", W_BLOCK), WORD("blocking", W_BLOCK), STEM("blocklist", W_LIST),
    WORD("blocks", W_BLOCK), STEM("bloque", W_BLOCK), WORD("boite", W_USER), WORD("boîte", W_USER),
    WORD("bulk", W_SPAM), WORD("busy", W_RATE), WORD("buzon", W_USER), WORD("buzón", W_USER), END
};

static const struct reply_word words_c[] = {
    WORD("callback", W_VERIFY), WORD("callout", W_VERIFY), WORD("cannot", W_NOT),
    WORD("cant", W_NOT), WORD("capacity", W_STORE), WORD("casella", W_USER),
    WORD("casilla", W_USER), WORD("certificate", W_TLS), STEM("client", W_CLIENT),
    WORD("closed", W_GONE), WORD("cloudmark", W_LIST | W_NAME), STEM("complain", W_COMPLAINT),
    WORD("compte", W_USER), STEM("command", W_POLICY), STEM("concurren", W_RATE), WORD("connect", W_CONNECT),
    STEM("connection", W_CONNECT), WORD("connexions", W_CONNECT), WORD("content", W_CONTENT),
    WORD("couldn", W_NOT), WORD("cs01", W_SPAM), WORD("cuenta", W_USER),
    NOT_WORD("customer", W_USER | W_UNKNOWN), END
};

static const struct reply_word words_d[] = {
    WORD("daily", W_PERIOD), WORD("day", W_PERIOD), STEM("deactivat", W_GONE),
    WORD("deaktiviert", W_GONE), STEM("delet", W_GONE), WORD("denied", W_REJECT),
    WORD("deny", W_REJECT), STEM("denylist", W_LIST), STEM("depasse", W_EXCEED),
    STEM("desactiv", W_GONE), STEM("desconocid", W_UNKNOWN), STEM("deshabilitad", W_GONE),
    STEM("destinataire", W_RECIPIENT), STEM("destinatari", W_RECIPIENT), WORD("didn", W_NOT),
    WORD("disabled", W_GONE), WORD("disattivata", W_GONE), WORD("discontinued", W_GONE),
    WORD("disk", W_STORE), WORD("dkim", W_AUTH), WORD("dmarc", W_AUTH), STEM("dnsbl", W_LIST),
    WORD("doesn", W_NOT), WORD("doesnt", W_NOT), STEM("domain", W_DOMAIN),
    WORD("dominio", W_DOMAIN), WORD("don", W_NOT), WORD("dropped", W_NET),
    STEM("dépassé", W_EXCEED), STEM("désactiv", W_GONE), END
};

static const struct reply_word words_e[] = {
    WORD("ehlo", W_CLIENT), WORD("emetteur", W_SENDER), STEM("empfaenger", W_RECIPIENT),
    STEM("empfänger", W_RECIPIENT), TURN("enough", W_STORE, W_STORE | W_EXCEED),
    WORD("erreicht", W_EXCEED), WORD("error", W_ERROR), STEM("esaurit", W_EXCEED), NOT_WORD("esiste", W_UNKNOWN),
    STEM("excedid", W_EXCEED), STEM("exceed", W_EXCEED), WORD("excessive", W_MANY),
    NOT_STEM("exist", W_UNKNOWN), WORD("expediteur", W_SENDER), WORD("expéditeur", W_SENDER),
    WORD("exrecipnotfound", W_USER | W_UNKNOWN | W_NAME), END
};

static const struct reply_word words_f[] = {
    WORD("fast", W_RATE), WORD("filtered", W_SPAM), NOT_WORD("find", W_UNKNOWN),
    WORD("fortiguard", W_SPAM), NOT_WORD("found", W_UNKNOWN), WORD("frequency", W_RATE),
    WORD("frozen", W_GONE), WORD("full", W_FULL), END
};

static const struct reply_word words_g[] = {
    NOT_WORD("gefunden", W_UNKNOWN), WORD("gelöscht", W_GONE), WORD("geschlossen", W_GONE),
    WORD("gesperrt", W_BLOCK), STEM("graylist", W_GREY), STEM("greylist", W_GREY),
    WORD("greypass", W_GREY), NOT_STEM("gueltig", W_UNKNOWN), NOT_STEM("gültig", W_UNKNOWN), END
};

static const struct reply_word words_h[] = {
    NOT_STEM("handle", W_UNKNOWN), WORD("handshake", W_TLS), WORD("hasn", W_NOT),
    NOT_WORD("have", W_HAS_NO), WORD("helo", W_CLIENT), WORD("hm08", W_SPAM), WORD("hop", W_HOPS),
    WORD("hops", W_HOPS), WORD("hostname", W_AUTH), STEM("host", W_DOMAIN), STEM("hour", W_PERIOD),
    END
};

static const struct reply_word words_i[] = {
    WORD("illegal", W_UNKNOWN), STEM("inactiv", W_GONE), WORD("inbox", W_USER),
    STEM("inconnu", W_UNKNOWN), WORD("indirizzo", W_ADDRESS), WORD("inesistente", W_UNKNOWN),
    STEM("inexist", W_UNKNOWN), WORD("insufficient", W_EXCEED), STEM("invalid", W_UNKNOWN),
    STEM("inválid", W_UNKNOWN), WORD("ip", W_CLIENT), WORD("ipcheck", W_LIST | W_NAME),
    WORD("ips", W_CLIENT), WORD("isn", W_NOT), END
};

static const struct reply_word words_j[] = {
    STEM("junk", W_SPAM), END
};

static const struct reply_word words_k[] = {
    STEM("kein", W_NOT), NOT_WORD("known", W_UNKNOWN), NOUN("konto", W_USER), END
};

static const struct reply_word words_l[] = {
    WORD("large", W_SIZE), WORD("later", W_AGAIN), STEM("limit", W_EXCEED),
    TURN("listed", W_LIST, W_UNKNOWN), STEM("llen", W_FULL), NOT_WORD("local", W_UNKNOWN),
    NOT_STEM("locat", W_UNKNOWN), WORD("locked", W_GONE), NOT_WORD("longer", W_GONE),
    WORD("loops", W_LOOPS), WORD("lost", W_NET), END
};

static const struct reply_word words_m[] = {
    NOUN("mailbox", W_USER), WORD("mailboxes", W_USER), WORD("maildir", W_USER), WORD("mailfolder", W_USER),
    WORD("mailspike", W_LIST | W_NAME), WORD("malformed", W_UNKNOWN), WORD("malware", W_SPAM),
    WORD("manitu", W_LIST | W_NAME), WORD("many", W_MANY), WORD("max", W_EXCEED),
    WORD("maximum", W_EXCEED), WORD("mcspamsignature", W_SPAM | W_NAME),
    STEM("message", W_MESSAGE), WORD("mittente", W_SENDER), WORD("moved", W_GONE),
    WORD("much", W_MANY), WORD("mx", W_MX), END
};

static const struct reply_word words_n[] = {
    WORD("nessun", W_NOT), WORD("network", W_NET), WORD("nicht", W_NOT | W_NOT_AFTER),
    WORD("nie", W_NOT), WORD("niet", W_NOT | W_NOT_AFTER), STEM("ningun", W_NOT),
    WORD("no", W_NOT), WORD("non", W_NOT), WORD("nonexistentdomain", W_DOMAIN | W_UNKNOWN | W_NAME), STEM("nonexist", W_UNKNOWN), WORD("not", W_NOT),
    WORD("nowl", W_LIST), WORD("notfound", W_UNKNOWN | W_NAME), WORD("null", W_NULL), WORD("nullmx", W_NULL | W_MX), END
};

static const struct reply_word words_o[] = {
    NOT_WORD("one", W_USER | W_UNKNOWN | W_NEAR), WORD("out", W_EXCEED), WORD("over", W_EXCEED),
    STEM("overquota", W_STORE | W_EXCEED | W_NAME), END
};

static const struct reply_word words_p[] = {
    WORD("pas", W_NOT | W_NOT_AFTER), WORD("pbl", W_LIST), WORD("permission", W_DENIED),
    NOT_WORD("permitted", W_DENIED), WORD("person", W_USER), WORD("persona", W_USER),
    STEM("phish", W_SPAM), STEM("pien", W_FULL), STEM("plein", W_FULL), STEM("polic", W_POLICY), WORD("preferences", W_POLICY), NOT_WORD("present", W_UNKNOWN),
    NOUN("postfach", W_USER), WORD("postgrey", W_GREY), STEM("prohibit", W_DENIED),
    WORD("proofpoint", W_LIST | W_NAME), WORD("psbl", W_LIST), WORD("ptr", W_AUTH), END
};

static const struct reply_word words_q[] = {
    WORD("quickly", W_RATE), STEM("quotaexceeded", W_STORE | W_EXCEED | W_NAME),
    STEM("quota", W_STORE), END
};

static const struct reply_word words_r[] = {
    WORD("rate", W_RATE), STEM("ratelimit", W_RATE), STEM("rbl", W_LIST),
    WORD("rcpt", W_RECIPIENT), STEM("rcpthost", W_RELAY), WORD("rdns", W_AUTH),
    WORD("reached", W_EXCEED), STEM("rechazad", W_REJECT),
    WORD("recipientnotfound", W_USER | W_UNKNOWN | W_NAME), NOUN("recipient", W_RECIPIENT), WORD("recipients", W_RECIPIENT),
    WORD("recipnotfound", W_USER | W_UNKNOWN | W_NAME), NOT_STEM("recogni", W_UNKNOWN),
    STEM("refus", W_REJECT), STEM("reject", W_REJECT), STEM("rejete", W_REJECT),
    STEM("rejeté", W_REJECT), WORD("relay", W_RELAY), WORD("relaying", W_RELAY),
    WORD("remitente", W_SENDER), WORD("reputation", W_REPUTATION), WORD("reset", W_NET),
    NOT_STEM("resolve", W_UNKNOWN), STEM("restrict", W_POLICY), WORD("retry", W_AGAIN),
    WORD("reverse", W_AUTH), STEM("rifiutat", W_REJECT), WORD("route", W_NET),
    WORD("rspamd", W_SPAM), END
};

static const struct reply_word words_s[] = {
    WORD("sbl", W_LIST), STEM("sconosciut", W_UNKNOWN), STEM("score", W_REPUTATION),
    WORD("senderscore", W_REPUTATION | W_NAME), STEM("sender", W_SENDER), WORD("sending", W_SENDER), WORD("size", W_SIZE),
    WORD("slow", W_RATE), WORD("slower", W_RATE), WORD("sorbs", W_LIST | W_NAME),
    WORD("space", W_STORE), WORD("spamcop", W_LIST | W_NAME), WORD("spamhaus", W_LIST | W_NAME),
    STEM("spam", W_SPAM), WORD("speicherplatz", W_STORE), WORD("spf", W_AUTH), WORD("spm", W_SPAM),
    WORD("ssl", W_TLS), WORD("starttls", W_TLS), WORD("storage", W_STORE),
    NOT_WORD("such", W_UNKNOWN), WORD("surbl", W_LIST | W_NAME), STEM("suspect", W_SPAM),
    STEM("suspend", W_GONE), STEM("suspicio", W_SPAM), END
};

static const struct reply_word words_t[] = {
    WORD("terminated", W_GONE), STEM("throttl", W_RATE), WORD("timed", W_NET),
    WORD("timeout", W_NET), WORD("tls", W_TLS), WORD("trop", W_MANY), WORD("troppi", W_MANY),
    WORD("ts03", W_SPAM), WORD("tss09", W_SPAM), END
};

static const struct reply_word words_u[] = {
    WORD("ube", W_SPAM), WORD("uce", W_SPAM), WORD("uceprotect", W_LIST | W_NAME),
    WORD("unable", W_NOT), WORD("unauthenticated", W_AUTH), STEM("unavai", W_UNAVAILABLE),
    STEM("unbekannt", W_UNKNOWN), WORD("undeliverable", W_UNKNOWN), STEM("ungueltig", W_UNKNOWN),
    STEM("ungültig", W_UNKNOWN), STEM("unknown", W_UNKNOWN), WORD("unreachable", W_NET),
    STEM("unrout", W_UNKNOWN), WORD("unsolicited", W_SPAM), WORD("untrusted", W_TLS),
    WORD("unverified", W_VERIFY), WORD("uribl", W_LIST | W_NAME), NOUN("user", W_USER),
    WORD("userid", W_USER), WORD("username", W_USER), WORD("userunknown", W_USER | W_UNKNOWN),
    NOUN("usuario", W_USER), NOUN("utente", W_USER), NOUN("utilisateur", W_USER), END
};

static const struct reply_word words_v[] = {
    NOT_WORD("validrcptto", W_RECIPIENT | W_UNKNOWN), NOT_STEM("valid", W_UNKNOWN),
    TURN("verified", W_VERIFY, W_VERIFY | W_UNKNOWN), STEM("verif", W_VERIFY), WORD("viele", W_MANY), STEM("violat", W_POLICY),
    STEM("virus", W_SPAM), WORD("voll", W_FULL), WORD("volume", W_VOLUME),
    NOT_WORD("vorhanden", W_UNKNOWN), END
};

static const struct reply_word words_w[] = {
    WORD("wasn", W_NOT), WORD("weren", W_NOT), WORD("wrong", W_UNKNOWN), END
};

static const struct reply_word words_x[] = {
    WORD("xbl", W_LIST), END
};

static const struct reply_word words_z[] = {
    WORD("zen", W_LIST), WORD("zurückgewiesen", W_REJECT), END
};

static const struct reply_word words_other[] = {
    WORD("überschritten", W_EXCEED), END
};

/* clang-format on */

enum { LETTERS = 26 };

static const struct reply_word *const groups[LETTERS] = {
    ['a' - 'a'] = words_a, ['b' - 'a'] = words_b, ['c' - 'a'] = words_c, ['d' - 'a'] = words_d,
    ['e' - 'a'] = words_e, ['f' - 'a'] = words_f, ['g' - 'a'] = words_g, ['h' - 'a'] = words_h,
    ['i' - 'a'] = words_i, ['j' - 'a'] = words_j, ['k' - 'a'] = words_k, ['l' - 'a'] = words_l,
    ['m' - 'a'] = words_m, ['n' - 'a'] = words_n, ['o' - 'a'] = words_o, ['p' - 'a'] = words_p,
    ['q' - 'a'] = words_q, ['r' - 'a'] = words_r, ['s' - 'a'] = words_s, ['t' - 'a'] = words_t,
    ['u' - 'a'] = words_u, ['v' - 'a'] = words_v, ['w' - 'a'] = words_w, ['x' - 'a'] = words_x,
    ['z' - 'a'] = words_z,
};

const struct reply_word *reply_word_find(struct slice word)
{
    unsigned letter = (unsigned char)word.p[0] - (unsigned)'a';
    const struct reply_word *w = letter < LETTERS ? groups[letter] : words_other;

    if (w == NULL || word.n < 2)
        return NULL;
    for (; w->n > 0; w++)
        if (w->text[1] == word.p[1] && (w->n == word.n || (w->stem && w->n < word.n)) &&
            memcmp(w->text, word.p, w->n) == 0)
            return w;
    return NULL;
}

#include "base/attributes.h"
#include "mail/reply.h"
#include "mail/reply_words.h"

#include <stdlib.h>

#include "base/ban.h"

enum { WORD_MAX = 20 };

/* What refusals are written with, beside what reply_words.c knows the meaning of. Nothing that is
 * also a name somebody may have, as far as a refusal can do without. In the order of strcmp(3). */
/* clang-format off */
static const char plain[][16] = {
    "a", "ab", "able", "aborted", "aborting", "about", "accept", "acceptable", "accepted",
    "accepting", "accepts", "access", "according", "account", "accounts", "action", "actions",
    "active", "activity", "actual", "additional", "addressee", "addresses", "admin",
    "administrator", "adresse", "after", "aktiv", "al", "all", "allocation", "allow", "allowed",
    "allows", "already", "als", "also", "alternate", "always", "amount", "an", "and", "another",
    "anti", "any", "appears", "archive", "archived", "are", "as", "ask", "asked", "assistance",
    "associated", "at", "attachments", "attempt", "attempts", "au", "auf", "aus", "authenticate",
    "authenticated", "authentication", "authorisation", "authorised", "authorization", "authorized",
    "automatically", "available", "avec", "aware", "back", "banner", "be", "because", "become",
    "been", "before", "bei", "being", "below", "best", "between", "bitte", "blacklist",
    "blacklisted", "blank", "blocklist", "blocklisted", "bodies", "body", "both", "bounce",
    "bounced", "bounces", "but", "by", "call", "can", "cannot", "casella", "category", "cause",
    "caused", "causes", "ce", "ces", "cet", "cette", "change", "changed", "channel", "che", "check",
    "checked", "checking", "checks", "clarify", "class", "classified", "client", "clients", "close",
    "closed", "closing", "code", "codes", "come", "command", "commands", "complaint", "complaints",
    "complete", "compliance", "con", "concerning", "concurrent", "condition", "configuration",
    "configured", "connected", "connecting", "connection", "connections", "contact", "contacting",
    "contained", "contains", "contents", "control", "conversation", "correct", "correctly", "could",
    "count", "create", "created", "credentials", "criteria", "current", "currently", "customers",
    "cut", "d", "da", "damaged", "dans", "das", "dass", "data", "database", "date", "days", "de",
    "deactivated", "deactivation", "decided", "default", "defer", "deferred", "defers", "del",
    "delay", "delayed", "delays", "deleted", "deletion", "deliver", "delivered", "deliveries",
    "delivering", "delivery", "della", "dem", "den", "deny", "denying", "der", "des", "desconocido",
    "destinatario", "destination", "destinations", "detail", "detailed", "details", "detect",
    "detected", "detection", "di", "did", "die", "diese", "diesem", "dieser", "dieses",
    "difference", "different", "direct", "directly", "directory", "discarded", "disconnected",
    "disconnecting", "dns", "do", "does", "doing", "domains", "done", "double", "down", "du", "due",
    "during", "e", "each", "early", "ein", "eine", "einer", "eingestuft", "either", "el", "elle",
    "else", "email", "emails", "empty", "en", "encrypted", "encryption", "end", "ended", "ending",
    "ends", "entries", "envelope", "errors", "es", "esmtp", "est", "esta", "established", "este",
    "et", "even", "every", "exactly", "exceeded", "exceeding", "exceeds", "except", "exception",
    "existe", "existiert", "existing", "exists", "expected", "expired", "explanation", "external",
    "fail", "failed", "failing", "fails", "failure", "failures", "false", "far", "feature",
    "fehler", "few", "field", "file", "files", "filter", "filtering", "filters", "first", "fix",
    "fixed", "flagged", "following", "follows", "for", "forged", "format", "forward", "forwarded",
    "forwarding", "forwards", "free", "frequent", "from", "further", "general", "generic", "get",
    "given", "go", "goes", "going", "good", "greeting", "greetings", "greylist", "greylisted",
    "greylisting", "guidelines", "ha", "had", "has", "hat", "header", "headers", "hello", "help",
    "here", "high", "history", "hops", "host", "hosting", "hosts", "hours", "how", "however",
    "http", "https", "i", "ich", "id", "identified", "identity", "if", "ignored", "ihr", "ihre",
    "ihrer", "il", "imap", "immediately", "implemented", "improper", "in", "inactive", "inactivity",
    "incident", "include", "included", "including", "incoming", "incorrect", "indicates",
    "individual", "infected", "infection", "info", "information", "initial", "input", "instead",
    "intended", "internal", "internet", "into", "invalid", "invalide", "ipv", "is", "issue",
    "issues", "ist", "it", "its", "itself", "junk", "junkmail", "kann", "kb", "keep", "konnte",
    "konten", "la", "last", "le", "least", "left", "legitimate", "length", "les", "less", "let",
    "level", "liegt", "lifetime", "like", "likely", "limitation", "limited", "limits", "line",
    "lines", "link", "list", "listing", "lists", "lleno", "lo", "load", "located", "location",
    "log", "logged", "login", "long", "look", "looked", "looking", "lookup", "lookups", "loop",
    "loose", "low", "machine", "mail", "maildrop", "mailer", "mailfrom", "mailing", "mails",
    "maintenance", "mais", "make", "manager", "manually", "match", "matched", "matches", "matching",
    "maximal", "may", "me", "means", "measures", "mechanism", "meet", "mehr", "memory", "mensaje",
    "message", "messages", "messaggio", "meta", "method", "might", "min", "minimum", "minute",
    "minutes", "missing", "mit", "mode", "moins", "moment", "month", "more", "most", "msg", "mta",
    "must", "my", "nachricht", "nachrichten", "name", "named", "namen", "names", "ne", "need",
    "needed", "needs", "network", "networks", "never", "new", "newer", "next", "no", "nobody",
    "noch", "non", "none", "normal", "notice", "notification", "notre", "nous", "now", "number",
    "numbers", "nur", "o", "object", "occurred", "oder", "of", "off", "offered", "often", "ok",
    "old", "older", "on", "once", "online", "only", "open", "operation", "option", "or", "order",
    "organization", "originating", "other", "others", "ou", "our", "outbound", "outgoing", "output",
    "outside", "own", "owner", "page", "pages", "par", "para", "parameter", "parameters", "part",
    "parts", "pas", "pass", "passed", "password", "path", "pattern", "per", "perhaps", "period",
    "permanent", "permanently", "permitted", "piena", "pipe", "please", "pleine", "plus", "points",
    "policies", "policy", "poor", "pop", "por", "possible", "possibly", "post", "postfix",
    "postmaster", "potential", "pour", "prevent", "prevented", "prevents", "previous", "previously",
    "private", "probable", "probably", "problem", "problems", "process", "processed", "processing",
    "progress", "prohibited", "prohibition", "proper", "protect", "protected", "protection",
    "protocol", "provide", "provided", "provider", "providers", "public", "que", "questa", "questo",
    "queue", "queued", "qui", "quit", "quotas", "quote", "rates", "reach", "read", "reading",
    "ready", "reason", "reasons", "receive", "received", "receiver", "receives", "receiving",
    "recent", "recently", "recipient", "recognized", "record", "records", "redirect", "reduce",
    "refer", "reference", "references", "refusal", "refuse", "refused", "refuses", "refusing",
    "regarding", "register", "registered", "reject", "rejected", "rejecting", "rejection",
    "rejects", "rejet", "related", "relayed", "remote", "removal", "remove", "removed", "removing",
    "repeat", "repeated", "replied", "reply", "report", "reported", "reports", "request",
    "requested", "requests", "require", "required", "requirement", "requirements", "requires",
    "resend", "resolution", "resolved", "resolver", "resource", "resources", "respond", "responded",
    "response", "restricted", "restriction", "restrictions", "result", "results", "return",
    "returned", "returns", "review", "rfc", "root", "rule", "rules", "run", "running", "réessayer",
    "s", "said", "same", "sasl", "save", "say", "says", "scan", "scanner", "scanning", "scheme",
    "sconosciuto", "second", "seconds", "section", "secure", "security", "see", "seem", "seems",
    "seen", "send", "sender", "senders", "sends", "sent", "sequence", "server", "servers",
    "service", "services", "ses", "session", "sessions", "set", "setting", "settings", "should",
    "show", "shutdown", "shutting", "si", "sie", "signature", "signed", "similar", "since", "sind",
    "site", "sites", "size", "slowly", "smtp", "so", "software", "solution", "some", "something",
    "sono", "sont", "soon", "sorry", "source", "spaces", "spam", "spammer", "spammers", "spamming",
    "specific", "specified", "spell", "spelling", "standard", "start", "started", "starting",
    "state", "status", "still", "stop", "stopped", "stored", "su", "subject", "submission",
    "submit", "submitted", "success", "successful", "support", "supported", "supports", "sur",
    "suspected", "suspended", "suspicion", "suspicious", "syntax", "system", "systems", "t",
    "table", "take", "taken", "talk", "tell", "temporairement", "temporarily", "temporary", "term",
    "test", "text", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "thing", "things", "this", "those", "threshold", "throttled", "throttling", "through", "time",
    "times", "to", "today", "together", "token", "too", "total", "traffic", "transaction",
    "transfer", "transmission", "transport", "trial", "tried", "tries", "trouble",
    "troubleshooting", "true", "trust", "trusted", "try", "trying", "type", "typo", "typos",
    "ueberschritten", "ukn", "un", "una", "unacceptable", "unavailable", "und", "under",
    "understand", "understood", "une", "unexpected", "unfortunately", "ungueltig", "unit",
    "unknown", "unless", "unnecessary", "unresolvable", "unroutable", "unrouteable", "unsolicited",
    "until", "unusual", "up", "update", "updated", "upgrade", "url", "us", "usage", "use", "used",
    "user", "users", "uses", "using", "usual", "vacation", "valid", "validate", "validated",
    "validation", "value", "verification", "verify", "version", "very", "veuillez", "via", "view",
    "violated", "violates", "violating", "violation", "violations", "virtual", "visit", "visiting",
    "von", "vorübergehend", "votre", "vous", "wait", "waiting", "want", "wants", "war", "warning",
    "was", "way", "we", "web", "website", "week", "wegen", "well", "werden", "were", "what", "when",
    "where", "which", "while", "who", "whose", "why", "will", "wird", "with", "within", "without",
    "work", "working", "would", "write", "writing", "wrote", "wurde", "y", "yet", "you", "your",
    "yours", "zu", "zum", "zur", "zurzeit", "zustellung",
};
/* clang-format on */

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

bool reply_is_plain(struct slice word)
{
    const struct reply_word *known;
    char text[WORD_MAX + 1] = { 0 };

    if (word.n == 0 || word.n > WORD_MAX || memchr(word.p, '\0', word.n) != NULL)
        return false;
    for (size_t i = 0; i < word.n; i++)
        text[i] = reply_is_upper(word.p[i]) ? (char)(word.p[i] | 0x20) : word.p[i];
    if (bsearch(text, plain, COUNT(plain), sizeof plain[0], by_text) != NULL)
        return true;
    known = reply_word_find((struct slice){ text, word.n });
    return known != NULL && known->n == word.n && strcmp(text, "max") != 0; /* a name, too */
}

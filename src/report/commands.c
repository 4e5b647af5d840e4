#include "report/commands.h"

#include <assert.h>
#include <stdio.h>

#include "report/shell.h"

#include "base/ban.h"

enum {
    COMMAND_MAX = 64 * 1024, /* bytes */
    COMMAND_COLUMNS = 74,    /* of a terminal's 80, less an indentation */
};

/* Sources: postsuper(1), access(5), cidr_table(5), postconf(5) (authorized_submit_users,
 * check_sasl_access), doveadm-kick(1), doveadm-auth(1). A logged-in SMTP session outlives the
 * password, the deny file, doveadm kick and a reload: only a restart of Postfix ends it. */
static const char restart[] = "systemctl restart postfix || { postfix stop; postfix start; }";

/* The commands that are being put together for one fuse. */
struct commands_pen {
    struct arena *arena;
    struct commands *out;
    struct buf text;
};

/* Take what stands in the pen's buf as a command. */
static void commands_add(struct commands_pen *pen, const char *why)
{
    if (pen->out->n < COMMANDS_MAX && !pen->text.full)
        pen->out->list[pen->out->n++] = (struct command){
            arena_copy(pen->arena, slice_of(why)),
            arena_copy(pen->arena, buf_slice(&pen->text)),
        };
    buf_clear(&pen->text);
}

/* The word that stands for the fuse's subject in a command: an account's name or an address, fit
 * for every command below. Empty when there is none. */
static struct slice subject_word(const struct report_fuse *f, char room[IP_TEXT_MAX])
{
    struct slice digits = f->name;
    uint64_t uid;
    struct ip ip;

    switch (f->kind) {
    case SUBJECT_ACCOUNT:
        return shell_name_ok(f->name) ? f->name : SLICE("");
    case SUBJECT_LOCAL:
        return slice_skip(&digits, SLICE("uid ")) && digits.n < 10 && slice_to_u64(digits, &uid)
                   ? f->name
                   : SLICE("");
    case SUBJECT_RELAY:
    case SUBJECT_LAN:
    case SUBJECT_KINDS:
        break;
    }
    return ip_parse(f->name, &ip) ? slice_of(ip_text(&ip, room)) : SLICE("");
}

/* A line: before 'word' after. */
static void commands_line(struct commands_pen *pen, const char *before, struct slice word,
                          const char *after)
{
    bool quoted;

    if (pen->text.n > 0)
        buf_add_char(&pen->text, '\n');
    buf_add(&pen->text, slice_of(before));
    quoted = shell_quote(&pen->text, word);
    assert(quoted); /* subject_word lets nothing else pass */
    buf_add(&pen->text, slice_of(after));
}

/* printf 'format' 'word' >> file, on two lines where one would be wrapped. */
static void commands_append(struct commands_pen *pen, const char *format, struct slice word,
                            const char *file)
{
    char before[64];
    size_t width;

    snprintf(before, sizeof before, "printf '%s' ", format);
    commands_line(pen, before, word, "");
    width = pen->text.n + sizeof " >> " - 1 + slice_of(file).n;
    buf_printf(&pen->text, "%s>> %s", width > COMMAND_COLUMNS ? " \\\n  " : " ", file);
}

static void lock_account(struct commands_pen *pen, struct slice login)
{
    commands_append(pen, "%s\\n", login, "/etc/dovecot/deny-users");
    commands_add(pen, "Refuse the login in Dovecot, for mailboxes and for SMTP (once prepared, see "
                      "below):");
    commands_append(pen, "%s REJECT\\n", login, "/etc/postfix/sasl_access");
    buf_add(&pen->text, SLICE("\npostmap /etc/postfix/sasl_access"));
    commands_add(pen, "Refuse its mail in Postfix (once prepared, see below):");
    commands_line(pen, "doveadm auth cache flush ", login, "");
    commands_line(pen, "doveadm kick ", login, "");
    buf_printf(&pen->text, "\n%s", restart);
    commands_add(pen, "End its sessions. One that is logged in at SMTP goes on sending after a new "
                      "password, doveadm kick and a reload; only the restart ends it:");
}

static void lock_relay(struct commands_pen *pen, struct slice address)
{
    commands_append(pen, "%s REJECT\\n", address, "/etc/postfix/client_access.cidr");
    buf_printf(&pen->text, "\n%s", restart);
    commands_add(pen, "Refuse its mail in Postfix and end its sessions (once prepared, see below; "
                      "the first line that matches counts):");
    buf_add(&pen->text, SLICE("postconf mynetworks"));
    commands_add(pen, "If it need not relay, take it out of mynetworks:");
}

static void lock_lan(struct commands_pen *pen, struct slice address)
{
    bool v4 = memchr(address.p, ':', address.n) == NULL;

    commands_line(pen, v4 ? "iptables -I FORWARD -s " : "ip6tables -I FORWARD -s ", address,
                  " -p tcp --dport 25 -j REJECT");
    commands_add(pen, "Keep it from SMTP servers outside, on the machine that routes for it:");
    commands_line(pen, "ip neigh show ", address, "");
    commands_add(pen, "Find the machine by its hardware address, unplug it, clean it:");
}

static void lock_local(struct commands_pen *pen, struct slice subject)
{
    struct slice uid = slice_from(subject, sizeof "uid " - 1);

    buf_printf(&pen->text,
               "postconf -e 'authorized_submit_users = !'\"$(id -nu %.*s)\"', static:all'",
               SLICE_ARG(uid));
    commands_add(pen, "Refuse what it submits with sendmail (if `postconf authorized_submit_users` "
                      "shows a list of your own, put the excluded name in front of that):");
    buf_printf(&pen->text, "ps -fu %.*s\ncrontab -l -u \"$(id -nu %.*s)\"", SLICE_ARG(uid),
               SLICE_ARG(uid));
    commands_add(pen, "Find the script: in its processes, its cron table, and in the header of a "
                      "held mail (postcat -hq ID, X-PHP-Originating-Script):");
}

static void lock_subject(struct commands_pen *pen, enum subject_kind kind, struct slice word)
{
    if (word.n == 0)
        commands_add(pen, "Lock it by hand: its name holds characters that are not safe in a "
                          "command or a lookup file.");
    else if (kind == SUBJECT_ACCOUNT)
        lock_account(pen, word);
    else if (kind == SUBJECT_LOCAL)
        lock_local(pen, word);
    else if (kind == SUBJECT_LAN)
        lock_lan(pen, word);
    else
        lock_relay(pen, word);
}

bool commands_queue_id_ok(struct slice id)
{
    if (slice_eq_nocase(id, SLICE("ALL")))
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'A' && id.p[i] <= 'Z') ||
              (id.p[i] >= 'a' && id.p[i] <= 'z')))
            return false;
    return id.n > 0 && id.n <= 64;
}

/* postsuper -h ID -h ID ..., three to a line; true when there is one at least. */
static bool hold_ids(struct commands_pen *pen, const struct report_fuse *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->queue_ids_n; i++) {
        if (!commands_queue_id_ok(f->queue_ids[i]))
            continue;
        buf_add(&pen->text, n == 0 ? SLICE("postsuper") : n % 3 == 0 ? SLICE(" \\\n ") : SLICE(""));
        buf_printf(&pen->text, " -h %.*s", SLICE_ARG(f->queue_ids[i]));
        n++;
    }
    return n > 0;
}

/* mailfuse scan --queue-ids ... | postsuper -h -; false when the subject has no word for it. */
static bool hold_by_pipe(struct commands_pen *pen, const struct report *r, enum subject_kind kind,
                         struct slice word)
{
    if (word.n == 0)
        return false;
    commands_line(pen,
                  kind == SUBJECT_ACCOUNT ? "mailfuse scan --queue-ids --account "
                                          : "mailfuse scan --queue-ids --host ",
                  word, " \\\n  ");
    buf_add(&pen->text, r->source.n > 0 ? r->source : SLICE("/var/log/mail.log*"));
    buf_add(&pen->text, SLICE(" | postsuper -h -"));
    return true;
}

static void hold_queue(struct commands_pen *pen, const struct report *r,
                       const struct report_fuse *f, struct slice word)
{
    if (f->queue_ids_n == 0)
        return;
    if (f->queue_ids_n > COMMANDS_IDS_MAX ? hold_by_pipe(pen, r, f->kind, word) : hold_ids(pen, f))
        commands_add(pen, "Hold what is still in the queue (postsuper says how many it placed on "
                          "hold; -H releases them):");
    else
        commands_add(pen, "Hold what is still in the queue; the ids are in the JSON report.");
}

void commands_for(struct arena *a, const struct report *r, const struct report_fuse *f,
                  struct commands *out)
{
    struct commands_pen pen = { a, out, buf_make(COMMAND_MAX) };
    char room[IP_TEXT_MAX];
    struct slice word = r->pseudonyms ? SLICE("") : subject_word(f, room);

    out->n = 0;
    if (f->tripped && !r->pseudonyms)
        lock_subject(&pen, f->kind, word);
    hold_queue(&pen, r, f, word);
    if (f->tripped && f->kind == SUBJECT_ACCOUNT && word.n > 0) {
        commands_line(&pen, "doveadm sieve list -u ", word, "");
        commands_add(&pen, "Only then a new password; and look for mail filters and forwards that "
                           "the thief has left:");
    }
    buf_done(&pen.text);
}

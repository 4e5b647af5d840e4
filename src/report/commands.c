#include "report/commands.h"

#include <assert.h>
#include <stdio.h>

#include "report/shell.h"

#include "base/ban.h"

enum {
    COMMAND_MAX = 64 * 1024,                /* bytes */
    COMMAND_COLUMNS = 74,                   /* of a terminal's 80, less an indentation */
    COMMANDS_QUEUES_MAX = COMMANDS_MAX - 6, /* that leaves room for the other commands */
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
static void commands_put(struct commands_pen *pen, struct slice why)
{
    if (pen->out->n < COMMANDS_MAX && !pen->text.full)
        pen->out->list[pen->out->n++] = (struct command){
            arena_copy(pen->arena, why),
            arena_copy(pen->arena, buf_slice(&pen->text)),
        };
    buf_clear(&pen->text);
}

static void commands_add(struct commands_pen *pen, const char *why)
{
    commands_put(pen, slice_of(why));
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

/* Add a word to the last line, or to another one when it would be too long. */
static void commands_word(struct commands_pen *pen, struct slice word)
{
    const char *line = memrchr(pen->text.p, '\n', pen->text.n);
    size_t width = line != NULL ? (size_t)(pen->text.p + pen->text.n - line) - 1 : pen->text.n;

    buf_add(&pen->text, width + 1 + word.n + sizeof " \\" - 1 > COMMAND_COLUMNS ? SLICE(" \\\n  ")
                                                                                : SLICE(" "));
    buf_add(&pen->text, word);
}

/* postsuper -h ID -h ID ...; or of many, printf '%s\n' ID ID ... | postsuper -h -. True when there
 * is one at least. */
static bool hold_ids(struct commands_pen *pen, const struct slice *ids, size_t ids_n)
{
    bool piped = ids_n > COMMANDS_OPTIONS_MAX;
    char word[80];
    size_t n = 0;

    buf_add(&pen->text, piped ? SLICE("printf '%s\\n'") : SLICE("postsuper"));
    for (size_t i = 0; i < ids_n; i++) {
        if (!commands_queue_id_ok(ids[i]))
            continue;
        snprintf(word, sizeof word, "%s%.*s", piped ? "" : "-h ", SLICE_ARG(ids[i]));
        commands_word(pen, slice_of(word));
        n++;
    }
    if (piped)
        commands_word(pen, SLICE("| postsuper -h -"));
    if (n == 0)
        buf_clear(&pen->text);
    return n > 0;
}

/* mailfuse scan --queue-ids ... | postsuper -h -; false when no words would find the same ids. */
static bool hold_by_scan(struct commands_pen *pen, const struct report *r,
                         const struct report_fuse *f, struct slice word)
{
    bool account = f->kind == SUBJECT_ACCOUNT;
    struct slice rest = r->source, next;

    if (!f->tripped || word.n == 0 || rest.n == 0 || (!account && r->log_host.n > 0))
        return false;
    commands_line(
        pen, account ? "mailfuse scan --queue-ids --account " : "mailfuse scan --queue-ids --host ",
        word, "");
    while (slice_cut(&rest, '\n', &next))
        commands_word(pen, next);
    commands_word(pen, rest);
    commands_word(pen, SLICE("| postsuper -h -"));
    return true;
}

/* Of one queue; `host` is empty when there is no other. */
static void hold_queue(struct commands_pen *pen, struct slice host, bool command)
{
    struct buf why = buf_make(COMMAND_MAX);

    if (host.n > 0)
        buf_printf(&why, "On %.*s, hold", SLICE_ARG(host));
    else
        buf_add(&why, SLICE("Hold"));
    buf_add(&why, command ? SLICE(" what is still in the queue (postsuper says how many it placed "
                                  "on hold; -H releases them):")
                          : SLICE(" what is still in the queue; the ids are in the JSON report."));
    commands_put(pen, buf_slice(&why));
    buf_done(&why);
}

static void hold_queues(struct commands_pen *pen, const struct report *r,
                        const struct report_fuse *f, struct slice word)
{
    const struct slice *ids = f->queue_ids;

    if (f->queues_n == 1 && f->queue_ids_n > COMMANDS_IDS_MAX) {
        hold_queue(pen, SLICE(""), hold_by_scan(pen, r, f, word));
        return;
    }
    for (size_t i = 0; i < f->queues_n; i++) {
        const struct report_queue *queue = &f->queues[i];

        if (i == COMMANDS_QUEUES_MAX) {
            commands_add(pen, "Hold what is in the other queues; the ids are in the JSON report.");
            return;
        }
        hold_queue(pen, f->queues_n > 1 ? queue->host : SLICE(""),
                   queue->n <= COMMANDS_IDS_MAX && hold_ids(pen, ids, queue->n));
        ids += queue->n;
    }
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
    hold_queues(&pen, r, f, word);
    if (f->tripped && f->kind == SUBJECT_ACCOUNT && word.n > 0) {
        commands_line(&pen, "doveadm sieve list -u ", word, "");
        commands_add(&pen, "Only then a new password; and look for mail filters and forwards that "
                           "the thief has left:");
    }
    buf_done(&pen.text);
}

#include "base/attributes.h"
#include "report/commands.h"

#include "base/ban.h"

/* Sources: postconf(5) (check_sasl_access, check_client_access), cidr_table(5), and Dovecot's page
 * on passdbs with deny=yes: such a passdb has to come before all others. */
static const struct preparation {
    enum subject_kind kind;
    const char *why, *text;
} preparations[] = {
    { SUBJECT_ACCOUNT,
      "Dovecot up to 2.3: a file of logins that are refused, read before every other source of "
      "passwords.",
      "touch /etc/dovecot/deny-users\n"
      "printf '%s\\n' 'passdb {' 'driver = passwd-file' 'deny = yes' \\\n"
      "  'args = /etc/dovecot/deny-users' '}' \\\n"
      "  > /etc/dovecot/conf.d/05-deny.conf\n"
      "doveadm reload" },
    { SUBJECT_ACCOUNT, "The same for Dovecot 2.4.",
      "touch /etc/dovecot/deny-users\n"
      "printf '%s\\n' 'passdb passwd-file {' 'deny = yes' \\\n"
      "  'passwd_file_path = /etc/dovecot/deny-users' '}' \\\n"
      "  > /etc/dovecot/conf.d/05-deny.conf\n"
      "doveadm reload" },
    { SUBJECT_ACCOUNT,
      "Postfix: a table of logins. Where master.cf sets smtpd_sender_restrictions for submission, "
      "put check_sasl_access there as well.",
      "touch /etc/postfix/sasl_access && postmap /etc/postfix/sasl_access\n"
      "postconf -e \"smtpd_sender_restrictions = check_sasl_access \\\n"
      "  $(postconf -h default_database_type):/etc/postfix/sasl_access, \\\n"
      "  $(postconf -h smtpd_sender_restrictions)\"\n"
      "postfix reload" },
    { SUBJECT_RELAY,
      "Postfix: a table of clients, in front of what permits them. Where master.cf sets "
      "smtpd_client_restrictions for a service, put it there as well.",
      "touch /etc/postfix/client_access.cidr\n"
      "postconf -e \"smtpd_client_restrictions = check_client_access \\\n"
      "  cidr:/etc/postfix/client_access.cidr, \\\n"
      "  $(postconf -h smtpd_client_restrictions)\"\n"
      "postfix reload" },
};

void commands_prepare(struct arena *a, const struct report *r, struct commands *out)
{
    bool wanted[SUBJECT_KINDS] = { false };

    out->n = 0;
    for (size_t i = 0; i < r->fuses_n; i++)
        wanted[r->fuses[i].kind] |= r->fuses[i].tripped && !r->pseudonyms;
    for (size_t i = 0; i < COUNT(preparations); i++)
        if (wanted[preparations[i].kind])
            out->list[out->n++] = (struct command){ arena_copy(a, slice_of(preparations[i].why)),
                                                    arena_copy(a, slice_of(preparations[i].text)) };
}

#include "proto/postfix_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct postfix_case reject_cases[] = {
    { "relaying", NULL,
      "NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 <b@example.test>: Relay access "
      "denied; from=<a@example.test> to=<b@example.test> proto=ESMTP helo=<pc.example.test>",
      "reject - client_name=unknown| client_address=192.0.2.1| helo_name=pc.example.test| "
      "protocol_name=ESMTP| sender=a@example.test| recipient=b@example.test| dsn=5.7.1| reply=554 "
      "5.7.1 <b@example.test>: Relay access denied| action=reject| stage=RCPT| reason=Relay access "
      "denied|" },
    { "with queue id, 450-", NULL,
      "4A5B6C7D8E9: reject: RCPT from a.test[192.0.2.1]:4040: 450-4.2.0 <b@example.test>: "
      "Recipient address rejected: Greylisted; from=<> to=<b@example.test> proto=SMTP "
      "helo=<[192.0.2.1]>",
      "reject 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| client_port=4040| "
      "helo_name=[192.0.2.1]| protocol_name=SMTP| sender=| recipient=b@example.test| dsn=4.2.0| "
      "reply=450-4.2.0 <b@example.test>: Recipient address rejected: Greylisted| action=reject| "
      "stage=RCPT| reason=Recipient address rejected: Greylisted|" },
    { "no DSN, no proto", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 452 Insufficient system storage; "
      "from=<a@example.test> to=<b@example.test>",
      "reject - client_name=a.test| client_address=192.0.2.1| sender=a@example.test| "
      "recipient=b@example.test| reply=452 Insufficient system storage| action=reject| stage=RCPT| "
      "reason=Insufficient system storage|" },
    { "no trailer", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 554 5.7.1 Service unavailable",
      "reject - client_name=a.test| client_address=192.0.2.1| dsn=5.7.1| reply=554 5.7.1 Service "
      "unavailable| action=reject| stage=RCPT| reason=Service unavailable|" },
    { "without NOQUEUE", NULL,
      "reject: RCPT from a.test[192.0.2.1]: 554 Service unavailable; from=<a@example.test> "
      "to=<b@example.test>",
      "reject - client_name=a.test| client_address=192.0.2.1| sender=a@example.test| "
      "recipient=b@example.test| reply=554 Service unavailable| action=reject| stage=RCPT| "
      "reason=Service unavailable|" },
    { "CONNECT", NULL,
      "NOQUEUE: reject: CONNECT from unknown[unknown]: 421 4.7.1 Client host rejected: cannot find "
      "your reverse hostname, [unknown]; proto=SMTP",
      "reject - client_name=unknown| client_address=unknown| protocol_name=SMTP| dsn=4.7.1| "
      "reply=421 4.7.1 Client host rejected: cannot find your reverse hostname, [unknown]| "
      "action=reject| stage=CONNECT| reason=Client host rejected: cannot find your reverse "
      "hostname, [unknown]|" },
    { "EHLO", NULL,
      "NOQUEUE: reject: EHLO from a.test[192.0.2.1]: 504 5.5.2 <User>: Helo command rejected: need "
      "fully-qualified hostname; proto=SMTP helo=<User>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=User| protocol_name=SMTP| "
      "dsn=5.5.2| reply=504 5.5.2 <User>: Helo command rejected: need fully-qualified hostname| "
      "action=reject| stage=EHLO| reason=Helo command rejected: need fully-qualified hostname|" },
    { "VRFY", NULL,
      "NOQUEUE: reject: VRFY from a.test[192.0.2.1]: 550 5.1.1 <:>: Recipient address rejected: "
      "User unknown; to=<:> proto=SMTP helo=<x>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=x| protocol_name=SMTP| "
      "recipient=:| dsn=5.1.1| reply=550 5.1.1 <:>: Recipient address rejected: User unknown| "
      "action=reject| stage=VRFY| reason=Recipient address rejected: User unknown|" },
    { "DATA", "postfix/submission/smtpd",
      "4A5B6C7D8E9: reject: DATA from a.test[192.0.2.1]: 550 5.7.1 <DATA>: Data command rejected: "
      "Account locked; from=<a@example.test> proto=ESMTP helo=<pc>",
      "reject 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@example.test| dsn=5.7.1| reply=550 5.7.1 <DATA>: Data command "
      "rejected: Account locked| action=reject| stage=DATA| reason=Data command rejected: Account "
      "locked|" },
    { "the client is the object", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 554 5.7.1 <a.test[192.0.2.1]>: Client host "
      "rejected: Access denied; from=<> to=<b@example.test> proto=SMTP helo=<x>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=x| protocol_name=SMTP| "
      "sender=| recipient=b@example.test| dsn=5.7.1| reply=554 5.7.1 <a.test[192.0.2.1]>: Client "
      "host rejected: Access denied| action=reject| stage=RCPT| reason=Client host rejected: "
      "Access denied|" },
    { "a list with semicolons", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 554 5.7.1 Service unavailable; Client host "
      "[192.0.2.1] blocked using dnsbl.example; https://dnsbl.example/?192.0.2.1; "
      "from=<a@example.test> to=<b@example.test> proto=ESMTP helo=<x>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=x| protocol_name=ESMTP| "
      "sender=a@example.test| recipient=b@example.test| dsn=5.7.1| reply=554 5.7.1 Service "
      "unavailable; Client host [192.0.2.1] blocked using dnsbl.example; "
      "https://dnsbl.example/?192.0.2.1| action=reject| stage=RCPT| reason=Service unavailable; "
      "Client host [192.0.2.1] blocked using dnsbl.example; https://dnsbl.example/?192.0.2.1|" },
    { "login of Postfix 3.10", "postfix/submission/smtpd",
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 550 5.7.1 <b@d.test>: Recipient address "
      "rejected: no; from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc> sasl_method=PLAIN "
      "sasl_username=jane doe sasl_sender=<a@example.test>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=pc| protocol_name=ESMTP| "
      "sasl_method=PLAIN| sasl_username=jane doe| sasl_sender=a@example.test| "
      "sender=a@example.test| recipient=b@d.test| dsn=5.7.1| reply=550 5.7.1 <b@d.test>: Recipient "
      "address rejected: no| action=reject| stage=RCPT| reason=Recipient address rejected: no|" },
    { "login in brackets", "postfix/submission/smtpd",
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 550 5.7.1 <b@d.test>: no; "
      "from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc> "
      "sasl_username=<alice@example.test>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=pc| protocol_name=ESMTP| "
      "sasl_username=alice@example.test| sender=a@example.test| recipient=b@d.test| dsn=5.7.1| "
      "reply=550 5.7.1 <b@d.test>: no| action=reject| stage=RCPT| reason=no|" },
    { "warning only", NULL,
      "NOQUEUE: reject_warning: RCPT from a.test[192.0.2.1]: 450 4.1.8 <a@example.test>: Sender "
      "address rejected: Domain not found; from=<a@example.test> to=<b@example.test> proto=ESMTP "
      "helo=<x>",
      "reject_warning - client_name=a.test| client_address=192.0.2.1| helo_name=x| "
      "protocol_name=ESMTP| sender=a@example.test| recipient=b@example.test| dsn=4.1.8| reply=450 "
      "4.1.8 <a@example.test>: Sender address rejected: Domain not found| action=reject_warning| "
      "stage=RCPT| reason=Sender address rejected: Domain not found|" },
    { "postscreen", "postfix/postscreen",
      "NOQUEUE: reject: RCPT from [192.0.2.1]:60591: 550 5.7.1 Service unavailable; client "
      "[192.0.2.1] blocked using dnsbl.example; from=<a@example.test>, to=<b@example.test>, "
      "proto=ESMTP, helo=<x y>",
      "reject - client_address=192.0.2.1| client_port=60591| helo_name=x y| protocol_name=ESMTP| "
      "sender=a@example.test| recipient=b@example.test| dsn=5.7.1| reply=550 5.7.1 Service "
      "unavailable; client [192.0.2.1] blocked using dnsbl.example| action=reject| stage=RCPT| "
      "reason=Service unavailable; client [192.0.2.1] blocked using dnsbl.example|" },
    { "postscreen, no reply", "postfix/postscreen",
      "NOQUEUE: reject: CONNECT from [192.0.2.1]:60591: too many connections",
      "reject - client_address=192.0.2.1| client_port=60591| action=reject| stage=CONNECT| "
      "reason=too many connections|" },
    { "nothing we know", NULL, "NOQUEUE: reject: whatever", "unknown -" },
};

static const struct postfix_case imitation_cases[] = {
    { "quoted local parts", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 550 5.1.1 <\"x>: y; from=<z\"@d.test>: User "
      "unknown; from=<\"a> to=<b\"@d.test> to=<\"x>: y; from=<z\"@d.test> proto=ESMTP helo=<pc>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=pc| protocol_name=ESMTP| "
      "sender=\"a> to=<b\"@d.test| recipient=\"x>: y; from=<z\"@d.test| dsn=5.1.1| reply=550 5.1.1 "
      "<\"x>: y; from=<z\"@d.test>: User unknown| action=reject| stage=RCPT| reason=User "
      "unknown|" },
    { "helo of postscreen is the last", "postfix/postscreen",
      "NOQUEUE: reject: RCPT from [192.0.2.1]:1: 550 5.7.1 no; from=<a@d.test>, to=<b@d.test>, "
      "proto=ESMTP, helo=<x sasl_username=<alice>",
      "reject - client_address=192.0.2.1| client_port=1| helo_name=x sasl_username=<alice| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| dsn=5.7.1| reply=550 5.7.1 no| "
      "action=reject| stage=RCPT| reason=no|" },
};

static const struct postfix_case uncut_cases[] = {
    { "a login name in the text of a DNS list, and the line is cut", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 554 5.7.1 listed; from=<x@d.test> "
      "to=<y@d.test> "
      "proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=<alice@example.test> and more; fro",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=h| protocol_name=ESMTP| "
      "sender=x@d.test| recipient=y@d.test| dsn=5.7.1| reply=554 5.7.1 listed| action=reject| "
      "stage=RCPT| reason=listed|" },
    { "brackets in an address", NULL,
      "NOQUEUE: reject_warning: VRFY from a.test[192.0.2.1]: 450 4.1.2 <<1F4@bs>>: Recipient "
      "address rejected: Domain not found; to=<<1F4@bs>> proto=SMTP helo=<x>",
      "reject_warning - client_name=a.test| client_address=192.0.2.1| helo_name=x| "
      "protocol_name=SMTP| recipient=<1F4@bs>| dsn=4.1.2| reply=450 4.1.2 <<1F4@bs>>: Recipient "
      "address rejected: Domain not found| action=reject_warning| stage=VRFY| reason=Recipient "
      "address rejected: Domain not found|" },
    { "the reply of a remote server", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 550 5.1.1 <b@d.test>: Recipient address "
      "rejected: undeliverable address: host mx.d.test[192.0.2.9] said: 550 no; "
      "from=<ceo@example.test> to=<c@d.test> proto=ESMTP helo=<h> (in reply to RCPT TO command); "
      "from=<a@d.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "reject - client_name=a.test| client_address=192.0.2.1| helo_name=pc| protocol_name=ESMTP| "
      "sender=a@d.test| recipient=b@d.test| dsn=5.1.1| reply=550 5.1.1 <b@d.test>: Recipient "
      "address rejected: undeliverable address: host mx.d.test[192.0.2.9] said: 550 no; "
      "from=<ceo@example.test> to=<c@d.test> proto=ESMTP helo=<h> (in reply to RCPT TO command)| "
      "action=reject| stage=RCPT| reason=Recipient address rejected: undeliverable address: host "
      "mx.d.test[192.0.2.9] said: 550 no; from=<ceo@example.test> to=<c@d.test> proto=ESMTP "
      "helo=<h> (in reply to RCPT TO command)|" },
};

static const struct postfix_case cut_cases[] = {
    { "in the client", NULL, "NOQUEUE: reject: RCPT from a.test[192.0",
      "reject - action=reject| stage=RCPT|" },
    { "in the reply", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 550 5.1.1 <b@d.test>: Recipient address rejec",
      "reject - client_name=a.test| client_address=192.0.2.1| dsn=5.1.1| reply=550 5.1.1 "
      "<b@d.test>: Recipient address rejec| action=reject| stage=RCPT| reason=Recipient address "
      "rejec|" },
    { "in the sender", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 550 5.1.1 <b@d.test>: User unknown; from=<a@d",
      "reject - client_name=a.test| client_address=192.0.2.1| dsn=5.1.1| reply=550 5.1.1 "
      "<b@d.test>: User unknown| action=reject| stage=RCPT| reason=User unknown|" },
    { "in the helo", NULL,
      "NOQUEUE: reject: RCPT from a.test[192.0.2.1]: 550 5.1.1 <b@d.test>: User unknown; "
      "from=<a@d.test> to=<b@d.test> proto=ESMTP helo=<p",
      "reject - client_name=a.test| client_address=192.0.2.1| protocol_name=ESMTP| "
      "sender=a@d.test| recipient=b@d.test| dsn=5.1.1| reply=550 5.1.1 <b@d.test>: User unknown| "
      "action=reject| stage=RCPT| reason=User unknown|" },
};

static const struct postfix_case action_cases[] = {
    { "hold", "postfix/submission/smtpd",
      "NOQUEUE: hold: RCPT from a.test[192.0.2.1]: <b@d.test>: Recipient address triggers HOLD "
      "action; from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "action - client_name=a.test| client_address=192.0.2.1| helo_name=pc| protocol_name=ESMTP| "
      "sender=a@example.test| recipient=b@d.test| action=hold| stage=RCPT| reason=Recipient "
      "address triggers HOLD action|" },
    { "discard", "postfix/submission/smtpd",
      "4A5B6C7D8E9: discard: DATA from a.test[192.0.2.1]: <DATA>: Data command triggers DISCARD "
      "action; from=<a@example.test> proto=ESMTP helo=<pc>",
      "action 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@example.test| action=discard| stage=DATA| reason=Data command "
      "triggers DISCARD action|" },
    { "filter", NULL,
      "NOQUEUE: filter: RCPT from a.test[192.0.2.1]: <>: Sender address triggers FILTER "
      "smtp-amavis:[127.0.0.1]:10024; from=<> to=<b@d.test> proto=SMTP helo=<x>",
      "action - client_name=a.test| client_address=192.0.2.1| helo_name=x| protocol_name=SMTP| "
      "sender=| recipient=b@d.test| action=filter| stage=RCPT| reason=Sender address triggers "
      "FILTER smtp-amavis:[127.0.0.1]:10024|" },
    { "redirect", NULL,
      "NOQUEUE: redirect: RCPT from a.test[192.0.2.1]: <b@d.test>: Recipient address triggers "
      "REDIRECT bob@example.test; from=<a@d.test> to=<b@d.test> proto=ESMTP helo=<x>",
      "action - client_name=a.test| client_address=192.0.2.1| helo_name=x| protocol_name=ESMTP| "
      "sender=a@d.test| recipient=b@d.test| action=redirect| stage=RCPT| reason=Recipient address "
      "triggers REDIRECT bob@example.test|" },
    { "bcc", NULL,
      "NOQUEUE: bcc: RCPT from a.test[192.0.2.1]: <b@d.test>: Recipient address triggers BCC "
      "bob@example.test; from=<a@d.test> to=<b@d.test> proto=ESMTP helo=<x>",
      "action - client_name=a.test| client_address=192.0.2.1| helo_name=x| protocol_name=ESMTP| "
      "sender=a@d.test| recipient=b@d.test| action=bcc| stage=RCPT| reason=Recipient address "
      "triggers BCC bob@example.test|" },
    { "warn without text", NULL,
      "NOQUEUE: warn: RCPT from a.test[192.0.2.1]: ; from=<a@d.test> to=<b@d.test> proto=ESMTP "
      "helo=<x>",
      "action - client_name=a.test| client_address=192.0.2.1| helo_name=x| protocol_name=ESMTP| "
      "sender=a@d.test| recipient=b@d.test| action=warn| stage=RCPT| reason=|" },
    { "info", NULL,
      "4A5B6C7D8E9: info: RCPT from a.test[192.0.2.1]: noted; from=<a@d.test> to=<b@d.test> "
      "proto=ESMTP helo=<x>",
      "action 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=x| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| action=info| stage=RCPT| "
      "reason=noted|" },
};

static const struct postfix_case milter_cases[] = {
    { "reject of smtpd", "postfix/submission/smtpd",
      "NOQUEUE: milter-reject: MAIL from a.test[192.0.2.1]: 550 5.7.1 Command rejected; "
      "from=<alice@example.test> proto=ESMTP helo=<pc> sasl_username=<alice@example.test>",
      "milter - client_name=a.test| client_address=192.0.2.1| helo_name=pc| protocol_name=ESMTP| "
      "sasl_username=alice@example.test| sender=alice@example.test| dsn=5.7.1| reply=550 5.7.1 "
      "Command rejected| action=reject| stage=MAIL| reason=Command rejected|" },
    { "reject of cleanup", "postfix/cleanup",
      "4A5B6C7D8E9: milter-reject: END-OF-MESSAGE from a.test[192.0.2.1]: 5.7.1 Command rejected; "
      "from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "milter 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@example.test| recipient=b@d.test| dsn=5.7.1| reply=5.7.1 "
      "Command rejected| action=reject| stage=END-OF-MESSAGE| reason=Command rejected|" },
    { "hold", "postfix/cleanup",
      "4A5B6C7D8E9: milter-hold: END-OF-MESSAGE from a.test[192.0.2.1]: milter triggers HOLD "
      "action; from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "milter 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@example.test| recipient=b@d.test| action=hold| "
      "stage=END-OF-MESSAGE| reason=milter triggers HOLD action|" },
    { "discard", "postfix/cleanup",
      "4A5B6C7D8E9: milter-discard: END-OF-MESSAGE from a.test[192.0.2.1]: milter triggers DISCARD "
      "action; from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "milter 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@example.test| recipient=b@d.test| action=discard| "
      "stage=END-OF-MESSAGE| reason=milter triggers DISCARD action|" },
};

static const struct postfix_case proxy_cases[] = {
    { "accept", NULL,
      "proxy-accept: END-OF-MESSAGE: 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: "
      "queued as 9A8B7C6D5E; from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "proxy - helo_name=pc| protocol_name=ESMTP| sender=a@example.test| recipient=b@d.test| "
      "dsn=2.0.0| reply=250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as "
      "9A8B7C6D5E| action=accept| stage=END-OF-MESSAGE| reason=from MTA(smtp:[127.0.0.1]:10025): "
      "250 2.0.0 Ok: queued as 9A8B7C6D5E| new_queue_id=9A8B7C6D5E|" },
    { "accept, with client", NULL,
      "NOQUEUE: proxy-accept: END-OF-MESSAGE from a.test[192.0.2.1]: 250 2.0.0 Ok: queued as "
      "9A8B7C6D5E; from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "proxy - client_name=a.test| client_address=192.0.2.1| helo_name=pc| protocol_name=ESMTP| "
      "sender=a@example.test| recipient=b@d.test| dsn=2.0.0| reply=250 2.0.0 Ok: queued as "
      "9A8B7C6D5E| action=accept| stage=END-OF-MESSAGE| reason=Ok: queued as 9A8B7C6D5E| "
      "new_queue_id=9A8B7C6D5E|" },
    { "reject", NULL,
      "NOQUEUE: proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=11912-03 - INFECTED; "
      "from=<a@example.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "proxy - helo_name=pc| protocol_name=ESMTP| sender=a@example.test| recipient=b@d.test| "
      "dsn=5.7.0| reply=554 5.7.0 Reject, id=11912-03 - INFECTED| action=reject| "
      "stage=END-OF-MESSAGE| reason=Reject, id=11912-03 - INFECTED|" },
    { "empty reply", NULL,
      "NOQUEUE: proxy-reject: END-OF-MESSAGE: ; from=<a@example.test> to=<b@d.test> proto=SMTP "
      "helo=<pc>",
      "proxy - helo_name=pc| protocol_name=SMTP| sender=a@example.test| recipient=b@d.test| "
      "action=reject| stage=END-OF-MESSAGE| reason=|" },
};

static void test_reject(void **state)
{
    (void)state;
    postfix_check_cases(reject_cases, COUNT(reject_cases));
}

static void test_imitation(void **state)
{
    (void)state;
    postfix_check_cases(imitation_cases, COUNT(imitation_cases));
}

static void test_uncut(void **state)
{
    (void)state;
    postfix_check_uncut(uncut_cases, COUNT(uncut_cases));
}

static void test_cut(void **state)
{
    (void)state;
    postfix_check_cases(cut_cases, COUNT(cut_cases));
}

static void test_action(void **state)
{
    (void)state;
    postfix_check_cases(action_cases, COUNT(action_cases));
}

static void test_milter(void **state)
{
    (void)state;
    postfix_check_cases(milter_cases, COUNT(milter_cases));
}

static void test_proxy(void **state)
{
    (void)state;
    postfix_check_cases(proxy_cases, COUNT(proxy_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reject), cmocka_unit_test(test_imitation),
        cmocka_unit_test(test_uncut),  cmocka_unit_test(test_cut),
        cmocka_unit_test(test_action), cmocka_unit_test(test_milter),
        cmocka_unit_test(test_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* json.h - a report as one JSON object (RFC 8259), for programs. Fields are only ever added.
 *
 * All of it is ASCII: other characters are written as \uXXXX, and a byte of the log that is not
 * UTF-8 as \ufffd, so that the output may be shown on a terminal. Times are RFC 3339, with
 * milliseconds where the log has fractions, and without offset when the log's zone is not known.
 * A figure or time that is not known is null.
 *
 * period       {start, end}
 * lines        number of lines read
 * reading      {files, bytes, understood, foreign, unparsed, blank, cut, backwards, forgotten}
 * totals       log events as pflogsumm(1) counts them: submitted (accepted from a login), received,
 *              sent (its "delivered"), forwarded, deferred (messages), deferrals, bounced,
 * rejected, reject_warnings, held, discarded, bytes_received, bytes_sent, senders, recipients,
 *              sending_domains, recipient_domains, logins, login_failures, local_submissions
 * verdict      the report in one sentence
 * locks        accounts whose fuse would have tripped: a list of fuses (below) with "account"
 * hosts        the same for relay clients, LAN hosts and local users, with "host" and "kind"
 *              ("relay", "lan", "local")
 * alerts       accounts that would only have been held, or are worth watching: {account, time,
 *              reason, score}; time is when mail would have been held, else that of the strongest
 *              evidence, else the end of the log
 * watch        all that alerts names, and hosts: a list of fuses with "name" and "kind"
 * holds        holds that ended by themselves: {account or host, kind, from, until, messages,
 *              recipients, minutes}: what would have waited, and how long one message at most
 * delays       of those who were never locked: {messages, recipients, of, minutes}: late messages
 * of how many; how long one at most accounts     {account, kind, messages, recipients, sent,
 * deferred, bounced, rejected, logins, login_failures, clients, score, first, last} brute_force
 * {address, country, network, failures, accounts, successes, first, last} blocking     who refuses
 * our mail: {who, reply, count, first, last} wrote        with --to: {time, account, recipient,
 * queue_id, status} timeline     of the whole server, as in a fuse unparsed     an object: kind of
 * line -> count warnings     {text, count} preparation  {why, command}: to be done once before the
 * first of a fuse's commands pseudonyms   true when names are keyed hashes
 *
 * A fuse:
 * time         from when on nothing more would have left (held_from); of one that would not have
 *              been locked, as in alerts
 * reason       the strongest evidence in words
 * score        sum of the weights, log-odds
 * held_from    from then on nothing more would have left; of one that was not locked, when its
 *              mail would first have been held
 * decided      when it would have been locked: the results of what was let go were known
 * evidence     {signal, words, observed, expected, history, weight, time}, the heaviest first;
 * small ones stand together in "others", so that all weights add up to the score messages,
 * recipients       of the incident (of a LAN host: messages counts connections) before, after
 * {messages, recipients}: what got out, and what would have been stopped (of one that was not
 * locked: is held when the log ends) canaries                   {messages, recipients}: of before,
 * let go in doubt to see their results total        {messages, recipients}: in the whole log
 * results      {sent, deferred, bounced, unknown_recipients, refused_as_spam}: recipients of the
 * incident first_abuse, last_abuse times of the incident's first and last message replies {reply,
 * count}: the commonest refusals, as patterns domains      {domain, count}; senders {sender,
 * count}: written to, and written as clients      {address, name, country, asn, network, messages,
 * recipients, first, last, new} clients_all  how many addresses there were in all way_in       how
 * the thief probably got in; may be empty queue_ids    still in the queue when the log ends;
 * queue_host: whose queue, "" for the only host and for several queues; queues: {host, queue_ids},
 * one for each host timeline     {start, width_s, messages, recipients, refused, login_failures}:
 * lists of one number for each bar commands     {why, command}: what to type */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/attributes.h"
#include "base/buf.h"
#include "report/report.h"

enum { JSON_LIMIT = 1024 * 1024 * 1024 }; /* a limit for `out` that no honest report reaches */

/* Add the object and a newline to `out`. False when `out` is full. */
NODISCARD bool json_report(const struct report *r, struct buf *out);

#endif

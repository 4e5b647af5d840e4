#include "report/texts.h"

#include "base/ban.h"

static void visit_text(const struct text_visitor *v, enum text_kind kind, struct slice *text)
{
    v->text(v->context, kind, text);
}

static void visit_ip(const struct text_visitor *v, struct ip *ip)
{
    if (v->ip != NULL)
        v->ip(v->context, ip);
}

static void visit_counts(const struct text_visitor *v, enum text_kind kind,
                         struct report_count *counts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        visit_text(v, kind, &counts[i].name);
}

static enum text_kind subject_text(enum subject_kind kind)
{
    return kind == SUBJECT_ACCOUNT || kind == SUBJECT_LOCAL ? TEXT_ACCOUNT : TEXT_HOST;
}

static void visit_client(const struct text_visitor *v, struct report_client *client)
{
    visit_ip(v, &client->ip);
    visit_text(v, TEXT_HOST, &client->name);
    visit_text(v, TEXT_NETWORK, &client->network);
}

static void visit_fuse(const struct text_visitor *v, struct report_fuse *f)
{
    visit_text(v, subject_text(f->kind), &f->name);
    visit_text(v, TEXT_PROSE, &f->reason);
    for (size_t i = 0; i < f->evidence_n; i++) {
        visit_text(v, TEXT_PLAIN, &f->evidence[i].signal);
        visit_text(v, TEXT_PROSE, &f->evidence[i].words);
    }
    visit_counts(v, TEXT_REPLY, f->replies, f->replies_n);
    visit_counts(v, TEXT_HOST, f->domains, f->domains_n);
    visit_counts(v, TEXT_ADDRESS, f->senders, f->senders_n);
    for (size_t i = 0; i < f->clients_n; i++)
        visit_client(v, &f->clients[i]);
    visit_text(v, TEXT_PROSE, &f->way_in);
    for (size_t i = 0; i < f->queue_ids_n; i++)
        visit_text(v, TEXT_PLAIN, &f->queue_ids[i]);
    for (size_t i = 0; i < f->queues_n; i++)
        visit_text(v, TEXT_HOST, &f->queues[i].host);
}

static void visit_wrote(const struct text_visitor *v, struct report_wrote *wrote)
{
    visit_text(v, TEXT_ACCOUNT, &wrote->account);
    visit_text(v, TEXT_ADDRESS, &wrote->recipient);
    visit_text(v, TEXT_PLAIN, &wrote->queue_id);
    visit_text(v, TEXT_PLAIN, &wrote->status);
}

void texts_visit(struct report *r, const struct text_visitor *v)
{
    for (size_t i = 0; i < r->fuses_n; i++)
        visit_fuse(v, &r->fuses[i]);
    for (size_t i = 0; i < r->watch_n; i++)
        visit_fuse(v, &r->watch[i]);
    for (size_t i = 0; i < r->holds_n; i++)
        visit_text(v, subject_text(r->holds[i].kind), &r->holds[i].name);
    for (size_t i = 0; i < r->brutes_n; i++) {
        visit_ip(v, &r->brutes[i].ip);
        visit_text(v, TEXT_NETWORK, &r->brutes[i].network);
    }
    for (size_t i = 0; i < r->blocks_n; i++) {
        visit_text(v, TEXT_HOST, &r->blocks[i].who);
        visit_text(v, TEXT_REPLY, &r->blocks[i].reply);
    }
    for (size_t i = 0; i < r->accounts_n; i++)
        visit_text(v, subject_text(r->accounts[i].kind), &r->accounts[i].name);
    for (size_t i = 0; i < r->wrote_n; i++)
        visit_wrote(v, &r->wrote[i]);
    for (size_t i = 0; i < r->steps_n; i++) {
        visit_text(v, TEXT_PLAIN, &r->steps[i].signal);
        visit_text(v, TEXT_PROSE, &r->steps[i].words);
    }
    visit_text(v, TEXT_HOST, &r->log_host);
    visit_text(v, subject_text(r->asked_kind), &r->asked);
    visit_text(v, TEXT_HOST, &r->asked_client);
    visit_text(v, TEXT_HOST, &r->asked_to);
    visit_text(v, TEXT_ACCOUNT, &r->explained);
    visit_counts(v, TEXT_PLAIN, r->unparsed, r->unparsed_n);
    visit_counts(v, TEXT_WARNING, r->warnings, r->warnings_n);
}

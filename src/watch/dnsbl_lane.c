#include "watch/dnsbl_lane.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

enum { BUSY_MAX = 4, SILENT_MAX = 3, WORDS_MAX = 600, TESTS = 2 * DNSBL_KINDS };

static enum dnsbl_kind kind_at(size_t i)
{
    return (enum dnsbl_kind)(1u << i);
}

static uint64_t chance(struct dnsbl_lane *lane)
{
    lane->random += 0x9e3779b97f4a7c15U;
    return hash_u64(lane->random);
}

static void shuffle(struct dnsbl_lane *lane)
{
    size_t n = lane->plan->subjects_n;

    for (size_t i = 0; i < n; i++)
        lane->order[i] = (uint32_t)i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)(chance(lane) % i);
        uint32_t other = lane->order[j];

        lane->order[j] = lane->order[i - 1];
        lane->order[i - 1] = other;
    }
}

void dnsbl_lane_init(struct dnsbl_lane *lane, const struct dnsbl_plan *plan, size_t list,
                     struct dnsbl_result *results)
{
    unsigned kinds = 0;

    *lane = (struct dnsbl_lane){ .list = &plan->lists[list], .plan = plan, .results = results };
    lane->random = plan->seed ^ hash_u64(list + 1);
    lane->order = memory_new(plan->subjects_n + 1, sizeof *lane->order);
    lane->texts = memory_new(plan->subjects_n + 1, sizeof *lane->texts);
    shuffle(lane);
    for (size_t i = 0; i < plan->subjects_n; i++)
        kinds |= (unsigned)plan->subjects[i].kind;
    if (lane->list->off != NULL)
        kinds = 0;
    for (size_t i = 0; i < DNSBL_KINDS; i++) {
        const struct dnsbl_test *test = &lane->list->tests[i];
        struct dnsbl_proof *proof = &lane->proofs[i];

        if ((kinds & lane->list->kinds & (unsigned)kind_at(i)) == 0)
            continue;
        proof->due = (test->listed != NULL) + (unsigned)(test->clean != NULL);
        proof->life = proof->due > 0 ? DNSBL_PROVING : DNSBL_ALIVE;
    }
}

void dnsbl_lane_done(struct dnsbl_lane *lane)
{
    for (size_t i = 0; i < DNSBL_KINDS; i++)
        free(lane->proofs[i].why);
    free(lane->order);
    free(lane->texts);
    *lane = (struct dnsbl_lane){ 0 };
}

static void set_aside(struct dnsbl_proof *proof, const char *why)
{
    if (proof->life == DNSBL_ASIDE || proof->life == DNSBL_UNUSED)
        return;
    proof->life = DNSBL_ASIDE;
    proof->why = memory_text(why, strlen(why));
}

/* The next test point that the list offers. */
static bool next_test(struct dnsbl_lane *lane, struct dnsbl_task *out)
{
    while (lane->next_test < TESTS) {
        size_t i = lane->next_test / 2;
        bool clean = lane->next_test++ % 2 != 0;
        const struct dnsbl_test *test = &lane->list->tests[i];

        if (lane->proofs[i].life != DNSBL_PROVING || (clean ? test->clean : test->listed) == NULL)
            continue;
        *out = (struct dnsbl_task){ .what = clean ? DNSBL_ASK_CLEAN : DNSBL_ASK_LISTED,
                                    .kind = kind_at(i) };
        return true;
    }
    return false;
}

/* The next subject of a kind for which the list is alive. Those of a kind that is still being
 * proved wait, and with them what comes after. */
static bool next_subject(struct dnsbl_lane *lane, struct dnsbl_task *out)
{
    while (lane->next_subject < lane->plan->subjects_n) {
        uint32_t i = lane->order[lane->next_subject];
        enum dnsbl_kind kind = lane->plan->subjects[i].kind;
        enum dnsbl_life life = lane->proofs[dnsbl_index(kind)].life;

        if (life == DNSBL_PROVING)
            return false;
        lane->next_subject++;
        if (life != DNSBL_ALIVE)
            continue;
        *out = (struct dnsbl_task){ .what = DNSBL_ASK_SUBJECT, .kind = kind, .subject = i };
        return true;
    }
    return false;
}

static bool next_text(struct dnsbl_lane *lane, struct dnsbl_task *out)
{
    while (lane->next_text < lane->texts_n) {
        uint32_t i = lane->texts[lane->next_text++];
        enum dnsbl_kind kind = lane->plan->subjects[i].kind;

        *out = (struct dnsbl_task){ .what = DNSBL_ASK_TEXT, .kind = kind, .subject = i };
        if (lane->proofs[dnsbl_index(kind)].life == DNSBL_ALIVE)
            return true;
    }
    return false;
}

/* What is asked for in a task. False when that makes no name. */
static bool task_name(const struct dnsbl_lane *lane, const struct dnsbl_task *task,
                      char name[DNSBL_NAME_MAX])
{
    const struct dnsbl_test *test = &lane->list->tests[dnsbl_index(task->kind)];
    struct dnsbl_subject subject;
    char room[DNSBL_NAME_MAX];

    if (task->what == DNSBL_ASK_SUBJECT || task->what == DNSBL_ASK_TEXT)
        return dnsbl_name(&lane->plan->subjects[task->subject], lane->list->zone, name);
    if (dnsbl_subject_parse(slice_of(task->what == DNSBL_ASK_CLEAN ? test->clean : test->listed),
                            room, &subject) != NULL)
        return false;
    subject.kind = task->kind; /* an IPv4-mapped address is asked for as IPv6 */
    return dnsbl_name(&subject, lane->list->zone, name);
}

bool dnsbl_lane_next(struct dnsbl_lane *lane, struct mono now, struct dnsbl_task *out,
                     char name[DNSBL_NAME_MAX])
{
    const int64_t second_ms = 1000;
    int64_t gap_ms = second_ms / lane->plan->per_second;

    if (lane->busy >= BUSY_MAX || now.ms < lane->next.ms)
        return false;
    if (!next_test(lane, out) && !next_text(lane, out) && !next_subject(lane, out))
        return false;
    lane->busy++;
    /* On average the gap, between a half and one and a half of it. */
    lane->next.ms = now.ms + gap_ms / 2 + (int64_t)(chance(lane) % (uint64_t)(gap_ms + 1));
    if (!task_name(lane, out, name))
        name[0] = '\0';
    return true;
}

bool dnsbl_lane_waiting(const struct dnsbl_lane *lane)
{
    for (size_t i = lane->next_test; i < TESTS; i++)
        if (lane->proofs[i / 2].life == DNSBL_PROVING)
            return true;
    for (size_t i = lane->next_subject; i < lane->plan->subjects_n; i++) {
        enum dnsbl_kind kind = lane->plan->subjects[lane->order[i]].kind;
        enum dnsbl_life life = lane->proofs[dnsbl_index(kind)].life;

        if (life == DNSBL_PROVING || life == DNSBL_ALIVE)
            return true;
    }
    return lane->next_text < lane->texts_n;
}

/* Why there is nothing in it that could be judged; NULL when there is. */
static const char *no_answer(enum resolver_end end, const struct dns_answer *answer,
                             char room[WORDS_MAX])
{
    if (end == RESOLVER_TIMEOUT)
        return "does not answer";
    if (end == RESOLVER_FAILED || answer == NULL)
        return "the answer is no DNS";
    if (answer->code == DNS_NOERROR || answer->code == DNS_NXDOMAIN)
        return NULL;
    snprintf(room, WORDS_MAX, "answers with %s", dns_code_name(answer->code));
    return room;
}

static enum dnsbl_finding judge(const struct dnsbl_lane *lane, const struct dns_answer *answer,
                                char words[WORDS_MAX])
{
    struct buf out = buf_make(WORDS_MAX - 1);
    enum dnsbl_finding found = dnsbl_judge(lane->list, answer->a, answer->a_n, &out);

    if (out.n > 0)
        memcpy(words, out.p, out.n);
    words[out.n] = '\0';
    buf_done(&out);
    return found;
}

/* What is wrong with the answer about a test point; NULL when it is as it should be. */
static const char *test_wrong(const struct dnsbl_lane *lane, enum dnsbl_what what,
                              const struct dns_answer *answer, char words[WORDS_MAX])
{
    switch (judge(lane, answer, words)) {
    case DNSBL_REFUSED:
    case DNSBL_FOREIGN:
        return words;
    case DNSBL_CLEAN:
        return what == DNSBL_ASK_LISTED ? "does not list what every list has, so that it would "
                                          "find nothing: it has closed, or refuses this resolver"
                                        : NULL;
    case DNSBL_LISTED:
    case DNSBL_NOTED:
        break;
    }
    return what == DNSBL_ASK_CLEAN ? "lists what no list has: it lists everybody" : NULL;
}

static void take_test(struct dnsbl_lane *lane, const struct dnsbl_task *task, enum resolver_end end,
                      const struct dns_answer *answer)
{
    struct dnsbl_proof *proof = &lane->proofs[dnsbl_index(task->kind)];
    char room[WORDS_MAX];
    const char *wrong = no_answer(end, answer, room);

    if (wrong == NULL && answer != NULL)
        wrong = test_wrong(lane, task->what, answer, room);
    proof->due--;
    if (wrong != NULL)
        set_aside(proof, wrong);
    else if (proof->due == 0 && proof->life == DNSBL_PROVING)
        proof->life = DNSBL_ALIVE;
}

static void take_subject(struct dnsbl_lane *lane, const struct dnsbl_task *task,
                         enum resolver_end end, const struct dns_answer *answer)
{
    struct dnsbl_result *result = &lane->results[task->subject];
    struct dnsbl_proof *proof = &lane->proofs[dnsbl_index(task->kind)];
    char room[WORDS_MAX];
    const char *words = no_answer(end, answer, room);
    enum dnsbl_finding found = DNSBL_CLEAN;

    result->state = words != NULL ? DNSBL_NO_ANSWER : DNSBL_IS_CLEAN;
    if (words == NULL && answer != NULL) {
        found = judge(lane, answer, room);
        words = room;
    }
    if (found == DNSBL_REFUSED || found == DNSBL_FOREIGN) {
        result->state = DNSBL_NO_ANSWER;
        set_aside(proof, words);
    } else if (found != DNSBL_CLEAN) {
        result->state = found == DNSBL_NOTED ? DNSBL_IS_NOTED : DNSBL_IS_LISTED;
        lane->texts[lane->texts_n++] = task->subject;
    }
    if (words != NULL && words[0] != '\0')
        result->words = memory_text(words, strlen(words));
    lane->silent = end == RESOLVER_TIMEOUT ? lane->silent + 1 : 0;
    if (lane->silent >= SILENT_MAX)
        set_aside(proof, "does not answer any more");
}

void dnsbl_lane_take(struct dnsbl_lane *lane, const struct dnsbl_task *task, enum resolver_end end,
                     const struct dns_answer *answer)
{
    struct dnsbl_result *result = &lane->results[task->subject];

    lane->busy--;
    if (task->what == DNSBL_ASK_SUBJECT)
        take_subject(lane, task, end, answer);
    else if (task->what != DNSBL_ASK_TEXT)
        take_test(lane, task, end, answer);
    else if (answer != NULL && answer->text_n > 0 && result->text == NULL)
        result->text = memory_text(answer->text, answer->text_n);
}

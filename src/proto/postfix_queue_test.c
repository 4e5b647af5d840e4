#include "proto/postfix_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct postfix_case from_cases[] = {
    { "active", "postfix/qmgr",
      "4A5B6C7D8E9: from=<a@example.test>, size=5529, nrcpt=2 (queue active)",
      "queue_active 4A5B6C7D8E9 sender=a@example.test| size=5529| nrcpt=2|" },
    { "null sender", "postfix/qmgr", "4A5B6C7D8E9: from=<>, size=5529, nrcpt=1 (queue active)",
      "queue_active 4A5B6C7D8E9 sender=| size=5529| nrcpt=1|" },
    { "odd sender", "postfix/qmgr",
      "4A5B6C7D8E9: from=<a@example.test, @d.test>, size=1, nrcpt=1 (queue active)",
      "queue_active 4A5B6C7D8E9 sender=a@example.test, @d.test| size=1| nrcpt=1|" },
    { "quoted sender", "postfix/qmgr",
      "4A5B6C7D8E9: from=<\"x>, size=9, nrcpt=9 (queue active)\"@d.test>, size=1, nrcpt=1 (queue "
      "active)",
      "queue_active 4A5B6C7D8E9 sender=\"x>, size=9, nrcpt=9 (queue active)\"@d.test| size=1| "
      "nrcpt=1|" },
    { "expired", "postfix/qmgr",
      "4A5B6C7D8E9: from=<a@example.test>, status=expired, returned to sender",
      "expired 4A5B6C7D8E9 sender=a@example.test| status=expired|" },
    { "force-expired", "postfix/qmgr",
      "4A5B6C7D8E9: from=<a@example.test>, status=force-expired, returned to sender",
      "expired 4A5B6C7D8E9 sender=a@example.test| status=force-expired|" },
    { "cut before it is clear what it is", "postfix/qmgr", "4A5B6C7D8E9: from=<a@example.test>, s",
      "unknown 4A5B6C7D8E9" },
    { "cut in the count", "postfix/qmgr", "4A5B6C7D8E9: from=<a@example.test>, size=5529, nrcpt=1",
      "queue_active 4A5B6C7D8E9 sender=a@example.test| size=5529|" },
};

static const struct postfix_case removal_cases[] = {
    { "by qmgr", "postfix/qmgr", "4A5B6C7D8E9: removed", "removed 4A5B6C7D8E9" },
    { "by an administrator", "postfix/postsuper", "4A5B6C7D8E9: removed",
      "postsuper 4A5B6C7D8E9 action=delete|" },
    { "canceled", NULL, "4A5B6C7D8E9: canceled", "canceled 4A5B6C7D8E9" },
    { "still there", "postfix/qmgr", "4A5B6C7D8E9: skipped, still being delivered",
      "other 4A5B6C7D8E9" },
    { "bounce failed", "postfix/qmgr", "4A5B6C7D8E9: status=deferred (bounce failed)",
      "other 4A5B6C7D8E9" },
};

static const struct postfix_case postsuper_cases[] = {
    { "hold", "postfix/postsuper", "4A5B6C7D8E9: placed on hold",
      "postsuper 4A5B6C7D8E9 action=hold|" },
    { "release", "postfix/postsuper", "4A5B6C7D8E9: released from hold",
      "postsuper 4A5B6C7D8E9 action=release|" },
    { "requeue", "postfix/postsuper", "4A5B6C7D8E9: requeued",
      "postsuper 4A5B6C7D8E9 action=requeue|" },
    { "expire", "postfix/postsuper", "4A5B6C7D8E9: expired",
      "postsuper 4A5B6C7D8E9 action=expire|" },
    { "sum", "postfix/postsuper", "Placed on hold: 2 messages", "other -" },
};

static const struct postfix_case message_id_cases[] = {
    { "ordinary", "postfix/cleanup", "4A5B6C7D8E9: message-id=<abc@example.test>",
      "message_id 4A5B6C7D8E9 message_id=abc@example.test|" },
    { "no brackets", "postfix/cleanup", "4A5B6C7D8E9: message-id=4739073.1",
      "message_id 4A5B6C7D8E9 message_id=4739073.1|" },
    { "odd", "postfix/cleanup", "4A5B6C7D8E9: message-id=<a@b>? <c@d>, size=1",
      "message_id 4A5B6C7D8E9 message_id=<a@b>? <c@d>, size=1|" },
    { "none", "postfix/cleanup", "4A5B6C7D8E9: message-id=<>",
      "message_id 4A5B6C7D8E9 message_id=|" },
    { "resent", "postfix/cleanup", "4A5B6C7D8E9: resent-message-id=<abc@example.test>",
      "other 4A5B6C7D8E9" },
};

static const struct postfix_case pickup_cases[] = {
    { "ordinary", "postfix/pickup", "4A5B6C7D8E9: uid=33 from=<www-data>",
      "pickup 4A5B6C7D8E9 sender=www-data| uid=33|" },
    { "requeued", "postfix/pickup",
      "4A5B6C7D8E9: uid=107 from=<a@example.test> orig_id=5A5ECA728D1",
      "pickup 4A5B6C7D8E9 sender=a@example.test| uid=107| orig_queue_id=5A5ECA728D1|" },
    { "no uid", "postfix/pickup", "4A5B6C7D8E9: uid=x", "unknown 4A5B6C7D8E9" },
};

static const struct postfix_case uncut_cases[] = {
    { "sender like a field", "postfix/pickup", "4A5B6C7D8E9: uid=33 from=<x> orig_id=5A5ECA728D1>",
      "pickup 4A5B6C7D8E9 sender=x> orig_id=5A5ECA728D1| uid=33|" },
};

static const struct postfix_case notice_cases[] = {
    { "bounce", "postfix/bounce", "4A5B6C7D8E9: sender non-delivery notification: 9A8B7C6D5E",
      "bounce_notice 4A5B6C7D8E9 reason=non-delivery| new_queue_id=9A8B7C6D5E|" },
    { "DSN", "postfix/bounce", "4A5B6C7D8E9: sender delivery status notification: 9A8B7C6D5E",
      "bounce_notice 4A5B6C7D8E9 reason=delivery status| new_queue_id=9A8B7C6D5E|" },
    { "delay", "postfix/bounce", "4A5B6C7D8E9: sender delay notification: 4jXCS42yzKz1bYlB",
      "bounce_notice 4A5B6C7D8E9 reason=delay| new_queue_id=4jXCS42yzKz1bYlB|" },
    { "to the postmaster", "postfix/bounce",
      "4A5B6C7D8E9: postmaster non-delivery notification: 9A8B7C6D5E",
      "bounce_notice 4A5B6C7D8E9 reason=non-delivery| new_queue_id=9A8B7C6D5E|" },
    { "something else", "postfix/bounce", "4A5B6C7D8E9: sender was here", "unknown 4A5B6C7D8E9" },
};

static const struct postfix_case queue_id_cases[] = {
    { "shortest", "postfix/qmgr", "ABCD1: removed", "removed ABCD1" },
    { "too short", "postfix/qmgr", "ABC1: removed", "unknown -" },
    { "longest", "postfix/qmgr", "4jXCS36Xbrz1bYl800000000: removed",
      "removed 4jXCS36Xbrz1bYl800000000" },
    { "too long", "postfix/qmgr", "4jXCS36Xbrz1bYl8000000000: removed", "unknown -" },
    { "letters only", "postfix/qmgr", "DEADBEEF: removed", "removed DEADBEEF" },
    { "a word", "postfix/qmgr", "Removed: removed", "unknown -" },
    { "no blank", "postfix/qmgr", "4A5B6C7D8E9:removed", "unknown -" },
};

static void test_from(void **state)
{
    (void)state;
    postfix_check_cases(from_cases, COUNT(from_cases));
}

static void test_removal(void **state)
{
    (void)state;
    postfix_check_cases(removal_cases, COUNT(removal_cases));
}

static void test_postsuper(void **state)
{
    (void)state;
    postfix_check_cases(postsuper_cases, COUNT(postsuper_cases));
}

static void test_message_id(void **state)
{
    (void)state;
    postfix_check_cases(message_id_cases, COUNT(message_id_cases));
}

static void test_pickup(void **state)
{
    (void)state;
    postfix_check_cases(pickup_cases, COUNT(pickup_cases));
}

static void test_uncut(void **state)
{
    (void)state;
    postfix_check_uncut(uncut_cases, COUNT(uncut_cases));
}

static void test_notice(void **state)
{
    (void)state;
    postfix_check_cases(notice_cases, COUNT(notice_cases));
}

static void test_queue_id(void **state)
{
    (void)state;
    postfix_check_cases(queue_id_cases, COUNT(queue_id_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from),      cmocka_unit_test(test_removal),
        cmocka_unit_test(test_postsuper), cmocka_unit_test(test_message_id),
        cmocka_unit_test(test_pickup),    cmocka_unit_test(test_uncut),
        cmocka_unit_test(test_notice),    cmocka_unit_test(test_queue_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

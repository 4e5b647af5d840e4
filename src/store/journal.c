#include "store/journal.h"

#include "base/ban.h"

/* One index serves each question: that of the incident, of the subject, of the time (when nothing
 * else is asked for), or the table itself from its end. The '+' keeps SQLite from choosing another.
 */
static void question_sql(struct buf *sql, const struct store_filter *f)
{
    bool by_time = f->since.ms > 0 && f->incident == 0 && f->subject.n == 0 && f->before_id <= 0;

    buf_add(sql, SLICE("SELECT id, at, incident, who, subject, what, detail FROM journal WHERE 1"));
    if (f->incident != 0)
        buf_add(sql, SLICE(" AND incident = ?1"));
    if (f->subject.n > 0)
        buf_add(sql, f->incident != 0 ? SLICE(" AND +subject = ?2") : SLICE(" AND subject = ?2"));
    if (f->since.ms > 0)
        buf_add(sql, by_time ? SLICE(" AND at >= ?3") : SLICE(" AND +at >= ?3"));
    if (f->before_id > 0)
        buf_add(sql, SLICE(" AND id < ?4"));
    buf_add(sql, by_time ? SLICE(" ORDER BY at DESC, id DESC LIMIT ?5")
                         : SLICE(" ORDER BY id DESC LIMIT ?5"));
}

static int prepare(sqlite3 *sqlite, const struct store_filter *f, uint32_t limit,
                   sqlite3_stmt **out)
{
    struct buf sql = buf_make(512);
    int rc;

    question_sql(&sql, f);
    rc = sqlite3_prepare_v2(sqlite, sql.p, (int)sql.n, out, NULL);
    buf_done(&sql);
    if (rc != SQLITE_OK)
        return rc;
    if (f->incident != 0)
        (void)sqlite3_bind_int64(*out, 1, (int64_t)f->incident);
    if (f->subject.n > 0)
        (void)sqlite3_bind_text64(*out, 2, f->subject.p, f->subject.n, SQLITE_STATIC, SQLITE_UTF8);
    if (f->since.ms > 0)
        (void)sqlite3_bind_int64(*out, 3, f->since.ms);
    if (f->before_id > 0)
        (void)sqlite3_bind_int64(*out, 4, f->before_id);
    (void)sqlite3_bind_int64(*out, 5, limit);
    return SQLITE_OK;
}

static struct slice text(struct answer *a, sqlite3_stmt *s, int at)
{
    const char *p = (const char *)sqlite3_column_text(s, at);

    return arena_copy(&a->arena, (struct slice){ p, (size_t)sqlite3_column_bytes(s, at) });
}

static void read_entry(struct answer *a, sqlite3_stmt *s)
{
    a->entries[a->n++] = (struct store_entry){
        .id = sqlite3_column_int64(s, 0),
        .at = { sqlite3_column_int64(s, 1) },
        .incident = (uint64_t)sqlite3_column_int64(s, 2),
        .who = text(a, s, 3),
        .subject = text(a, s, 4),
        .what = text(a, s, 5),
        .detail = text(a, s, 6),
    };
}

int journal_read(sqlite3 *sqlite, struct answer *a)
{
    uint32_t limit = a->filter.limit < STORE_QUERY_MAX ? a->filter.limit : STORE_QUERY_MAX;
    sqlite3_stmt *query = NULL;
    int rc = prepare(sqlite, &a->filter, limit, &query);

    if (rc == SQLITE_OK) {
        a->entries = arena_take(&a->arena, limit * sizeof *a->entries);
        while (a->n < limit && (rc = sqlite3_step(query)) == SQLITE_ROW)
            read_entry(a, query);
        a->left = a->n;
        rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
    }
    (void)sqlite3_finalize(query);
    return rc;
}

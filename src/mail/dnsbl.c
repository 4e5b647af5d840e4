#include "mail/dnsbl.h"

#include "mail/address.h"

#include "base/ban.h"

enum { LABEL_MAX = 63, PORT = 53 };

size_t dnsbl_index(enum dnsbl_kind kind)
{
    return kind == DNSBL_IP4 ? 0 : kind == DNSBL_IP6 ? 1 : 2;
}

const char *dnsbl_kind_name(enum dnsbl_kind kind)
{
    static const char *const names[DNSBL_KINDS] = { "IPv4", "IPv6", "domains" };

    return names[dnsbl_index(kind)];
}

const char *dnsbl_gravity_name(enum dnsbl_gravity gravity)
{
    return gravity == DNSBL_MINOR ? "minor" : gravity == DNSBL_GRAVE ? "grave" : "usual";
}

struct dnsbl_test dnsbl_rfc_test(enum dnsbl_kind kind)
{
    static const struct dnsbl_test tests[DNSBL_KINDS] = {
        { "127.0.0.2", "127.0.0.1" },
        { "::ffff:7f00:2", "::ffff:7f00:1" },
        { "test", "invalid" },
    };

    return tests[dnsbl_index(kind)];
}

/* Labels of letters, digits, '-' and '_', each of 1 to 63 bytes (RFC 1035 section 2.3.1). */
static bool is_domain(struct slice s)
{
    size_t label = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';

        if (c == '.' ? label == 0 : !letter || label == LABEL_MAX)
            return false;
        label = c == '.' ? 0 : label + 1;
    }
    return label > 0 && s.n < DNSBL_NAME_MAX;
}

/* All digits and dots: an address that was mistyped, no domain. */
static bool is_numeric(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
            return false;
    return true;
}

const char *dnsbl_subject_parse(struct slice text, char room[DNSBL_NAME_MAX],
                                struct dnsbl_subject *out)
{
    struct slice domain;
    char address[ADDRESS_MAX], folded[ADDRESS_MAX];
    struct ip ip;

    if (ip_parse(text, &ip)) {
        *out = (struct dnsbl_subject){ .kind = ip_is_v4(&ip) ? DNSBL_IP4 : DNSBL_IP6, .ip = ip };
        return NULL;
    }
    if (text.n == 0 || text.n >= DNSBL_NAME_MAX || memchr(text.p, '@', text.n) != NULL)
        return "is neither an IP address nor a domain";
    address[0] = '@';
    memcpy(address + 1, text.p, text.n);
    domain = slice_from(address_fold((struct slice){ address, text.n + 1 }, folded), 1);
    if (is_numeric(domain) || !is_domain(domain))
        return "is neither an IP address nor a domain";
    memcpy(room, domain.p, domain.n);
    room[domain.n] = '\0';
    *out = (struct dnsbl_subject){ .kind = DNSBL_DOMAIN, .domain = room };
    return NULL;
}

const char *dnsbl_subject_text(const struct dnsbl_subject *subject, char out[IP_TEXT_MAX])
{
    return subject->kind == DNSBL_DOMAIN ? subject->domain : ip_text(&subject->ip, out);
}

bool dnsbl_name(const struct dnsbl_subject *subject, const char *zone, char out[DNSBL_NAME_MAX])
{
    struct buf name = buf_make(DNSBL_NAME_MAX - 1);
    const uint8_t *b = subject->ip.b;
    bool fits;

    if (subject->kind == DNSBL_DOMAIN)
        buf_printf(&name, "%s.", subject->domain);
    for (size_t i = 16; subject->kind == DNSBL_IP4 && i > 12; i--)
        buf_printf(&name, "%u.", b[i - 1]);
    for (size_t i = 16; subject->kind == DNSBL_IP6 && i > 0; i--)
        buf_printf(&name, "%x.%x.", b[i - 1] & 15u, b[i - 1] >> 4u);
    buf_add(&name, slice_of(zone));
    fits = !name.full;
    if (fits) {
        memcpy(out, name.p, name.n);
        out[name.n] = '\0';
    }
    buf_done(&name);
    return fits;
}

void dnsbl_page(const struct dnsbl_list *list, const struct dnsbl_subject *subject, struct buf *out)
{
    char text[IP_TEXT_MAX];
    struct slice rest = slice_of(list->page), head;

    while (slice_cut_at(&rest, SLICE("%a"), &head)) {
        buf_add(out, head);
        buf_add(out, slice_of(dnsbl_subject_text(subject, text)));
    }
    buf_add(out, rest);
}

bool dnsbl_server_parse(struct slice text, struct dnsbl_server *out)
{
    struct dnsbl_server server = { .port = PORT };
    struct slice address = text, port;
    uint64_t number;

    if (slice_cut_last(&address, '@', &port)) {
        if (!slice_to_u64(port, &number) || number == 0 || number > UINT16_MAX)
            return false;
        server.port = (uint16_t)number;
    }
    if (!ip_parse(address, &server.ip))
        return false;
    *out = server;
    return true;
}

const char *dnsbl_public_resolver(const struct ip *ip)
{
    static const struct {
        const char *prefix, *name;
    } all[] = {
        { "8.8.8.0/24", "Google" },
        { "8.8.4.0/24", "Google" },
        { "2001:4860:4860::/48", "Google" },
        { "1.1.1.0/24", "Cloudflare" },
        { "1.0.0.0/24", "Cloudflare" },
        { "2606:4700:4700::/48", "Cloudflare" },
        { "9.9.9.0/24", "Quad9" },
        { "149.112.112.0/24", "Quad9" },
        { "2620:fe::/48", "Quad9" },
        { "208.67.222.0/24", "OpenDNS" },
        { "208.67.220.0/24", "OpenDNS" },
        { "2620:119:35::/48", "OpenDNS" },
        { "2620:119:53::/48", "OpenDNS" },
        { "4.2.2.0/29", "Level 3" },
        { "64.6.64.6/32", "Verisign" },
        { "64.6.65.6/32", "Verisign" },
        { "77.88.8.0/24", "Yandex" },
        { "2a02:6b8::feed:0/112", "Yandex" },
        { "94.140.14.0/24", "AdGuard" },
        { "94.140.15.0/24", "AdGuard" },
        { "2a10:50c0::/32", "AdGuard" },
        { "185.228.168.0/24", "CleanBrowsing" },
        { "185.228.169.0/24", "CleanBrowsing" },
        { "76.76.2.0/24", "Control D" },
        { "76.76.10.0/24", "Control D" },
        { "74.82.42.42/32", "Hurricane Electric" },
        { "84.200.69.80/32", "DNS.WATCH" },
        { "84.200.70.40/32", "DNS.WATCH" },
        { "8.26.56.26/32", "Comodo" },
        { "8.20.247.20/32", "Comodo" },
        { "193.110.81.0/32", "dns0.eu" },
        { "185.253.5.0/32", "dns0.eu" },
        { "223.5.5.5/32", "AliDNS" },
        { "223.6.6.6/32", "AliDNS" },
        { "114.114.114.114/32", "114DNS" },
        { "119.29.29.29/32", "DNSPod" },
    };
    struct ip_prefix prefix;

    for (size_t i = 0; i < COUNT(all); i++)
        if (ip_prefix_parse(slice_of(all[i].prefix), &prefix) && ip_in(ip, &prefix))
            return all[i].name;
    return NULL;
}

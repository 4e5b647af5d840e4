/* record.c - the names under which fields and events leave the program. */
#include "proto/record.h"

#include "base/ban.h"

static const char *const field_names[RECORD_FIELDS] = {
    [FIELD_CLIENT_NAME] = "client_name",
    [FIELD_CLIENT_ADDRESS] = "client_address",
    [FIELD_CLIENT_PORT] = "client_port",
    [FIELD_HELO_NAME] = "helo_name",
    [FIELD_PROTOCOL_NAME] = "protocol_name",
    [FIELD_SASL_METHOD] = "sasl_method",
    [FIELD_SASL_USERNAME] = "sasl_username",
    [FIELD_SASL_SENDER] = "sasl_sender",
    [FIELD_SENDER] = "sender",
    [FIELD_RECIPIENT] = "recipient",
    [FIELD_ORIG_RECIPIENT] = "orig_recipient",
    [FIELD_RELAY_NAME] = "relay_name",
    [FIELD_RELAY_ADDRESS] = "relay_address",
    [FIELD_RELAY_PORT] = "relay_port",
    [FIELD_DELAY] = "delay",
    [FIELD_DELAYS] = "delays",
    [FIELD_DSN] = "dsn",
    [FIELD_STATUS] = "status",
    [FIELD_REPLY] = "reply",
    [FIELD_SIZE] = "size",
    [FIELD_NRCPT] = "nrcpt",
    [FIELD_MESSAGE_ID] = "message_id",
    [FIELD_UID] = "uid",
    [FIELD_ACTION] = "action",
    [FIELD_STAGE] = "stage",
    [FIELD_REASON] = "reason",
    [FIELD_ORIG_QUEUE_ID] = "orig_queue_id",
    [FIELD_ORIG_CLIENT] = "orig_client",
    [FIELD_NEW_QUEUE_ID] = "new_queue_id",
    [FIELD_TLS_LEVEL] = "tls_level",
    [FIELD_TLS_PROTOCOL] = "tls_protocol",
    [FIELD_TLS_CIPHER] = "tls_cipher",
    [FIELD_SERVER_ADDRESS] = "server_address",
    [FIELD_SERVER_PORT] = "server_port",
    [FIELD_SESSION] = "session",
    [FIELD_COUNTS] = "counts",
    [FIELD_DNSBL_DOMAIN] = "dnsbl_domain",
    [FIELD_DNSBL_RANK] = "dnsbl_rank",
    [FIELD_DNSBL_REPLY] = "dnsbl_reply",
    [FIELD_INTERFACE_IN] = "interface_in",
    [FIELD_INTERFACE_OUT] = "interface_out",
    [FIELD_PREFIX] = "prefix",
    [FIELD_TEXT] = "text",
};

static const char *const event_names[RECORD_EVENTS] = {
    [RECORD_UNKNOWN] = "unknown",
    [RECORD_OTHER] = "other",
    [RECORD_CONNECT] = "connect",
    [RECORD_DISCONNECT] = "disconnect",
    [RECORD_LOST_CONNECTION] = "lost_connection",
    [RECORD_TLS] = "tls",
    [RECORD_LOGIN_FAILURE] = "login_failure",
    [RECORD_CLIENT] = "client",
    [RECORD_REJECT] = "reject",
    [RECORD_REJECT_WARNING] = "reject_warning",
    [RECORD_ACTION] = "action",
    [RECORD_MILTER] = "milter",
    [RECORD_PROXY] = "proxy",
    [RECORD_MESSAGE_ID] = "message_id",
    [RECORD_PICKUP] = "pickup",
    [RECORD_QUEUE_ACTIVE] = "queue_active",
    [RECORD_DELIVERY] = "delivery",
    [RECORD_BOUNCE_NOTICE] = "bounce_notice",
    [RECORD_EXPIRED] = "expired",
    [RECORD_REMOVED] = "removed",
    [RECORD_CANCELED] = "canceled",
    [RECORD_POSTSUPER] = "postsuper",
    [RECORD_POSTSCREEN] = "postscreen",
    [RECORD_DNSBLOG] = "dnsblog",
    [RECORD_ANVIL] = "anvil",
    [RECORD_VERIFY] = "verify",
    [RECORD_WARNING] = "warning",
    [RECORD_STATISTICS] = "statistics",
    [RECORD_LOGIN] = "login",
    [RECORD_LOGOUT] = "logout",
    [RECORD_AUTH_POLICY] = "auth_policy",
    [RECORD_MAILBOX] = "mailbox",
    [RECORD_FIREWALL] = "firewall",
    [RECORD_REPEATED] = "repeated",
};

const char *record_field_name(enum record_field f)
{
    return field_names[f];
}

const char *record_event_name(enum record_event e)
{
    return event_names[e];
}

bool record_field_is_number(enum record_field f)
{
    static const uint64_t numbers = (uint64_t)1 << FIELD_CLIENT_PORT |
                                    (uint64_t)1 << FIELD_RELAY_PORT | (uint64_t)1 << FIELD_DELAY |
                                    (uint64_t)1 << FIELD_SIZE | (uint64_t)1 << FIELD_NRCPT |
                                    (uint64_t)1 << FIELD_UID | (uint64_t)1 << FIELD_SERVER_PORT |
                                    (uint64_t)1 << FIELD_DNSBL_RANK;

    return (numbers >> f & 1) != 0;
}

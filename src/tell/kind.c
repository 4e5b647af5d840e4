#include "tell/kind.h"

#include "base/attributes.h"

#include "base/ban.h"

static const struct alert_kind_row rows[ALERT_KINDS] = {
    [ALERT_INCIDENT_OBSERVED] = { "incident-observed", "674adaf83a5d486ab9d2119e1bcd9006",
                                  ALERT_WARNING, ALERT_BEGINS, ALERT_OF_INCIDENTS, false },
    [ALERT_INCIDENT_HELD] = { "incident-held", "89fc2ec30ddc4a898e583b7b6ca62218", ALERT_WARNING,
                              ALERT_BEGINS, ALERT_OF_INCIDENTS, true },
    [ALERT_INCIDENT_LOCKED] = { "incident-locked", "5eabd62d485c4d23b5d41c1d7492a9a2",
                                ALERT_CRITICAL, ALERT_BEGINS, ALERT_OF_INCIDENTS, true },
    [ALERT_INCIDENT_WAITING] = { "incident-waiting", "b920ef2d2c81498ab08c24b1b85df3e3", ALERT_INFO,
                                 ALERT_BEGINS, ALERT_OF_INCIDENTS, true },
    [ALERT_INCIDENT_CLEARED] = { "incident-cleared", "4899a355c7a344b5b0db4dbc4dfc14c9", ALERT_INFO,
                                 ALERT_ENDS, ALERT_OF_INCIDENTS, true },
    [ALERT_INCIDENT_CLOSED] = { "incident-closed", "d18bb09bdf1f496b97fc152d1fcc1c69", ALERT_INFO,
                                ALERT_ENDS, ALERT_OF_INCIDENTS, true },
    [ALERT_PASSWORD_TRIED] = { "password-tried", "5735d53952564746b349a9d57ec6eeed", ALERT_WARNING,
                               ALERT_ONCE, ALERT_OF_INCIDENTS, false },
    [ALERT_LISTED] = { "listed", "b9a196e5e9bb4c75b196318e073ce668", ALERT_WARNING, ALERT_BEGINS,
                       ALERT_OF_REPUTATION, false },
    [ALERT_DELISTED] = { "delisted", "08760dc2bd2645e18e8a745a680d0955", ALERT_INFO, ALERT_ENDS,
                         ALERT_OF_REPUTATION, false },
    [ALERT_PROVIDER_BLOCKS] = { "provider-blocks", "11dc6a8cf4604134a287f568647d4645",
                                ALERT_WARNING, ALERT_BEGINS, ALERT_OF_REPUTATION, false },
    [ALERT_PROVIDER_ACCEPTS] = { "provider-accepts", "f1e551aebb1b494f995e86f8f917d95b", ALERT_INFO,
                                 ALERT_ENDS, ALERT_OF_REPUTATION, false },
    [ALERT_COMPLAINT] = { "complaint", "3db64079d59844ba85cd5e897986b2f4", ALERT_WARNING,
                          ALERT_ONCE, ALERT_OF_COMPLAINTS, false },
    [ALERT_QUEUE_GROWS] = { "queue-grows", "f969cdec930d4f7eb53f96853878f631", ALERT_WARNING,
                            ALERT_BEGINS, ALERT_OF_SERVER, false },
    [ALERT_QUEUE_NORMAL] = { "queue-normal", "c4f22f7d63e446da8b5ede54ea7046d7", ALERT_INFO,
                             ALERT_ENDS, ALERT_OF_SERVER, false },
    [ALERT_SPOOL_LOW] = { "spool-low", "f7edb99ebfd64b00b9724cf6608f0a0b", ALERT_CRITICAL,
                          ALERT_BEGINS, ALERT_OF_SERVER, false },
    [ALERT_SPOOL_FULL] = { "spool-full", "4a3c429cd58442a59e732f5afa18c35f", ALERT_CRITICAL,
                           ALERT_BEGINS, ALERT_OF_SERVER, false },
    [ALERT_SPOOL_ENOUGH] = { "spool-enough", "afac63aa14784cecbd316c5d47d7821f", ALERT_INFO,
                             ALERT_ENDS, ALERT_OF_SERVER, false },
    [ALERT_RELAY_ON] = { "relay-on", "f7e96e73cfc54d6bb0067cc3567302fb", ALERT_WARNING,
                         ALERT_BEGINS, ALERT_OF_REPUTATION, false },
    [ALERT_RELAY_OFF] = { "relay-off", "6e7e522139a744b5a32a177d5c488a8c", ALERT_INFO, ALERT_ENDS,
                          ALERT_OF_REPUTATION, false },
    [ALERT_RELAY_FAILS] = { "relay-fails", "a871f692f85f410d98b56b56f98a3e5c", ALERT_CRITICAL,
                            ALERT_BEGINS, ALERT_OF_REPUTATION, false },
    [ALERT_RELAY_WORKS] = { "relay-works", "99dd82cad98f4b0e8608f88b972e7adb", ALERT_INFO,
                            ALERT_ENDS, ALERT_OF_REPUTATION, false },
    [ALERT_HOST_TRIES] = { "host-tries", "c2b351f0444f4a44b3c012633740f008", ALERT_WARNING,
                           ALERT_ONCE, ALERT_OF_INCIDENTS, false },
    [ALERT_TROUBLE] = { "trouble", "2ed949777ad643c791b98a28e345be26", ALERT_CRITICAL, ALERT_BEGINS,
                        ALERT_OF_SERVER, false },
    [ALERT_TROUBLE_OVER] = { "trouble-over", "78a6793663e540d1be9d52fa32e979ea", ALERT_INFO,
                             ALERT_ENDS, ALERT_OF_SERVER, false },
    [ALERT_WAY_FAILS] = { "way-fails", "776c2b18fb8a45289b1fe4240c90ebd8", ALERT_WARNING,
                          ALERT_BEGINS, ALERT_OF_SERVER, false },
    [ALERT_WAY_WORKS] = { "way-works", "18d3185d84644a95ae1cef04e95f728e", ALERT_INFO, ALERT_ENDS,
                          ALERT_OF_SERVER, false },
    [ALERT_DIGEST] = { "digest", "6a7744f4cd7c4eb7a233a8ba426d29c1", ALERT_WARNING, ALERT_ONCE,
                       ALERT_OF_SERVER, false },
    [ALERT_TEST] = { "test", "de7d254d91d14ac5a246d169a92696d6", ALERT_INFO, ALERT_ONCE,
                     ALERT_OF_SERVER, false },
};

const struct alert_kind_row *alert_kind_row(enum alert_kind kind)
{
    return &rows[kind];
}

enum alert_kind alert_kind_find(struct slice name)
{
    unsigned i = 0;

    while (i < COUNT(rows) && !slice_eq(name, slice_of(rows[i].name)))
        i++;
    return (enum alert_kind)i;
}

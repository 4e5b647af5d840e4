"""Who lives in the demo: a small company, whom it writes to, and from where.

The log of its past (past.py) and the mail it sends while you watch (day.py) are of the same people: each has
the same addresses, the same correspondents and the same mail program in both. All names are reserved for
examples (RFC 2606), all addresses for documentation (RFC 5737) or benchmarks (RFC 2544).
"""
import dataclasses
import random
import uuid

DOMAIN = "example.test"
SERVER = f"mail.{DOMAIN}"
OFFICE = ("gw.office.test", "192.0.2.1")
WEB_SERVER = ("www.hosting.test", "198.51.100.20")
OWNER = f"alice@{DOMAIN}"  # whose password will be stolen
NEWSLETTER = f"newsletter@{DOMAIN}"

PARTNERS = [f"{name}.test" for name in """acorn-timber bay-hotel cedar-school delta-freight elm-printing
    ferry-museum garden-centre harbour-office island-clinic junction-cafe kiln-pottery lantern-theatre""".split()]
FIRST_NAMES = """adam bea carl dora emil fritz gina hugo ines jan kim lars mia nils olga peter ruth sven tina
    uwe""".split()


@dataclasses.dataclass(frozen=True)
class Person:
    login: str
    places: tuple  # (name, address) of its networks, the usual one first
    program: str  # of PROGRAMS
    contacts: tuple
    letters: int  # on a usual day
    readers: int = 1  # recipients of a letter at most; of a newsletter: of its day

    @property
    def password(self):
        return self.login.split("@")[0] + "-first-password"


def message_id(program, rng):
    """A Message-ID in the form that this program gives its own."""
    number = uuid.UUID(int=rng.getrandbits(128), version=4)
    return {"desktop": f"<{number}@{DOMAIN}>",
            "phone": f"<{str(number).upper()}@{DOMAIN}>",
            "webmail": f"<{number.hex}@{DOMAIN}>",
            "mailer": f"<issue.{rng.randrange(10 ** 6):06}.{rng.randrange(10 ** 4):04}@news.{DOMAIN}>",
            "thief": f"<{rng.randrange(10 ** 9)}.{rng.randrange(10 ** 6)}@localhost>"}[program]


def _contacts(rng, most):
    names = set()
    while len(names) < most:
        names.add(f"{rng.choice(FIRST_NAMES)}@{rng.choice(PARTNERS)}")
    return tuple(sorted(names))


def company():
    """Everybody, the same ones each time."""
    rng = random.Random(7)
    people = []
    for number, name in enumerate("alice bob carol dave erin frank grace heidi".split()):
        home = (f"dsl-{number + 11}.access.test", f"203.0.113.{number * 9 + 11}")
        people.append(Person(f"{name}@{DOMAIN}", (OFFICE, home),
                             ("desktop", "desktop", "phone", "webmail")[number % 4],
                             _contacts(rng, 16) + tuple(f"{other}@{DOMAIN}" for other in ("bob", "carol", "dave")
                                                        if other != name),
                             letters=4 + number % 4, readers=3))
    people.append(Person(NEWSLETTER, (WEB_SERVER,), "mailer", _contacts(rng, 60), letters=60))
    return people


def botnet(hosts, seed=1):
    """That many addresses, each in a network of its own."""
    rng = random.Random(seed)
    networks = rng.sample(range(512), hosts)
    return [f"198.{18 + n // 256}.{n % 256}.{rng.randrange(1, 255)}" for n in networks]

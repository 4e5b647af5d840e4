"""detection_tables.py - the figures of detection.py, pooled over logs and laid out."""
import statistics
import sys

MANY = 200  # recipients from which an attack had to be found
SHOWN = 12  # pieces of evidence in a line


def delays(truth, result):
    """What honest people had to wait for: their messages, those held, and for how many minutes."""
    abused = {str(a.get("account", a.get("host"))).lower() for a in truth["attacks"]}
    holds = [h for h in result.get("holds", [])
             if str(h.get("account") or h.get("host")).lower() not in abused]
    total = result.get("totals", {}).get("submitted", 0) - sum(len(a["queue"]) for a in truth["attacks"])
    return {"known": "holds" in result, "messages": max(0, total),
            "held": sum(h["messages"] for h in holds),
            "minutes": [h["minutes"] for h in holds for _ in range(h["messages"])
                        if h.get("minutes") is not None]}


def words_of(entry):
    """The evidence in short: a signal, its weight, what was seen, and what is usual where that is known."""
    return [f"{e['signal']} {e['weight']:+.1f} ({e['observed']:.4g}"
            + (f", usual {e['expected']:.3g})" if e.get("expected") is not None else ")")
            for e in entry.get("evidence", []) if e.get("observed") is not None]


def case_of(entry):
    """What the result has against somebody; `entry` may be None."""
    if entry is None:
        return {"score": None, "held": False, "evidence": []}
    return {"score": entry["score"], "held": bool(entry.get("held_from")), "evidence": words_of(entry)}


def why(truth, result, scoring):
    """What the result says of accounts that were locked wrongly, and of attacks that went on."""
    entries = {}
    for entry in result.get("watch", []) + result.get("hosts", []) + result.get("locks", []):
        entries[str(entry.get("account") or entry.get("host") or entry.get("name")).lower()] = entry
    score, rows = scoring.score(truth, result), []
    for f in score["false"]:
        entry = entries[f["account"]]
        rows.append({"what": "false lock", "who": f["account"],
                     "of": " ".join([f["archetype"], *f["tags"]]), **case_of(entry)})
    for a in score["attacks"] + score["host_attacks"]:
        who = str(a.get("account", a.get("host"))).lower()
        entry = entries.get(who)
        if a["found"] and a["share"] < 0.5:
            continue
        truth_of = truth["accounts"].get(a.get("account"), {})
        rows.append({"what": "found late" if a["found"] else "missed", "who": who,
                     "of": f"{a['kind']} of {truth_of.get('archetype', 'a host')}: "
                           f"{a['out_recipients']} of {a['recipients']} recipients",
                     **case_of(entry)})
    return rows


def pool(scores):
    """The figures of several scores as one."""
    rows = [r for s in scores for r in s["attacks"]]
    hosts = [r for s in scores for r in s["host_attacks"]]
    recipients = sum(r["recipients"] for r in rows)
    days = sum(s["account_days"] for s in scores)
    false = sum(s["false_locks"] for s in scores)
    return {"attacks": len(rows), "found": sum(r["found"] for r in rows),
            "leak": sum(r["out_recipients"] for r in rows) / recipients if recipients else None,
            "mean": statistics.mean(r["share"] for r in rows) if rows else None,
            "false": false, "per_million": 1e6 * false / days if days else 0, "days": days,
            "hosts": len(hosts), "hosts_found": sum(r["found"] for r in hosts),
            "false_hosts": sum(len(s["false_hosts"]) + len(s["false_lan"]) for s in scores),
            "lan": sum(len(s["lan"]) for s in scores),
            "lan_found": sum(r["found"] for s in scores for r in s["lan"])}


def share(x):
    return "-" if x is None else f"{100 * x:.2f}%"


def of(found, n):
    return f"{found}/{n}" if n else "-"


HEAD = f"{'found':>9} {'leak':>8} {'mean':>8} {'false':>6} {'per 1M':>8} {'hosts':>7} {'LAN':>6} {'false h.':>8}"


def row(scores):
    p = pool(scores)
    return (f"{of(p['found'], p['attacks']):>9} {share(p['leak']):>8} {share(p['mean']):>8}"
            f" {p['false']:>6} {p['per_million']:>8.0f} {of(p['hosts_found'], p['hosts']):>7}"
            f" {of(p['lan_found'], p['lan']):>6} {p['false_hosts']:>8}")


def delay_of(done):
    """Honest messages held per million, and the median wait in minutes."""
    if not all(d["delays"]["known"] for d in done):
        return f"{'?':>9} {'?':>7}"
    held, messages = (sum(d["delays"][key] for d in done) for key in ("held", "messages"))
    minutes = [m for d in done for m in d["delays"]["minutes"]]
    return (f"{1e6 * held / messages if messages else 0:>9.0f}"
            f" {f'{statistics.median(minutes):.1f}' if minutes else '-':>7}")


def groups(done):
    """(title, logs) of what is pooled."""
    public, own = ([d for d in done if d["own"] == mine] for mine in (False, True))
    both = [("PUBLIC SCENARIOS", public), ("OUR OWN", own)] if public and own else []
    return both + [("ALL", done)]


def show_scenarios(done, score_of, delayed):
    """One line per scenario, its seeds together; then all of them."""
    print(f"{'scenario':<18} {HEAD}" + (f" {'held/1M':>9} {'minutes':>7} {'time':>7}" if delayed else ""))
    names = dict.fromkeys(d["name"] for d in done)
    for name, logs in [(n, [d for d in done if d["name"] == n]) for n in names] + groups(done):
        tail = f" {delay_of(logs)} {sum(d['seconds'] for d in logs):>6.1f}s" if delayed else ""
        print(f"{name:<18} {row([score_of(d) for d in logs])}{tail}")


def show_kinds(scores):
    kinds = {}
    for s in scores:
        for r in s["attacks"] + s["host_attacks"]:
            kinds.setdefault(r["kind"], []).append(r)
    if kinds:
        print(f"\n{'kind of abuse':<18} {'found':>9} {'leak':>8} {'mean':>8} {f'of > {MANY}':>10}")
    for kind, rows in sorted(kinds.items()):
        many = [r for r in rows if r["recipients"] > MANY]
        leak = sum(r["out_recipients"] for r in rows) / max(1, sum(r["recipients"] for r in rows))
        mean = statistics.mean(r["share"] for r in rows)
        print(f"{kind:<18} {of(sum(r['found'] for r in rows), len(rows)):>9} {share(leak):>8}"
              f" {share(mean):>8} {of(sum(r['found'] for r in many), len(many)):>10}")


def show_archetypes(done, score_of):
    """False locks per million account-days; the average is that of all accounts."""
    false, days = {}, {}
    for d in done:
        s = score_of(d)
        accounts = sum(g["accounts"] for g in s["archetypes"].values())
        for name, g in s["archetypes"].items():
            false[name] = false.get(name, 0) + g["false"]
            days[name] = days.get(name, 0) + g["accounts"] * s["account_days"] / max(1, accounts)
    average = 1e6 * sum(false.values()) / max(1, sum(days.values()))
    print(f"\n{'false locks of':<18} {'acc.-days':>9} {'false':>6} {'per 1M':>8} {'x average':>9}"
          f"   (average {average:.0f})")
    for name, n in sorted(false.items(), key=lambda x: (-x[1] / days[x[0]], x[0])):
        if n:
            rate = 1e6 * n / days[name]
            print(f"{name:<18} {days[name]:>9.0f} {n:>6} {rate:>8.0f} {rate / average:>9.1f}")


def show_detector(done, title, score_of, delayed=False):
    print(f"\n== {title}\n")
    show_scenarios(done, score_of, delayed)
    show_kinds([score_of(d) for d in done])
    show_archetypes(done, score_of)


def show_comparison(done, labels):
    for title, logs in groups(done):
        print(f"\n{title:<18} {HEAD}")
        print(f"{'mailfuse':<18} {row([d['mailfuse'] for d in logs])}")
        for label in labels:
            print(f"{label:<18} {row([d['baselines'][label] for d in logs])}")


def show_all(done, brief):
    labels = list(done[0]["baselines"])
    show_detector(done, "mailfuse", lambda d: d["mailfuse"], delayed=True)
    if not labels:
        return
    print("\n== comparison")
    show_comparison(done, labels)
    for label in [] if brief else labels:
        show_detector(done, label, lambda d, label=label: d["baselines"][label])


def show_why(done):
    print("\n== misses and false locks")
    for d in done:
        for r in d["why"]:
            score = "never watched" if r["score"] is None else f"score {r['score']:.1f}"
            print(f"{d['name']}.{d['seed']} {r['what']}: {r['who']} ({r['of']}), "
                  f"{score}{', was held' if r['held'] else ''}: {'; '.join(r['evidence'][:SHOWN])}")


def show_ablated(done):
    signals = list(done[0]["ablated"])
    for title, logs in groups(done) if signals else []:
        print(f"\n== without ...: {title}\n\n{'signal':<20} {HEAD}")
        print(f"{'(with all)':<20} {row([d['mailfuse'] for d in logs])}")
        for signal in signals:
            print(f"{signal:<20} {row([d['ablated'][signal] for d in logs])}")


def show_causal(done):
    """How many verdicts looked ahead."""
    found = [(d, sentence) for d in done for sentence in d["causal"]]
    print(f"\n== does anything look ahead? {len(done)} logs, each cut at 60 %, and without results of "
          "what was locked")
    for d, sentence in found:
        print(f"{d['name']}.{d['seed']} {sentence}")
    ahead = sum(sentence.startswith("LOOKS AHEAD") for _, sentence in found)
    print("nothing does" if ahead == 0 else f"{ahead} verdicts do", file=sys.stdout)
    return ahead
